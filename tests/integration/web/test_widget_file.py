"""The widget's file is small on the wire, fetched once, and usable from other people's pages."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bots.web import routes


class Built:
    """A file in place of the built one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.build(b"// the widget\n" * 100)

    def build(self, content: bytes) -> None:
        self.content = content
        self.path.write_bytes(content)

    def remove(self) -> None:
        self.path.unlink()


@pytest.fixture
def widget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    monkeypatch.setattr(routes, "STATIC", tmp_path)
    return Built(tmp_path / "widget.js")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as opened:
        yield opened


async def test_it_is_sent_compressed_to_those_who_can_read_it(
    session: aiohttp.ClientSession, url: str, widget: Built
) -> None:
    async with session.get(f"{url}/widget.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await answer.read()) == widget.content
    async with session.get(f"{url}/widget.js", headers={"Accept-Encoding": "identity"}) as answer:
        assert await answer.read() == widget.content
        assert answer.headers["Vary"] == "Accept-Encoding"


async def test_it_is_fetched_once(session: aiohttp.ClientSession, url: str, widget: Built) -> None:
    async with session.get(f"{url}/widget.js") as answer:
        tag = answer.headers["ETag"]
        assert "max-age" in answer.headers["Cache-Control"]
    async with session.get(f"{url}/widget.js", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
        assert answer.headers["ETag"] == tag


async def test_a_new_build_is_fetched_again(session: aiohttp.ClientSession, url: str, widget: Built) -> None:
    async with session.get(f"{url}/widget.js") as answer:
        tag = answer.headers["ETag"]
    widget.build(b"// the next widget")
    async with session.get(f"{url}/widget.js", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200


async def test_other_peoples_pages_may_load_it_as_a_script_and_nothing_else(
    session: aiohttp.ClientSession, url: str, widget: Built
) -> None:
    async with session.get(f"{url}/widget.js") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_widget_that_was_not_built_says_how_to_build_it(
    session: aiohttp.ClientSession, url: str, widget: Built
) -> None:
    widget.remove()
    async with session.get(f"{url}/widget.js") as answer:
        assert answer.status == 503
        assert "make run" in await answer.text()
