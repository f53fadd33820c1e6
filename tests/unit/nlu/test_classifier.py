"""The classifier, on points in a plane."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.classifier import fit
from nlu.doubt import Labels, energy, probabilities
from nlu.features import Floats

CENTRES = np.array([[4, 0], [-4, 0], [0, 4]], dtype=np.float32)


def clouds(each: int = 40, apart: float = 1.0) -> tuple[Floats, Labels]:
    """Three clouds of points, one class each."""
    random = np.random.default_rng(7)
    labels = np.repeat(np.arange(3), each)
    rows = CENTRES[labels] * apart + random.standard_normal((len(labels), 2), dtype=np.float32)
    return rows.astype(np.float32), labels


def logits(rows: Floats, weights: Floats) -> Floats:
    result: Floats = rows @ weights[:-1] + weights[-1]
    return result


def test_what_can_be_told_apart_is_learned() -> None:
    rows, labels = clouds()
    found = logits(rows, fit(rows, labels, 3, 0.1)).argmax(axis=1)
    assert (found == labels).mean() > 0.98


def test_a_higher_penalty_keeps_the_weights_smaller() -> None:
    rows, labels = clouds()
    sizes = [float(np.abs(fit(rows, labels, 3, penalty)[:-1]).sum()) for penalty in (0.01, 1, 100)]
    assert sizes == sorted(sizes, reverse=True)


def test_the_same_rows_give_the_same_bytes() -> None:
    rows, labels = clouds()
    assert fit(rows, labels, 3, 0.1).tobytes() == fit(rows, labels, 3, 0.1).tobytes()


def lost(rows: Floats, labels: Labels, weights: Floats, penalty: float) -> float:
    shares = probabilities(logits(rows, weights), 1.0)[np.arange(len(labels)), labels]
    return float(-np.log(shares).sum() + penalty / 2 * (weights[:-1] ** 2).sum())


@pytest.mark.parametrize("each", [1, 40, 1000])
def test_the_fit_is_where_the_loss_is_least(each: int) -> None:
    rows, labels = clouds(each, apart=0.3)
    weights = fit(rows, labels, 3, 1.0)
    reached = lost(rows, labels, weights, 1.0)
    design = np.hstack([rows, np.ones((len(rows), 1), dtype=np.float32)])
    truth = np.eye(3, dtype=np.float32)[labels]
    for _ in range(3000):
        slope = design.T @ (probabilities(logits(rows, weights), 1.0) - truth)
        slope[:-1] += weights[:-1]
        weights = weights - np.float32(0.1 / len(rows)) * slope
    assert reached < 1.01 * lost(rows, labels, weights, 1.0)


def test_probabilities_sum_to_one_and_sharpen_as_the_temperature_falls() -> None:
    scores = np.array([[2, 1, 0]], dtype=np.float32)
    cold, warm = probabilities(scores, 0.5), probabilities(scores, 2.0)
    assert float(cold.sum()) == pytest.approx(1)
    assert cold[0, 0] > warm[0, 0]


def test_energy_and_probabilities_stand_very_large_logits() -> None:
    scores = np.array([[1e4, -1e4], [-1e4, -1e4]], dtype=np.float32)
    assert np.isfinite(energy(scores)).all()
    assert np.isfinite(probabilities(scores, 0.1)).all()
    assert energy(scores)[0] > energy(scores)[1]
