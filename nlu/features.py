"""Words and pieces of words, weighted by how much they tell. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TOKEN: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[\uac00-\ud7a3]+|[^\W\u3040-\ud7a3]+", re.UNICODE
)
_HAN_OR_KANA: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def pieces(text: str) -> Iterator[str]:
    """Yield the words, word pairs and pieces of words of a normal text."""
    for token, pair in tokens(text):
        yield from inside(token)
        if pair:
            yield pair


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word of a normal text (or run without spaces), and its pair with the word before, if there is one."""
    before = ""
    for token in _TOKEN.findall(text):
        if _HAN_OR_KANA.match(token):
            yield token, ""
            before = ""
        else:
            yield token, before and f"w {before} {token}"
            before = token


def inside(token: str) -> list[str]:
    """Return the pieces of one token.

    Han and kana have no spaces: there every one, two and three characters are a piece.
    """
    if _HAN_OR_KANA.match(token):
        return [*token, *_runs(token, 2), *_runs(token, 3)]
    edged = f"<{token}>"
    return [f"w {token}", *_runs(edged, 2), *_runs(edged, 3), *_runs(edged, 4)]


def _runs(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces that are known, each with its column, and how much each tells."""

    columns: Mapping[str, int]
    weights: Floats

    def row(self, text: str) -> tuple[NDArray[np.int32], Floats]:
        """The known pieces of a normal text and their weights, of length one together."""
        counted = Counter(self.columns[piece] for piece in pieces(text) if piece in self.columns)
        columns = np.fromiter(counted.keys(), dtype=np.int32, count=len(counted))
        numbers = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
        values = (1 + np.log(numbers)) * self.weights[columns] if len(counted) else numbers
        length = float(np.sqrt((values * values).sum()))
        return columns, (values / length if length else values).astype(np.float32)
