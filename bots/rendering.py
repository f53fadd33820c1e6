"""Fits what the bot says into what a platform can carry: parts of a text, choices as a numbered list. Pure."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import regex

from bots.channel import Unit
from bridge.types import Choice

Measure: TypeAlias = Callable[[str], int]

_WEIGHT_ONE: Final = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_URL: Final = regex.compile(r"https?://\S+")
_URL_WEIGHT: Final = 23
# What readers see as one character (UAX 29): emoji with skin and joined ones, flags, letters with marks.
_CHARACTER: Final = regex.compile(r"\X")
# Where a text may be cut, best first: between paragraphs, lines, sentences, words. The mark stays with what is before.
_CUTS: Final = (
    regex.compile(r"\n{2,}"),
    regex.compile(r"\n"),
    regex.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*"),
    regex.compile(r"\s+"),
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
    """Cut a text into parts of at most `limit`, at the best place each time; none for a text that is blank."""
    length = measure(unit)
    return [text[start:end] for start, end in ranges(text, limit, lambda start, end: length(text[start:end].strip()))]


def ranges(
    text: str, limit: int, cost: Callable[[int, int], int], kept: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Where to cut a text: stretches, without the white space around them, that `cost` at most `limit` each.

    `kept` are stretches that stay whole where they fit at all. A word longer than the limit is cut inside, never inside
    a character as readers see it, emoji with all their parts included. A character costs something wherever it stands,
    a longer stretch never less than a shorter one of the same beginning, save that an address may cost less than its
    characters.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit} carries nothing")
    borders = [found.end() for found in _CHARACTER.finditer(text)]
    found, start, last = [], _after_space(text, 0), len(text.rstrip())
    while start < last:
        end = (
            last if cost(start, last) <= limit else _best_cut(text, start, _furthest(start, limit, cost, borders), kept)
        )
        stop = len(text[:end].rstrip())
        if stop > start:
            found.append((start, stop))
        start = _after_space(text, end)
    return found


def with_choices(text: str, choices: Sequence[Choice]) -> str:
    """A text with its choices as a numbered list, for platforms without buttons."""
    if not choices:
        return text
    rows = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, start=1))
    return f"{text.rstrip()}\n\n{rows}"


def _after_space(text: str, at: int) -> int:
    return len(text) - len(text[at:].lstrip())


def _furthest(start: int, limit: int, cost: Callable[[int, int], int], borders: Sequence[int]) -> int:
    """The last border between characters up to which a stretch fits; at least one character, so that cutting ends."""
    low = bisect_right(borders, start)
    if cost(start, borders[low]) > limit:
        # A character with more marks on it than fit: readers lose less by a cut in it than by its loss.
        ends = range(start + 1, borders[low])
        return next((end for end in reversed(ends) if cost(start, end) <= limit), start + 1)
    high, step = low, 1
    while high < len(borders) - 1 and cost(start, borders[high]) <= limit:
        low, high, step = high, min(len(borders) - 1, high + step), step * 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if cost(start, borders[middle]) <= limit else (low, middle - 1)
    return borders[low]


def _best_cut(text: str, start: int, end: int, kept: Sequence[tuple[int, int]]) -> int:
    """The last good place to cut that is not in the first quarter: a part of two words helps nobody."""
    least = start + (end - start) // 4
    for cut in _CUTS:
        places = [found.start() for found in cut.finditer(text, start, end + 1) if least < found.start() <= end]
        whole = [place for place in places if not any(first < place < last for first, last in kept)]
        if whole:
            return whole[-1]
    before = [first for first, last in kept if start < first < end < last]
    return before[0] if before else end


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
