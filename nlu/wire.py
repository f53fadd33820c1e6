"""The shape in which Rasa's `/model/parse` answers. Pure."""

from __future__ import annotations

import re
from typing import Final, TypedDict

from bridge.types import Interpretation

# As Rasa's whitespace tokenizer: words, without the signs around them.
_TOKEN: Final = re.compile(r"\w+(?:[^\w\s]+\w+)*")


class RasaIntent(TypedDict):
    """An intent as Rasa writes it."""

    name: str | None
    confidence: float


class RasaEntity(TypedDict):
    """An entity as Rasa writes it."""

    entity: str
    value: str
    start: int
    end: int


class Parsed(TypedDict):
    """The reply: Rasa's keys, and our `language` and `decision`."""

    text: str
    intent: RasaIntent
    intent_ranking: list[RasaIntent]
    entities: list[RasaEntity]
    text_tokens: list[tuple[int, int]]
    language: str
    decision: str


def parsed(text: str, interpretation: Interpretation, decision: str) -> Parsed:
    """Write an interpretation; `decision` is `answer`, `clarify` or `handoff`."""
    ranking: list[RasaIntent] = [
        {"name": ranked.intent, "confidence": ranked.confidence} for ranked in interpretation.ranking
    ]
    return {
        "text": text,
        "intent": ranking[0] if ranking else {"name": None, "confidence": 0.0},
        "intent_ranking": ranking,
        "entities": [
            {"entity": found.entity, "value": found.value, "start": found.start, "end": found.end}
            for found in interpretation.entities
        ],
        "text_tokens": [match.span() for match in _TOKEN.finditer(text)],
        "language": interpretation.language,
        "decision": decision,
    }
