"""Runs a job in one process of many. It only saves work: correctness comes from dedupe and stored positions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Final

from bridge.errors import StoreError
from bridge.store import Store
from bridge.tasks import end

log = logging.getLogger(__name__)

HELD_S: Final = 10.0
"""How long a job rests after the process that ran it died."""
_KEPT_EACH_S: Final = 3.0


async def run_single(store: Store, name: str, job: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run `job` whenever no other process does, until `stop` or until it ends by itself; raises what it raises.

    While the store is away the job goes on: it cannot acknowledge anything without it anyway.
    """
    lock = _Lock(store, name)
    try:
        while not stop.is_set():
            if await lock.hold():
                if await _while_held(lock, job, stop):
                    return
            else:
                await _pause(stop)
    finally:
        await lock.let_go()


async def _while_held(lock: _Lock, job: Callable[[], Awaitable[None]], stop: asyncio.Event) -> bool:
    """Run the job while the lock is ours; return whether it ended by itself."""
    running = asyncio.ensure_future(job())
    try:
        while not stop.is_set() and not running.done():
            paused = asyncio.create_task(_pause(stop))
            await asyncio.wait((running, paused), return_when=asyncio.FIRST_COMPLETED)
            await end(paused)
            if not running.done() and not await lock.hold():
                log.info("another process does this now", extra={"job": lock.name})
                return False
    finally:
        if not running.done():
            await end(running)
    if running.cancelled():
        return stop.is_set()
    running.result()
    return True


class _Lock:
    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self._store = store
        self._key = store.keys[0].lock(name)
        self._token = token_hex(8)
        self._held = False

    async def hold(self) -> bool:
        try:
            self._held = await self._store.run("claim", [self._key], [self._token, int(HELD_S * 1000)]) == 1
        except StoreError as error:
            log.warning("a lock waits for the store", extra={"job": self.name, "error": str(error)})
        return self._held

    async def let_go(self) -> None:
        try:
            await self._store.run("unclaim", [self._key], [self._token])
        except StoreError as error:
            log.info("a lock is left to its time", extra={"job": self.name, "error": str(error)})


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), _KEPT_EACH_S)
    except TimeoutError:
        return
