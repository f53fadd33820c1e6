"""The second opinion's vote, on points on a sphere."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.doubt import Doubt, Labels
from nlu.features import Floats
from nlu.second import Second

CLASSES, SIZE = 7, 6


def directions(count: int, seed: int) -> Floats:
    """Points of distance one from the middle."""
    points = np.random.default_rng(seed).standard_normal((count, SIZE), dtype=np.float32)
    result: Floats = points / np.linalg.norm(points, axis=1, keepdims=True)
    return result


def opinion(examples: Floats, labels: Labels) -> Second:
    """A second opinion whose classifier says nothing: what is left is the vote."""
    return Second(
        encoder="points",
        center=np.zeros(SIZE, dtype=np.float32),
        weights=np.zeros((SIZE, CLASSES), dtype=np.float32),
        bias=np.zeros(CLASSES, dtype=np.float32),
        examples=examples,
        labels=labels,
        doubt=Doubt(temperature=1.0, weights=(0.0,) * 5, sure=0.5, doubt=0.1),
    )


@pytest.mark.parametrize("count", [1, 9, 10, 31, 320, 351, 5000])
def test_the_ten_nearest_examples_vote_the_nearer_the_heavier(count: int) -> None:
    examples, labels = directions(count, 1), np.arange(count) * 3 % CLASSES
    texts = directions(40, 2)
    found = opinion(examples, labels).together(np.zeros((40, CLASSES), dtype=np.float32), texts)

    for text, row in zip(texts, found, strict=True):
        near = examples @ text
        nearest = np.argsort(-near)[:10]
        weights = np.exp((near[nearest] - near.max()) / 0.1)
        votes = np.bincount(labels[nearest], weights, CLASSES) / weights.sum()
        assert np.allclose(row, 0.5 * np.log(votes + 0.01), atol=1e-4)
