"""Takes secrets out of a text before anything stores, logs or understands it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, TypeVar

from bridge.types import (
    AgentReply,
    Began,
    ChoiceId,
    Chosen,
    Edited,
    Entry,
    ExternalId,
    Incoming,
    Noted,
    Observed,
    Rated,
)

E = TypeVar("E", bound=Entry)

_DIGITS: Final = re.compile(r"(?<![A-Za-z0-9_.])\d(?:[ -]?\d){12,18}(?![A-Za-z0-9_])")
# Visa, Mastercard, American Express, JCB, Discover, UnionPay: first digits and lengths as the networks publish them.
_CARD: Final = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}"
)
_PEM: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_EXTENDED_KEY: Final = re.compile(r"(?<![A-Za-z0-9])[xyztuv]prv[1-9A-HJ-NP-Za-km-z]{80,120}")
_WIF: Final = re.compile(r"(?<![A-Za-z0-9])[5KL][1-9A-HJ-NP-Za-km-z]{50,51}(?![A-Za-z0-9])")
_PRIVATE_HEX: Final = re.compile(
    r"((?:private\s*key|priv\s*key|secret\s*key|私钥|私鑰|秘密鍵|개인\s*키)\W{0,12}(?:is|是|为|為|は|는)?\W{0,6})(0x)?[0-9a-fA-F]{64}",
    re.IGNORECASE,
)
_LABEL: Final = (
    r"(?:pass\s*word|passwd|passphrase|pwd|api[\s_-]*secret|secret[\s_-]*key|"
    r"(?:登录|登入|资金|資金|交易|支付)?密码|密碼|口令|パスワード|비밀번호|패스워드)"
)
_PASSWORD: Final = re.compile(
    rf"(?P<label>{_LABEL})(?P<join>\s*(?:(?:is|was)\b\s*[:：=]?|[是为為は는은]\s*[:：]?|[:：=＝])\s*)"
    r"(?P<quote>[\"'“「]?)(?P<secret>[^\s\"'”」,，。;；]{4,128})",
    re.IGNORECASE,
)
_CODE_LABEL: Final = (
    r"(?:verification|confirmation|security|sms|e-?mail|2fa|mfa|otp|google|authenticator|login|one[- ]time)"
    r"[\w\s-]{0,24}?(?:code|otp|pin|token|passcode)|\b(?:otp|2fa|totp|passcode|pin)\b(?:\s*code)?|"
    r"(?<!error )(?<!status )(?<!country )(?<!promo )(?<!referral )(?<!zip )\bcode\b|"
    r"验证码|驗證碼|动态码|校验码|谷歌码|認証コード|確認コード|인증\s*(?:번호|코드)"
)
_CODE: Final = re.compile(
    rf"(?P<label>{_CODE_LABEL})(?P<join>[\s:：=＝#]*(?:is|was|are|是|为|為|は|는|은)?[\s:：=＝#]*)"
    r"(?P<secret>\d{3}[ -]?\d{3}|\d{4}|\d{8})(?![\d.,]*\d)(?!\s*(?:usdt|btc|eth|usd|%|％|分钟|minutes|min\b))",
    re.IGNORECASE,
)
# Words that follow "password is" in a complaint and are no password.
_NO_SECRET: Final = frozenset(
    (
        "wrong incorrect invalid right correct not expired weak rejected required reset forgotten lost being never "
        "always the what too also still ok fine good bad working blocked locked changed where "
        "错的 错误 错误的 对的 正确 正确的 什么 多少 不对 不正确 错了"
    ).split()
)


def redact(text: str) -> str:
    """Return the text with card numbers, private keys, passwords and one-time codes replaced by their kind.

    Pure and quick. What it needs no word list for; a seed phrase's words come with community safety.
    """
    text = _PEM.sub("[private key removed]", text)
    text = _EXTENDED_KEY.sub("[private key removed]", text)
    text = _WIF.sub("[private key removed]", text)
    text = _PRIVATE_HEX.sub(r"\1[private key removed]", text)
    text = _CODE.sub(lambda m: f"{m['label']}{m['join']}[code removed]", text)
    text = _PASSWORD.sub(_password, text)
    return _DIGITS.sub(_card, text)


def _password(match: re.Match[str]) -> str:
    secret = match["secret"]
    if secret.lower().rstrip("!?.！？") in _NO_SECRET or secret.startswith("["):
        return match[0]
    return f"{match['label']}{match['join']}{match['quote']}[password removed]"


def _card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    return "[card number removed]" if _CARD.fullmatch(digits) and _luhn(digits) else match[0]


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def redact_entry(entry: E) -> E:
    """Return the entry with every text in it redacted, and as UTF-8 can hold it."""
    entry = replace(entry, external_id=ExternalId(_storable(entry.external_id)))
    if isinstance(entry, Incoming | Observed | Began) and entry.name is not None:
        entry = replace(entry, name=_storable(entry.name))
    if isinstance(entry, Edited):
        entry = replace(entry, edits=ExternalId(_storable(entry.edits)))
    if isinstance(entry, Incoming | Observed | AgentReply):
        named = tuple(replace(one, name=redact(_storable(one.name))) for one in entry.attachments)
        entry = replace(entry, attachments=named)
    if isinstance(entry, Incoming | Observed | Edited | AgentReply | Noted):
        return replace(entry, text=redact(_storable(entry.text)))
    if isinstance(entry, Rated):
        return replace(entry, comment=redact(_storable(entry.comment)))
    if isinstance(entry, Chosen):
        return replace(entry, choice=ChoiceId(_storable(entry.choice)))
    return entry


def _storable(text: str) -> str:
    """A text without lone surrogates, which JSON of platforms may bring and no store takes."""
    return text.encode("utf-8", "replace").decode()
