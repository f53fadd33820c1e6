"""The entities of a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import find

TXID = "3f" * 32
EVM = "0x" + "aB" * 20
TRON = "T" + "9" * 33


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        (f"tx {TXID} still pending", "txid", TXID),
        (f"交易哈希0x{TXID}。", "txid", f"0x{TXID}"),
        (f"sent to {EVM}", "address", EVM),
        (f"地址是{TRON}吗", "address", TRON),
        ("bc1q" + "a" * 38, "address", "bc1q" + "a" * 38),
        ("my UID: 12345678", "uid", "12345678"),
        ("user id is 12345678", "uid", "12345678"),
        ("我的账号12345678", "uid", "12345678"),
        ("order no. 202611220001", "order", "202611220001"),
        ("订单号：202611220001 没付款", "order", "202611220001"),
        ("I sent 1,250.50 USDT", "amount", "1,250.50"),
        ("充了100u没到", "amount", "100"),
        ("0.05btc", "amount", "0.05"),
    ],
)
def test_what_a_ticket_needs_is_found_where_it_stands(text: str, entity: str, value: str) -> None:
    (found,) = find(text)
    assert (found.entity, found.value) == (entity, value)
    assert text[found.start : found.end] == value


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
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert find(text) == ()


def test_several_entities_come_by_place_and_never_overlap() -> None:
    found = find(f"UID 12345678 sent 50 usdt to {EVM}, hash {TXID}")
    assert [entity.entity for entity in found] == ["uid", "amount", "address", "txid"]


@given(st.text(st.characters(), max_size=500))
def test_any_text_can_be_searched_and_each_entity_is_a_part_of_it(text: str) -> None:
    for entity in find(text):
        assert text[entity.start : entity.end] == entity.value
