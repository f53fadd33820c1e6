"""What goes wrong: for one chat, one method or everywhere; some times, for a while, or until it is lifted."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from tests.fakes.telegram.replies import Refused, bad

EVERYWHERE: Final = "*"
SENDS: Final = frozenset(("sendMessage", "sendPhoto", "sendDocument"))


class Trouble(Enum):
    """How a call fails."""

    FLOOD = auto()
    """429, with `retry_after`."""
    BLOCKED = auto()
    """403: the customer has blocked the bot."""
    UNAUTHORIZED = auto()
    """401: the token was revoked."""
    BROKEN = auto()
    """500."""
    BAD_GATEWAY = auto()
    """502, with a page that is no JSON."""
    REFUSED = auto()
    """400 without a reason that we know."""
    ENTITIES = auto()
    """400: can't parse entities."""
    HANG = auto()
    """Takes the call, does nothing and never answers."""
    SLOW = auto()
    """Does it, and answers after `FakeTelegram.slow_s`."""
    CUT_BEFORE = auto()
    """Hangs up, and nothing was done."""
    CUT_AFTER = auto()
    """Hangs up, and it was done."""


REFUSALS: Final = {
    Trouble.FLOOD: Refused(429, "Too Many Requests: retry after 3", retry_after=3),
    Trouble.BLOCKED: Refused(403, "Forbidden: bot was blocked by the user"),
    Trouble.UNAUTHORIZED: Refused(401, "Unauthorized"),
    Trouble.BROKEN: Refused(500, "Internal Server Error"),
    Trouble.REFUSED: bad("have no rights to send a message"),
    Trouble.ENTITIES: bad("can't parse entities: unsupported start tag"),
}


@dataclass(slots=True)
class Flood:
    """429 to a chat, until a moment and at most so many times."""

    end: float
    left: float


@dataclass(slots=True)
class Troubles:
    """Troubles by place: a chat's number (for what is sent to it), a method's name, or EVERYWHERE."""

    next: dict[int | str, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    lasting: dict[int | str, Trouble] = field(default_factory=dict)
    floods: dict[int, Flood] = field(default_factory=dict)

    def of_method(self, method: str) -> Trouble | None:
        """What befalls a call before it is read."""
        return self._at(method) or self._at(EVERYWHERE)

    def of_chat(self, method: str, chat: int) -> Trouble | None:
        """What befalls a send; the chat's flood is raised at once."""
        if method not in SENDS:
            return None
        flood = self.floods.get(chat)
        if flood is not None and flood.left > 0 and (wait := flood.end - time.monotonic()) > 0:
            flood.left -= 1
            seconds = math.ceil(wait)
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        return self._at(chat)

    def _at(self, place: int | str) -> Trouble | None:
        waiting = self.next.get(place)
        return waiting.pop(0) if waiting else self.lasting.get(place)
