"""Carries what conversations have to say to one platform: begun before it is asked, recorded after it answered."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

from bots.channel import Channel
from bots.errors import ChannelAuthError, DeliveryRefused, DeliveryRetry
from bridge.claims import RECLAIM_S, Claims, Held
from bridge.errors import StoreError
from bridge.keys import SENDERS
from bridge.outbox import Begun, Outbox
from bridge.ports import Clock
from bridge.store import Store
from bridge.types import ConversationId, Outgoing

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE: Final = 64
"""How many conversations of a channel are sent to at the same time; one waits for another only beyond it."""
AUTH_RETRY: Final = timedelta(minutes=1)
_AWAY_S: Final = 0.2


class Delivery:
    """The outboxes of one channel, in this process."""

    def __init__(self, store: Store, channel: Channel, clock: Clock, *, reclaim_s: float = RECLAIM_S) -> None:
        """`reclaim_s` is how long a send may show no sign of life before another process takes it over."""
        self._channel = channel
        self._clock = clock
        self._outbox = Outbox(store, channel.name)
        self._claims = [Claims(store, keys.out(channel.name), SENDERS, reclaim_s=reclaim_s) for keys in store.keys]
        self._sending: dict[asyncio.Task[None], tuple[Claims, Held]] = {}
        self._free = asyncio.Semaphore(AT_ONCE)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`, then finish what is being sent."""
        async with asyncio.TaskGroup() as tasks:
            reading = [
                tasks.create_task(claims.read(functools.partial(self._start, claims), self._room, stop))
                for claims in self._claims
            ]
            for claims in self._claims:
                tasks.create_task(claims.keep(functools.partial(self._start, claims), stop))
            await stop.wait()
            await asyncio.gather(*reading)
            while self._sending:
                await asyncio.wait(self._sending)

    async def _room(self) -> int:
        async with self._free:
            return AT_ONCE

    def _start(self, claims: Claims, held: Held) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(held))
        self._sending[task] = (claims, held)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        claims, held = self._sending.pop(task)
        claims.release(held)
        if not task.cancelled() and task.exception() is not None:
            log.error("a delivery ended badly", exc_info=task.exception())

    async def _deliver(self, held: Held) -> None:
        async with self._free:
            begun = await _sure(lambda: self._outbox.begin(held, remembered=self._channel.limits.remembered))
            while begun is not None:
                begun = await self._one(held.conversation, begun)

    async def _one(self, conversation: ConversationId, begun: Begun) -> Begun | None:
        """Send one, record how it ended, and return the next."""
        outgoing = begun.outgoing
        if begun.doubt:
            return await self._uncertain(conversation, outgoing)
        try:
            await self._channel.send(outgoing)
        except DeliveryRetry as later:
            until = self._clock.now() + timedelta(seconds=later.after)
            await _sure(lambda: self._outbox.defer(conversation, outgoing, until))
            return None
        except ChannelAuthError:
            log.error("the platform refuses our credentials", extra={"channel": self._channel.name})
            until = self._clock.now() + AUTH_RETRY
            await _sure(lambda: self._outbox.defer(conversation, outgoing, until))
            return None
        except DeliveryRefused as refused:
            reason = str(refused)
            return await _sure(lambda: self._outbox.refused(conversation, outgoing, reason, self._clock.now()))
        except Exception as error:
            # DeliveryUncertain, and whatever an adapter did not foresee: nobody knows, so nobody sends again.
            log.warning("a send is uncertain", extra={"channel": self._channel.name, "error": type(error).__name__})
            return await self._uncertain(conversation, outgoing)
        return await _sure(lambda: self._outbox.sent(conversation, outgoing))

    async def _uncertain(self, conversation: ConversationId, outgoing: Outgoing) -> Begun | None:
        return await _sure(lambda: self._outbox.uncertain(conversation, outgoing, self._clock.now()))


async def _sure(step: Callable[[], Awaitable[T]]) -> T:
    """Repeat a step until the store is there: what a platform was told must be recorded."""
    while True:
        try:
            return await step()
        except StoreError as error:
            log.warning("a delivery waits for the store", extra={"error": str(error)})
            await asyncio.sleep(_AWAY_S)
