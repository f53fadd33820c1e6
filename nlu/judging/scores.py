"""How well sentences were understood, in figures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.types import Certainty, Intent, Interpretation
from nlu.judging.testset import Case, Grade

TOTAL: Final = "all"
_BINS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A sentence, and what was understood of it."""

    case: Case
    understood: Interpretation

    @property
    def first(self) -> str:
        """The best intent, or nothing."""
        return self.understood.ranking[0].intent if self.understood.ranking else ""

    @property
    def right(self) -> bool:
        """Whether the best intent is the one meant."""
        return self.first == self.case.intent

    @property
    def among_three(self) -> bool:
        """Whether the intent meant is among the first three."""
        return self.case.intent in [ranked.intent for ranked in self.understood.ranking[:3]]

    @property
    def confidence(self) -> float:
        """The best intent's probability."""
        return self.understood.ranking[0].confidence if self.understood.ranking else 0.0

    @property
    def refused(self) -> bool:
        """Whether it counts as none of our business, or not understood."""
        return self.understood.certainty is Certainty.UNKNOWN

    @property
    def answered(self) -> bool:
        """Whether it would be answered without asking back."""
        return self.understood.certainty is Certainty.SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One language's figures, from 0 to 1.

    All but the two of `out_of_scope_recall` and `calibration_error` are of the sentences in scope. `false_alarms`: of
    these, what was refused; `answered_wrongly`: of all that was answered; `calibration_error`: by how much the best
    intent's confidence differs from how often it is right, in ten bins (Guo et al., 2017).
    """

    language: str
    sentences: int
    accuracy: float
    top_three: float
    macro_f1: float
    security_recall: float
    out_of_scope_recall: float
    false_alarms: float
    answered: float
    answered_wrongly: float
    calibration_error: float
    grades: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Two intents that were taken for each other, with the sentences."""

    meant: Intent
    understood: str
    sentences: tuple[str, ...]


def score(judged: Sequence[Judged], outside: str, security: Collection[str]) -> list[Scores]:
    """Return the figures of each language, and in total."""
    languages = sorted({one.case.language for one in judged})
    scores = [
        _score(lang, [one for one in judged if one.case.language == lang], outside, security) for lang in languages
    ]
    return [*scores, _score(TOTAL, judged, outside, security)]


def _score(language: str, judged: Sequence[Judged], outside: str, security: Collection[str]) -> Scores:
    ours = [one for one in judged if one.case.intent != outside]
    others = [one for one in judged if one.case.intent == outside]
    return Scores(
        language=language,
        sentences=len(judged),
        accuracy=_share([one.right for one in ours]),
        top_three=_share([one.among_three for one in ours]),
        macro_f1=_macro_f1(judged),
        security_recall=_share([one.right for one in ours if one.case.intent in security]),
        out_of_scope_recall=_share([one.refused for one in others]),
        false_alarms=1 - _share([not one.refused for one in ours]),
        answered=_share([one.answered for one in ours]),
        answered_wrongly=1 - _share([one.right for one in judged if one.answered]),
        calibration_error=calibration_error(judged),
        grades={grade.value: _share([one.right for one in ours if one.case.grade is grade]) for grade in Grade},
    )


def confusions(judged: Sequence[Judged], most: int = 20) -> list[Confusion]:
    """Return the worst confusions of sentences in scope or answered, the commonest first."""
    pairs = Counter((one.case.intent, one.first) for one in judged if not one.right)
    return [
        Confusion(
            meant=meant,
            understood=understood,
            sentences=tuple(
                one.case.text for one in judged if (one.case.intent, one.first) == (meant, understood) and not one.right
            ),
        )
        for (meant, understood), _ in pairs.most_common(most)
    ]


def calibration_error(judged: Sequence[Judged]) -> float:
    """Return the expected calibration error of the best intent's confidence."""
    bins = calibration(judged)
    return sum(count * abs(said - right) for said, right, count in bins) / max(1, sum(count for *_, count in bins))


def calibration(judged: Sequence[Judged]) -> list[tuple[float, float, int]]:
    """Return for each tenth of confidence its mean, how often it was right, and how many sentences it has."""
    said = np.array([one.confidence for one in judged])
    right = np.array([one.right for one in judged], dtype=np.float64)
    place = np.minimum((said * _BINS).astype(np.int64), _BINS - 1)
    found = [place == number for number in range(_BINS)]
    return [(float(said[one].mean()), float(right[one].mean()), int(one.sum())) for one in found if one.any()]


def _share(truths: Sequence[bool]) -> float:
    """The part that is true; nothing to judge is nothing wrong."""
    return sum(truths) / len(truths) if truths else 1.0


def _macro_f1(judged: Sequence[Judged]) -> float:
    hits = Counter(one.case.intent for one in judged if one.right)
    meant, said = Counter(one.case.intent for one in judged), Counter(one.first for one in judged)
    scores = [2 * hits[intent] / (meant[intent] + said[intent]) for intent in meant]
    return sum(scores) / max(1, len(scores))
