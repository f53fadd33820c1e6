"""The values the fake keeps and shows to tests."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias

Json: TypeAlias = dict[str, object]


class Trouble(Enum):
    """How a request fails."""

    SLOW_DOWN = auto()
    """429 with the reset of the window."""
    DAY_LIMIT = auto()
    """429 with the headers of a limit for 24 hours."""
    UNAUTHORIZED = auto()
    """401."""
    FORBIDDEN = auto()
    """403."""
    BROKEN = auto()
    """500."""
    OVERLOADED = auto()
    """503."""
    CAPPED = auto()
    """429: the plan's volume is used up."""
    SPENT = auto()
    """403: the account's spend cap is reached."""
    HANG = auto()
    """Takes the request and never answers."""
    CUT_BEFORE = auto()
    """Hangs up before it has read the request."""
    CUT_AFTER = auto()
    """Hangs up in place of the answer: what was written is stored."""


@dataclass(slots=True, kw_only=True)
class Written:
    """What we wrote: a direct message `to` somebody, or a post that answers another."""

    id: str
    text: str
    to: str | None = None
    answers: str | None = None
    price: Decimal
    stamp: float
    """When, by the fake's clock; `at` is by the monotonic one."""
    deleted: bool = False
    at: float = field(default_factory=time.monotonic)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request of ours; `status` stays None while there is no answer, and when there is none."""

    method: str
    path: str
    status: int | None = None
    cost: Decimal = Decimal(0)
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to bring an event to the webhook; no `status` when there was no answer in time."""

    event_type: str
    event_uuid: str
    attempt: int
    status: int | None
    at: float = field(default_factory=time.monotonic)

    @property
    def taken(self) -> bool:
        """Whether the other side has it."""
        return self.status is not None and 200 <= self.status < 300


def maps(value: object) -> list[Mapping[str, object]]:
    """The objects in a list, whatever else it holds."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: object) -> Sequence[str]:
    """The texts in a list, whatever else it holds."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
