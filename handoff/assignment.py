"""What an agent should take next, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.types import Ticket, TicketStatus, speaks

_BAND: Final = 10**13
"""Wider than any time in ms that a rank is made of."""


class Why(StrEnum):
    """Why a case stands where it stands, in words for the agent."""

    URGENT = "urgent"
    WAITING = "waiting"
    LANGUAGE = "language"
    OTHER_LANGUAGE = "other_language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A ticket's place in one agent's list: the lower the rank, the sooner."""

    rank: int
    why: tuple[Why, ...]


def place(ticket: Ticket, languages: tuple[str, ...]) -> Place:
    """Where a ticket stands in the list of an agent with these languages.

    Waiting cases: urgent ones first, then those in his languages, then the longest waiting.
    Held ones: as they were taken. Solved ones: the newest first.
    """
    match ticket.status:
        case TicketStatus.WAITING:
            return _waiting(ticket, languages)
        case TicketStatus.HELD:
            return Place(rank=_ms(ticket.taken_at or ticket.requested_at), why=())
        case TicketStatus.SOLVED:
            return Place(rank=-_ms(ticket.ended_at or ticket.requested_at), why=())


def _waiting(ticket: Ticket, languages: tuple[str, ...]) -> Place:
    spoken = speaks(languages, ticket.language)
    band = 2 * (not ticket.urgent) + (not spoken)
    why = [Why.URGENT] if ticket.urgent else []
    if languages:
        why.append(Why.LANGUAGE if spoken else Why.OTHER_LANGUAGE)
    return Place(rank=band * _BAND + _ms(ticket.requested_at), why=(*why, Why.WAITING))


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
