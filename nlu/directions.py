"""The main directions of the features, on which a fit takes seconds. Pure.

The features have tens of thousands of columns and of rows; on their main directions nothing of use is lost. The
weights are then spread over the columns again, so that at serving a text costs one row of additions a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlu.classifier import PARTS, Map
from nlu.features import Floats

DIRECTIONS: Final = 768
_OVERSAMPLED: Final = 32
_ROWS_AT_ONCE: Final = 1024
# Directions weaker than this part of the strongest, both squared, are rounding.
_NOISE: Final = 1e-12


Across = Callable[[Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Directions:
    """The main directions of [words, meanings]: blocks of columns that span them, and how these are turned.

    Each block has a part for the columns of words and one for those of meanings.
    """

    spanning: Sequence[tuple[Floats, Floats]]
    turn: Floats

    def spread(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return weights of directions as weights of the columns of words and of meanings."""
        ends = np.cumsum([on_words.shape[1] for on_words, _ in self.spanning])[:-1]
        pairs = list(zip(self.spanning, np.split(self.turn @ weights, ends), strict=True))
        words: Floats = np.sum([on_words @ part for (on_words, _), part in pairs], axis=0)
        meanings: Floats = np.sum([on_meanings @ part for (_, on_meanings), part in pairs], axis=0)
        return words, meanings


def main_directions(
    words: sparse.csr_matrix, meanings: Floats, count: int, each: Map = map
) -> tuple[Directions, Floats]:
    """Find the main directions of the first `count` rows of [words, meanings], and lay all rows on them.

    Randomised subspace iteration (Halko, Martinsson, Tropp, 2011), with a fixed seed. One iteration: a second one
    changes no answer on held-out examples. Columns know nothing of each other, so blocks of them are worked on at once.
    """
    own, own_meanings = words[:count], meanings[:count]
    # Turned once: products with rows that lie together take a fifth of the time.
    turned = own.T.tocsr()

    def across(block: Floats) -> tuple[Floats, Floats]:
        return turned @ block, own_meanings.T @ block

    basis = _basis(own, own_meanings, across, each)
    spanning = list(each(across, basis))
    spanned = np.hstack(list(each(lambda block: _onto(words, meanings, block), spanning)))
    # With an orthonormal basis, this is how the spanning columns lie to each other, from a quarter of their length.
    turn = _straightening(np.hstack(basis), spanned[:count], each)[:, :DIRECTIONS]
    rows = np.empty((len(spanned), turn.shape[1]), dtype=np.float32)
    pairs = zip(np.array_split(spanned, PARTS), np.array_split(rows, PARTS), strict=True)
    list(each(lambda pair: np.matmul(pair[0], turn, out=pair[1]), pairs))
    return Directions(spanning, turn), rows


def _basis(own: sparse.csr_matrix, own_meanings: Floats, across: Across, each: Map) -> list[Floats]:
    """Return orthonormal columns, in blocks, that span the strongest directions in which the rows differ."""
    count, wanted = own.shape[0], DIRECTIONS + _OVERSAMPLED
    if count > wanted:
        begin = np.random.default_rng(0).standard_normal((count, wanted), dtype=np.float32)
    else:
        begin = np.eye(count, dtype=np.float32)
    found = np.hstack(list(each(lambda block: _onto(own, own_meanings, across(block)), _columns(begin))))
    return list(each(lambda part: found @ part, _columns(_straightening(found, found, each))))


def _onto(words: sparse.csr_matrix, meanings: Floats, columns: tuple[Floats, Floats]) -> Floats:
    on_words, on_meanings = columns
    result: Floats = words @ on_words
    result += meanings @ on_meanings
    return result


def _columns(whole: Floats) -> list[Floats]:
    return [np.ascontiguousarray(part) for part in np.array_split(whole, PARTS, axis=1)]


def _straightening(left: Floats, right: Floats, each: Map) -> Floats:
    """Return what makes columns orthonormal whose products with each other are leftᵀ · right, strongest first.

    From these products alone: a quarter of the time of decomposing a long block of columns itself.
    """
    parts = zip(np.array_split(left, PARTS), np.array_split(right, PARTS), strict=True)
    squares, turn = np.linalg.eigh(sum(each(lambda pair: _products(*pair), parts)))
    kept = [place for place in np.argsort(-squares) if squares[place] > squares[-1] * _NOISE]
    result: Floats = (turn[:, kept] / np.sqrt(squares[kept])).astype(np.float32)
    return result


def _products(left: Floats, right: Floats) -> NDArray[np.float64]:
    """Return leftᵀ · right, summed in double precision from blocks that single precision is enough for."""
    result = np.zeros((left.shape[1], right.shape[1]))
    for start in range(0, len(left), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        result += left[some].T @ right[some]
    return result
