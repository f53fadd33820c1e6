"""What `events` holds that SQL may not have yet: read once, however many conversations are looked at."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

from bridge.ports import Events
from bridge.types import ConversationId, Line, Understood

_BATCH: Final = 1000

Spoken = Line | Understood
_Place = tuple[int, ...]


@dataclass(slots=True)
class _Shard:
    """What was read of one shard: by conversation, and whose it is in order of arrival."""

    upto: str
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    order: deque[tuple[_Place, ConversationId]] = field(default_factory=deque)
    spoken: defaultdict[ConversationId, deque[Spoken]] = field(default_factory=lambda: defaultdict(deque))


class Tail:
    """The end of `events`.

    Two hundred screens that come back at once would each read all of it, and the more SQL falls behind, the more
    they would read: so what was read is kept, and each look reads only what is new.
    """

    def __init__(self, events: Events) -> None:
        """Reads `events`, which its reader trims once SQL has it."""
        self._events = events
        self._shards: dict[int, _Shard] = {}

    async def of(self, shard: int, conversation: ConversationId, since: str) -> list[Spoken]:
        """Return what was said in a conversation after a position that SQL has reached, in order. Raises StoreError.

        Whatever was in `events` when this was called is among it, or in SQL by the time it returns.
        """
        kept = self._shards.setdefault(shard, _Shard(upto=since))
        async with kept.lock:
            if _place(kept.upto) < _place(since):
                kept.upto = since
            await self._read(shard, kept)
            _forget(kept, _place(since))
            return list(kept.spoken.get(conversation, ()))

    async def _read(self, shard: int, kept: _Shard) -> None:
        while True:
            batch = await self._events.read(shard, kept.upto, count=_BATCH, block_ms=0)
            for stored in batch:
                kept.upto = stored.position
                if isinstance(stored.record, Line | Understood):
                    kept.order.append((_place(stored.position), stored.record.conversation))
                    kept.spoken[stored.record.conversation].append(stored.record)
            if len(batch) < _BATCH:
                return


def _forget(kept: _Shard, since: _Place) -> None:
    while kept.order and kept.order[0][0] <= since:
        _, conversation = kept.order.popleft()
        kept.spoken[conversation].popleft()
        if not kept.spoken[conversation]:
            del kept.spoken[conversation]


def _place(position: str) -> _Place:
    return tuple(int(part) for part in position.split("-"))
