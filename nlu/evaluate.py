"""How well the model does on examples it has not seen: cross-validation, by language and in total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.types import Certainty
from nlu.doubt import judge
from nlu.encoder import SentenceEncoder
from nlu.ensure import Progress, model_name
from nlu.evidence import article_sentences
from nlu.examples import load_examples
from nlu.training import build, held_out_logits, prepare

TOTAL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One language's figures, from 0 to 1. `answered_wrongly`: the part of the sure answers that is not right."""

    language: str
    examples: int
    accuracy: float
    top_three: float
    macro_f1: float
    out_of_scope_recall: float
    answered: float
    answered_wrongly: float


def evaluate(data: Path, var: Path, progress: Progress) -> list[Score]:
    """Cross-validate on the training examples. Raises ConfigError."""
    encoder = SentenceEncoder()
    examples = load_examples(data)
    evidence = article_sentences(data, examples)
    prepared = prepare(examples, evidence, encoder, var / "models" / "encodings", progress)
    model = build(model_name(data), prepared, encoder, data, progress)
    logits = held_out_logits(prepared, lambda done: progress("Judging what it had not seen", 0.9 + 0.1 * done))
    _, certainties, _ = judge(logits, model.doubt, model.outside)
    languages = np.array([example.language for example in prepared.examples])
    scores = []
    for language in [*sorted(set(languages.tolist())), TOTAL]:
        chosen = np.ones(len(languages), dtype=np.bool_) if language == TOTAL else languages == language
        certain = [certainty for certainty, kept in zip(certainties, chosen, strict=True) if kept]
        scores.append(_score(language, logits[chosen], prepared.truth[chosen], certain, model.outside))
    return scores


def _score(
    language: str,
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    certainties: Sequence[Certainty],
    outside: int,
) -> Score:
    order = np.argsort(-logits, axis=1)
    best = order[:, 0]
    inside = labels != outside
    sure = np.array([certainty is Certainty.SURE for certainty in certainties])
    unknown = np.array([certainty is Certainty.UNKNOWN for certainty in certainties])
    return Score(
        language=language,
        examples=len(labels),
        accuracy=float((best == labels)[inside].mean()),
        top_three=float((order[:, :3] == labels[:, None]).any(axis=1)[inside].mean()),
        macro_f1=_macro_f1(best, labels),
        out_of_scope_recall=float(unknown[~inside].mean()) if (~inside).any() else 1.0,
        answered=float(sure[inside].mean()),
        answered_wrongly=float((sure & (best != labels)).sum() / max(1, sure.sum())),
    )


def _macro_f1(best: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    scores = []
    for label in np.unique(labels):
        hit = float(((best == label) & (labels == label)).sum())
        wrong = float((best == label).sum() + (labels == label).sum())
        scores.append(2 * hit / wrong if wrong else 0.0)
    return float(np.mean(scores))
