"""What an adapter must know again after a restart: how far it has read, and what it will need for a short while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from redis import exceptions

from bridge.errors import StoreError
from bridge.router import KEPT
from bridge.store import AWAY, Store
from bridge.types import ChannelName


class Memory:
    """One channel's. Every method raises StoreError when the store is away."""

    def __init__(self, store: Store, channel: ChannelName) -> None:
        """Works on the first shard: nothing of it belongs to a conversation."""
        self._store = store
        self._keys = store.keys[0]
        self._channel = channel

    async def position(self, name: str) -> str:
        """How far was read; "" before anything was."""
        return await self._recall(self._keys.position(self._channel, name)) or ""

    async def positions(self, prefix: str) -> dict[str, str]:
        """All positions whose names begin so, by name."""
        start = self._keys.position(self._channel, "")
        # A connection that is left in the middle of an answer is of no more use: the search goes on without us.
        names = await asyncio.shield(asyncio.create_task(self._search(f"{_literal(start + prefix)}*")))
        found = {name.removeprefix(start): await self._recall(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    async def advance(self, name: str, before: str, after: str) -> bool:
        """Move a position on from where it was; False when another has moved it meanwhile.

        What was read up to `after` must have been put before. A position that nobody moves is forgotten with the
        conversations of its time.
        """
        key = self._keys.position(self._channel, name)
        return await self._store.run("advance", [key], [before, after, int(KEPT.total_seconds() * 1000)]) == 1

    async def keep(self, name: str, value: str, life: timedelta) -> None:
        """Keep a value for a while, in place of what was kept under this name."""
        await self._store.run("keep", [self._keys.kept(self._channel, name)], [value, int(life.total_seconds() * 1000)])

    async def kept(self, name: str) -> str | None:
        """What is kept under a name; None when its time is over."""
        return await self._recall(self._keys.kept(self._channel, name))

    async def _recall(self, key: str) -> str | None:
        value = await self._store.run("recall", [key], [])
        return None if value is None else str(value)

    async def _search(self, pattern: str) -> list[str]:
        with _mapped():
            return [str(key) async for key in self._store.client.scan_iter(match=pattern, count=1000)]


def _literal(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "*?[]\\^" else sign for sign in text)


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (exceptions.RedisError, *AWAY) as error:
        raise StoreError(f"the store is away: {type(error).__name__}") from error
