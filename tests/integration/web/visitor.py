"""The client's end of one widget connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from bridge.types import ConversationId

Frame = dict[str, object]
PATIENCE_S = 5.0


class Open(Protocol):
    """Opens a connection, with the headers of a page or a proxy."""

    def __call__(self, headers: dict[str, str] | None = None) -> Awaitable[Widget]: ...


@dataclass
class Widget:
    """One connection. `heard` keeps every frame that came."""

    socket: aiohttp.ClientWebSocketResponse
    heard: list[Frame] = field(default_factory=list)
    token: str = ""
    conversation: ConversationId = field(default=ConversationId(""))

    async def send(self, **frame: object) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def next(self) -> Frame:
        """The next frame. Raises ConnectionError when the server closed instead."""
        async with asyncio.timeout(PATIENCE_S):
            got = await self.socket.receive()
        if got.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(f"closed with {self.socket.close_code}")
        frame: Frame = json.loads(got.data)
        self.heard.append(frame)
        return frame

    async def until(self, kind: str, **values: object) -> Frame:
        """The next frame of a kind that has these values; what comes before it is kept in `heard`."""
        return await self.that(lambda frame: frame["type"] == kind and values.items() <= frame.items())

    async def that(self, fits: Callable[[Frame], bool]) -> Frame:
        while not fits(frame := await self.next()):
            pass
        return frame

    async def hello(self, **frame: object) -> Frame:
        """Say hello; the server's `ready`."""
        await self.send(type="hello", **frame)
        ready = await self.until("ready")
        self.token = str(ready["token"])
        self.conversation = ConversationId(str(ready["conversation"]))
        return ready

    async def closed(self) -> int | None:
        """Read to the end; the code the server closed with."""
        while True:
            try:
                await self.next()
            except ConnectionError:
                return self.socket.close_code

    def frames_shown(self) -> list[Frame]:
        """Every line that was shown, the back-fill first."""
        shown = [one for frame in self.heard if frame["type"] == "ready" for one in frames(frame["messages"])]
        return shown + [frame for frame in self.heard if frame["type"] == "message"]

    def messages(self) -> list[tuple[int, str]]:
        """Their numbers and texts."""
        return [(int(str(one["id"])), str(one["text"])) for one in self.frames_shown()]

    def texts(self) -> list[str]:
        return [text for _, text in self.messages()]

    def errors(self) -> list[Frame]:
        return [frame for frame in self.heard if frame["type"] == "error"]


def frames(value: object) -> list[Frame]:
    """What a frame says is a list of objects, as one."""
    assert isinstance(value, list)
    return value
