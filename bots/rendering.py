"""Fits what the bot says into what a platform can carry: parts of a text, choices as a numbered list. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from bots.channel import Unit
from bridge.types import Choice

Measure: TypeAlias = Callable[[str], int]

_WEIGHT_ONE: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_URL: Final = re.compile(r"https?://\S+")
_URL_WEIGHT: Final = 23
# Where a text may be cut, best first: between paragraphs, lines, sentences, words. The mark stays with what is before.
_CUTS: Final = (
    re.compile(r"\n{2,}"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*"),
    re.compile(r"\s+"),
)


def measure(unit: Unit) -> Measure:
    """Return what tells a text's length in a unit."""
    match unit:
        case Unit.CODE_POINTS:
            return len
        case Unit.UTF16:
            return _utf16
        case Unit.WEIGHTED:
            return _weighted


def split(text: str, limit: int, unit: Unit) -> list[str]:
    """Cut a text into parts of at most `limit`, at the best place each time; none for a text that is blank.

    A word longer than the limit is cut inside, never inside a character.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit} carries nothing")
    length, rest, parts = measure(unit), text.strip(), []
    while length(rest) > limit:
        end = _best_cut(rest, _longest_start(rest, limit, length))
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def with_choices(text: str, choices: Sequence[Choice]) -> str:
    """A text with its choices as a numbered list, for platforms without buttons."""
    if not choices:
        return text
    rows = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, start=1))
    return f"{text.rstrip()}\n\n{rows}"


def _longest_start(text: str, limit: int, length: Measure) -> int:
    """How many code points of a text fit; at least one, so that cutting ends."""
    low, high = 1, min(len(text), limit)
    # A URL may weigh less than its characters: then more of them fit than the limit says.
    while high < len(text) and length(text[:high]) <= limit:
        high = min(len(text), high * 2)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle]) <= limit else (low, middle - 1)
    return _whole_character(text, low)


def _whole_character(text: str, end: int) -> int:
    """Step back over combining marks, variation selectors and joined emoji, unless nothing is left."""
    start = end
    while 1 < start < len(text) and (_joins(text[start]) or text[start - 1] == "\u200d"):
        start -= 1
    return start if start > 1 or not _joins(text[start : start + 1]) else end


def _joins(character: str) -> bool:
    return bool(character) and (character == "\u200d" or unicodedata.category(character) in ("Mn", "Me", "Mc"))


def _best_cut(text: str, end: int) -> int:
    """The last good place to cut that is not in the first quarter: a part of two words helps nobody."""
    for cut in _CUTS:
        places = [found.start() for found in cut.finditer(text, 0, end + 1) if end // 4 < found.start() <= end]
        if places:
            return places[-1]
    return end


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _weighted(text: str) -> int:
    """X's count: a URL is 23, CJK and emoji 2, most else 1, of the text in NFC."""
    normal = unicodedata.normalize("NFC", text)
    urls = _URL.findall(normal)
    rest = _URL.sub("", normal)
    return len(urls) * _URL_WEIGHT + sum(_weight(character) for character in rest)


def _weight(character: str) -> int:
    return 1 if any(first <= ord(character) <= last for first, last in _WEIGHT_ONE) else 2
