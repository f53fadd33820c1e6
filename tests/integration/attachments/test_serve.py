"""A file is given to whoever has a link that works, and can do nothing in his browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.attachments.keeper import Keeper
from bots.attachments.links import Links
from bots.attachments.serve import routes
from bots.attachments.settings import LinkLives
from bots.attachments.store import LocalStore, Opened, Store, open_store
from bridge.errors import StoreError
from tests.fakes.s3 import FakeS3
from tests.fixtures import files
from tests.integration.attachments.given import ANN, kept
from tests.integration.web.core import TestClock

LINKS = Links(b"a secret of at least thirty-two bytes", LinkLives(seconds=3600, upload_seconds=86400))
TEXT = b"0123456789" * 20


class Broken:
    """A store that cannot be read, or not to the end."""

    def __init__(self, given: bytes, size: int) -> None:
        self._given, self._size = given, size

    async def put(self, digest: str, file: Path) -> None:
        raise AssertionError("nothing is put here")

    async def open(self, digest: str) -> Opened | None:
        async def chunks() -> AsyncIterator[bytes]:
            if self._given:
                yield self._given
            raise StoreError("away")

        return Opened(self._size, (chunk async for chunk in chunks()))


@asynccontextmanager
async def served(store: Store, clock: TestClock) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of a server of this store."""
    application = web.Application()
    application.add_routes(routes(store, LINKS, clock))
    async with TestServer(application) as server, aiohttp.ClientSession(server.make_url("/")) as session:
        yield session


@pytest.fixture
async def session(tmp_path: Path, clock: TestClock) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(LocalStore(tmp_path / "attachments"), clock) as opened:
        yield opened


async def link(keeper: Keeper, clock: TestClock, name: str, data: bytes) -> str:
    """Keep a file; a link to it, made now."""
    return LINKS.link(await keeper.keep(ANN, name, files.pieces(data)), ANN, clock.now())


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.png", files.png(), "image/png"),
        ("截图 “1”.pdf", files.PDF, "application/pdf"),
        ("a.html", b"GIF89a<script>alert(1)</script>", "image/gif"),
        ("a.html", b"hello <script>alert(1)</script>", "text/plain"),
    ],
)
async def test_a_file_is_given_as_what_it_is_to_be_saved_and_never_run(
    session: aiohttp.ClientSession, keeper: Keeper, clock: TestClock, name: str, data: bytes, kind: str
) -> None:
    async with session.get(await link(keeper, clock, name, data)) as answer:
        assert answer.status == 200
        assert await answer.read() == data
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, max-age=3600"


async def test_a_name_is_saved_as_it_was(session: aiohttp.ClientSession, keeper: Keeper, clock: TestClock) -> None:
    async with session.get(await link(keeper, clock, "截图 %.png", files.png())) as answer:
        assert answer.content_disposition is not None
        assert answer.content_disposition.filename == "截图 %.png"


async def test_head_tells_the_same_without_the_file(
    session: aiohttp.ClientSession, keeper: Keeper, clock: TestClock
) -> None:
    async with session.head(await link(keeper, clock, "a.txt", TEXT)) as answer:
        assert (answer.status, answer.content_length) == (200, len(TEXT))
        assert await answer.read() == b""


async def test_a_part_is_given_so_that_videos_can_be_wound(
    session: aiohttp.ClientSession, keeper: Keeper, clock: TestClock
) -> None:
    url = await link(keeper, clock, "a.txt", TEXT)
    async with session.get(url, headers={"Range": "bytes=5-8"}) as answer:
        assert (answer.status, await answer.read()) == (206, b"5678")
        assert answer.headers["Content-Type"] == "text/plain"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    async with session.get(url, headers={"Range": "bytes=900-"}) as answer:
        assert answer.status == 416


async def test_what_is_wrong_with_a_link_is_said(
    session: aiohttp.ClientSession, keeper: Keeper, clock: TestClock, tmp_path: Path
) -> None:
    url = await link(keeper, clock, "a.txt", TEXT)
    path = url.partition("?")[0]
    digest = path.split("/")[2]
    wrong = {
        path: 403,
        url[:-1]: 403,
        url.replace("a.txt", "b.txt"): 403,
        url.replace(digest, "0" * 64): 403,
        url.replace(digest, digest.upper()): 404,
        url.replace(digest, ".."): 404,
        url.replace(digest, digest[:-1]): 404,
        f"{path}?for=%ff&until=1&sign=%ff": 403,
    }
    for asked, status in wrong.items():
        async with session.get(asked) as answer:
            assert answer.status == status, asked
    clock.forward(timedelta(hours=1, seconds=1))
    async with session.get(url) as answer:
        assert answer.status == 410
        assert "Open the conversation again" in await answer.text()
    clock.forward(timedelta(hours=-1))
    kept(tmp_path)[0].unlink()
    async with session.get(url) as answer:
        assert answer.status == 404


async def test_a_store_that_is_away_is_told(clock: TestClock, keeper: Keeper) -> None:
    url = await link(keeper, clock, "a.txt", TEXT)
    async with served(Broken(b"", 10), clock) as session, session.get(url) as answer:
        assert answer.status == 503


async def test_a_file_that_breaks_off_does_not_look_whole(clock: TestClock, keeper: Keeper) -> None:
    url = await link(keeper, clock, "a.txt", TEXT)
    async with served(Broken(b"only the beginning", 100), clock) as session, session.get(url) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_files_of_a_bucket_are_given_alike(
    keeper: Keeper, clock: TestClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeS3(key="AKIAEXAMPLE", secret="not-a-secret")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", fake.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", fake.secret)
    data = files.png() + bytes(700_000)
    digest, file = "cd" * 32, tmp_path / "given"
    file.write_bytes(data)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(fake.serving())
        store = open_store(f"s3://{fake.bucket}?endpoint={url}&region={fake.region}", tmp_path)
        await store.put(digest, file)
        session = await stack.enter_async_context(served(store, clock))
        small = await keeper.keep(ANN, "a.png", files.pieces(files.png()))
        path = f"/attachments/{digest}/a.png"
        asked = LINKS.link(type(small)(name="a.png", media_type="image/png", size=1, url=path), ANN, clock.now())
        async with session.get(asked) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert await answer.read() == data
        async with session.head(asked) as answer:
            assert (answer.status, answer.content_length) == (200, len(data))
        async with session.get(LINKS.link(small, ANN, clock.now())) as answer:
            assert answer.status == 404
    assert fake.wrong == []
