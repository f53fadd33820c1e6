"""The web channel before a real core: store, worker and live frames, with people's side read from `events`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.attachments import serve
from bots.attachments.download import Downloads
from bots.attachments.keeper import Keeper
from bots.attachments.links import Links
from bots.attachments.store import open_store
from bots.settings import DATA, load_attachment_settings
from bots.web.dependencies import WebDependencies
from bots.web.routes import routes
from bots.web.settings import WebLimits, WebSettings
from bridge.events import Events
from bridge.keys import shard_of
from bridge.live import Live
from bridge.memory import Memory
from bridge.ports import Standing
from bridge.store import Store
from bridge.types import (
    ChannelName,
    ConversationId,
    HandOffEnded,
    HandOffRequested,
    Line,
    LineId,
    Record,
    Status,
    TakeDecided,
)
from tests.fixtures.exchange import SystemClock, ThreeArticles
from tests.integration.bridge.core import Core, assemble, working
from tests.integration.web.visitor import Widget

SECRET = b"a secret of at least thirty-two bytes"
MANY = 1_000_000
PATIENCE_S = 20.0
GENEROUS = WebSettings(
    limits=WebLimits(visitor_burst=1000, visitor_per_second=1000, address_burst=MANY, address_per_second=MANY)
)


class Recorded:
    """History and Standings of everything that `events` still holds."""

    def __init__(self, events: Events) -> None:
        self._events = events

    async def lines(self, conversation: ConversationId, *, after: LineId, limit: int) -> Sequence[Line]:
        found = [one for one in await self._records(conversation) if isinstance(one, Line)]
        return [line for line in found if line.conversation == conversation and line.id > after][-limit:]

    async def of(self, conversation: ConversationId) -> Standing:
        standing = Standing(status=Status.BOT)
        mine: set[str] = set()
        for record in await self._records(conversation):
            match record:
                case HandOffRequested() if record.conversation == conversation:
                    mine.add(record.hand_off)
                    standing = Standing(status=Status.QUEUED, position=1, wait_s=60)
                case TakeDecided(accepted=True) if record.hand_off in mine:
                    standing = Standing(status=Status.HUMAN, agent=record.agent.name)
                case HandOffEnded() if record.hand_off in mine:
                    standing = Standing(status=Status.RESOLVED)
                case _:
                    pass
        return standing

    async def _records(self, conversation: ConversationId) -> list[Record]:
        shard = shard_of(conversation, self._events.shards)
        return [one.record for one in await self._events.read(shard, "0", count=MANY, block_ms=0)]


@dataclass
class Site:
    """A served web channel."""

    core: Core
    url: str
    session: aiohttp.ClientSession
    deps: WebDependencies
    opened: list[Widget] = field(default_factory=list)

    async def visit(self, **hello: object) -> Widget:
        """Connect and say hello."""
        widget = Widget(await self.session.ws_connect(f"{self.url}/chat", max_msg_size=0))
        self.opened.append(widget)
        await widget.hello(**hello)
        return widget

    async def back(self, widget: Widget) -> Widget:
        """Connect again as the same visitor, after the last line he saw."""
        return await self.visit(token=widget.token, after=last_seen(widget))

    async def hand_off(self, conversation: ConversationId) -> HandOffRequested:
        """The newest request for a person in a conversation."""
        asked = [one for one in await self.core.records() if isinstance(one, HandOffRequested)]
        return next(one for one in reversed(asked) if one.conversation == conversation)


def last_seen(widget: Widget) -> int:
    """The number of the newest line that was shown."""
    return max([number for number, _ in widget.messages()], default=0)


async def read_until(widget: Widget, lines: int) -> list[str]:
    """Read until so many lines were shown, the welcome not counted; their texts."""
    async with asyncio.timeout(PATIENCE_S):
        while len(shown(widget)) < lines:
            await widget.next()
    return shown(widget)


def shown(widget: Widget) -> list[str]:
    """What was shown, without the welcome."""
    return [text for number, text in widget.messages() if number]


async def _parse(text: str) -> Mapping[str, object]:
    return {"text": text}


async def _model() -> str:
    return "a-model"


def dependencies(store: Store, core: Core, live: Live, settings: WebSettings, var: Path) -> WebDependencies:
    """What the channel is given; files are kept below `var`."""
    recorded, files = Recorded(core.events), load_attachment_settings(DATA)
    memory, downloads = Memory(store, ChannelName("attachments")), Downloads(files.download)
    return WebDependencies(
        put=core.inbox,
        history=recorded,
        live=live,
        standings=recorded,
        answers=ThreeArticles(),
        clock=SystemClock(),
        settings=settings,
        intake=Keeper(files, open_store("", var), downloads, memory, SystemClock(), var),
        files=files,
        links=Links(SECRET, files.links),
        secret=SECRET,
        public_url="http://127.0.0.1",
        greeting=lambda language: "Hello",
        parse=_parse,
        model=_model,
        languages=("en", "zh"),
    )


@asynccontextmanager
async def running(live: Live, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run live frames; returns when they come."""
    probe = cast("AsyncGenerator[str]", live.listen(ConversationId("web:probe")))
    await anext(probe)
    task = asyncio.create_task(live.run(stop))
    # Subscribed.
    await anext(probe)
    await probe.aclose()
    try:
        yield
    finally:
        stop.set()
        await task


@asynccontextmanager
async def site(store: Store, settings: WebSettings = GENEROUS, *, api_token: str | None = None) -> AsyncIterator[Site]:
    """Serve the channel on a store, with a worker behind it."""
    core, live = assemble(store), Live(store)
    async with AsyncExitStack() as stack:
        var = Path(stack.enter_context(TemporaryDirectory()))
        deps = replace(dependencies(store, core, live, settings, var), api_token=api_token)
        paths, close = routes(deps)
        application = web.Application()
        application.add_routes([*paths, *serve.routes(open_store("", var), deps.links, deps.clock)])
        stop = asyncio.Event()
        await stack.enter_async_context(running(live, stop))
        await stack.enter_async_context(working(core, stop=stop))
        server = await stack.enter_async_context(TestServer(application))
        stack.push_async_callback(close)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        here = Site(core=core, url=str(server.make_url("")).rstrip("/"), session=session, deps=deps)
        yield here
        for widget in here.opened:
            await widget.socket.close()
