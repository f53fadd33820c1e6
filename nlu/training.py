"""Makes a model of the examples: read, encode, fit, learn what it does not know, put in place."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.calibration import Costs, learn
from nlu.classifier import Map, fit
from nlu.counting import learn_pieces
from nlu.directions import Directions, main_directions
from nlu.doubt import Labels, judge
from nlu.encoder import Encoder, SentenceEncoder, second_encoder
from nlu.encodings import Encodings
from nlu.ensure import Progress, alone, model_name
from nlu.examples import Example, load_examples
from nlu.features import Floats, Vocabulary
from nlu.judging.noise import noisy
from nlu.model import Model, save
from nlu.second import Held, Opinion, learn_second
from nlu.second_encodings import SecondEncodings
from nlu.spacing import learn_spacing
from nlu.text import clean, normal

FOLDS: Final = 2
_AT_ONCE: Final = 2
_LEAST_TEXTS: Final = 3
_PENALTY: Final = 0.35
_SPOILT_SEED: Final = 7
# Korean loses most when spaces or letters go: its words are short, and end in what belongs to the grammar.
_TWICE: Final = frozenset(("ko",))


@dataclass(frozen=True, slots=True)
class Classes:
    """The examples' intents in order, and a label for each example: its intent's place."""

    intents: tuple[Intent, ...]
    labels: Labels

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Classes:
        """Number the intents."""
        intents = tuple(sorted({example.intent for example in examples}))
        number = {intent: place for place, intent in enumerate(intents)}
        return cls(intents, np.array([number[example.intent] for example in examples]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The examples as numbers: `rows` are the features on their main directions."""

    rows: Floats
    vocabulary: Vocabulary
    directions: Directions


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
    progress("Loading the sentence encoders", 0.03)
    encoder = SentenceEncoder()
    encodings = models / "encodings"
    second = second_meanings(data, examples, encodings, progress)
    with threadpool_limits(1), ThreadPoolExecutor(_AT_ONCE) as pool:
        model = build(name, examples, second, data, encodings, encoder, pool, progress)
    folder = save(model, models)
    progress("Trained", 1.0)
    return folder


@dataclass(frozen=True, slots=True)
class Meanings:
    """The second encoder's rows of the examples."""

    encoder: str
    rows: Floats


def second_meanings(data: Path, examples: Sequence[Example], cache: Path, progress: Progress) -> Meanings | None:
    """Encode the examples for the second opinion; most rows come with the data. None without a second encoder."""
    encoder = second_encoder()
    if encoder is None:
        return None
    rows = SecondEncodings(data, cache, encoder).of(
        [clean(example.text) for example in examples],
        lambda done: progress("Encoding new sentences once more", 0.05 + 0.10 * done),
    )
    return Meanings(encoder.name, rows)


def ship_encodings(data: Path, var: Path, progress: Progress) -> None:
    """Write the second encoder's rows of all examples to where they are shipped. Raises ConfigError."""
    encoder = second_encoder()
    if encoder is None:
        raise ConfigError("The second encoder is not built for this machine: write the encodings on another one.")
    texts = [clean(example.text) for example in load_examples(data)]
    encodings = SecondEncodings(data, var / "models" / "encodings", encoder)
    encodings.ship(texts, lambda done: progress("Encoding", done))
    progress("Encoded", 1.0)


def prepare(
    texts: Sequence[str], copies: Sequence[str], encoder: Encoder, cache: Path, each: Map, progress: Progress
) -> Prepared:
    """Turn clean texts and their spoilt copies into numbers; what was encoded before is taken from `cache`."""
    said = [*texts, *copies]
    encodings = Encodings(cache, encoder)
    meanings = encodings.of(said, lambda done: progress("Encoding the sentences", 0.15 + 0.20 * done))
    progress("Finding the main directions", 0.36)
    plain, count = [normal(text) for text in said], len(texts)
    vocabulary, words = learn_pieces(plain, count, _LEAST_TEXTS if count > 500 else 1)
    directions, rows = main_directions(words, meanings, count, each)
    return Prepared(rows=rows, vocabulary=vocabulary, directions=directions)


def build(
    name: str,
    examples: Sequence[Example],
    meanings: Meanings | None,
    data: Path,
    cache: Path,
    encoder: Encoder,
    pool: ThreadPoolExecutor,
    progress: Progress,
) -> Model:
    """Fit the classifiers, and learn their doubt on folds. Raises ConfigError."""
    settings = _settings(data)
    classes, fold = Classes.of(examples), folds(examples)
    count = len(classes.intents)
    opinion = pool.submit(Opinion.form, meanings.rows, classes.labels, fold, count) if meanings else None
    # Each stands once more as hurried customers write it; Korean twice more.
    spoilt = [*range(len(examples)), *(place for place, one in enumerate(examples) if one.language in _TWICE)]
    copies = [
        noisy(examples[place].text, examples[place].language, _SPOILT_SEED + number // len(examples))
        for number, place in enumerate(spoilt)
    ]
    texts = [clean(example.text) for example in examples]
    prepared = prepare(texts, [clean(copy) for copy in copies], encoder, cache, pool.map, progress)
    progress("Fitting the classifiers", 0.55)
    # What it does not know is learned without the copies: the thresholds come out the same, in half the time.
    labels = np.concatenate([classes.labels, classes.labels[spoilt]])
    fitted = pool.submit(fit, prepared.rows, labels, count, _PENALTY)
    held_out = held_out_logits(prepared.rows[: len(examples)], classes.labels, count, fold)
    progress("Fitting the classifiers", 0.75)
    weights = fitted.result()
    word_weights, meaning_weights = prepared.directions.spread(weights[:-1])
    progress("Learning what it does not know", 0.95)
    outside = classes.intents.index(settings.outside) if settings.outside in classes.intents else -1
    security = np.array([intent in settings.security for intent in classes.intents])
    doubt = learn(held_out, classes.labels, security, outside, settings.costs, settings.most_refused)
    second = None
    if meanings and opinion:
        _, _, trust = judge(held_out, doubt, outside)
        held = Held(labels=classes.labels, first=held_out, trust=trust, security=security, outside=outside)
        second = learn_second(meanings.encoder, opinion.result(), held, settings.costs, settings.most_refused)
    return Model(
        name=name,
        encoder=encoder.name,
        intents=classes.intents,
        outside=outside,
        idle=tuple(place for place, intent in enumerate(classes.intents) if intent in settings.idle),
        spacing=learn_spacing(texts),
        vocabulary=prepared.vocabulary,
        word_weights=word_weights,
        meaning_weights=meaning_weights,
        bias=weights[-1],
        doubt=doubt,
        second=second,
    )


def held_out_logits(rows: Floats, labels: Labels, classes: int, fold: Labels) -> Floats:
    """Return each row's logits from a classifier that had not seen its fold."""
    logits = np.zeros((len(rows), classes), dtype=np.float32)
    for place in range(FOLDS):
        unseen = fold == place
        weights = fit(rows[~unseen], labels[~unseen], classes, _PENALTY)
        logits[unseen] = rows[unseen] @ weights[:-1] + weights[-1]
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
    most_refused: float


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
        most = float(table["limits"]["most_refused"])
        return _Settings(outside=outside, security=security, idle=idle, costs=costs, most_refused=most)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{path}: {error}. It needs intents.out_of_scope, limits.most_refused and the four numbers of [cost]."
        ) from error
