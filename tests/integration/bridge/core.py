"""A small exchange to run the core on: three articles, an interpreter that reads keywords, a clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.brain import Brain
from bridge.errors import NluUnavailable
from bridge.events import Events
from bridge.inbox import Inbox
from bridge.phrases import load_phrases
from bridge.policy import Rules
from bridge.router import Router
from bridge.store import Store
from bridge.types import (
    Address,
    Article,
    Certainty,
    ChannelName,
    ExternalId,
    Incoming,
    Intent,
    Interpretation,
    Line,
    Ranked,
    Record,
    Utterance,
)
from bridge.worker import Worker

PHRASES = Path(__file__).parents[3] / "data" / "phrases"
T0 = datetime(2026, 11, 1, 12, tzinfo=UTC)


class SystemClock:
    """The real one."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class KeywordInterpreter:
    """Reads intents from keywords: `sure faq/x`, `doubt faq/x faq/y`, else unknown."""

    def __init__(self, think_s: float = 0.0) -> None:
        self.down = False
        self._think_s = think_s
        self.batches: list[int] = []

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        if self.down:
            raise NluUnavailable("down")
        self.batches.append(len(utterances))
        await asyncio.sleep(self._think_s)
        return [self._one(utterance) for utterance in utterances]

    def _one(self, utterance: Utterance) -> Interpretation:
        words = utterance.text.split()
        intents = [Intent(word) for word in words[1:]]
        ranking = tuple(Ranked(intent=intent, confidence=0.9 / (place + 1)) for place, intent in enumerate(intents))
        language = utterance.language
        match words[:1]:
            case ["sure"]:
                return Interpretation(ranking=ranking, language=language, certainty=Certainty.SURE)
            case ["doubt"]:
                return Interpretation(
                    ranking=ranking, language=language, certainty=Certainty.DOUBT, candidates=tuple(intents[:3])
                )
        return Interpretation(ranking=(), language=language, certainty=Certainty.UNKNOWN)


class ThreeArticles:
    """Articles `faq/x`, `faq/y`, `faq/hacked`, in English only."""

    def find(self, intent: Intent, language: str) -> Article | None:
        if intent not in ("faq/x", "faq/y", "faq/hacked"):
            return None
        slug = intent.removeprefix("faq/")
        return Article(
            intent=intent,
            slug=slug,
            language="en",
            title=f"About {slug}",
            category="account",
            version=1,
            reviewed="2026-11-01",
            text=f"Answer {slug}.",
            body=f"Answer {slug}. More.",
            url=f"http://127.0.0.1/help/en/{slug}",
        )

    def opening(self, language: str) -> Sequence[Article]:
        found = self.find(Intent("faq/x"), language)
        return [found] if found else []


RULES = Rules(
    urgent=frozenset({Intent("faq/hacked")}),
    security=frozenset({Intent("faq/hacked")}),
    person=frozenset({Intent("human")}),
    complaint=frozenset({Intent("complaint")}),
    small_talk={Intent("greet"): "greet", Intent("affirm"): "affirm", Intent("deny"): "deny"},
    affirm=Intent("affirm"),
    deny=Intent("deny"),
    misses_before_person=2,
    candidates=3,
    details_wait=timedelta(minutes=3),
    details_most=2,
    details={"account": ("uid", "screenshot")},
    details_default=("uid",),
)


def brain() -> Brain:
    """What the bot of the small exchange knows."""
    phrases = load_phrases(PHRASES, {"exchange": "Demo Exchange"})
    return Brain(rules=RULES, answers=ThreeArticles(), phrases=phrases)


def message(key: str, external_id: str, text: str, channel: str = "test") -> Incoming:
    """A customer's message."""
    return Incoming(
        address=Address(channel=ChannelName(channel), key=key),
        external_id=ExternalId(external_id),
        text=text,
        at=datetime.now(UTC),
        language="en",
    )


@dataclass
class Core:
    """A running core on a store."""

    store: Store
    inbox: Inbox
    interpreter: KeywordInterpreter
    router: Router
    events: Events
    _position: dict[int, str] = field(default_factory=dict)

    async def records(self, until: int | None = None) -> list[Record]:
        """All records so far; waits until there are at least `until`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 15
        while True:
            found = [
                stored.record
                for shard in range(self.store.shards)
                for stored in await self.events.read(shard, "0", count=100_000, block_ms=0)
            ]
            if until is None or len(found) >= until or loop.time() > end:
                return found
            await asyncio.sleep(0.01)

    async def lines(self, key: str, until: int) -> list[Line]:
        """The transcript of `test:<key>`; waits until it has `until` lines."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 15
        while True:
            found = [r for r in await self.records() if isinstance(r, Line) and r.conversation.endswith(f":{key}")]
            if len(found) >= until or loop.time() > end:
                return found
            await asyncio.sleep(0.01)


def assemble(store: Store, think_s: float = 0.0) -> Core:
    """The parts of a core, none of them running; understanding a batch takes `think_s` seconds."""
    interpreter = KeywordInterpreter(think_s)
    router = Router(store, interpreter, brain(), SystemClock(), from_history=frozenset({ChannelName("web")}))
    return Core(store=store, inbox=Inbox(store), interpreter=interpreter, router=router, events=Events(store))


@asynccontextmanager
async def working(core: Core, *, reclaim_s: float = 2.5) -> AsyncIterator[Core]:
    """Run a worker while the block runs."""
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(core.store, core.router, reclaim_s=reclaim_s).run(stop))
    try:
        yield core
    finally:
        stop.set()
        await task
