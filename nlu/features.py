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
    """Yield the words, word pairs and pieces of words of a normal text.

    Han and kana have no spaces: there every one, two and three characters are a piece.
    """
    before = ""
    for token in _TOKEN.findall(text):
        if _HAN_OR_KANA.match(token):
            for size in (1, 2, 3):
                for start in range(len(token) - size + 1):
                    yield token[start : start + size]
            before = ""
            continue
        yield f"w {token}"
        if before:
            yield f"w {before} {token}"
        before = token
        edged = f"<{token}>"
        for size in (2, 3, 4):
            for start in range(len(edged) - size + 1):
                yield edged[start : start + size]


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
