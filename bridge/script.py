"""Simplified and Traditional Chinese: which of them a text is written in, and the bot's words in the latter. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from opencc import OpenCC

_KEPT: Final = 2048


def is_traditional(text: str) -> bool | None:
    """Whether a Chinese text is written in Traditional characters; None when its characters do not tell."""
    traditional, simplified = _changed(text, "t2s"), _changed(text, "s2t")
    return None if traditional == simplified else traditional > simplified


@lru_cache(maxsize=_KEPT)
def to_traditional(text: str) -> str:
    """Return a Simplified Chinese text in Traditional characters, with the words that Taiwan and Hong Kong use."""
    converted: str = _converter("s2twp").convert(text)
    return converted


def _changed(text: str, way: str) -> int:
    return sum(one != other for one, other in zip(text, _converter(way).convert(text), strict=False))


@lru_cache(maxsize=3)
def _converter(way: str) -> OpenCC:
    return OpenCC(way)
