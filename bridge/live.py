"""Wakes screens by pub/sub: one connection a process, however many screens it serves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub

from bridge.errors import StoreError
from bridge.store import AWAY, Store
from bridge.tasks import end
from bridge.types import ChannelName, ConversationId

log = logging.getLogger(__name__)

LOST: Final = ""
"""The frame that says: frames may have been lost, read the history again."""
_PREFIX: Final = "live:"
_BELL: Final = "live-bell:"
_WAITING_FRAMES: Final = 256
_PAUSE_S: Final = 0.2
_LOOK_EACH_S: Final = 1.0


def channel_of(conversation: ConversationId) -> str:
    """The pub/sub channel of a conversation's frames."""
    return _PREFIX + conversation


def typing_on(channel: ChannelName) -> ConversationId:
    """Where it is told that an agent writes to a customer of a channel: `{"key"}` of his address, for its adapter."""
    return ConversationId(f"typing@{channel}")


class Live:
    """Implements `ports.Live`. Call `run` once; listeners on any task.

    Only `run` touches its connection: a second task that writes to it while it breaks would connect it twice.
    Who joins rings a bell that `run` hears.
    """

    def __init__(self, store: Store) -> None:
        """`run` waits on a connection of its own, out of the store's pool."""
        self._store = store
        self._client: Redis | None = None
        self._listeners: defaultdict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._bell = f"{_BELL}{token_hex(8)}"
        self._rung = False

    async def publish(self, conversation: ConversationId, frame: str) -> None:
        """Tell everybody who listens, on any process. What is lost is found by the listeners' back-fill."""
        await self._publish(channel_of(conversation), frame)

    async def listen(self, conversation: ConversationId) -> AsyncIterator[str]:
        """Yield frames until closed; `LOST` first, and whenever some may have been missed."""
        channel = channel_of(conversation)
        frames: asyncio.Queue[str] = asyncio.Queue(_WAITING_FRAMES)
        self._listeners[channel].add(frames)
        try:
            await self._ring()
            yield LOST
            while True:
                yield await frames.get()
        finally:
            self._leave(channel, frames)

    async def run(self, stop: asyncio.Event) -> None:
        """Hand frames to listeners until `stop`; reconnect by itself and tell everybody that frames were lost."""
        ringing = asyncio.create_task(self._ring_at(stop))
        try:
            await self._serve_until(stop)
        finally:
            await end(ringing)
            await self._forget_node()

    async def _ring_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await self._publish(self._bell, "")

    async def _serve_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._serve(stop)
            except (*AWAY, StoreError) as error:
                log.warning("live frames are interrupted", extra={"error": type(error).__name__})
                await asyncio.sleep(_PAUSE_S)
                await self._forget_node()

    async def _serve(self, stop: asyncio.Event) -> None:
        async with self._node().pubsub(ignore_subscribe_messages=False) as pubsub:
            # One channel more than there are listeners, so that there is always one to wait for.
            await pubsub.subscribe(self._bell)
            joined: frozenset[str] = frozenset()
            while not stop.is_set():
                joined = await self._joined(pubsub, joined)
                message = await pubsub.get_message(timeout=_LOOK_EACH_S)
                if message is None:
                    continue
                if message["type"] == "message":
                    self._hand(message["channel"], message["data"])
                elif message["type"] == "subscribe":
                    self._hand(message["channel"], LOST)

    async def _joined(self, pubsub: PubSub, before: frozenset[str]) -> frozenset[str]:
        """Subscribe to what is listened to now, and to nothing else."""
        self._rung = False
        wanted = frozenset(self._listeners)
        if new := wanted - before:
            await pubsub.subscribe(*new)
        if old := before - wanted:
            await pubsub.unsubscribe(*old)
        return wanted

    def _hand(self, channel: str, frame: str) -> None:
        for frames in self._listeners.get(channel, ()):
            if not frames.full():
                frames.put_nowait(frame)
                continue
            # A slow reader: everything it missed is in the history.
            while not frames.empty():
                frames.get_nowait()
            frames.put_nowait(LOST)

    async def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            await self._publish(self._bell, "")

    def _leave(self, channel: str, frames: asyncio.Queue[str]) -> None:
        self._listeners[channel].discard(frames)
        if not self._listeners[channel]:
            del self._listeners[channel]

    async def _publish(self, channel: str, frame: str) -> None:
        try:
            await self._node().publish(channel, frame)
        except AWAY:
            await self._forget_node()

    def _node(self) -> Redis:
        if self._client is None:
            client = self._store.client
            if isinstance(client, RedisCluster):
                # Plain pub/sub reaches every node of a cluster from any of them.
                node = client.get_random_node()
                client = Redis(host=node.host, port=int(node.port), decode_responses=True)
            self._client = client
        return self._client

    async def _forget_node(self) -> None:
        client, self._client = self._client, None
        if client is not None and client is not self._store.client:
            with contextlib.suppress(*AWAY):
                await client.aclose()
