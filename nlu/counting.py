"""Counts the pieces of many texts at once, as training needs them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

import numpy as np
from scipy import sparse

from nlu.features import Vocabulary, inside, tokens


def learn_pieces(texts: Sequence[str], count: int, least: int) -> tuple[Vocabulary, sparse.csr_matrix]:
    """Learn the pieces that stand in at least `least` of the first `count` normal texts; return the rows of all too.

    The rows are those that `Vocabulary.row` gives one by one. The pieces are sorted: the same texts give the same
    vocabulary in any order.
    """
    numbers = defaultdict[str, int]()
    numbers.default_factory = numbers.__len__
    known = dict[str, list[int]]()
    found = [_numbered(text, numbers, known) for text in texts]
    ends = np.cumsum([0, *(len(places) for places in found)])
    places = np.fromiter(chain.from_iterable(found), dtype=np.int32, count=ends[-1])
    rows = sparse.csr_matrix((np.ones(len(places), dtype=np.float32), places, ends), (len(texts), len(numbers)))
    rows.sum_duplicates()

    names = list(numbers)
    texts_with = np.bincount(rows.indices[: rows.indptr[count]], minlength=len(names))
    kept = sorted(np.flatnonzero(texts_with >= least), key=names.__getitem__)
    weights = np.log((1 + count) / (1 + texts_with[kept])) + 1
    vocabulary = Vocabulary(
        columns={names[place]: column for column, place in enumerate(kept)}, weights=weights.astype(np.float32)
    )
    rows = rows[:, kept]
    rows.data = (1 + np.log(rows.data)) * vocabulary.weights[rows.indices]
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    rows.data /= np.repeat(lengths, np.diff(rows.indptr))
    return vocabulary, rows


def _numbered(text: str, numbers: defaultdict[str, int], known: dict[str, list[int]]) -> list[int]:
    """Return the numbers of a text's pieces. Most words stand in many texts: `known` has the numbers of theirs."""
    found = list[int]()
    for token, pair in tokens(text):
        inner = known.get(token)
        if inner is None:
            inner = known[token] = [numbers[piece] for piece in inside(token)]
        found += inner
        if pair:
            found.append(numbers[pair])
    return found
