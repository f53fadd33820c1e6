"""Learns when to doubt: what a ranking's signs mean, and the thresholds that cost least. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu.doubt import CANDIDATES, Doubt, Labels, probabilities, signs_of, trust_of
from nlu.features import Floats

Bools = NDArray[np.bool_]

_STEPS: Final = 41
_NEWTON_STEPS: Final = 50
_MOST_TEMPERATURE: Final = 20.0
_RIDGE: Final = 1e-2


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each kind of mistake costs; only their ratios matter."""

    wrong_security: float
    wrong: float
    needless_rephrase: float
    needless_question: float


def learn(logits: Floats, labels: Labels, security: Bools, outside: int, costs: Costs, most_refused: float) -> Doubt:
    """Learn from held-out logits. `security` marks classes; `outside` is the class of what is out of scope.

    Of the examples in scope, up to the part `most_refused` are refused so that as many as can be of the others are.
    """
    temperature = _temperature(logits, labels)
    best = logits.argmax(axis=1)
    signs = signs_of(logits, temperature, outside)
    # What is found to be outside is never answered: how sure of it the model is would only blur the rest.
    inside = best != outside
    weights = _logistic(signs[inside], best[inside] == labels[inside])
    trust = trust_of(signs, weights)
    outside_weights, refuse, refused = _refusal(signs, labels, best, outside, most_refused)
    sure, doubt = _thresholds(logits, labels, trust, refused, security, outside, costs)
    return Doubt(
        temperature=temperature,
        weights=tuple(float(w) for w in weights),
        sure=sure,
        doubt=doubt,
        outside_weights=outside_weights,
        refuse=refuse,
    )


def _refusal(
    signs: Floats, labels: Labels, best: Labels, outside: int, most_refused: float
) -> tuple[tuple[float, ...], float, Bools]:
    """Return the weights of being out of scope, the threshold, and which examples are refused by both."""
    first, strange = best == outside, labels == outside
    if not strange.any() or strange.all():
        return (), 1.0, first
    weights = _logistic(signs, strange)
    chance = trust_of(signs, weights)
    # Those whose first intent is "outside" are refused whatever the threshold: they come first.
    certain = np.where(first, 2.0, chance)[~strange]
    refuse = float(min(1.0, np.quantile(certain, 1 - most_refused)))
    return tuple(float(w) for w in weights), refuse, first | (chance >= refuse)


def _temperature(logits: Floats, labels: Labels) -> float:
    """Return by what to divide the logits so that their log loss is least; it is convex in the inverse."""
    mine = logits[np.arange(len(labels)), labels].mean(dtype=np.float64)
    inverse = 1.0
    for _ in range(_NEWTON_STEPS):
        shares = probabilities(logits, 1 / inverse)
        means = (shares * logits).sum(axis=1, dtype=np.float64)
        spread = float(((shares * logits * logits).sum(axis=1, dtype=np.float64) - means * means).mean())
        before = inverse
        # At most doubled or halved: far from the least, the curve says little of where it is.
        inverse = float(np.clip(inverse - (means.mean() - mine) / max(spread, 1e-12), inverse / 2, inverse * 2))
        inverse = min(max(inverse, 1 / _MOST_TEMPERATURE), _MOST_TEMPERATURE)
        if abs(inverse - before) < 1e-6 * before:
            break
    return 1 / inverse


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


def _thresholds(
    logits: Floats, labels: Labels, trust: Floats, refused: Bools, security: Bools, outside: int, costs: Costs
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
    grid = np.linspace(0.02, 0.98, _STEPS)
    found = []
    for doubt in grid:
        for sure in grid[grid >= doubt]:
            cost = np.where(trust >= sure, answered, np.where(trust >= doubt, asked, missed))
            found.append((float(np.where(refused, missed, cost).sum()), float(sure), float(doubt)))
    _, sure, doubt = min(found)
    return sure, doubt
