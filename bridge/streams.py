"""Reading Redis streams and sorted sets, typed, with every foreign error mapped to ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias, cast

from redis import exceptions

from bridge.errors import StoreError
from bridge.keys import CONSUMER
from bridge.store import AWAY, Store

StreamEntry: TypeAlias = tuple[str, dict[str, str]]
"""An entry's id and its fields; no fields when the entry was deleted meanwhile."""

_TAKEN_OVER_AT_ONCE: Final = 100


class NoGroup(StoreError):
    """The consumer group does not exist: the store is new, or lost its data."""


class Streams:
    """The streams of one store. Blocking calls use a connection of their own, out of the pool."""

    def __init__(self, store: Store) -> None:
        """One for a process is enough."""
        self._store = store
        self._client = store.client

    async def make_group(self, stream: str, group: str) -> None:
        """Make a consumer group that begins at the start, if nobody has. Raises StoreError."""
        with self._mapped():
            try:
                await self._client.xgroup_create(stream, group, id="0", mkstream=True)
            except exceptions.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def take(self, stream: str, group: str, *, count: int, block_ms: int) -> list[StreamEntry]:
        """Take new entries for this group. Raises StoreError, NoGroup."""
        with self._mapped():
            reply = await self._client.xreadgroup(group, CONSUMER, {stream: ">"}, count=count, block=block_ms)
        return _entries(reply)

    async def take_over(self, stream: str, group: str, *, idle_ms: int) -> list[StreamEntry]:
        """Take entries that nobody has kept for a time. Raises StoreError, NoGroup."""
        with self._mapped():
            reply = await self._client.xautoclaim(
                stream, group, CONSUMER, min_idle_time=idle_ms, count=_TAKEN_OVER_AT_ONCE
            )
        return cast("list[StreamEntry]", reply[1])

    async def keep(self, stream: str, group: str, entries: Sequence[str]) -> None:
        """Show that these are being worked on. Raises StoreError, NoGroup."""
        with self._mapped():
            await self._client.xclaim(stream, group, CONSUMER, 0, list(entries), justid=True)

    async def after(self, stream: str, position: str, *, count: int, block_ms: int) -> list[StreamEntry]:
        """Return entries after a position, waiting up to `block_ms` when there are none. Raises StoreError."""
        start = "-" if position == "0" else f"({position}"
        with self._mapped():
            found = cast("list[StreamEntry]", await self._client.xrange(stream, min=start, count=count))
            if found or not block_ms:
                return found
            return _entries(await self._client.xread({stream: position}, count=count, block=block_ms))

    async def append(self, stream: str, fields: dict[str, str]) -> None:
        """Append an entry; twice when the answer was lost and the caller repeats it. Raises StoreError."""
        with self._mapped():
            await self._client.xadd(stream, {key: value for key, value in fields.items()})

    async def trim(self, stream: str, upto: str) -> None:
        """Forget what stands at or before a position. Raises StoreError."""
        ms, _, place = upto.partition("-")
        with self._mapped():
            await self._client.xtrim(stream, minid=f"{ms}-{int(place) + 1}", approximate=False)

    async def length(self, stream: str) -> int:
        """How many entries a stream has. Raises StoreError."""
        with self._mapped():
            return int(await self._client.xlen(stream))

    async def due(self, sorted_set: str, upto: int, *, count: int) -> list[str]:
        """Return the members scored at most `upto`, lowest first. Raises StoreError."""
        with self._mapped():
            reply = await self._client.zrangebyscore(sorted_set, "-inf", upto, start=0, num=count)
        return cast("list[str]", reply)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except AWAY as error:
            self._store.last_trouble = asyncio.get_running_loop().time()
            raise StoreError(f"the store is away: {type(error).__name__}") from error
        except exceptions.RedisError as error:
            if "NOGROUP" in str(error):
                raise NoGroup(str(error)) from error
            raise StoreError(f"the store refused a step: {error}") from error


def _entries(reply: object) -> list[StreamEntry]:
    # The shape of XREAD and XREADGROUP under RESP2, for the one stream that was asked for.
    found = cast("list[tuple[str, list[StreamEntry]]]", reply)
    return [entry for _, entries in found or () for entry in entries]
