"""The shape in which Rasa's `/model/parse` answers. Pure."""

from __future__ import annotations

from typing import TypedDict

from bridge.types import Interpretation


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
        "language": interpretation.language,
        "decision": decision,
    }
