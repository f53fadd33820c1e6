"""The web channel on a real server, with a core in memory behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.attachments.links import Links
from bots.attachments.settings import AttachmentSettings
from bots.settings import DATA, load_attachment_settings
from bots.web.dependencies import WebDependencies
from bots.web.routes import routes
from bots.web.settings import WebLimits, WebSettings
from tests.integration.web.core import MemoryCore, Shelf, TestClock
from tests.integration.web.visitor import Open, Widget

PUBLIC_URL = "https://support.demo-exchange.example"
SECRET = b"a secret of at least thirty-two bytes"
Serve = Callable[[WebDependencies], AbstractAsyncContextManager[str]]


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def core(clock: TestClock) -> MemoryCore:
    return MemoryCore(clock=clock)


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(limits=WebLimits(visitor_connections=3))


@pytest.fixture
def files() -> AttachmentSettings:
    return load_attachment_settings(DATA)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def deps(
    core: MemoryCore, clock: TestClock, settings: WebSettings, files: AttachmentSettings, shelf: Shelf
) -> WebDependencies:
    """Everything the channel is given; this machine is a trusted proxy, so that tests may come from anywhere."""
    return WebDependencies(
        put=core,
        history=core,
        live=core,
        standings=core,
        answers=core,
        clock=clock,
        settings=settings,
        intake=shelf,
        files=files,
        links=Links(SECRET, files.links),
        secret=SECRET,
        public_url=PUBLIC_URL,
        greeting=lambda language: f"Hello ({language})",
        parse=core.parse,
        model=core.model,
        languages=("en", "zh", "ja", "ko"),
        trusted_proxies=(ip_network("127.0.0.0/8"),),
    )


@asynccontextmanager
async def serving(deps: WebDependencies, port: int | None = None) -> AsyncIterator[str]:
    """A server of the channel's paths; its address."""
    paths, close = routes(deps)
    application = web.Application()
    application.add_routes(paths)
    async with TestServer(application, port=port) as server:
        try:
            yield str(server.make_url("")).rstrip("/")
        finally:
            await close()


@pytest.fixture
async def url(deps: WebDependencies) -> AsyncIterator[str]:
    async with serving(deps) as address:
        yield address


@pytest.fixture
async def visit(url: str) -> AsyncIterator[Open]:
    """Opens widgets, each a connection of its own."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def opened(headers: dict[str, str] | None = None) -> Widget:
            socket = await session.ws_connect(f"{url}/chat", headers=headers or {}, max_msg_size=0)
            stack.push_async_callback(socket.close)
            return Widget(socket)

        yield opened
