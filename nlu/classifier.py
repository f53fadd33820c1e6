"""A regularised multinomial logistic regression, fitted on the main directions of the features. Pure.

The features have tens of thousands of columns and a few thousand rows; projected on their main directions
nothing of use is lost, and a fit takes seconds. The weights are then spread over the columns again, so that
at serving a text costs one row of additions a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize

from nlu.doubt import Labels
from nlu.features import Floats, Vocabulary

DIRECTIONS: Final = 768
_OVERSAMPLED: Final = 32
_ROUNDS: Final = 2
# Directions weaker than this part of the strongest, both squared, are rounding.
_NOISE: Final = 1e-12
_MOST_STEPS: Final = 150
_LEAST_CURVATURE: Final = 1e-6
# In so many parts a sum is cut, however many are worked on at once: so that its last digits are always the same.
_PARTS: Final = 2

T = TypeVar("T")
R = TypeVar("R")


class Map(Protocol):
    """Does the same to several values, as `map` does: one after the other, or at once."""

    def __call__(self, do: Callable[[T], R], values: Iterable[T], /) -> Iterator[R]:
        """The results, in the order of the values."""


def matrix(vocabulary: Vocabulary, texts: Sequence[str]) -> sparse.csr_matrix:
    """Return the rows of several normal texts."""
    rows = [vocabulary.row(text) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows]) if rows else np.zeros(0, np.int32)
    values = np.concatenate([values for _, values in rows]) if rows else np.zeros(0, np.float32)
    return sparse.csr_matrix((values, columns, ends), shape=(len(texts), len(vocabulary.weights)))


def main_directions(words: sparse.csr_matrix, meanings: Floats, each: Map = map) -> tuple[Floats, Floats]:
    """Return the main directions of [words, meanings], as rows for each part's columns.

    Randomised subspace iteration (Halko, Martinsson, Tropp, 2011), with a fixed seed.
    """
    columns = words.shape[1] + meanings.shape[1]
    wanted = min(DIRECTIONS + _OVERSAMPLED, words.shape[0], columns)
    random = np.random.default_rng(0)
    basis = random.standard_normal((words.shape[0], wanted), dtype=np.float32)
    # Turned once: products with rows that lie together take a fifth of the time.
    turned = words.T.tocsr()
    for _ in range(_ROUNDS):
        basis = basis @ _straightened(basis, each)
        on_words, on_meanings = _times(turned, basis, each), meanings.T @ basis
        basis = _times(words, on_words, each) + meanings @ on_meanings
    basis = basis @ _straightened(basis, each)
    on_words, on_meanings = _times(turned, basis, each), meanings.T @ basis
    turn = _straightened(np.vstack([on_words, on_meanings]), each)[:, :DIRECTIONS]
    return np.asarray(on_words @ turn), np.asarray(on_meanings @ turn)


def _times(left: sparse.csr_matrix, right: Floats, each: Map) -> Floats:
    """Multiply some columns at a time: the sums of a column know nothing of the others."""
    blocks = np.array_split(right, _PARTS, axis=1)
    return np.hstack(list(each(lambda block: left @ np.ascontiguousarray(block), blocks)))


def _straightened(block: Floats, each: Map) -> Floats:
    """Return what turns the columns of a block into orthonormal ones that span the same, strongest first.

    From the products of all pairs of columns: a quarter of the time of decomposing the long block itself.
    """
    squares, turn = np.linalg.eigh(sum(each(_products, np.array_split(block, _PARTS))))
    kept = [place for place in np.argsort(-squares) if squares[place] > squares[-1] * _NOISE]
    result: Floats = (turn[:, kept] / np.sqrt(squares[kept])).astype(np.float32)
    return result


def _products(rows: Floats) -> NDArray[np.float64]:
    exact = rows.astype(np.float64)
    return exact.T @ exact


def fit(
    rows: Floats, labels: Labels, classes: int, penalty: float, begin: Floats | None = None, each: Map = map
) -> Floats:
    """Return weights (a row a direction, the last one the bias) that minimise log loss + penalty/2 · |w|².

    There is one such minimum: a search that begins near it, at `begin`, finds it sooner. It goes in steps scaled by the
    curvature that each direction has while all classes are equally likely: main directions hardly influence each
    other, so this halves the time.
    """
    count, size = rows.shape
    design = np.hstack([rows, np.ones((count, 1), dtype=np.float32)])
    truth = np.zeros((count, classes), dtype=np.float32)
    truth[np.arange(count), labels] = 1
    shrink = np.full((size + 1, 1), penalty, dtype=np.float32)
    shrink[-1] = 0
    curvature = shrink + (classes - 1) / classes**2 * (design * design).sum(axis=0)[:, None]
    scale = (1 / np.sqrt(curvature + _LEAST_CURVATURE)).astype(np.float32)
    design, shrink = design * scale.T, shrink * scale * scale

    parts = list(zip(np.array_split(design, _PARTS), np.array_split(truth, _PARTS), strict=True))

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(size + 1, classes).astype(np.float32)
        missed = float((shrink * weights * weights).sum()) / 2
        slope = shrink * weights
        for part, steepness in each(lambda part: _missed(*part, weights), parts):
            missed, slope = missed + part, slope + steepness
        return missed, slope.ravel().astype(np.float64)

    start = np.zeros((size + 1, classes)) if begin is None else begin / scale
    # Stopping at 1e-3 of the loss loses ten points of accuracy on few examples; beyond 1e-5 nothing is gained.
    options = {"maxiter": _MOST_STEPS, "ftol": 1e-5, "gtol": 1e-3, "maxcor": 10}
    found = minimize(loss, start.ravel().astype(np.float64), jac=True, method="L-BFGS-B", options=options)
    weights: Floats = found.x.reshape(size + 1, classes).astype(np.float32) * scale
    return weights


def _missed(design: Floats, truth: Floats, weights: Floats) -> tuple[float, Floats]:
    """The log loss of some rows, and its slope."""
    logits = design @ weights
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    total = odds.sum(axis=1, keepdims=True)
    missed = float(np.log(total).sum() - (logits * truth).sum())
    slope: Floats = design.T @ (odds / total - truth)
    return missed, slope
