"""Makes a model of the examples: read, encode, fit, learn what it does not know, put in place."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.calibration import Costs, learn
from nlu.classifier import fit, main_directions, matrix
from nlu.doubt import Labels
from nlu.encoder import Encoder, SentenceEncoder
from nlu.encodings import Encodings
from nlu.ensure import Progress, alone, model_name
from nlu.evidence import article_sentences
from nlu.examples import Example, load_examples
from nlu.features import Floats, Vocabulary
from nlu.model import Model, save
from nlu.text import clean, normal

FOLDS: Final = 4
_AT_ONCE: Final = 2
_LEAST_TEXTS: Final = 2
_MEANING_SHARE: Final = 1.0
_PENALTY: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Sentences as numbers: `rows` on the main directions, one label each.

    The first rows are the examples'; those after them are the articles', which a classifier learns from
    but is never tested on.
    """

    examples: Sequence[Example]
    intents: tuple[Intent, ...]
    labels: Labels
    rows: Floats
    vocabulary: Vocabulary
    word_directions: Floats
    meaning_directions: Floats

    @property
    def truth(self) -> Labels:
        """The labels of the examples alone."""
        return self.labels[: len(self.examples)]


def train(data: Path, var: Path, progress: Progress) -> Path:
    """Train and put the model in place; return its folder. One at a time on a machine. Raises ConfigError."""
    models = var / "models"
    models.mkdir(parents=True, exist_ok=True)
    with alone(models / "training.lock"):
        return train_alone(data, models, progress)


def train_alone(data: Path, models: Path, progress: Progress) -> Path:
    """Train, while the caller holds the lock.

    Sums that are split among threads differ in their last digits: with one thread for each product of matrices,
    the same data give the same model on every machine. Several fits run at once instead.
    """
    name = model_name(data)
    progress("Reading the training examples", 0.0)
    examples = load_examples(data)
    progress("Loading the sentence encoder", 0.03)
    encoder = SentenceEncoder()
    with threadpool_limits(1):
        prepared = prepare(examples, article_sentences(data, examples), encoder, models / "encodings", progress)
        model = build(name, prepared, encoder, data, progress)
    folder = save(model, models)
    progress("Trained", 1.0)
    return folder


def prepare(
    examples: Sequence[Example], evidence: Sequence[Example], encoder: Encoder, cache: Path, progress: Progress
) -> Prepared:
    """Turn examples and the articles' sentences into numbers; what was encoded before is taken from `cache`."""
    learned = [*examples, *evidence]
    intents = tuple(sorted({example.intent for example in examples}))
    number = {intent: place for place, intent in enumerate(intents)}
    encodings = Encodings(cache, encoder)
    meanings = encodings.of(
        [clean(example.text) for example in learned],
        lambda done: progress("Encoding the sentences", 0.05 + 0.30 * done),
    )
    progress("Finding the main directions", 0.36)
    texts = [normal(example.text) for example in learned]
    vocabulary = Vocabulary.of(texts, _LEAST_TEXTS if len(texts) > 500 else 1)
    words, meanings = matrix(vocabulary, texts), meanings * np.float32(_MEANING_SHARE)
    on_words, on_meanings = main_directions(words, meanings)
    return Prepared(
        examples=examples,
        intents=intents,
        labels=np.array([number[example.intent] for example in learned]),
        rows=np.asarray(words @ on_words + meanings @ on_meanings, dtype=np.float32),
        vocabulary=vocabulary,
        word_directions=on_words,
        meaning_directions=on_meanings,
    )


def build(name: str, prepared: Prepared, encoder: Encoder, data: Path, progress: Progress) -> Model:
    """Fit the classifier, and learn its doubt on folds. Raises ConfigError."""
    settings = _settings(data)
    held_out = held_out_logits(prepared, lambda done: progress("Learning what it does not know", 0.45 + 0.4 * done))
    progress("Fitting the classifier", 0.86)
    weights = fit(prepared.rows, prepared.labels, len(prepared.intents), _PENALTY)
    outside = prepared.intents.index(settings.outside) if settings.outside in prepared.intents else -1
    security = np.array([intent in settings.security for intent in prepared.intents])
    return Model(
        name=name,
        encoder=encoder.name,
        intents=prepared.intents,
        outside=outside,
        idle=tuple(place for place, intent in enumerate(prepared.intents) if intent in settings.idle),
        vocabulary=prepared.vocabulary,
        word_weights=prepared.word_directions @ weights[:-1],
        meaning_weights=prepared.meaning_directions @ weights[:-1],
        bias=weights[-1],
        meaning_share=_MEANING_SHARE,
        doubt=learn(held_out, prepared.truth, security, outside, settings.costs),
    )


def held_out_logits(prepared: Prepared, progress: Callable[[float], None]) -> Floats:
    """Return each example's logits from a classifier that had not seen its fold."""
    fold = folds(prepared.examples)
    count = len(prepared.examples)
    logits = np.zeros((count, len(prepared.intents)), dtype=np.float32)

    def judge(place: int) -> None:
        unseen = np.flatnonzero(fold == place)
        seen = np.delete(np.arange(len(prepared.labels)), unseen)
        weights = fit(prepared.rows[seen], prepared.labels[seen], len(prepared.intents), _PENALTY)
        logits[unseen] = prepared.rows[unseen] @ weights[:-1] + weights[-1]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(judge, range(FOLDS))):
            progress((done + 1) / FOLDS)
    return logits


def folds(examples: Sequence[Example]) -> Labels:
    """Spread each intent's examples of each language evenly over the folds, in their order."""
    counts: dict[tuple[str, str], int] = {}
    fold = np.zeros(len(examples), dtype=np.int64)
    for place, example in enumerate(examples):
        key = (example.intent, example.language)
        fold[place] = counts.get(key, 0) % FOLDS
        counts[key] = counts.get(key, 0) + 1
    return fold


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    outside: Intent
    security: frozenset[str]
    idle: frozenset[str]
    costs: Costs


def _settings(data: Path) -> _Settings:
    path = data / "config" / "nlu.toml"
    policy = data / "config" / "policy.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        intents = tomllib.loads(policy.read_text(encoding="utf-8"))["intents"]
        asking = {*intents.get("person", ()), *intents.get("complaint", ())}
        idle = frozenset(table["intents"]["without_article"]) - asking
        costs = Costs(**{key: float(value) for key, value in table["cost"].items()})
        outside, security = Intent(table["intents"]["out_of_scope"]), frozenset(intents["security"])
        return _Settings(outside=outside, security=security, idle=idle, costs=costs)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}. It needs intents.out_of_scope and the four numbers of [cost].") from error
