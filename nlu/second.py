"""The second opinion: a slower encoder reads what the first classifier is not sure of, and all decide together. Pure.

Its vectors are judged twice, by a classifier of their own and by the vote of the nearest examples. What that brings
stands in README.md; it is asked for the doubtful texts alone, because it takes four times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from nlu.calibration import Bools, Costs, learn
from nlu.classifier import fit
from nlu.doubt import Doubt, Labels
from nlu.features import Floats

ENOUGH: Final = 0.8
"""From this trust in the first opinion on, the second one changed nothing for the better on held-out examples."""
_VOICE: Final = np.float32(0.7)
_VOTE: Final = np.float32(0.5)
_SHARE: Final = np.float32(2.0)
_PENALTY: Final = 0.35
_NEAREST: Final = 10
# In cosines: so much further away, a neighbour's vote counts a third.
_REACH: Final = 0.1
_NO_VOTE: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """Weights over the second encoder's vectors, those of the examples, and what all together know of their limits.

    `center` is the middle of the vectors it learned from: this encoder's all point much the same way. `examples` are
    theirs from there, of length one, with `labels`.
    """

    encoder: str
    center: Floats
    weights: Floats
    bias: Floats
    examples: Floats
    labels: Labels
    doubt: Doubt

    def together(self, first: Floats, meanings: Floats) -> Floats:
        """Return the logits of all opinions, of texts with the first one's logits and the second encoder's vectors."""
        placed = _placed(meanings, self.center)
        opinion = _VOICE * (placed * _SHARE @ self.weights + self.bias)
        result: Floats = first + opinion + _VOTE * _vote(placed, self.examples, self.labels, first.shape[1])
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The examples as the second opinion learns from them: vectors, labels, folds, and the first one's held-out logits.

    `classes` marks the security ones; `outside` is the class of what is out of scope.
    """

    meanings: Floats
    labels: Labels
    folds: Labels
    first: Floats
    trust: Floats
    security: Bools
    outside: int


def learn_second(encoder: str, held: Held, costs: Costs, most_refused: float) -> Second:
    """Fit the second classifier, and learn its doubt on those held-out examples that it would have been asked about."""
    center: Floats = held.meanings.mean(axis=0)
    rows, classes = _placed(held.meanings, center), held.first.shape[1]
    opinion = np.zeros_like(held.first)
    for fold in np.unique(held.folds):
        unseen = held.folds == fold
        weights = fit(rows[~unseen] * _SHARE, held.labels[~unseen], classes, _PENALTY)
        opinion[unseen] = _VOICE * (rows[unseen] * _SHARE @ weights[:-1] + weights[-1])
        opinion[unseen] += _VOTE * _vote(rows[unseen], rows[~unseen], held.labels[~unseen], classes)
    asked = held.trust < ENOUGH if (held.trust < ENOUGH).any() else np.ones(len(held.trust), dtype=np.bool_)
    # The part of all may be refused among those that are asked about; the others are clear.
    most_refused = min(0.5, most_refused * len(asked) / asked.sum())
    together = held.first + opinion
    weights = fit(rows * _SHARE, held.labels, classes, _PENALTY)
    return Second(
        encoder=encoder,
        center=center,
        weights=weights[:-1],
        bias=weights[-1],
        examples=rows,
        labels=held.labels,
        doubt=learn(together[asked], held.labels[asked], held.security, held.outside, costs, most_refused),
    )


def _placed(meanings: Floats, center: Floats) -> Floats:
    apart = meanings - center
    length = np.linalg.norm(apart, axis=1, keepdims=True)
    result: Floats = (apart / np.maximum(length, 1e-6)).astype(np.float32)
    return result


def _vote(rows: Floats, examples: Floats, labels: Labels, classes: int) -> Floats:
    """Return the logarithm of each class's part of the votes of the nearest examples, the nearer the heavier."""
    count = min(_NEAREST, len(examples))
    votes = np.zeros((len(rows), classes), dtype=np.float32)
    for place, row in enumerate(rows):
        near = examples @ row
        nearest = np.argpartition(-near, count - 1)[:count]
        np.add.at(votes[place], labels[nearest], np.exp((near[nearest] - near[nearest].max()) / _REACH))
    result: Floats = np.log(votes / votes.sum(axis=1, keepdims=True) + _NO_VOTE)
    return result
