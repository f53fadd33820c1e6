"""Reading `events`, the log of everything that was said and decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bridge.codec import record_from_json
from bridge.ports import Stored
from bridge.store import Store
from bridge.streams import Streams

MOST_BLOCK_MS: Final = 2000


class Events:
    """Implements `ports.Events`."""

    def __init__(self, store: Store) -> None:
        """Readers that wait need nothing more than this."""
        self._store = store
        self._streams = Streams(store)

    @property
    def shards(self) -> int:
        """How many streams there are."""
        return self._store.shards

    async def read(self, shard: int, after: str, *, count: int, block_ms: int) -> Sequence[Stored]:
        """Return up to `count` records after a position, waiting up to `block_ms` (at most 2000) when there are none.

        Raises StoreError when the store is away, or holds a record that is not ours.
        """
        found = await self._streams.after(
            self._store.keys[shard].events, after, count=count, block_ms=min(block_ms, MOST_BLOCK_MS)
        )
        return [Stored(position=position, record=record_from_json(fields["r"])) for position, fields in found]

    async def trim(self, shard: int, upto: str) -> None:
        """Forget what stands at or before a position. Raises StoreError."""
        await self._streams.trim(self._store.keys[shard].events, upto)
