"""Finds what a ticket needs in a text: UID, TXID, address, order, amount. Pure."""

from __future__ import annotations

import re
from typing import Final

from bridge.types import Entity
from nlu.text import MOST_CHARACTERS

# In order: a text that one of them has taken is not looked at by the next.
_SHAPES: Final = (
    ("txid", re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-fA-F]{64}(?![0-9A-Za-z])")),
    ("txid", re.compile(r"(?<![0-9A-Za-z])[1-9A-HJ-NP-Za-km-z]{85,90}(?![0-9A-Za-z])")),
    ("address", re.compile(r"(?<![0-9A-Za-z])0x[0-9a-fA-F]{40}(?![0-9A-Za-z])")),
    ("address", re.compile(r"(?<![0-9A-Za-z])(?:bc1[02-9ac-hj-np-z]{20,70}|T[1-9A-HJ-NP-Za-km-z]{33})(?![0-9A-Za-z])")),
    (
        "uid",
        re.compile(
            r"(?<![A-Za-z])(?i:uid|user\s?id|账号|帳號)\W{0,6}(?i:is|是|为|為|は|는|:|：)?\W{0,3}(?P<value>\d{6,12})(?!\d)"
        ),
    ),
    ("order", re.compile(r"(?i:order|订单|訂單|注文|주문)[^\d\n]{0,12}(?P<value>\d{8,24})(?!\d)")),
    (
        "amount",
        re.compile(
            r"(?<![0-9A-Za-z_.,])(?P<value>\d{1,3}(?:,\d{3}){1,6}(?:\.\d+)?|\d+(?:\.\d+)?)\s?"
            r"(?=(?i:usdt|usdc|btc|eth|xrp|sol|ton|trx|bnb|doge|ada|usd|eur|cny|jpy|krw|个u|u)(?![A-Za-z]))"
        ),
    ),
)


def find(text: str) -> tuple[Entity, ...]:
    """Return the entities of what is read of a text, by place. Values are as written; places count code points."""
    text = text[:MOST_CHARACTERS]
    found: list[Entity] = []
    for name, shape in _SHAPES:
        for match in shape.finditer(text):
            group = "value" if "value" in shape.groupindex else 0
            start, end = match.span(group)
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Entity(entity=name, value=match[group], start=start, end=end))
    return tuple(sorted(found, key=lambda entity: entity.start))
