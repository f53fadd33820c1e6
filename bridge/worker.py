"""Takes the conversations that have work and carries each as far as it goes, many at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Final

from bridge.claims import RECLAIM_S, Claims, Held
from bridge.errors import StoreError
from bridge.keys import WORKERS, shard_of
from bridge.router import Done, Router
from bridge.store import Store

log = logging.getLogger(__name__)

BATCH: Final = 32
"""How many conversations share one interpretation and one commit's round trip."""
_AGAIN_S: Final = 0.05
_AWAY_S: Final = 0.2


class Worker:
    """One worker of a process, over all shards."""

    def __init__(self, store: Store, router: Router, *, batch: int = BATCH, reclaim_s: float = RECLAIM_S) -> None:
        """`reclaim_s` is how long a conversation may be held without a sign of life before another takes it."""
        self._router = router
        self._batch = batch
        self._shards = store.shards
        self._claims = [Claims(store, keys.ready, WORKERS, reclaim_s=reclaim_s) for keys in store.keys]
        self._waiting: deque[Held] = deque()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._later: set[asyncio.TimerHandle] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then finish what is in hand."""
        async with asyncio.TaskGroup() as tasks:
            reading = [tasks.create_task(claims.read(self._take, self._room, stop)) for claims in self._claims]
            for claims in self._claims:
                tasks.create_task(claims.keep(self._take, stop))
            stopped = tasks.create_task(self._stopped(stop, reading))
            while not (stopped.done() and not self._waiting):
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._advance(stop)
            for handle in self._later:
                handle.cancel()
            for claims in self._claims:
                claims.release_all()

    async def _advance(self, stop: asyncio.Event) -> None:
        batch = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
        self._drained.set()
        try:
            for done in await self._router.advance(batch):
                self._settle(done, stop)
        except StoreError as error:
            log.warning("a batch waits for the store", extra={"error": str(error), "conversations": len(batch)})
            await asyncio.sleep(_AWAY_S)
            for held in batch:
                self._settle(Done(held=held, more=True), stop)

    def _settle(self, done: Done, stop: asyncio.Event) -> None:
        if not done.more or stop.is_set():
            self._claims[shard_of(done.held.conversation, self._shards)].release(done.held)
        elif done.failed:
            loop = asyncio.get_running_loop()
            self._later.add(loop.call_later(_AGAIN_S, self._take, done.held))
            self._later = {handle for handle in self._later if handle.when() > loop.time()}
        else:
            self._take(done.held)

    def _take(self, held: Held) -> None:
        self._waiting.append(held)
        self._arrived.set()

    async def _room(self) -> int:
        while len(self._waiting) >= 2 * self._batch:
            self._drained.clear()
            await self._drained.wait()
        return 2 * self._batch - len(self._waiting)

    async def _stopped(self, stop: asyncio.Event, reading: list[asyncio.Task[None]]) -> None:
        await stop.wait()
        self._drained.set()
        await asyncio.gather(*reading)
        self._arrived.set()
