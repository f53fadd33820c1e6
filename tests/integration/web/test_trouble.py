"""Broken lines, a killed store and a flood cost nobody a message, and nobody sees one twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import aiohttp
import pytest

from bots.web.settings import WebSettings
from bridge.store import PATIENCE_S, Store, open_store
from bridge.types import Received
from tests.integration.stores import RealStore
from tests.integration.web.site import Site, last_seen, shown, site
from tests.integration.web.test_conversations import cut_live
from tests.integration.web.visitor import Frame, Widget

VISITORS = 12
MESSAGES = 8


class Stubborn:
    """A visitor as the widget is: keeps what was not acknowledged, comes back after every cut, sends it again."""

    def __init__(self, here: Site, chance: random.Random) -> None:
        self._here = here
        self._chance = chance
        self._token = ""
        self._read = 0
        self._acknowledged: set[str] = set()
        self.shown: list[tuple[int, str]] = []
        self.cuts = 0

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.shown]

    async def talk(self) -> None:
        """Say everything, through cut after cut, and read until all of it was answered."""
        while len(self.shown) < 2 * MESSAGES:
            try:
                await self._connected()
            except ConnectionError:
                self.cuts += 1

    async def _connected(self) -> None:
        known: Frame = {"token": self._token, "after": self.shown[-1][0] if self.shown else 0} if self._token else {}
        widget = await self._here.visit(**known)
        self._token, self._read = widget.token, 0
        try:
            self._see(widget)
            while len(self.shown) < 2 * MESSAGES:
                await self._send_next(widget)
                self._maybe_cut(widget)
                await widget.next()
                self._see(widget)
        finally:
            self._see(widget)
            await widget.socket.close()

    async def _send_next(self, widget: Widget) -> None:
        waiting = [f"m{number}" for number in range(MESSAGES) if f"m{number}" not in self._acknowledged]
        sent = {str(frame["id"]) for frame in widget.heard if frame["type"] == "sent"}
        for one in waiting:
            if one not in sent:
                widget.heard.append({"type": "sent", "id": one})
                await widget.send(type="message", id=one, text=f"sure faq/x {one}")
                return

    def _see(self, widget: Widget) -> None:
        self._acknowledged |= {str(frame["id"]) for frame in widget.heard if frame["type"] == "ack"}
        lines = [one for one in widget.messages() if one[0]]
        self.shown += lines[self._read :]
        self._read = len(lines)

    def _maybe_cut(self, widget: Widget) -> None:
        if self.cuts < 10 and self._chance.random() < 0.2:
            transport = widget.socket._response.connection and widget.socket._response.connection.transport
            if transport is not None:
                transport.abort()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_lines_cut_at_random_lose_and_double_nothing(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    async with site(store) as here:
        visitors = [Stubborn(here, random.Random(chance.random())) for _ in range(VISITORS)]

        calm = asyncio.Event()

        async def cut_now_and_then() -> None:
            # Told to end, not cancelled: the library may swallow a cancellation.
            while not calm.is_set():
                await asyncio.sleep(0.1 + chance.random() / 2)
                await cut_live(store)

        async def talk() -> None:
            try:
                async with asyncio.timeout(60), asyncio.TaskGroup() as talking:
                    for visitor in visitors:
                        talking.create_task(visitor.talk())
            finally:
                calm.set()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(cut_now_and_then())
            tasks.create_task(talk())
        assert sum(visitor.cuts for visitor in visitors) > VISITORS
        for visitor in visitors:
            numbers = [number for number, _ in visitor.shown]
            assert numbers == sorted(set(numbers))
            said = [text for text in visitor.texts if text != "Answer x."]
            assert sorted(said) == [f"sure faq/x m{number}" for number in range(MESSAGES)]
        received = [one for one in await here.core.records() if isinstance(one, Received)]
        assert len(received) == VISITORS * MESSAGES


async def test_a_killed_store_is_told_and_what_is_sent_again_is_one_message(tmp_path: Path) -> None:
    server = RealStore(tmp_path)
    server.start()
    await asyncio.to_thread(server.ready)
    store = await open_store(server.url)
    try:
        async with site(store) as here:
            widget = await here.visit()
            await widget.send(type="message", id="m1", text="sure faq/x")
            await widget.until("message", text="Answer x.")
            await asyncio.to_thread(server.kill)
            await widget.send(type="message", id="m2", text="sure faq/y")
            refused = await patiently(widget, "error")
            assert (refused["code"], refused["id"]) == ("unavailable", "m2")
            assert not [frame for frame in widget.heard if frame == {"type": "ack", "id": "m2"}]
            server.start()
            await asyncio.to_thread(server.ready)
            await widget.send(type="message", id="m2", text="sure faq/y")
            await patiently(widget, "ack")
            while "Answer y." not in shown(widget):
                await patiently(widget, "message")
            assert shown(widget) == ["sure faq/x", "Answer x.", "sure faq/y", "Answer y."]
            again = await here.visit(token=widget.token)
            assert shown(again) == shown(widget)
    finally:
        await store.close()
        server.stop()


async def patiently(widget: Widget, kind: str) -> Frame:
    """The next frame of a kind, which may take as long as a step waits for the store."""
    async with asyncio.timeout(2 * PATIENCE_S + 5):
        while True:
            got = await widget.socket.receive()
            assert got.type is aiohttp.WSMsgType.TEXT, f"closed with {widget.socket.close_code}"
            frame: Frame = got.json()
            widget.heard.append(frame)
            if frame["type"] == kind:
                return frame


async def test_a_flood_of_ten_thousand_messages_does_not_keep_others_waiting(store: Store) -> None:
    async with site(store, WebSettings()) as here:
        loud, quiet = await here.visit(), await here.visit()

        async def flood() -> None:
            for number in range(10_000):
                await loud.send(type="message", id=f"m{number}", text="sure faq/x")

        flooding = asyncio.create_task(flood())
        listening = asyncio.create_task(loud.closed())
        try:
            await loud_is_heard(here)
            for number in range(5):
                before = len(quiet.heard)
                await quiet.send(type="message", id=f"q{number}", text="sure faq/y")
                async with asyncio.timeout(5):
                    while shown(quiet).count("Answer y.") <= number:
                        await quiet.next()
                # Its own line, its answer, the ack, and a status: nothing of anybody else's.
                assert len(quiet.heard) - before <= 4
            assert last_seen(quiet)
            assert not quiet.errors()
            async with asyncio.timeout(30):
                assert await listening == 1008
            assert {error["code"] for error in loud.errors()} == {"rate_limited"}
        finally:
            flooding.cancel()
            listening.cancel()
            await asyncio.gather(flooding, listening, return_exceptions=True)
        stored = [one for one in await here.core.records() if isinstance(one, Received)]
        assert 0 < len(stored) < 100


async def loud_is_heard(here: Site) -> None:
    """Return when the flood has reached the store."""
    assert await here.core.records(until=1)
