"""Decides how sure a ranking is, by what `calibration` learned on examples that the model had not seen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.types import Certainty
from nlu.features import Floats

Labels = NDArray[np.int64]

CANDIDATES: Final = 3
_LEAST_CANDIDATE: Final = 0.04
_MASS: Final = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What a model knows of its own limits.

    `weights` turn signs of a ranking into the probability that its first intent is right; from `sure` on it is
    answered, from `doubt` on it is asked about, below it is not understood. `outside_weights` turn the same signs into
    the probability that it is out of scope; from `refuse` on it is not understood either.
    """

    temperature: float
    weights: tuple[float, ...]
    sure: float
    doubt: float
    outside_weights: tuple[float, ...] = ()
    refuse: float = 1.0


def judge(logits: Floats, doubt: Doubt, outside: int) -> tuple[Floats, list[Certainty], Floats]:
    """Return each row's probabilities, its certainty, and the probability that its first intent is right."""
    shares = probabilities(logits, doubt.temperature)
    signs = signs_of(logits, doubt.temperature, outside)
    trust = trust_of(signs, np.array(doubt.weights))
    refused = logits.argmax(axis=1) == outside
    if doubt.outside_weights:
        refused |= trust_of(signs, np.array(doubt.outside_weights)) >= doubt.refuse
    return shares, [_certainty(float(t), bool(r), doubt) for t, r in zip(trust, refused, strict=True)], trust


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


def _certainty(trust: float, refused: bool, doubt: Doubt) -> Certainty:
    if refused or trust < doubt.doubt:
        return Certainty.UNKNOWN
    return Certainty.SURE if trust >= doubt.sure else Certainty.DOUBT


def signs_of(logits: Floats, temperature: float, outside: int) -> Floats:
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


def trust_of(signs: Floats, weights: NDArray[np.float64]) -> Floats:
    """Return the probability that each row is what the weights were learned for."""
    result: Floats = (1 / (1 + np.exp(-np.clip(signs @ weights, -30, 30)))).astype(np.float32)
    return result


def energy(logits: Floats) -> Floats:
    """How much the model recognises of a text at all: the log-sum-exp of its logits (Liu et al., 2020)."""
    top = logits.max(axis=1)
    result: Floats = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return result


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Softmax with a temperature."""
    scaled = (logits - logits.max(axis=1, keepdims=True)) / temperature
    odds = np.exp(scaled)
    result: Floats = odds / odds.sum(axis=1, keepdims=True)
    return result
