"""Where a customer's case stands, in words: the answer to /status."""

from __future__ import annotations

from bridge.phrases import Phrases
from bridge.ports import Standing
from bridge.types import Status


def standing_text(standing: Standing, phrases: Phrases, language: str) -> str:
    """Say it in the customer's language."""
    match standing.status:
        case Status.BOT | Status.RESOLVED:
            return phrases.say("status_bot", language)
        case Status.HUMAN:
            return phrases.say("status_human", language, agent=standing.agent or "")
        case Status.QUEUED:
            return _waiting(standing, phrases, language)


def _waiting(standing: Standing, phrases: Phrases, language: str) -> str:
    if standing.ticket is None:
        return phrases.say("status_opening", language)
    if not standing.on_duty:
        return phrases.say("status_nobody", language, ticket=standing.ticket)
    position = standing.position or 1
    if standing.wait_s is None:
        return phrases.say("status_waiting", language, ticket=standing.ticket, position=position)
    wait = phrases.wait(standing.wait_s, language)
    return phrases.say("status_waiting_time", language, ticket=standing.ticket, position=position, wait=wait)
