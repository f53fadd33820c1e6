"""The web channel as every other: served on a socket, spoken to by a client that does what the widget does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest

from bots.channel import Channel, Limits, SentId, Unit
from bots.web.addresses import WEB
from bots.web.dependencies import WebDependencies
from bridge.ports import Put
from bridge.tasks import end
from bridge.types import Address, ChannelName, Outgoing, Say, Speaker
from tests.contract.channel import PATIENCE_S, ChannelContract, Platform
from tests.fixtures.exchange import SystemClock
from tests.integration.stores import free_port
from tests.integration.web.conftest import serving
from tests.integration.web.core import MemoryCore
from tests.integration.web.visitor import Widget

ODDITIES = ("", "no JSON", "[]", '"x"', '{"type": 7}', '{"type": "dance"}', '{"type": "message"}', '{"type": "choose"}')
_AGAIN_S = 0.05


class Served(Channel):
    """The sockets as the program serves them: a line is delivered when it stands in the history."""

    def __init__(self, deps: WebDependencies, core: MemoryCore, port: int) -> None:
        self._deps = deps
        self._core = core
        self._port = port

    @property
    def name(self) -> ChannelName:
        return WEB

    @property
    def limits(self) -> Limits:
        return Limits(text=64_000, unit=Unit.CODE_POINTS, choices=12, attachments=0)

    async def examine(self) -> Sequence[str]:
        return ()

    async def listen(self, put: Put) -> None:
        async with serving(replace(self._deps, put=put), self._port):
            await asyncio.Event().wait()

    async def close(self) -> None:
        """Its server ends with `listen`."""

    async def send(self, outgoing: Outgoing) -> SentId:
        assert isinstance(outgoing, Say)
        conversation = outgoing.address.conversation
        line = replace(self._core.line(conversation, Speaker.BOT, outgoing.text), choices=outgoing.choices)
        self._core.kept[conversation][-1] = line
        await self._core.commit(conversation, line)
        return SentId(outgoing.id)


class Customer:
    """Comes back after every cut, and says again what was not acknowledged, in order."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._numbers = itertools.count(1)
        self._unheard: list[dict[str, object]] = []
        self._changed = asyncio.Event()
        self.token = ""
        self.conversation = ""
        self.lines: dict[int, dict[str, object]] = {}
        self.widget: Widget | None = None

    def acts(self, **frame: object) -> None:
        """Do something that the server must acknowledge."""
        self._unheard.append({"id": f"m{next(self._numbers)}", **frame})
        self._changed.set()

    async def until(self, lines: int) -> list[dict[str, object]]:
        """What was shown, once there is so much."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.lines) < lines:
                await asyncio.sleep(0.01)
        return [self.lines[number] for number in sorted(self.lines)]

    async def connected(self) -> Widget:
        async with asyncio.timeout(PATIENCE_S):
            while self.widget is None:
                await asyncio.sleep(0.01)
        return self.widget

    async def run(self) -> None:
        while True:
            try:
                async with self._session.ws_connect(f"{self._url}/chat", max_msg_size=0) as socket:
                    await self._talk(Widget(socket))
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                await asyncio.sleep(_AGAIN_S)
            finally:
                self.widget = None

    async def _talk(self, widget: Widget) -> None:
        known = {"token": self.token, "after": max(self.lines, default=0)} if self.token else {}
        await widget.hello(**known)
        self.token, self.conversation, self.widget = widget.token, widget.conversation, widget
        self._see(widget)
        saying = asyncio.create_task(self._say(widget))
        try:
            while True:
                got = await widget.socket.receive()
                if got.type is not aiohttp.WSMsgType.TEXT:
                    return
                widget.heard.append(got.json())
                self._see(widget)
        finally:
            await end(saying)

    async def _say(self, widget: Widget) -> None:
        while True:
            if self._unheard:
                await widget.socket.send_json(self._unheard[0])
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), _AGAIN_S if self._unheard else None)
            except TimeoutError:
                continue

    def _see(self, widget: Widget) -> None:
        heard = {str(frame["id"]) for frame in widget.heard if frame["type"] == "ack"}
        if any(one["id"] in heard for one in self._unheard):
            self._unheard = [one for one in self._unheard if one["id"] not in heard]
            self._changed.set()
        for frame in widget.frames_shown():
            if frame["id"]:
                self.lines[int(str(frame["id"]))] = frame


class Web(Platform):
    """One visitor's widget, and the server it speaks to."""

    def __init__(self, deps: WebDependencies, core: MemoryCore, customer: Customer, port: int) -> None:
        self._deps = deps
        self._core = core
        self._customer = customer
        self._port = port
        self.channel = self.restarted()

    @property
    def address(self) -> Address:
        channel, _, key = self._customer.conversation.partition(":")
        return Address(channel=ChannelName(channel), key=key)

    def restarted(self) -> Channel:
        return Served(self._deps, self._core, self._port)

    async def says(self, text: str) -> None:
        self._customer.acts(type="message", text=text)

    async def others_write(self) -> None:
        await self._customer.connected()
        for speaker in (Speaker.BOT, Speaker.AGENT):
            await self._core.say(self.address.conversation, speaker, "not the visitor's words")
        await self._customer.until(2)

    async def sends_oddities(self) -> None:
        widget = await self._customer.connected()
        for odd in ODDITIES:
            await widget.socket.send_str(odd)
        await widget.socket.send_bytes(b"\x00\xff")

    async def presses(self, label: str) -> None:
        offered = [choice for line in await self._customer.until(1) for choice in _choices(line)]
        (choice,) = [str(one["id"]) for one in offered if one["label"] == label]
        self._customer.acts(type="choose", choice=choice)

    async def shown(self, count: int) -> list[str]:
        return [str(line["text"]) for line in await self._customer.until(count)]

    async def drop(self) -> None:
        widget = await self._customer.connected()
        connection = widget.socket._response.connection
        assert connection is not None and connection.transport is not None
        connection.transport.abort()


@pytest.fixture
async def platform(deps: WebDependencies, core: MemoryCore) -> AsyncIterator[Web]:
    core.silent = True
    port = free_port()
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        customer = Customer(session, f"http://127.0.0.1:{port}")
        running = asyncio.create_task(customer.run())
        stack.push_async_callback(end, running)
        yield Web(replace(deps, clock=SystemClock()), core, customer, port)


class TestWeb(ChannelContract):
    """Everything that every channel promises."""


def _choices(line: dict[str, object]) -> list[dict[str, object]]:
    found = line["choices"]
    assert isinstance(found, list)
    return found
