"""A core in memory: our own ports, as the web channel sees them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bots.attachments.links import reference
from bots.attachments.port import Chunks
from bots.attachments.sniff import clean_name
from bridge.codec import lines_to_json
from bridge.errors import NluUnavailable, StoreError
from bridge.ports import Standing
from bridge.types import (
    Article,
    Attachment,
    Choice,
    ChoiceId,
    Chosen,
    ConversationId,
    Entry,
    EntryNumber,
    ExternalId,
    Incoming,
    Intent,
    Line,
    LineId,
    PersonWanted,
    Speaker,
    Status,
)

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIRST_LINE = 1_790_000_000_000


class TestClock:
    """A clock that stands still until told."""

    __test__ = False

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def forward(self, span: timedelta) -> None:
        self.time += span


def article(intent: str, language: str, title: str, text: str = "Do this.\n\n1. First\n2. Then") -> Article:
    """An approved answer."""
    return Article(
        intent=Intent(intent),
        slug=intent,
        language=language,
        title=title,
        category="account",
        version=3,
        reviewed="2026-11-02",
        text=text,
        body=text,
        url=f"/help/{language}/{intent}",
    )


@dataclass
class Shelf:
    """Keeps files of any kind in memory, or raises `trouble` when it has read one."""

    kept: dict[str, bytes] = field(default_factory=dict)
    trouble: Exception | None = None

    async def keep(self, conversation: ConversationId, name: str, chunks: Chunks) -> Attachment:
        data = b"".join([chunk async for chunk in chunks])
        if self.trouble is not None:
            raise self.trouble
        name = clean_name(name)
        self.kept[name] = data
        url = reference(hashlib.sha256(data).hexdigest(), name)
        return Attachment(name=name, media_type="image/png", size=len(data), url=url)


@dataclass
class MemoryCore:
    """Put, History, Live, Standings and Answers. A bot that repeats what it hears, unless `silent`."""

    clock: TestClock
    silent: bool = False
    puts_away: bool = False
    history_away: bool = False
    nlu_away: bool = False
    puts: list[Entry] = field(default_factory=list)
    reads: int = 0
    told: list[tuple[ConversationId, dict[str, object]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept: defaultdict[ConversationId, list[Line]] = defaultdict(list)
        self.standings: dict[ConversationId, Standing] = {}
        self.seen: dict[tuple[ConversationId, ExternalId], EntryNumber] = {}
        self.listeners: defaultdict[ConversationId, set[asyncio.Queue[str]]] = defaultdict(set)

    # Put

    async def __call__(self, entry: Entry) -> EntryNumber:
        await asyncio.sleep(0)
        if self.puts_away:
            raise StoreError("the core is away")
        conversation = entry.address.conversation
        key = (conversation, entry.external_id)
        if key not in self.seen:
            self.seen[key] = EntryNumber(len(self.seen) + 1)
            self.puts.append(entry)
            if not self.silent:
                await self._answer(conversation, entry)
        return self.seen[key]

    async def _answer(self, conversation: ConversationId, entry: Entry) -> None:
        match entry:
            case Incoming():
                heard = self.line(
                    conversation, Speaker.CUSTOMER, entry.text, client_id=entry.external_id, files=entry.attachments
                )
                said = self.line(conversation, Speaker.BOT, f"You said: {entry.text}", choices=("That helped", "No"))
                await self.commit(conversation, heard, said)
            case Chosen():
                heard = self.line(conversation, Speaker.CUSTOMER, entry.choice, client_id=entry.external_id)
                await self.commit(conversation, heard, self.line(conversation, Speaker.BOT, "Good."))
            case PersonWanted():
                self.standings[conversation] = Standing(status=Status.QUEUED, position=3, wait_s=240, ticket=1042)
                await self.publish(conversation, '{"type":"status"}')
            case _:
                pass

    # What tests say

    def line(
        self,
        conversation: ConversationId,
        speaker: Speaker,
        text: str,
        *,
        private: bool = False,
        client_id: ExternalId | None = None,
        choices: Sequence[str] = (),
        files: tuple[Attachment, ...] = (),
    ) -> Line:
        """A line that stands in the history; nobody was told of it yet."""
        lines = self.kept[conversation]
        line = Line(
            id=LineId(lines[-1].id + 1 if lines else FIRST_LINE),
            conversation=conversation,
            speaker=speaker,
            text=text,
            at=self.clock.now(),
            language="en",
            private=private,
            client_id=client_id,
            attachments=files,
        )
        offered = tuple(Choice(id=ChoiceId(f"{line.id}.{n}"), label=label) for n, label in enumerate(choices))
        line = replace(line, choices=offered)
        lines.append(line)
        return line

    async def commit(self, conversation: ConversationId, *lines: Line) -> None:
        """Tell all screens, as one commit does."""
        frame = f'{{"type":"lines","after":{lines[0].id - 1},"lines":{lines_to_json(lines)}}}'
        await self.publish(conversation, frame)

    async def say(self, conversation: ConversationId, speaker: Speaker, text: str, *, private: bool = False) -> Line:
        """Record a line and tell all screens."""
        line = self.line(conversation, speaker, text, private=private)
        await self.commit(conversation, line)
        return line

    def texts(self, conversation: ConversationId) -> list[str]:
        return [line.text for line in self.kept[conversation]]

    # History, Standings, Answers

    async def lines(self, conversation: ConversationId, *, after: LineId, limit: int) -> Sequence[Line]:
        await asyncio.sleep(0)
        self.reads += 1
        if self.history_away:
            raise StoreError("the history is away")
        return [line for line in self.kept[conversation] if line.id > after][-limit:]

    async def of(self, conversation: ConversationId) -> Standing:
        await asyncio.sleep(0)
        return self.standings.get(conversation, Standing(status=Status.BOT))

    def find(self, intent: Intent, language: str) -> Article | None:
        return article(intent, language, intent)

    def opening(self, language: str) -> Sequence[Article]:
        return [article(f"q{number}", language, f"Question {number} ({language})") for number in range(1, 5)]

    # Live

    async def publish(self, conversation: ConversationId, frame: str) -> None:
        if frame:
            self.told.append((conversation, json.loads(frame)))
        for listener in self.listeners[conversation]:
            listener.put_nowait(frame)

    async def listen(self, conversation: ConversationId) -> AsyncIterator[str]:
        frames: asyncio.Queue[str] = asyncio.Queue()
        self.listeners[conversation].add(frames)
        try:
            yield ""
            while True:
                yield await frames.get()
        finally:
            self.listeners[conversation].discard(frames)

    async def parse(self, text: str) -> Mapping[str, object]:
        """What `/model/parse` answers."""
        return {"text": text, "intent": {"name": "greet", "confidence": 1.0}, "decision": "answer"}

    async def model(self) -> str:
        """Which model answers it."""
        if self.nlu_away:
            raise NluUnavailable("no model was trained yet")
        return "a-model"
