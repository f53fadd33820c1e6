"""Decides how sure a ranking is. Everything here is learned on examples that the model had not seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from bridge.types import Certainty
from nlu.classifier import Labels, energy, probabilities
from nlu.features import Floats

Bools = NDArray[np.bool_]

_STEPS: Final = 41
_NEWTON_STEPS: Final = 50
_RIDGE: Final = 1e-2
CANDIDATES: Final = 3
_LEAST_CANDIDATE: Final = 0.04
_MASS: Final = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each kind of mistake costs; only their ratios matter."""

    wrong_security: float
    wrong: float
    needless_rephrase: float
    needless_question: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What a model knows of its own limits.

    `weights` turn signs of a ranking into the probability that its first intent is right; from `sure` on it is
    answered, from `doubt` on it is asked about, below it is not understood.
    """

    temperature: float
    weights: tuple[float, ...]
    sure: float
    doubt: float


def learn(logits: Floats, labels: Labels, security: Bools, outside: int, costs: Costs) -> Doubt:
    """Learn from held-out logits. `security` marks classes; `outside` is the class of what is out of scope."""
    temperature = _temperature(logits, labels)
    best = logits.argmax(axis=1)
    right = (best == labels) & (labels != outside)
    signs = _signs(logits, temperature, outside)
    weights = _logistic(signs, right)
    trust = _trust(signs, weights)
    sure, doubt = _thresholds(logits, labels, trust, security, outside, costs)
    return Doubt(temperature=temperature, weights=tuple(float(w) for w in weights), sure=sure, doubt=doubt)


def judge(logits: Floats, doubt: Doubt, outside: int) -> tuple[Floats, list[Certainty], Floats]:
    """Return each row's probabilities, its certainty, and the probability that its first intent is right."""
    shares = probabilities(logits, doubt.temperature)
    trust = _trust(_signs(logits, doubt.temperature, outside), np.array(doubt.weights))
    best = logits.argmax(axis=1)
    return shares, [_certainty(float(t), int(b), doubt, outside) for t, b in zip(trust, best, strict=True)], trust


def candidates(shares: Floats, outside: int) -> list[int]:
    """Return the classes worth offering, best first: those that together hold nearly all of the probability."""
    order = [int(place) for place in np.argsort(-shares)[: CANDIDATES + 1] if place != outside][:CANDIDATES]
    kept: list[int] = []
    mass = 0.0
    for place in order:
        if kept and (mass >= _MASS or shares[place] < _LEAST_CANDIDATE):
            break
        kept.append(place)
        mass += float(shares[place])
    return kept


def _certainty(trust: float, best: int, doubt: Doubt, outside: int) -> Certainty:
    if best == outside or trust < doubt.doubt:
        return Certainty.UNKNOWN
    return Certainty.SURE if trust >= doubt.sure else Certainty.DOUBT


def _temperature(logits: Floats, labels: Labels) -> float:
    rows = np.arange(len(labels))

    def missed(log_temperature: float) -> float:
        shares = probabilities(logits, float(np.exp(log_temperature)))
        return -float(np.log(shares[rows, labels] + 1e-12).mean())

    return float(np.exp(minimize_scalar(missed, bounds=(-3, 3), method="bounded").x))


def _signs(logits: Floats, temperature: float, outside: int) -> Floats:
    """What tells a right ranking from a wrong one: the first share, its lead, the energy, the share outside if any."""
    shares = probabilities(logits, temperature)
    top = np.sort(shares, axis=1)[:, -2:]
    columns = [
        np.log(top[:, 1] + 1e-6) - np.log(1 - top[:, 1] + 1e-6),
        np.log(top[:, 1] + 1e-6) - np.log(top[:, 0] + 1e-6),
        energy(logits),
        np.log(shares[:, outside] + 1e-6) if outside >= 0 else np.zeros(len(logits), dtype=np.float32),
        np.ones(len(logits), dtype=np.float32),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _logistic(signs: Floats, right: Bools) -> NDArray[np.float64]:
    """Fit a small logistic regression by Newton's method."""
    rows, truth = signs.astype(np.float64), right.astype(np.float64)
    weights = np.zeros(rows.shape[1])
    for _ in range(_NEWTON_STEPS):
        odds = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (odds - truth) + _RIDGE * weights
        curve = (rows * (odds * (1 - odds))[:, None]).T @ rows + _RIDGE * np.eye(rows.shape[1])
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def _trust(signs: Floats, weights: NDArray[np.float64]) -> Floats:
    result: Floats = (1 / (1 + np.exp(-np.clip(signs @ weights, -30, 30)))).astype(np.float32)
    return result


def _thresholds(
    logits: Floats, labels: Labels, trust: Floats, security: Bools, outside: int, costs: Costs
) -> tuple[float, float]:
    """Return the pair of thresholds that costs least on the held-out examples."""
    best = logits.argmax(axis=1)
    inside = labels != outside
    offered = np.argsort(-logits, axis=1)[:, :CANDIDATES]
    among = (offered == labels[:, None]).any(axis=1) & inside
    harm = np.where(security[labels] | security[best], costs.wrong_security, costs.wrong)
    answered = np.where(best == labels, 0.0, harm)
    asked = np.where(among, costs.needless_question, costs.needless_rephrase)
    missed = np.where(inside, costs.needless_rephrase, 0.0)
    refused = best == outside
    grid = np.linspace(0.02, 0.98, _STEPS)
    found = []
    for doubt in grid:
        for sure in grid[grid >= doubt]:
            cost = np.where(trust >= sure, answered, np.where(trust >= doubt, asked, missed))
            found.append((float(np.where(refused, missed, cost).sum()), float(sure), float(doubt)))
    _, sure, doubt = min(found)
    return sure, doubt
