"""Reads what a Rasa server says of a text, and what our intents are called there. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.errors import ConfigError, NluUnavailable
from bridge.types import Certainty, Intent, Ranked
from nlu.doubt import candidates
from nlu.examples import known_intents

_OURS: Final = "faq/"
_RASAS: Final = "faq__"
_RANKED: Final = 10
_ARCHIVE: Final = ".tar.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaThresholds:
    """Rasa's confidence from which its first intent is answered (`sure`), or asked about (`doubt`)."""

    sure: float
    doubt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The intents we have, and the one among them that means "not ours"."""

    intents: Collection[str]
    outside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a reply says of the intents we know."""

    ranking: tuple[Ranked, ...] = ()
    certainty: Certainty = Certainty.UNKNOWN
    candidates: tuple[Intent, ...] = ()


class _Scored(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    name: Annotated[str, Field(max_length=200)] | None
    # A sum of single-precision numbers may end a little above one.
    confidence: Annotated[float, Field(ge=0, le=1.001, allow_inf_nan=False)]


class Reply(BaseModel):
    """The part of Rasa's reply to `/model/parse` that we use."""

    model_config = ConfigDict(frozen=True, strict=True)

    intent: _Scored
    intent_ranking: Annotated[tuple[_Scored, ...], Field(strict=False)] = ()


class _Status(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    model_file: Annotated[str, Field(min_length=1, max_length=200)]


def to_rasa(intent: str) -> str:
    """Rasa's name of an intent. It would take the `/` of `faq/x` for a retrieval intent and learn one class `faq`."""
    return _RASAS + intent.removeprefix(_OURS) if intent.startswith(_OURS) else intent


def from_rasa(name: str) -> Intent:
    """Our name of a Rasa server's intent."""
    return Intent(_OURS + name.removeprefix(_RASAS) if name.startswith(_RASAS) else name)


def read_reply(raw: bytes) -> Reply:
    """Read a reply. Raises NluUnavailable when it is none."""
    try:
        return Reply.model_validate_json(raw)
    except ValidationError as error:
        raise NluUnavailable(f"the NLU server's reply is not Rasa's: {_first(error)}") from None


def read_model(raw: bytes) -> str:
    """Read the model's name from a reply to `/status`. Raises NluUnavailable."""
    try:
        return _Status.model_validate_json(raw).model_file.removesuffix(_ARCHIVE)
    except ValidationError as error:
        raise NluUnavailable(f"the NLU server's status is not Rasa's: {_first(error)}") from None


def meaning_of(reply: Reply, thresholds: RasaThresholds, known: Known) -> Meaning:
    """Weigh a reply by our thresholds.

    Intents that we do not have, such as a fallback's, are left out; one of them first means not understood.
    """
    shares: dict[Intent, float] = {}
    for scored in (reply.intent, *reply.intent_ranking):
        if scored.name is not None and (intent := from_rasa(scored.name)) in known.intents:
            shares.setdefault(intent, min(scored.confidence, 1.0))
    order = sorted(shares, key=lambda intent: -shares[intent])[:_RANKED]
    outside = order.index(Intent(known.outside)) if known.outside in order else -1
    offered = candidates(np.array([shares[intent] for intent in order], dtype=np.float32), outside)
    return Meaning(
        ranking=tuple(Ranked(intent=intent, confidence=round(shares[intent], 4)) for intent in order),
        certainty=_certainty(reply.intent, order[:1], thresholds, known.outside),
        candidates=tuple(order[place] for place in offered),
    )


def _certainty(first: _Scored, best: list[Intent], thresholds: RasaThresholds, outside: str) -> Certainty:
    if first.name is None or best != [from_rasa(first.name)] or best == [outside]:
        return Certainty.UNKNOWN
    if first.confidence < thresholds.doubt:
        return Certainty.UNKNOWN
    return Certainty.SURE if first.confidence >= thresholds.sure else Certainty.DOUBT


def load_known(data: Path) -> Known:
    """Read which intents there are. Raises ConfigError."""
    path = data / "config" / "nlu.toml"
    intents = known_intents(data)
    try:
        return Known(
            intents=intents, outside=str(tomllib.loads(path.read_text(encoding="utf-8"))["intents"]["out_of_scope"])
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: intents.out_of_scope: {error}. It is the name of an intent.") from error


def load_thresholds(data: Path) -> RasaThresholds:
    """Read `[rasa]` of `nlu.toml`. Raises ConfigError."""
    path = data / "config" / "nlu.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))["rasa"]
        thresholds = RasaThresholds(**{key: float(value) for key, value in table.items()})
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: rasa: {error}. It needs the two numbers `sure` and `doubt`.") from error
    if not 0 < thresholds.doubt <= thresholds.sure <= 1:
        raise ConfigError(f"{path}: rasa: expected 0 < doubt ≤ sure ≤ 1, found {thresholds.doubt}, {thresholds.sure}.")
    return thresholds


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in problem['loc'][:3])}: {problem['msg']}"
