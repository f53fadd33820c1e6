"""One widget's connection: hello, what was missed, then both ways until it closes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Final, assert_never, cast

from aiohttp import WSCloseCode, web

from bots.attachments.links import BadLink
from bots.web import frames
from bots.web.addresses import WEB
from bots.web.dependencies import WebState
from bots.web.entries import Act, entry
from bots.web.limits import Bucket
from bots.web.parse import Choose, ClientFrame, Hello, Human, IsTyping, Leave, Rate, Read, Refused, Said, parse
from bots.web.peers import may_open
from bots.web.screen import Screen
from bots.web.tokens import BadToken
from bots.web.wire import Closed, Wire
from bridge.errors import StoreError
from bridge.tasks import end
from bridge.types import Address, Attachment, LineId

log = logging.getLogger(__name__)

_HELLO_S: Final = 15.0
_COMPLAINT_EACH_S: Final = 1.0
_TYPING_EACH_S: Final = 2.0
# Reads are told, not stored: a handful at once, then a few each second.
_READS_AT_ONCE: Final = 20
_READS_EACH_S: Final = 5.0


async def chat(state: WebState, request: web.Request) -> web.StreamResponse:
    """Serve one widget. Refusals are told in a frame, since a browser shows no other reason."""
    if state.closing:
        raise web.HTTPServiceUnavailable(text="restarting")
    wire, address = Wire(), state.address_of(request)
    await wire.open(request)
    with contextlib.suppress(Closed, ConnectionError):
        deps = state.deps
        if not may_open(request.headers.get("Origin"), request.host, deps.public_url, deps.settings.origins.allowed):
            detail = "This page may not open the chat; see web.toml, origins.allowed."
            await wire.end("bad_origin", detail, WSCloseCode.POLICY_VIOLATION)
        if not state.address_connections.open(address):
            detail = "Too many connections from this address."
            await wire.end("too_many_connections", detail, WSCloseCode.POLICY_VIOLATION)
        try:
            with state.counted(wire):
                await _Visit(state, wire, address).run()
        finally:
            state.address_connections.close(address)
    return wire.socket


class _Visit:
    """The state of one connection."""

    def __init__(self, state: WebState, wire: Wire, client: str) -> None:
        self._state = state
        self._deps = state.deps
        self._wire = wire
        self._client = client
        self._address = Address(channel=WEB, key="")
        self._language = "en"
        self._screen = Screen(self._deps, wire, self._address.conversation, self._language)
        self._typing_at = 0.0
        self._complained_at = 0.0
        self._refused = 0
        self._read = 0
        self._reads = Bucket(_READS_AT_ONCE, _READS_EACH_S, time.monotonic())

    async def run(self) -> None:
        """Greet, then serve until either side closes. Raises Closed and ConnectionError."""
        hello = await self._hello()
        key = self._address.key
        if not self._state.visitor_connections.open(key):
            detail = "This visitor has too many connections open."
            await self._wire.end("too_many_connections", detail, WSCloseCode.POLICY_VIOLATION)
        # Listen first, then read the history: what is said in between is found in one of them.
        live = cast("AsyncGenerator[str]", self._deps.live.listen(self._address.conversation))
        try:
            await anext(live)
            await self._begin(hello)
            await self._both_ways(live)
        finally:
            self._state.visitor_connections.close(key)
            await live.aclose()

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(_HELLO_S):
                frame = await self._next()
        except TimeoutError:
            await self._wire.end("malformed", "`hello` did not come in time.", WSCloseCode.POLICY_VIOLATION)
        if not isinstance(frame, Hello):
            await self._wire.end("malformed", "The first frame is `hello`.", WSCloseCode.POLICY_VIOLATION)
        try:
            key = self._known(frame.token) if frame.token else self._state.tokens.new_key()
        except BadToken as bad:
            detail = f"The token is {bad}; begin a new conversation without one."
            await self._wire.end("bad_token", detail, WSCloseCode.POLICY_VIOLATION)
        self._language = self._state.language(frame.language)
        self._address = Address(channel=WEB, key=key)
        self._screen = Screen(self._deps, self._wire, self._address.conversation, self._language)
        return frame

    def _known(self, token: str) -> str:
        return self._state.tokens.read(token, self._deps.clock.now())

    async def _begin(self, hello: Hello) -> None:
        token = self._state.tokens.issue(self._address.key, self._deps.clock.now())
        try:
            # A new conversation has no lines, whatever the visitor remembers of another one.
            await self._screen.begin(token, LineId(hello.after) if hello.token else None)
        except StoreError:
            await self._wire.end("unavailable", "Come back in a moment.", WSCloseCode.TRY_AGAIN_LATER)

    async def _both_ways(self, live: AsyncGenerator[str]) -> None:
        showing = asyncio.create_task(self._show(live))
        try:
            while True:
                await self._handle(await self._next())
        finally:
            await end(showing)

    async def _show(self, live: AsyncGenerator[str]) -> None:
        try:
            await self._screen.follow(live)
        except ConnectionError:
            return
        except Exception:
            # A widget that is shown nothing more must not look connected: it comes back and is back-filled.
            log.exception("a screen failed")
        await self._wire.close(WSCloseCode.INTERNAL_ERROR)

    async def _next(self) -> ClientFrame:
        """Return the next good frame; tell what is wrong with bad ones. Raises Closed."""
        limits = self._deps.settings.limits
        while True:
            text = await self._wire.receive()
            try:
                return parse(text, limits.frame_bytes, limits.text_characters)
            except Refused as refused:
                await self._count_refused()
                await self._wire.send(frames.error(refused.code, str(refused), refused.id))

    async def _handle(self, frame: ClientFrame) -> None:
        match frame:
            case Said() | Choose() | Human() | Leave() | Rate():
                await self._act(frame)
            case IsTyping():
                await self._tell_typing()
            case Read():
                await self._tell_read(frame.upto)
            case Hello():
                await self._count_refused()
                await self._wire.send(frames.error("malformed", "`hello` is sent once."))
            case _:
                assert_never(frame)

    async def _act(self, act: Act) -> None:
        """Store it, then acknowledge it: an `ack` says that it is on disk."""
        if not await self._may(act.id):
            return
        try:
            files = self._uploaded(act.attachments) if isinstance(act, Said) else ()
        except BadLink as bad:
            await self._count_refused()
            await self._wire.send(frames.error("bad_attachment", f"A file of this message is {bad}.", act.id))
            return
        try:
            await self._deps.put(entry(act, self._address, self._language, self._deps.clock.now(), files))
        except StoreError:
            await self._wire.send(frames.error("unavailable", "Not stored; send it again in a moment.", act.id))
            return
        await self._wire.send({"type": "ack", "id": act.id})

    def _uploaded(self, ids: Sequence[str]) -> tuple[Attachment, ...]:
        """The files that a message names. Raises BadLink."""
        most, now = self._deps.files.limits.per_message, self._deps.clock.now()
        if len(ids) > most:
            raise BadLink(f"one too many: at most {most} come with a message")
        conversation = self._address.conversation
        return tuple(self._deps.links.redeem(one, conversation, now) for one in dict.fromkeys(ids))

    async def _may(self, act_id: str) -> bool:
        """Whether the visitor is within his limits; if not he is told, but not more than once a second."""
        now = time.monotonic()
        # What a visitor is refused must not count against others at his address.
        wait = self._state.visitors.take(self._address.key, now) or self._state.addresses.take(self._client, now)
        if not wait:
            self._refused = 0
            return True
        await self._count_refused()
        if now - self._complained_at >= _COMPLAINT_EACH_S:
            self._complained_at = now
            await self._wire.send(frames.error("rate_limited", "Too many messages at once.", act_id, wait))
        return False

    async def _count_refused(self) -> None:
        self._refused += 1
        if self._refused > self._deps.settings.limits.refused_in_a_row:
            await self._wire.end("rate_limited", "Too many frames were refused.", WSCloseCode.POLICY_VIOLATION)

    async def _tell_typing(self) -> None:
        now = time.monotonic()
        if now - self._typing_at >= _TYPING_EACH_S:
            self._typing_at = now
            await self._deps.live.publish(self._address.conversation, '{"type":"typing","from":"user"}')

    async def _tell_read(self, upto: int) -> None:
        """Tell the agents how far he has read; best effort, and never beyond what he was shown."""
        if self._read < upto <= self._screen.seen and not self._reads.take(time.monotonic()):
            self._read = upto
            await self._deps.live.publish(self._address.conversation, json.dumps({"type": "read", "upto": upto}))
