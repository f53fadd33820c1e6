"""A core in memory: our own ports, with the decisions that the desk depends on."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.errors import StoreError
from bridge.keys import shard_of
from bridge.ports import Stored
from bridge.types import (
    Address,
    AgentRef,
    AgentReply,
    Attachment,
    BackInQueue,
    ChannelName,
    ConversationId,
    Ending,
    Entry,
    EntryNumber,
    ExternalId,
    HandOffEnded,
    HandOffId,
    HandOffRequested,
    Line,
    LineId,
    Noted,
    Opened,
    Reason,
    Record,
    Requeued,
    Resolved,
    ReturnedToBot,
    Speaker,
    TakeDecided,
    Taken,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class TestClock:
    """A clock that stands still until told."""

    __test__ = False

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def forward(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(slots=True)
class Held:
    """What the core knows of a conversation."""

    hand_off: HandOffId | None = None
    waiting: bool = False
    agent: AgentRef | None = None
    last_line: int = 0


@dataclass
class MemoryCore:
    """Puts, events and live frames in memory. `answers` False: takes are stored, and nothing is decided."""

    clock: TestClock
    shards: int = 1
    answers: bool = True
    away: bool = False
    puts: list[Entry] = field(default_factory=list)
    frames: list[tuple[ConversationId, str]] = field(default_factory=list)
    trims: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.streams: defaultdict[int, list[Stored]] = defaultdict(list)
        self.conversations: defaultdict[ConversationId, Held] = defaultdict(Held)
        self._seen: dict[tuple[ConversationId, ExternalId], EntryNumber] = {}
        self._numbers: defaultdict[int, int] = defaultdict(int)
        self._came = asyncio.Event()
        self._listeners: defaultdict[ConversationId, set[asyncio.Queue[str]]] = defaultdict(set)

    # Put

    async def __call__(self, entry: Entry) -> EntryNumber:
        await asyncio.sleep(0)
        if self.away:
            raise StoreError("the core is away")
        key = (entry.address.conversation, entry.external_id)
        if key not in self._seen:
            self._seen[key] = EntryNumber(len(self._seen) + 1)
            self.puts.append(entry)
            if self.answers:
                self.decide(entry)
        return self._seen[key]

    def decide(self, entry: Entry) -> None:
        held = self.conversations[entry.address.conversation]
        match entry:
            case Taken():
                accepted = held.waiting and held.hand_off == entry.hand_off
                if accepted:
                    held.waiting, held.agent = False, entry.agent
                self.record(
                    entry.address.conversation,
                    TakeDecided(
                        hand_off=entry.hand_off,
                        agent=entry.agent,
                        accepted=accepted,
                        reservation=entry.external_id,
                        at=self.clock.now(),
                    ),
                )
            case Requeued() if held.agent == entry.agent:
                held.waiting, held.agent = True, None
                self.record(
                    entry.address.conversation,
                    BackInQueue(
                        hand_off=entry.hand_off, agent=entry.agent, vanished=entry.vanished, at=self.clock.now()
                    ),
                )
            case Resolved() | ReturnedToBot() if held.agent == entry.agent:
                ending = Ending.RESOLVED if isinstance(entry, Resolved) else Ending.TO_BOT
                held.agent = None
                self.record(
                    entry.address.conversation,
                    HandOffEnded(hand_off=entry.hand_off, ending=ending, agent=entry.agent, at=self.clock.now()),
                )
            case AgentReply() | Noted():
                self.line(
                    entry.address.conversation,
                    Speaker.AGENT,
                    entry.text,
                    private=isinstance(entry, Noted),
                    agent=entry.agent,
                    client_id=entry.external_id,
                )
            case _:
                pass

    # What tests say

    def record(self, conversation: ConversationId, record: Record) -> Stored:
        shard = shard_of(conversation, self.shards)
        self._numbers[shard] += 1
        stored = Stored(position=f"{1000 + self._numbers[shard]}-0", record=record)
        self.streams[shard].append(stored)
        self._came.set()
        return stored

    def line(
        self,
        conversation: ConversationId,
        speaker: Speaker,
        text: str,
        *,
        private: bool = False,
        agent: AgentRef | None = None,
        client_id: ExternalId | None = None,
        edits: ExternalId | None = None,
        attachments: tuple[Attachment, ...] = (),
    ) -> Line:
        held = self.conversations[conversation]
        held.last_line += 1
        line = Line(
            id=LineId(held.last_line),
            conversation=conversation,
            speaker=speaker,
            text=text,
            at=self.clock.now(),
            language="en",
            private=private,
            agent=agent,
            client_id=client_id,
            edits=edits,
            attachments=attachments,
        )
        self.record(conversation, line)
        return line

    def ask(
        self,
        key: str,
        *,
        language: str = "en",
        urgent: bool = False,
        subject: str = "Where is my deposit?",
        name: str | None = None,
    ) -> HandOffRequested:
        """A customer asks for a person."""
        address = Address(channel=ChannelName("web"), key=key)
        held = self.conversations[address.conversation]
        held.hand_off = HandOffId(f"{address.conversation}#{len(self.streams[0]) + 1}")
        held.waiting, held.agent = True, None
        request = HandOffRequested(
            hand_off=held.hand_off,
            conversation=address.conversation,
            address=address,
            reason=Reason.URGENT if urgent else Reason.ASKED,
            intent=None,
            subject=subject,
            language=language,
            urgent=urgent,
            name=name,
            at=self.clock.now(),
        )
        self.record(address.conversation, request)
        return request

    def opened(self) -> list[Opened]:
        return [entry for entry in self.puts if isinstance(entry, Opened)]

    def told(self, conversation: str) -> list[dict[str, object]]:
        return [json.loads(frame) for to, frame in self.frames if to == conversation]

    # Events

    async def read(self, shard: int, after: str, *, count: int, block_ms: int) -> Sequence[Stored]:
        found = self._after(shard, after)
        if not found and block_ms:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), min(block_ms, 20) / 1000)
            except TimeoutError:
                return []
            found = self._after(shard, after)
        await asyncio.sleep(0)
        if self.away:
            raise StoreError("events are away")
        return found[:count]

    async def trim(self, shard: int, upto: str) -> None:
        await asyncio.sleep(0)
        self.trims.append((shard, upto))
        self.streams[shard] = self._after(shard, upto)

    def _after(self, shard: int, position: str) -> list[Stored]:
        return [stored for stored in self.streams[shard] if _place(stored.position) > _place(position)]

    # Live

    async def publish(self, conversation: ConversationId, frame: str) -> None:
        self.frames.append((conversation, frame))
        for listener in self._listeners[conversation]:
            listener.put_nowait(frame)

    async def listen(self, conversation: ConversationId) -> AsyncIterator[str]:
        frames: asyncio.Queue[str] = asyncio.Queue()
        self._listeners[conversation].add(frames)
        try:
            yield ""
            while True:
                yield await frames.get()
        finally:
            self._listeners[conversation].discard(frames)


def _place(position: str) -> tuple[int, int]:
    ms, _, number = position.partition("-")
    return int(ms), int(number or 0)
