"""The main directions: what rows have in common with each other stays, in far fewer columns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import sparse

from nlu.classifier import Map
from nlu.directions import DIRECTIONS, main_directions
from nlu.features import Floats


def features(rows: int, columns: int, rank: int) -> tuple[sparse.csr_matrix, Floats]:
    random = np.random.default_rng(3)
    common = random.standard_normal((rank, columns), dtype=np.float32)
    whole = random.standard_normal((rows, rank), dtype=np.float32) @ common
    return sparse.csr_matrix(whole[:, :-8]), whole[:, -8:]


@pytest.mark.parametrize(("rows", "columns", "rank"), [(30, 60, 30), (1, 20, 1), (900, 1200, 40), (40, 1200, 20)])
def test_main_directions_keep_what_rows_have_in_common(rows: int, columns: int, rank: int) -> None:
    words, meanings = features(rows, columns, rank)
    _, found = main_directions(words, meanings, rows)
    whole = np.hstack([words.toarray(), meanings])
    assert found.shape[1] <= min(DIRECTIONS, rows)
    assert np.allclose(found @ found.T, whole @ whole.T, atol=2e-5 * float((whole * whole).sum(axis=1).max()))


def test_a_row_beyond_those_that_count_lies_on_the_same_directions() -> None:
    words, meanings = features(60, 80, 10)
    directions, found = main_directions(words, meanings, 40)
    weights = np.random.default_rng(4).standard_normal((found.shape[1], 3), dtype=np.float32)
    on_words, on_meanings = directions.spread(weights)
    assert np.allclose(found @ weights, words @ on_words + meanings @ on_meanings, atol=1e-3)


def test_the_strongest_direction_comes_first() -> None:
    words, meanings = features(60, 80, 10)
    _, found = main_directions(words, meanings, 60)
    strength = (found * found).sum(axis=0)
    assert (np.diff(strength) <= 1e-4 * strength[0]).all()


def test_one_after_the_other_or_at_once_the_bytes_are_the_same() -> None:
    words, meanings = features(900, 1000, 60)
    with ThreadPoolExecutor(2) as pool:
        at_once: Map = pool.map
        _, two = main_directions(words, meanings, 900, at_once)
    _, one = main_directions(words, meanings, 900)
    assert one.tobytes() == two.tobytes()
