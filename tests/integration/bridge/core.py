"""A core to run on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bridge.events import Events
from bridge.inbox import Inbox
from bridge.router import Router
from bridge.store import Store
from bridge.types import ChannelName, Line, Record
from bridge.worker import Worker
from tests.fixtures.exchange import KeywordInterpreter, SystemClock, brain


@dataclass
class Core:
    """A running core on a store."""

    store: Store
    inbox: Inbox
    interpreter: KeywordInterpreter
    router: Router
    events: Events

    async def records(self, until: int | None = None) -> list[Record]:
        """All records so far; waits until there are at least `until`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + 15
        while True:
            found = [record for shard in range(self.store.shards) for record in await self._recorded(shard)]
            if until is None or len(found) >= until or loop.time() > end:
                return found
            await asyncio.sleep(0.01)

    async def _recorded(self, shard: int) -> list[Record]:
        found, position = list[Record](), "0"
        while batch := await self.events.read(shard, position, count=10_000, block_ms=0):
            found += [stored.record for stored in batch]
            position = batch[-1].position
        return found

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
async def working(core: Core, *, reclaim_s: float = 2.5, stop: asyncio.Event | None = None) -> AsyncIterator[Core]:
    """Run a worker while the block runs; `stop` stops others with it."""
    stop = stop or asyncio.Event()
    task = asyncio.create_task(Worker(core.store, core.router, reclaim_s=reclaim_s).run(stop))
    try:
        yield core
    finally:
        stop.set()
        await task
