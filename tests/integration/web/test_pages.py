"""The pages as a browser gets them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.pages.routes import Pages
from bridge.types import Article
from tests.integration.web.core import article


@pytest.fixture
async def pages() -> AsyncIterator[str]:
    """A server of the pages; there is one article, in two languages."""

    def found(language: str, slug: str) -> Article | None:
        return article("x", language, "About x") if slug == "x" and language in ("en", "zh") else None

    shown = Pages(
        name="Demo Exchange",
        public_url="http://127.0.0.1",
        languages=("en", "zh", "ja"),
        article=found,
        frame_ancestors=("https://app.demo-exchange.example",),
    )
    application = web.Application()
    application.add_routes(shown.routes())
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/chat/page", 200), ("/help/zh/x", 200), ("/help/ja/x", 404), ("/help/%22%3E%3Cscript%3E/y", 404)],
)
async def test_every_page_comes_with_a_strict_policy(pages: str, path: str, status: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(pages + path) as answer:
        assert answer.status == status
        assert answer.content_type == "text/html"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        framed = "https://app.demo-exchange.example" if path == "/chat/page" else "'none'"
        assert f"frame-ancestors {framed}" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script>" not in await answer.text()


@pytest.mark.parametrize("name", ["tokens.css", "pages.css", "icon.svg"])
async def test_what_pages_are_made_of_is_served_as_what_it_is(pages: str, name: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{pages}/static/{name}") as answer:
        assert answer.status == 200
        assert answer.content_type in ("text/css", "image/svg+xml")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["", "routes.py", "..%2Froutes.py", "..%2F..%2Fapp.py", "%2Fetc%2Fpasswd", "tokens.css%00"]
)
async def test_no_other_file_is_served(pages: str, name: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{pages}/static/{name}") as answer:
        assert answer.status == 404
