"""Finds what a ticket needs in a text: coin, network, amount, TXID, address, UID, order, error, time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bridge.types import Entity
from nlu.assets import Assets
from nlu.text import MOST_CHARACTERS

NO_ASSETS: Final = Assets(known={}, careful=frozenset(), signs=None)
_BASE58: Final = "1-9A-HJ-NP-Za-km-z"
_ALONE: Final = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_IS: Final = r"[\s:：#=]{0,3}(?:(?i:no|number|id|is|code)\b|号码?|號碼?|番号|번호|是|为|為|は|는|은)?[\s.:：#=]{0,4}"
_NUMBER: Final = r"\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?|\d+(?:\.\d+)?"

# In order: a text that one of them has taken is not looked at by the next.
_SHAPES: Final = tuple(
    (name, re.compile(shape))
    for name, shape in (
        ("txid", rf"{_ALONE[0]}(?:0x)?[0-9a-fA-F]{{64}}{_ALONE[1]}"),
        ("txid", rf"{_ALONE[0]}[{_BASE58}]{{85,90}}{_ALONE[1]}"),
        ("address", rf"{_ALONE[0]}0x[0-9a-fA-F]{{40}}{_ALONE[1]}"),
        ("address", rf"{_ALONE[0]}(?:bc1[02-9ac-hj-np-z]{{20,70}}|T[{_BASE58}]{{33}}){_ALONE[1]}"),
        ("address", rf"{_ALONE[0]}(?:EQ|UQ)[\w-]{{46}}(?![\w-])"),
        ("address", rf"{_ALONE[0]}[13r](?=[A-Za-z]{{0,30}}\d)[{_BASE58}]{{25,34}}{_ALONE[1]}"),
        (
            "uid",
            r"(?<![A-Za-z])(?i:uid|user\s?id)\W{0,6}(?:is|是|为|為|は|는|은)?\W{0,3}(?P<value>\d{6,12})(?!\d)",
        ),
        ("uid", r"(?:账号|帳號|账户ID|계정|アカウント)\W{0,6}(?:是|为|為|は|는)?\W{0,3}(?P<value>\d{6,12})(?!\d)"),
        ("order", r"(?i:order|订单|訂單|注文|주문)[^\d\n]{0,12}(?P<value>\d{8,24})(?!\d)"),
        ("ticket", rf"(?i:ticket|case|工单|工單|チケット|お問い合わせ|티켓|문의){_IS}(?P<value>\d{{1,7}})(?!\d)"),
        ("ticket", r"(?<![\w#])#(?P<value>\d{1,7})(?!\w)"),
        (
            "error",
            rf"(?i:\berror|\berr|\bcode|错误码?|錯誤碼?|报错|報錯|エラー(?:コード)?|에러(?:\s?코드)?|오류(?:\s?코드)?){_IS}"
            r"(?P<value>-?\d{3,6}|[A-Z]{1,6}[-_]?\d{2,6})(?!\w)",
        ),
        (
            "time",
            r"(?i:\b(?:\d{1,3}|an?|one|two|three|few|several)\s?(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?)"
            r"(?:\sago)?\b|\b(?:yesterday|today|tonight|last\s(?:night|week|month)|this\smorning|just\snow)\b)",
        ),
        (
            "time",
            r"(?:\d{1,3}|[一二两兩三四五六七八九十几幾半]{1,3})(?:个|個)?(?:分钟|分鐘|小时|小時|天|周|星期|月)(?:前|以前|了)?"
            r"|昨天|今天|前天|昨晚|今早|刚才|刚刚|剛才|剛剛|上周|上週|上个月",
        ),
        ("time", r"\d{1,3}(?:分|時間|日|週間|か月|ヶ月)(?:前|以上)?|昨日|今日|一昨日|今朝|昨夜|先週|先月|さっき"),
        ("time", r"\d{1,3}(?:분|시간|일|주|개월)(?:\s?전|째)?|어제|오늘|그저께|방금|아까|지난주|지난달"),
        ("time", r"(?<!\d)20\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?(?!\d)"),
        (
            "amount",
            rf"(?<![0-9A-Za-z_.,])(?P<value>(?:{_NUMBER})(?:\s?(?:[kK](?![A-Za-z])|万|萬|만|千|천))?)\s?"
            r"(?=(?i:usd|eur|cny|jpy|krw|twd|hkd|rmb)(?![A-Za-z])|[$¥€₩]|美元|美金|人民币|刀|円|元|块|원)",
        ),
    )
)
_AMOUNT_BEFORE: Final = re.compile(
    rf"(?<![0-9A-Za-z_.,])(?P<value>(?:{_NUMBER})(?:\s?(?:[kK](?![A-Za-z])|万|萬|만|千|천))?)\s?(?:个|個|枚|개)?(?:的|の)?\s?$"
)
_AMOUNT_CHARACTERS: Final = 32


def find(text: str, assets: Assets = NO_ASSETS) -> tuple[Entity, ...]:
    """Return the entities of what is read of a text, by place; places count code points.

    Values are as written; those of `coin` and `network` are the exchange's names.
    """
    text = text[:MOST_CHARACTERS]
    found: list[Entity] = []
    for entity in (*_shaped(text), *_named(text, assets)):
        if all(entity.end <= other.start or entity.start >= other.end for other in found):
            found.append(entity)
    return tuple(sorted(found, key=lambda entity: entity.start))


def _shaped(text: str) -> Iterator[Entity]:
    for name, shape in _SHAPES:
        for match in shape.finditer(text):
            group = "value" if "value" in shape.groupindex else 0
            yield Entity(entity=name, value=match[group], start=match.start(group), end=match.end(group))


def _named(text: str, assets: Assets) -> Iterator[Entity]:
    for named in assets.find(text):
        yield Entity(entity=named.kind, value=named.name, start=named.start, end=named.end)
        if named.kind != "coin":
            continue
        first = max(0, named.start - _AMOUNT_CHARACTERS)
        if amount := _AMOUNT_BEFORE.search(text[first : named.start]):
            start, _end = amount.span("value")
            value = amount["value"]
            yield Entity(entity="amount", value=value, start=first + start, end=first + start + len(value))


def chain_of_txid(txid: str) -> tuple[str, ...]:
    """Return the networks whose transactions look like this; empty when none is known to."""
    if re.fullmatch(r"0x[0-9a-fA-F]{64}", txid):
        return ("ERC20", "BEP20", "Polygon", "Arbitrum", "Optimism", "Base", "Avalanche")
    if re.fullmatch(r"[0-9a-fA-F]{64}", txid):
        return ("Bitcoin", "TRC20", "XRPLedger", "TONNetwork", "Litecoin", "Dogecoin")
    return ("Solana",) if re.fullmatch(rf"[{_BASE58}]{{85,90}}", txid) else ()
