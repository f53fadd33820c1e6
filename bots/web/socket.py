"""One widget's connection: hello, what was missed, then both ways until it closes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final, NoReturn, assert_never, cast

from aiohttp import WSCloseCode, WSMsgType, web

from bots.web import frames
from bots.web.dependencies import WebState
from bots.web.parse import Choose, ClientFrame, Hello, Human, IsTyping, Leave, Rate, Read, Refused, Said, parse
from bots.web.peers import may_open
from bots.web.tokens import BadToken
from bridge.codec import line_from_dict
from bridge.errors import StoreError
from bridge.types import (
    Address,
    ChannelName,
    ChoiceId,
    Chosen,
    Entry,
    ExternalId,
    Incoming,
    Line,
    LineId,
    PersonWanted,
    QueueLeft,
    Rated,
)

log = logging.getLogger(__name__)

CHANNEL: Final = ChannelName("web")
HISTORY_LINES: Final = 200
_HELLO_S: Final = 15.0
_HEARTBEAT_S: Final = 30.0
_SEND_S: Final = 20.0
_COMPLAINT_EACH_S: Final = 1.0
_TYPING_EACH_S: Final = 2.0


class Closed(Exception):
    """The connection must end; the reason was told."""


async def chat(state: WebState, request: web.Request) -> web.StreamResponse:
    """Serve one widget. Refusals are told in a frame, since a browser shows no other reason."""
    # The library's own limit would close a large frame without a word: ours is told first.
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=4 * 1024 * 1024, compress=False)
    await socket.prepare(request)
    deps = state.deps
    address = state.address_of(request)
    if not may_open(request.headers.get("Origin"), request.host, deps.public_url, deps.settings.origins.allowed):
        await _refuse(socket, "bad_origin", "This page may not open the chat; see web.toml, origins.allowed.")
        return socket
    if not state.address_connections.open(address):
        await _refuse(socket, "too_many_connections", "Too many connections from this address.")
        return socket
    state.sockets.add(socket)
    if deps.open_sockets is not None:
        deps.open_sockets.inc()
    try:
        await _Visit(state, socket, address).run()
    except (Closed, ConnectionError):
        pass
    finally:
        state.sockets.discard(socket)
        state.address_connections.close(address)
        if deps.open_sockets is not None:
            deps.open_sockets.dec()
    return socket


async def _refuse(socket: web.WebSocketResponse, code: str, detail: str) -> None:
    await socket.send_json(frames.error(code, detail))
    await socket.close(code=WSCloseCode.POLICY_VIOLATION)


class _Visit:
    """The state of one connection."""

    def __init__(self, state: WebState, socket: web.WebSocketResponse, address: str) -> None:
        self._state = state
        self._deps = state.deps
        self._socket = socket
        self._client = address
        self._address = Address(channel=CHANNEL, key="")
        self._language = "en"
        self._seen = LineId(0)
        self._typing_at = 0.0
        self._complained_at = 0.0
        self._refused = 0

    async def run(self) -> None:
        """Greet, then serve until either side closes."""
        async with asyncio.timeout(_HELLO_S):
            hello = await self._hello()
        key = self._address.key
        if not self._state.visitor_connections.open(key):
            await _refuse(self._socket, "too_many_connections", "This visitor has too many connections open.")
            return
        listening = cast("AsyncGenerator[str]", self._deps.live.listen(self._address.conversation))
        try:
            # Listen first, then read the history: what is said in between is found in one of them.
            await anext(listening)
            await self._ready(hello)
            showing = asyncio.create_task(self._show(listening))
            try:
                await self._listen()
            finally:
                showing.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await showing
        finally:
            self._state.visitor_connections.close(key)
            await listening.aclose()

    # What the visitor sends

    async def _hello(self) -> Hello:
        frame = await self._next()
        if not isinstance(frame, Hello):
            await self._end("malformed", "The first frame is `hello`.", WSCloseCode.POLICY_VIOLATION)
        self._language = self._state.language(frame.language)
        try:
            key = self._state.tokens.new_key() if not frame.token else self._read_token(frame.token)
        except BadToken as bad:
            detail = f"The token is {bad}; begin a new conversation without one."
            await self._end("bad_token", detail, WSCloseCode.POLICY_VIOLATION)
        self._address = Address(channel=CHANNEL, key=key)
        return frame

    def _read_token(self, token: str) -> str:
        return self._state.tokens.read(token, self._deps.clock.now())

    async def _listen(self) -> None:
        while True:
            frame = await self._next()
            try:
                await self._handle(frame)
            except StoreError:
                frame_id = getattr(frame, "id", None)
                await self._send(frames.error("unavailable", "Not stored; send it again in a moment.", frame_id))

    async def _handle(self, frame: ClientFrame) -> None:
        match frame:
            case Said() | Choose() | Human() | Leave() | Rate():
                if await self._may(frame.id):
                    await self._deps.put(self._entry(frame))
                    await self._send({"type": "ack", "id": frame.id})
            case IsTyping():
                await self._tell_typing()
            case Read():
                told = json.dumps({"type": "read", "upto": frame.upto})
                await self._deps.live.publish(self._address.conversation, told)
            case Hello():
                await self._send(frames.error("malformed", "`hello` is sent once."))
            case _:
                assert_never(frame)

    def _entry(self, frame: Said | Choose | Human | Leave | Rate) -> Entry:
        now, address = self._deps.clock.now(), self._address
        external_id = ExternalId(frames.external(frame.type, frame.id))
        match frame:
            case Said():
                return Incoming(
                    address=address, external_id=external_id, text=frame.text, at=now, language=self._language
                )
            case Choose():
                return Chosen(
                    address=address,
                    external_id=external_id,
                    choice=ChoiceId(frame.choice),
                    at=now,
                    language=self._language,
                )
            case Human():
                return PersonWanted(address=address, external_id=external_id, at=now, language=self._language)
            case Leave():
                return QueueLeft(address=address, external_id=external_id, at=now)
            case Rate():
                return Rated(address=address, external_id=external_id, score=frame.score, comment=frame.comment, at=now)

    async def _may(self, frame_id: str) -> bool:
        """Whether the visitor is within his limits; if not he is told, but not more than once a second."""
        now = time.monotonic()
        wait = max(self._state.visitors.take(self._address.key, now), self._state.addresses.take(self._client, now))
        if not wait:
            self._refused = 0
            return True
        self._refused += 1
        if now - self._complained_at >= _COMPLAINT_EACH_S:
            self._complained_at = now
            await self._send(frames.error("rate_limited", "Too many messages at once.", frame_id, wait))
        if self._refused > self._deps.settings.limits.refused_in_a_row:
            await self._end("rate_limited", "Too many messages at once.", WSCloseCode.POLICY_VIOLATION)
        return False

    async def _tell_typing(self) -> None:
        now = time.monotonic()
        if now - self._typing_at >= _TYPING_EACH_S:
            self._typing_at = now
            await self._deps.live.publish(self._address.conversation, '{"type":"typing","from":"user"}')

    async def _next(self) -> ClientFrame:
        """Return the next good frame; tell what is wrong with bad ones. Raises Closed."""
        limits = self._deps.settings.limits
        while True:
            received = await self._socket.receive()
            if received.type is WSMsgType.BINARY:
                await self._end("malformed", "Frames are JSON text.", WSCloseCode.UNSUPPORTED_DATA)
            if received.type is not WSMsgType.TEXT:
                raise Closed
            if len(received.data) > limits.frame_bytes:
                await self._send(frames.error("too_large", f"A frame has at most {limits.frame_bytes} bytes."))
                continue
            try:
                return parse(received.data, limits.text_characters)
            except Refused as refused:
                await self._send(frames.error(refused.code, str(refused), refused.id))
                if self._state.addresses.take(self._client, time.monotonic()):
                    await self._end("rate_limited", "Too many bad frames.", WSCloseCode.POLICY_VIOLATION)

    # What the visitor is shown

    async def _ready(self, hello: Hello) -> None:
        lines = await self._missed(LineId(hello.after)) if hello.token else []
        shown = [frames.message(line) for line in lines if not line.private]
        if not lines and not hello.after:
            opening = self._deps.answers.opening(self._language)
            shown = [frames.welcome(self._deps.greeting(self._language), opening, self._deps.clock.now())]
        self._seen = lines[-1].id if lines else LineId(hello.after)
        now = self._deps.clock.now()
        await self._send(
            {
                "type": "ready",
                "token": self._state.tokens.issue(self._address.key, now),
                "conversation": self._address.conversation,
                "language": self._language,
                "messages": shown,
            }
        )
        if hello.token:
            await self._show_status()

    async def _show(self, listening: AsyncGenerator[str]) -> None:
        """Show what happens, in order, nothing twice and nothing missed."""
        async for frame in listening:
            try:
                await self._show_one(frame)
            except StoreError:
                log.warning("a screen waits for the store")
            except ConnectionError:
                return

    async def _show_one(self, frame: str) -> None:
        if not frame:
            await self._show_lines(await self._missed(self._seen))
            return
        told = json.loads(frame)
        match told["type"]:
            case "lines":
                await self._show_told(told)
            case "status":
                await self._show_status()
            case "typing" if told["from"] == "agent":
                await self._send({"type": "typing", "from": "agent"})

    async def _show_told(self, told: Mapping[str, object]) -> None:
        after = LineId(int(str(told["after"])))
        raw = cast("list[object]", told["lines"])
        lines = [line for line in map(line_from_dict, raw) if line.id > self._seen]
        # The number before the first tells whether one is missing; a first line has no line before it.
        if lines and after != self._seen and self._seen:
            lines = list(await self._missed(self._seen))
        await self._show_lines(lines)

    async def _show_lines(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._seen = line.id
            if not line.private:
                await self._send(frames.message(line))

    async def _missed(self, after: LineId) -> Sequence[Line]:
        conversation = self._address.conversation
        return await self._deps.history.lines(conversation, after=after, limit=HISTORY_LINES)

    async def _show_status(self) -> None:
        await self._send(frames.status(await self._deps.standings.of(self._address.conversation)))

    async def _send(self, frame: Mapping[str, object]) -> None:
        """Send one frame. A reader that takes none for long is let go: it comes back and is back-filled."""
        try:
            async with asyncio.timeout(_SEND_S):
                await self._socket.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
        except TimeoutError:
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            raise ConnectionResetError("a slow reader") from None

    async def _end(self, code: str, detail: str, close: WSCloseCode) -> NoReturn:
        await self._send(frames.error(code, detail))
        await self._socket.close(code=close)
        raise Closed
