"""A widget without a screen: reconnects by itself, resends what was not acknowledged, keeps what it saw."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

_TRIES_S = 0.3
_ACK_S = 4.0


@dataclass
class Visitor:
    """One customer. `lines` are the messages seen, by their server's number."""

    session: aiohttp.ClientSession
    url: str
    token: str | None = None
    lines: dict[int, Mapping[str, object]] = field(default_factory=dict)
    seen_twice: list[int] = field(default_factory=list)
    acks: set[str] = field(default_factory=set)
    connections: int = 0
    status: Mapping[str, object] = field(default_factory=dict)
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and stay connected."""
        self._task = asyncio.create_task(self._live())

    async def close(self) -> None:
        """Go away."""
        self._closed = True
        if self._socket is not None:
            await self._socket.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def say(self, client_id: str, text: str, *, twice: bool = False) -> None:
        """Send a message until it is acknowledged; `twice` sends it once more, as a lost ack would."""
        await self.act({"type": "message", "id": client_id, "text": text}, twice=twice)

    async def act(self, frame: Mapping[str, object], *, twice: bool = False) -> None:
        """Send a frame with an id until it is acknowledged."""
        client_id = str(frame["id"])
        while client_id not in self.acks:
            await self._send(frame)
            if twice:
                await self._send(frame)
            await self._until(lambda: client_id in self.acks, _ACK_S)

    async def see(self, count: int, patience_s: float) -> None:
        """Wait until so many messages were seen."""
        await self._until(lambda: len(self.lines) >= count, patience_s)

    async def see_status(self, status: str, patience_s: float) -> None:
        """Wait for a status."""
        await self._until(lambda: self.status.get("status") == status, patience_s)

    def transcript(self) -> list[Mapping[str, object]]:
        """What was seen, in the server's order."""
        return [self.lines[number] for number in sorted(self.lines)]

    async def _send(self, frame: Mapping[str, object]) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError, AttributeError, RuntimeError):
            if self._socket is not None and self.token is not None:
                await self._socket.send_json(frame)

    async def _until(self, reached, patience_s: float) -> None:  # type: ignore[no-untyped-def]
        loop = asyncio.get_running_loop()
        end = loop.time() + patience_s
        while not reached():
            self._changed.clear()
            try:
                async with asyncio.timeout_at(end):
                    await self._changed.wait()
            except TimeoutError:
                return

    async def _live(self) -> None:
        while not self._closed:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                async with self.session.ws_connect(f"{self.url}/chat", heartbeat=10) as socket:
                    self.connections += 1
                    hello = {"type": "hello", "language": "en", "after": max(self.lines, default=0)}
                    await socket.send_json(hello | ({"token": self.token} if self.token else {}))
                    async for message in socket:
                        self._heard(message.json(), socket)
            self._socket = None
            await asyncio.sleep(_TRIES_S * random.random())

    def _heard(self, frame: Mapping[str, object], socket: aiohttp.ClientWebSocketResponse) -> None:
        match frame["type"]:
            case "ready":
                self.token = str(frame["token"])
                self._socket = socket
                messages = frame["messages"]
                assert isinstance(messages, list)
                for message in messages:
                    self._see(message)
            case "message":
                self._see(frame)
            case "ack":
                self.acks.add(str(frame["id"]))
            case "status":
                self.status = frame
        self._changed.set()

    def _see(self, message: Mapping[str, object]) -> None:
        number = int(str(message["id"]))
        if number == 0:
            return
        if number in self.lines:
            self.seen_twice.append(number)
        self.lines[number] = message
