"""A conversation's lines: those in SQL, and those that `events` still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from bridge.keys import shard_of
from bridge.ports import Events
from bridge.types import ConversationId, Line, LineId, Understood
from handoff import transcripts
from handoff.database import Database
from handoff.records import START
from handoff.tables import positions
from handoff.tail import Tail

_FRESH_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A position that SQL has surely reached, and when it was looked up."""

    position: str
    looked_at: float


class StoredHistory:
    """Implements `ports.History`.

    The rest of `events` is read before SQL: what its reader moves meanwhile is then found in both, never in
    neither. For the same reason a position that is a little old does no harm.
    """

    def __init__(self, database: Database, events: Events) -> None:
        """Reads both stores, writes none."""
        self._database = database
        self._events = events
        self._tail = Tail(events)
        self._marks: dict[int, _Mark] = {}

    async def lines(self, conversation: ConversationId, *, after: LineId, limit: int) -> Sequence[Line]:
        """Return the newest `limit` lines after a line, oldest first, private ones included. Raises StoreError."""
        if limit <= 0:
            return []
        shard = shard_of(conversation, self._events.shards)
        rest = await self._tail.of(shard, conversation, await self._position(shard))
        async with self._database.read() as connection:
            stored = await transcripts.newest(connection, conversation, after, limit)
        lines = {one.id: one for one in rest if isinstance(one, Line) and one.id > after}
        lines |= {line.id: line for line in stored}
        for one in rest:
            if isinstance(one, Understood) and one.line in lines:
                lines[one.line] = replace(lines[one.line], understood=one.interpretation)
        return [lines[number] for number in sorted(lines)][-limit:]

    async def _position(self, shard: int) -> str:
        now = asyncio.get_running_loop().time()
        mark = self._marks.get(shard)
        if mark is None or now - mark.looked_at > _FRESH_S:
            query = select(positions.c.position).where(positions.c.shard == shard)
            async with self._database.read() as connection:
                position = (await connection.execute(query)).scalar()
            mark = _Mark(position=str(position or START), looked_at=now)
            self._marks[shard] = mark
        return mark.position
