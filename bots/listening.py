"""Runs one channel, both ways, and keeps its trouble from the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from bots.agent_typing import show_typing
from bots.channel import CanType, Channel
from bots.delivery import Delivery
from bots.errors import ChannelAuthError
from bridge.ports import Clock, Live, Put
from bridge.single import run_single
from bridge.store import Store
from bridge.tasks import end

log = logging.getLogger(__name__)

_PAUSES_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Listening:
    """The channels of one process."""

    def __init__(self, channels: Sequence[Channel], put: Put, store: Store, live: Live, clock: Clock) -> None:
        """`channels` are made and not yet connected."""
        self._channels = channels
        self._put = put
        self._store = store
        self._live = live
        self._clock = clock
        self._refused: dict[str, str] = {}

    @property
    def warnings(self) -> list[str]:
        """What an operator must look at."""
        return [f"{name} is stopped: {why}" for name, why in self._refused.items()]

    async def run(self, stop: asyncio.Event) -> None:
        """Listen and deliver until `stop`."""
        async with asyncio.TaskGroup() as jobs:
            for channel in self._channels:
                jobs.create_task(Delivery(self._store, channel, self._clock).run(stop))
                jobs.create_task(self._listen(channel, stop))

    async def _listen(self, channel: Channel, stop: asyncio.Event) -> None:
        async def listen() -> None:
            if not isinstance(channel, CanType):
                await channel.listen(self._put)
                return
            typing = asyncio.create_task(show_typing(channel.name, channel, self._live))
            try:
                await channel.listen(self._put)
            finally:
                await end(typing)

        failures = 0
        while not stop.is_set():
            try:
                await run_single(self._store, f"listen:{channel.name}", listen, stop)
            except ChannelAuthError as refused:
                # Trying again would only make the platform angry: an operator must act, and start again.
                self._refused[channel.name] = str(refused)
                log.error("a channel is stopped", extra={"channel": channel.name, "reason": str(refused)})
                return
            except Exception:
                log.exception("a channel stopped by itself and starts again", extra={"channel": channel.name})
            if not stop.is_set():
                pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
                failures += 1
                await _pause(stop, pause)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
