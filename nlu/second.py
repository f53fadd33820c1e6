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
_ROWS_AT_ONCE: Final = 512
_DEEP: Final = 32


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
class Opinion:
    """What the second encoder's vectors alone say: weights, and each example's logits from a part that had not seen it.

    It needs nothing of the first opinion, so that both are formed at the same time.
    """

    center: Floats
    rows: Floats
    weights: Floats
    held_out: Floats

    @classmethod
    def form(cls, meanings: Floats, labels: Labels, folds: Labels, classes: int) -> Opinion:
        """Fit the classifier, and on each fold's complement another one that judges the fold."""
        center: Floats = meanings.mean(axis=0)
        rows = _placed(meanings, center)
        # Turned so that the columns do not influence each other, a fit takes half as many steps.
        turn = _turned(rows)
        turned = rows @ turn * _SHARE
        held_out = np.zeros((len(rows), classes), dtype=np.float32)
        parts = [folds == fold for fold in np.unique(folds)]
        # The votes first: they are few long steps, and disturb least what counts words meanwhile.
        for unseen in parts:
            held_out[unseen] = _VOTE * _vote(rows[unseen], rows[~unseen], labels[~unseen], classes)
        for unseen in parts:
            weights = fit(turned[~unseen], labels[~unseen], classes, _PENALTY)
            held_out[unseen] += _VOICE * (turned[unseen] @ weights[:-1] + weights[-1])
        weights = fit(turned, labels, classes, _PENALTY)
        return cls(center=center, rows=rows, weights=np.vstack([turn @ weights[:-1], weights[-1:]]), held_out=held_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The examples as both opinions learn their limits from them: labels, the first one's held-out logits, trust.

    `security` marks the security classes; `outside` is the class of what is out of scope.
    """

    labels: Labels
    first: Floats
    trust: Floats
    security: Bools
    outside: int


def learn_second(encoder: str, opinion: Opinion, held: Held, costs: Costs, most_refused: float) -> Second:
    """Learn the doubt of both opinions together on those held-out examples that the second would have been asked."""
    asked = held.trust < ENOUGH if (held.trust < ENOUGH).any() else np.ones(len(held.trust), dtype=np.bool_)
    # The part of all may be refused among those that are asked about; the others are clear.
    most_refused = min(0.5, most_refused * len(asked) / asked.sum())
    together = held.first + opinion.held_out
    return Second(
        encoder=encoder,
        center=opinion.center,
        weights=opinion.weights[:-1],
        bias=opinion.weights[-1],
        examples=opinion.rows,
        labels=held.labels,
        doubt=learn(together[asked], held.labels[asked], held.security, held.outside, costs, most_refused),
    )


def _turned(rows: Floats) -> Floats:
    _, turn = np.linalg.eigh((rows.T @ rows).astype(np.float64))
    return turn[:, ::-1].astype(np.float32)


def _placed(meanings: Floats, center: Floats) -> Floats:
    apart = meanings - center
    length = np.linalg.norm(apart, axis=1, keepdims=True)
    result: Floats = (apart / np.maximum(length, 1e-6)).astype(np.float32)
    return result


def _vote(rows: Floats, examples: Floats, labels: Labels, classes: int) -> Floats:
    """Return the logarithm of each class's part of the votes of the nearest examples, the nearer the heavier."""
    count = min(_NEAREST, len(examples))
    votes = np.zeros((len(rows), classes), dtype=np.float32)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        near = rows[start : start + _ROWS_AT_ONCE] @ examples.T
        nearest = _highest(near, count)
        heights = np.take_along_axis(near, nearest, axis=1)
        places = np.arange(start, start + len(near))[:, None]
        np.add.at(votes, (places, labels[nearest]), np.exp((heights - heights.max(axis=1, keepdims=True)) / _REACH))
    result: Floats = np.log(votes / votes.sum(axis=1, keepdims=True) + _NO_VOTE)
    return result


def _highest(near: Floats, count: int) -> Labels:
    """Return the places of the `count` highest numbers of each row.

    They stand in those columns of the row, laid in `_DEEP` lines, whose maxima are highest: so little is left to sort
    that it takes a sixth of the time.
    """
    width = near.shape[1] // _DEEP
    if width < count:
        return np.argpartition(near, -count, axis=1)[:, -count:]
    lines = near[:, : width * _DEEP].reshape(len(near), _DEEP, width)
    columns = np.argpartition(lines.max(axis=1), -count, axis=1)[:, -count:]
    within = (columns[:, :, None] + np.arange(_DEEP) * width).reshape(len(near), -1)
    rest = np.broadcast_to(np.arange(width * _DEEP, near.shape[1]), (len(near), near.shape[1] % _DEEP))
    places = np.hstack([within, rest])
    best = np.argpartition(np.take_along_axis(near, places, axis=1), -count, axis=1)[:, -count:]
    result: Labels = np.take_along_axis(places, best, axis=1)
    return result
