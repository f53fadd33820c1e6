"""What an adapter must know again after a restart: how far it has read, and what it will need for a short while."""

from __future__ import annotations

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
        with _mapped():
            return str(await self._store.client.get(self._keys.position(self._channel, name)) or "")

    async def positions(self, prefix: str) -> dict[str, str]:
        """All positions whose names begin so, by name."""
        start = self._keys.position(self._channel, "")
        found: dict[str, str] = {}
        with _mapped():
            async for key in self._store.client.scan_iter(match=f"{_literal(start + prefix)}*", count=1000):
                value = await self._store.client.get(key)
                if value is not None:
                    found[str(key).removeprefix(start)] = str(value)
        return found

    async def advance(self, name: str, before: str, after: str) -> bool:
        """Move a position on from where it was; False when another has moved it meanwhile.

        What was read up to `after` must have been put before. A position that nobody moves is forgotten with the
        conversations of its time.
        """
        key = self._keys.position(self._channel, name)
        return await self._store.run("advance", [key], [before, after, int(KEPT.total_seconds() * 1000)]) == 1

    async def keep(self, name: str, value: str, life: timedelta) -> None:
        """Keep a value for a while, in place of what was kept under this name."""
        with _mapped():
            await self._store.client.set(self._keys.kept(self._channel, name), value, px=life)

    async def kept(self, name: str) -> str | None:
        """What is kept under a name; None when its time is over."""
        with _mapped():
            value = await self._store.client.get(self._keys.kept(self._channel, name))
        return None if value is None else str(value)


def _literal(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "*?[]\\^" else sign for sign in text)


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (exceptions.RedisError, *AWAY) as error:
        raise StoreError(f"the store is away: {type(error).__name__}") from error
