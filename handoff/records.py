"""The reader of `events`: every record reaches SQL once, whoever is killed when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from bridge.codec import record_to_json
from bridge.errors import StoreError
from bridge.ports import Clock, Events, Stored
from handoff.announce import Announcer
from handoff.database import Database, insert_new, plain
from handoff.intake import Changes, apply
from handoff.queues import DeskRules
from handoff.tables import dead_letters, positions

log = logging.getLogger(__name__)

START: Final = "0"
_BATCH: Final = 500
_BLOCK_MS: Final = 1000
_OPEN_EACH_S: Final = 2.0
_PAUSES_S: Final = (0.1, 0.5, 1.0, 2.0)
_WRONG_VALUE: Final = (DBAPIError, OverflowError, ValueError)
"""What `Database` lets pass when a value, not the server, is at fault."""


class Overtaken(Exception):
    """Another reader has stored a later position: nothing was written."""


class Records:
    """Reads the shards of `events` into SQL.

    A batch and the new position are one transaction, and the position is compared before it is set: of two
    readers of one shard the first to commit wins, the other one's rows are undone with its position.
    """

    def __init__(
        self, database: Database, events: Events, announcer: Announcer, rules: DeskRules, clock: Clock
    ) -> None:
        """Reads `events`, writes `database`, then lets `announcer` tell."""
        self._database = database
        self._events = events
        self._announcer = announcer
        self._rules = rules
        self._clock = clock
        self._positions: dict[int, str] = {}
        self._opened_at = 0.0

    async def follow(self, shard: int, stop: asyncio.Event) -> None:
        """Read a shard until `stop`. Outlives any absence of either store."""
        failures = 0
        while not stop.is_set():
            try:
                await self.advance(shard, block_ms=_BLOCK_MS)
                failures = 0
            except StoreError as error:
                log.warning("records wait for a store", extra={"shard": shard, "error": str(error)})
                pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
                failures += 1
                self._positions.pop(shard, None)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)

    async def advance(self, shard: int, *, block_ms: int = 0) -> int:
        """Read one batch and return how many records it had. Raises StoreError; then call it again."""
        start = await self._position(shard)
        batch = await self._events.read(shard, start, count=_BATCH, block_ms=block_ms)
        if not batch:
            await self._open(asked=False)
            return 0
        try:
            changes = await self._store(shard, start, batch)
        except Overtaken:
            del self._positions[shard]
            return 0
        await self._tell(changes)
        await self._events.trim(shard, batch[-1].position)
        return len(batch)

    async def _position(self, shard: int) -> str:
        if shard not in self._positions:
            async with self._database.write() as connection:
                await insert_new(connection, positions, [{"shard": shard, "position": START}])
                stored = select(positions.c.position).where(positions.c.shard == shard)
                self._positions[shard] = str((await connection.execute(stored)).scalar_one())
        return self._positions[shard]

    async def _store(self, shard: int, start: str, batch: Sequence[Stored]) -> Changes:
        try:
            return await self._store_all(shard, start, batch)
        except _WRONG_VALUE as error:
            log.error("a batch holds a value that SQL refuses", extra={"shard": shard, "error": type(error).__name__})
        changes = Changes()
        for stored in batch:
            changes.add(await self._store_one(shard, start, stored))
            start = stored.position
        return changes

    async def _store_all(self, shard: int, start: str, batch: Sequence[Stored]) -> Changes:
        async with self._database.write() as connection:
            end = batch[-1].position
            moved = update(positions).where(positions.c.shard == shard, positions.c.position == start)
            # First of all: on PostgreSQL the row's lock makes a second reader wait here, and lose.
            if (await connection.execute(moved.values(position=end))).rowcount != 1:
                raise Overtaken
            changes = await apply(connection, shard, batch, self._rules, self._clock.now())
        self._positions[shard] = end
        return changes

    async def _store_one(self, shard: int, start: str, stored: Stored) -> Changes:
        try:
            return await self._store_all(shard, start, [stored])
        except _WRONG_VALUE as error:
            problem = type(error).__name__
        # One such record must not stop all that come after it: it is kept, and somebody is told.
        log.critical("a record is set aside", extra={"shard": shard, "position": stored.position, "error": problem})
        row = {
            "id": f"{shard}:{stored.position}",
            "conversation": "",
            "entry": None,
            "external_id": None,
            "reason": f"SQL refused the record: {problem}",
            "payload": plain(record_to_json(stored.record)),
            "at": self._clock.now(),
        }
        async with self._database.write() as connection:
            moved = update(positions).where(positions.c.shard == shard, positions.c.position == start)
            if (await connection.execute(moved.values(position=stored.position))).rowcount != 1:
                raise Overtaken
            await insert_new(connection, dead_letters, [row])
        self._positions[shard] = stored.position
        return Changes()

    async def _tell(self, changes: Changes) -> None:
        await self._open(asked=changes.requested)
        if not changes:
            return
        try:
            await self._announcer.tell(changes)
        except StoreError as error:
            log.warning("screens were not told", extra={"error": str(error)})

    async def _open(self, *, asked: bool) -> None:
        now = asyncio.get_running_loop().time()
        if not asked and now - self._opened_at < _OPEN_EACH_S:
            return
        try:
            await self._announcer.open_tickets()
        except StoreError as error:
            log.warning("the core was not told of new tickets yet", extra={"error": str(error)})
        else:
            self._opened_at = now
