"""What the core asks of its surroundings, and what they may ask of it, as Protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.types import (
    Article,
    ConversationId,
    Entry,
    EntryNumber,
    Intent,
    Interpretation,
    Line,
    LineId,
    Record,
    Status,
    Utterance,
)


class Clock(Protocol):
    """The one clock; tests bring their own."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""


class Interpreter(Protocol):
    """Understands texts. Several at once cost less than one by one."""

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        """Return one interpretation for each utterance, in order.

        May take milliseconds to seconds; never raises for any text. Raises NluUnavailable.
        """


class Answers(Protocol):
    """The approved articles. Reads memory only: never blocks, never raises for an unknown intent or language."""

    def find(self, intent: Intent, language: str) -> Article | None:
        """The article of an intent in a language, else in English, else None."""

    def opening(self, language: str) -> Sequence[Article]:
        """The four most asked questions, for the start of a conversation."""


class Put(Protocol):
    """The only way to write to a conversation."""

    async def __call__(self, entry: Entry) -> EntryNumber:
        """Store an entry durably, once, in order, and return its number; the same number if it was put before.

        Returns only after it is on disk. Raises StoreError: then nothing is known to be stored, and
        putting the same entry again is safe.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record of `events` and where it stands."""

    position: str
    record: Record


class Events(Protocol):
    """Readers of `events`, the core's own log; one stream a shard."""

    @property
    def shards(self) -> int:
        """How many there are."""

    async def read(self, shard: int, after: str, *, count: int, block_ms: int) -> Sequence[Stored]:
        """Return up to `count` records after a position ("0" from the start), in order.

        Waits up to `block_ms` (at most 2000; 0: not at all) when there are none. Raises StoreError.
        """

    async def trim(self, shard: int, upto: str) -> None:
        """Forget what stands at or before a position that the reader has stored. Raises StoreError."""


class History(Protocol):
    """A conversation's lines, stored or about to be."""

    async def lines(self, conversation: ConversationId, *, after: LineId, limit: int) -> Sequence[Line]:
        """Return the newest `limit` lines after a line, oldest first, private ones included. Raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a customer may know of his conversation now.

    `position` counts from 1 while queued; `wait_s` in seconds, None when nothing can be promised;
    `on_duty` False: nobody is there to take it.
    """

    status: Status
    position: int | None = None
    wait_s: int | None = None
    on_duty: bool = True
    agent: str | None = None
    ticket: int | None = None


class Standings(Protocol):
    """Where conversations stand in the queue."""

    async def of(self, conversation: ConversationId) -> Standing:
        """Return it as it is now. Raises StoreError."""


class Live(Protocol):
    """Wakes whoever shows conversations on a screen. Lossy by design: readers back-fill from History."""

    async def publish(self, conversation: ConversationId, frame: str) -> None:
        """Tell those who listen to a conversation. `frame` is a JSON text."""

    def listen(self, conversation: ConversationId) -> AsyncIterator[str]:
        """Yield frames until closed. An empty frame means: frames may have been lost, read History again."""
