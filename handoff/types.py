"""The desk's values: tickets, agents, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.types import (
    Address,
    AgentId,
    AgentRef,
    ConversationId,
    Detail,
    Ending,
    ExternalId,
    HandOffId,
    Intent,
    Reason,
)


class TicketStatus(StrEnum):
    """Where a ticket is in its life."""

    WAITING = "waiting"
    HELD = "held"
    SOLVED = "solved"


class Presence(StrEnum):
    """Whether an agent is there."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class Role(StrEnum):
    """What an agent may do: an admin may also change agents."""

    AGENT = "agent"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One request for a person. `requested_at` is when the customer began to wait and never changes."""

    number: int
    hand_off: HandOffId
    address: Address
    language: str
    queue: str
    reason: Reason
    intent: Intent | None
    subject: str
    customer_name: str | None
    urgent: bool
    status: TicketStatus
    requested_at: datetime
    agent: AgentRef | None
    taken_at: datetime | None
    ended_at: datetime | None
    ending: Ending | None
    details: tuple[Detail, ...]
    rating: int | None
    reservation: ExternalId | None

    @property
    def conversation(self) -> ConversationId:
        """The conversation it is about."""
        return self.address.conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who answers. No languages: every language. `presence` is what counts now, not what he chose."""

    id: AgentId
    name: str
    display_name: str
    role: Role
    languages: tuple[str, ...]
    capacity: int
    active: bool
    totp_enrolled: bool
    presence: Presence
    held: int = 0

    @property
    def ref(self) -> AgentRef:
        """How customers and colleagues see him."""
        return AgentRef(id=self.id, name=self.display_name)


def primary(language: str) -> str:
    """The language without region and script: `zh` of `zh-Hant-TW`."""
    return language.replace("_", "-").partition("-")[0].lower()


def speaks(languages: tuple[str, ...], language: str) -> bool:
    """Whether somebody with these languages serves a customer's. None named: all are served."""
    return not languages or primary(language) in {primary(own) for own in languages}
