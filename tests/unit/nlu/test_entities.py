"""The entities of a message."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.types import Entity
from nlu import entities
from nlu.assets import Assets
from nlu.entities import chain_of_txid
from nlu.text import MOST_CHARACTERS

ASSETS = Assets.load(Path(__file__).parents[3] / "data" / "config" / "assets.toml")
TXID = "3f" * 32
EVM = "0x" + "aB" * 20
TRON = "T" + "9" * 33


def find(text: str) -> tuple[Entity, ...]:
    return entities.find(text, ASSETS)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        (f"tx {TXID} still pending", "txid", TXID),
        (f"交易哈希0x{TXID}。", "txid", f"0x{TXID}"),
        (f"sent to {EVM}", "address", EVM),
        (f"地址是{TRON}吗", "address", TRON),
        ("bc1q" + "a" * 38, "address", "bc1q" + "a" * 38),
        ("rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", "address", "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh"),
        ("my UID: 12345678", "uid", "12345678"),
        ("user id is 12345678", "uid", "12345678"),
        ("我的账号12345678", "uid", "12345678"),
        ("order no. 202611220001", "order", "202611220001"),
        ("订单号：202611220001 没付款", "order", "202611220001"),
        ("ticket #1042 please", "ticket", "1042"),
        ("工单号：88 还没人回", "ticket", "88"),
        ("문의번호 1042 확인해 주세요", "ticket", "1042"),
        ("it says error code: 30034", "error", "30034"),
        ("エラーコード E1021 が出ます", "error", "E1021"),
        ("에러 -2015", "error", "-2015"),
        ("waiting since 3 hours ago", "time", "3 hours ago"),
        ("两小时前转的", "time", "两小时前"),
        ("3時間前に送りました", "time", "3時間前"),
        ("어제 보냈어요", "time", "어제"),
        ("on 2026-11-20 14:05", "time", "2026-11-20 14:05"),
        ("I paid 1,250.50 USD", "amount", "1,250.50"),
        ("付了3万元", "amount", "3万"),
    ],
)
def test_what_a_ticket_needs_is_found_where_it_stands(text: str, entity: str, value: str) -> None:
    (found,) = find(text)
    assert (found.entity, found.value) == (entity, value)
    assert text[found.start : found.end] == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("I sent 1,250.50 USDT via TRC20", {"amount": "1,250.50", "coin": "USDT", "network": "TRC20"}),
        ("充了100u没到", {"amount": "100", "coin": "USDT"}),
        ("0.05btc", {"amount": "0.05", "coin": "BTC"}),
        ("5k doge", {"amount": "5k", "coin": "DOGE"}),
        ("卖了0.5个比特币", {"amount": "0.5", "coin": "BTC"}),
        ("以太坊走波场链", {"coin": "ETH", "network": "TRC20"}),
        ("ビットコインキャッシュを出金", {"coin": "BCH"}),
        ("이더리움 출금 erc-20", {"coin": "ETH", "network": "ERC20"}),
        ("bnb smart chain deposit", {"network": "BEP20"}),
        ("trc 20 withdrawal of SOL", {"network": "TRC20", "coin": "SOL"}),
        ("提了2 sol", {"amount": "2", "coin": "SOL"}),
    ],
)
def test_coins_networks_and_amounts_have_the_exchanges_names(text: str, told: dict[str, str]) -> None:
    assert {entity.entity: entity.value for entity in find(text)} == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "call me at 12345678",
        "my password is 12345678",
        "a" * 63,
        TXID + "f",
        "0x" + "ab" * 19,
        "guide 123456",
        "100 people",
        "3 users",
        "uid 12345",
        "the link is near the base, see the dot etc. on the dash",
        "u there? op pls",
        "1000 thanks",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert find(text) == ()


def test_several_entities_come_by_place_and_never_overlap() -> None:
    found = find(f"UID 12345678 sent 50 usdt to {EVM}, hash {TXID}")
    assert [entity.entity for entity in found] == ["uid", "amount", "coin", "address", "txid"]


@pytest.mark.parametrize(
    ("txid", "chain"), [(f"0x{TXID}", "ERC20"), (TXID, "TRC20"), ("3" * 88, "Solana"), ("hello", None)]
)
def test_a_txids_shape_tells_its_chains(txid: str, chain: str | None) -> None:
    assert chain in chain_of_txid(txid) if chain else chain_of_txid(txid) == ()


@given(st.text(st.characters(), max_size=500))
def test_any_text_can_be_searched_and_each_entity_is_a_part_of_it(text: str) -> None:
    end = 0
    for entity in find(text):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.entity in ("coin", "network") or text[entity.start : entity.end] == entity.value
        end = entity.end


@pytest.mark.parametrize("piece", ["1", "1,", "9.", "error ", "a", "0x", "比特", "uid ", "EQ", "3時", "r1", "1 ", "$"])
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * MOST_CHARACTERS)[:MOST_CHARACTERS]
    quick, begun = "no entity in here " * 222, time.perf_counter()
    find(quick)
    plain = time.perf_counter() - begun
    begun = time.perf_counter()
    find(text)
    assert time.perf_counter() - begun < 60 * plain
