"""One open socket: frames out, texts in, and an end for whoever does not read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Final, NoReturn

from aiohttp import WSCloseCode, WSMsgType, web

from bots.web import frames

_SEND_S: Final = 20.0
_GOODBYE_S: Final = 3.0
_HEARTBEAT_S: Final = 30.0
# The library's own limit closes a large frame without a word: ours is told first.
_LARGEST: Final = 4 * 1024 * 1024


class Closed(Exception):
    """The connection must end; the reason was told."""


class Wire:
    """A socket of a widget. `patience_s`: how long a reader may take none of what it is sent."""

    def __init__(self, patience_s: float = _SEND_S) -> None:
        """Not open yet."""
        self._patience_s = patience_s
        self._request: web.Request | None = None
        self.socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_S, max_msg_size=_LARGEST, compress=False, timeout=_GOODBYE_S
        )

    async def open(self, request: web.Request) -> None:
        """Answer the handshake. Raises HTTPException when it is none."""
        await self.socket.prepare(request)
        self._request = request

    async def receive(self) -> str:
        """Return the next text. Raises Closed."""
        received = await self.socket.receive()
        if received.type is WSMsgType.BINARY:
            await self.end("malformed", "Frames are JSON text.", WSCloseCode.UNSUPPORTED_DATA)
        if received.type is not WSMsgType.TEXT:
            raise Closed
        return str(received.data)

    async def send(self, frame: Mapping[str, object]) -> None:
        """Send one frame. Raises ConnectionError; a reader that takes none for long is let go, and comes back."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self.socket.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
        except TimeoutError:
            await self.close(WSCloseCode.TRY_AGAIN_LATER)
            raise ConnectionResetError("a slow reader") from None

    async def end(self, code: str, detail: str, close: WSCloseCode) -> NoReturn:
        """Tell why, and close. Raises Closed."""
        await self.send(frames.error(code, detail))
        await self.close(close)
        raise Closed

    async def close(self, code: WSCloseCode) -> None:
        """Close; who does not read the goodbye either is cut off, with all that waits to be sent to him."""
        # In a task of its own: after a send that was given up, the library's close ends as if it were cancelled.
        goodbye = asyncio.create_task(self.socket.close(code=code))
        try:
            await asyncio.wait([goodbye], timeout=_GOODBYE_S)
        finally:
            goodbye.cancel()
        transport = self._request.transport if self._request is not None else None
        if transport is not None and transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_GOODBYE_S, transport.abort)
