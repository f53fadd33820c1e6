"""Each channel's messages in order, none missed: what comes live waits for what is fetched."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Final

from bots.discord.addresses import DISCORD
from bots.discord.parse import Json
from bots.errors import DeliveryRefused
from bots.patience import patiently, taken
from bridge.memory import Memory
from bridge.tasks import end

log = logging.getLogger(__name__)

_POSITION: Final = "channel:"


class _Fetch(Enum):
    """Stands in a lane for what must be fetched."""

    MISSED = auto()


class Lanes:
    """All channels of one bot. A channel has a task while there is something to do."""

    def __init__(
        self,
        memory: Memory,
        history: Callable[[str, int], Awaitable[list[Json]]],
        take: Callable[[Json], Awaitable[None]],
    ) -> None:
        """`history` are the messages after one, oldest first; `take` puts one, and raises StoreError, DeliveryError."""
        self._memory = memory
        self._history = history
        self._take = take
        self._waiting: dict[str, deque[Json | _Fetch]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._fetched: set[str] = set()

    def offer(self, channel: str, message: Json) -> None:
        """A message that came live. The first of a session waits for what its channel missed before."""
        self._fetch(channel)
        self._add(channel, message)

    def session_began(self) -> None:
        """From here on nothing that came before is told live: each channel must be fetched once."""
        self._fetched.clear()

    async def fetch_missed(self) -> None:
        """Fetch, for each channel that is known, what came after the stored position. Raises StoreError."""
        for name in await self._memory.positions(_POSITION):
            self._fetch(name.removeprefix(_POSITION))

    async def begin_at(self, channel: str, message: str) -> None:
        """Know a channel from here on, if it is not known yet. Raises StoreError."""
        await self._memory.advance(_POSITION + channel, "", message)

    async def close(self) -> None:
        """Stop; what was not put is fetched at the next start."""
        await end(*self._tasks)

    def _fetch(self, channel: str) -> None:
        if channel not in self._fetched:
            self._fetched.add(channel)
            self._add(channel, _Fetch.MISSED)

    def _add(self, channel: str, item: Json | _Fetch) -> None:
        waiting = self._waiting.get(channel)
        if waiting is not None:
            waiting.append(item)
            return
        self._waiting[channel] = deque([item])
        task = asyncio.create_task(self._run(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, channel: str) -> None:
        waiting = self._waiting[channel]
        name = _POSITION + channel
        position = int(await patiently(DISCORD, "position", functools.partial(self._memory.position, name)) or 0)
        while waiting:
            item = waiting[0]
            messages = await self._missed(channel, position) if isinstance(item, _Fetch) else [item]
            for message in messages:
                position = await self._one(name, position, message)
            if not (isinstance(item, _Fetch) and messages):
                waiting.popleft()
        del self._waiting[channel]

    async def _one(self, name: str, position: int, message: Json) -> int:
        """Put one message and move on; what lies before the position was put already."""
        number = _number(message)
        if number <= position:
            return position
        await taken(DISCORD, message, functools.partial(self._take, message))
        before = str(position) if position else ""
        await patiently(DISCORD, "position", functools.partial(self._memory.advance, name, before, str(number)))
        return number

    async def _missed(self, channel: str, position: int) -> list[Json]:
        if not position:
            return []
        return await patiently(DISCORD, "missed", functools.partial(self._readable, channel, position))

    async def _readable(self, channel: str, position: int) -> list[Json]:
        try:
            return await self._history(channel, position)
        except DeliveryRefused as error:
            # The channel is gone, or the bot was shut out of it: there is nothing to fetch.
            log.info("a channel cannot be read", extra={"channel": channel, "reason": str(error)})
            return []


def _number(message: Json) -> int:
    found = message.get("id")
    return int(found) if isinstance(found, str) and found.isdecimal() else 0
