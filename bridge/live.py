"""Wakes screens by pub/sub: one connection a process, however many screens it serves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Final

from redis import exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub

from bridge.errors import StoreError
from bridge.store import AWAY, Store
from bridge.types import ConversationId

log = logging.getLogger(__name__)

LOST: Final = ""
"""The frame that says: frames may have been lost, read the history again."""
_PREFIX: Final = "live:"
_WAITING_FRAMES: Final = 256
_PAUSE_S: Final = 0.2


def channel_of(conversation: ConversationId) -> str:
    """The pub/sub channel of a conversation's frames."""
    return _PREFIX + conversation


class Live:
    """Implements `ports.Live`. Call `run` once; listeners on any task."""

    def __init__(self, store: Store) -> None:
        """`run` waits on a connection of its own, out of the store's pool."""
        self._store = store
        self._client: Redis | None = None
        self._listeners: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._pubsub: PubSub | None = None
        self._changed = asyncio.Event()

    async def publish(self, conversation: ConversationId, frame: str) -> None:
        """Tell everybody who listens, on any process. What is lost is found by the listeners' back-fill."""
        try:
            await self._node().publish(channel_of(conversation), frame)
        except AWAY:
            self._client = None

    async def listen(self, conversation: ConversationId) -> AsyncIterator[str]:
        """Yield frames until closed; `LOST` first, and whenever some may have been missed."""
        channel = channel_of(conversation)
        frames: asyncio.Queue[str] = asyncio.Queue(_WAITING_FRAMES)
        await self._join(channel, frames)
        try:
            yield LOST
            while True:
                yield await frames.get()
        finally:
            await self._leave(channel, frames)

    async def run(self, stop: asyncio.Event) -> None:
        """Hand frames to listeners until `stop`; reconnect by itself and tell everybody that frames were lost."""
        while not stop.is_set():
            try:
                await self._serve(stop)
            except (*AWAY, StoreError) as error:
                log.warning("live frames are interrupted", extra={"error": type(error).__name__})
                await asyncio.sleep(_PAUSE_S)
                self._client = None
            finally:
                self._pubsub = None

    async def _serve(self, stop: asyncio.Event) -> None:
        async with self._node().pubsub(ignore_subscribe_messages=False) as pubsub:
            # A channel that nobody publishes on, so that there is always one to wait for.
            await pubsub.subscribe(_PREFIX, *self._listeners)
            self._pubsub = pubsub
            for channel in list(self._listeners):
                self._hand(channel, LOST)
            while not stop.is_set():
                message = await pubsub.get_message(timeout=1.0)
                if message is None:
                    continue
                if message["type"] == "message":
                    self._hand(message["channel"], message["data"])
                elif message["type"] == "subscribe":
                    self._hand(message["channel"], LOST)

    def _hand(self, channel: str, frame: str) -> None:
        for frames in self._listeners.get(channel, ()):
            if frames.full():
                # A slow reader: everything it missed is in the history.
                while not frames.empty():
                    frames.get_nowait()
                frame = LOST
            frames.put_nowait(frame)

    async def _join(self, channel: str, frames: asyncio.Queue[str]) -> None:
        first = channel not in self._listeners
        self._listeners[channel].add(frames)
        if first and self._pubsub is not None:
            with contextlib.suppress(*AWAY):
                await self._pubsub.subscribe(channel)

    async def _leave(self, channel: str, frames: asyncio.Queue[str]) -> None:
        self._listeners[channel].discard(frames)
        if self._listeners[channel]:
            return
        del self._listeners[channel]
        if self._pubsub is not None:
            with contextlib.suppress(*AWAY, exceptions.RedisError):
                await self._pubsub.unsubscribe(channel)

    def _node(self) -> Redis:
        if self._client is None:
            client = self._store.client
            if isinstance(client, RedisCluster):
                # Plain pub/sub reaches every node of a cluster from any of them.
                node = client.get_random_node()
                client = Redis(host=node.host, port=int(node.port), decode_responses=True)
            self._client = client
        return self._client
