"""Makes texts comparable: one form for what is written in many ways. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, Protocol

MOST_CHARACTERS: Final = 4000
"""What is read of a message; the rest is not looked at."""

_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_SPACE: Final = re.compile(r"\s+")
_REPEATED_SIGN: Final = re.compile(r"([^\w\s])\1+")
_REPEATED_LETTER: Final = re.compile(r"([^\W\d])\1{2,}")
_NOT_WORD: Final = re.compile(r"[\W_]+")


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@lru_cache(maxsize=1)
def _to_simplified() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter


def clean(text: str) -> str:
    """Return the text without what cannot be seen, in one width, on one line, cut to `MOST_CHARACTERS`."""
    text = _INVISIBLE.sub("", text[:MOST_CHARACTERS])
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()[:MOST_CHARACTERS]


def normal(text: str) -> str:
    """Return the form in which texts are matched: clean, without case, emphasis or Traditional characters."""
    text = clean(text).casefold()
    text = _REPEATED_LETTER.sub(r"\1\1", _REPEATED_SIGN.sub(r"\1", text))
    return _to_simplified().convert(text) if not text.isascii() else text


def fingerprint(text: str) -> str:
    """Return what two texts share that differ in punctuation and spaces only."""
    return _NOT_WORD.sub("", normal(text)) or normal(text)


def threes(text: str) -> frozenset[str]:
    """Return all runs of three characters of a text's fingerprint, by which two texts are compared."""
    plain = f"<{fingerprint(text)}>"
    return frozenset(plain[start : start + 3] for start in range(max(1, len(plain) - 2)))
