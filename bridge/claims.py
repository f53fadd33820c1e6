"""Holds the entries that this process took from a consumer group, and takes over those of the dead.

One consumer name serves all processes: idle time alone decides who is dead. What is held is claimed anew
each half second; what nobody claimed for `RECLAIM_S` is taken over. Correctness does not rest on this: a
conversation that two workers hold is decided by the commit's fence.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bridge.errors import StoreError
from bridge.store import Store
from bridge.streams import NoGroup, StreamEntry, Streams
from bridge.types import ConversationId

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 0.5
RECLAIM_S: Final = 2.5
_BLOCK_MS: Final = 500
_PAUSE_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that this process may work on, and the stream entry that stands for it."""

    conversation: ConversationId
    entry: str


class Claims:
    """One (stream, group), read by one task. `taken` is called with what was read or taken over, in order."""

    def __init__(self, store: Store, stream: str, group: str, *, reclaim_s: float = RECLAIM_S) -> None:
        """Reading blocks on a connection of its own, out of the store's pool."""
        self._store = store
        self._streams = Streams(store)
        self._stream = stream
        self._group = group
        self._reclaim_s = reclaim_s
        self._held: set[str] = set()

    def release(self, held: Held) -> None:
        """No longer keep an entry: its work is done, or another has it."""
        self._held.discard(held.entry)

    def release_all(self) -> None:
        """No longer keep anything: the process stops, and others take over what is left."""
        self._held.clear()

    async def read(
        self, taken: Callable[[Held], None], room: Callable[[], Awaitable[int]], stop: asyncio.Event
    ) -> None:
        """Take new entries until `stop`, as many as `room` says when there is some. Survives the store's absence.

        Ends within half a second of `stop`: a blocked read is never cancelled, since that would strand an entry.
        """
        while not stop.is_set():
            free = await room()
            async with self._patient(stop):
                found = await self._streams.take(self._stream, self._group, count=free, block_ms=_BLOCK_MS)
                self._hold(found, taken)

    async def keep(self, taken: Callable[[Held], None], stop: asyncio.Event) -> None:
        """Each half second: keep what is held, take over what nobody keeps. Ends when stopped and all is released."""
        beat = min(HEARTBEAT_S, self._reclaim_s / 5)
        while not stop.is_set() or self._held:
            await asyncio.sleep(beat)
            async with self._patient(stop):
                if self._held:
                    await self._streams.keep(self._stream, self._group, list(self._held))
                if not stop.is_set() and self._store_is_calm():
                    idle_ms = int(self._reclaim_s * 1000)
                    found = await self._streams.take_over(self._stream, self._group, idle_ms=idle_ms)
                    # Who was stopped meanwhile works on nothing more: what he then held, nobody would release.
                    if not stop.is_set():
                        self._hold(found, taken)

    def _store_is_calm(self) -> bool:
        # A store that was away makes live workers look dead: let them claim theirs first.
        return asyncio.get_running_loop().time() - self._store.last_trouble > self._reclaim_s

    def _hold(self, entries: list[StreamEntry], taken: Callable[[Held], None]) -> None:
        for entry, fields in entries:
            if entry in self._held or not fields:
                continue
            self._held.add(entry)
            taken(Held(ConversationId(fields["c"]), entry))

    @asynccontextmanager
    async def _patient(self, stop: asyncio.Event) -> AsyncIterator[None]:
        try:
            yield
        except NoGroup:
            with contextlib.suppress(StoreError):
                await self._streams.make_group(self._stream, self._group)
        except StoreError as error:
            if not stop.is_set():
                log.warning("waiting for the store", extra={"stream": self._stream, "error": str(error)})
            await asyncio.sleep(_PAUSE_S)
