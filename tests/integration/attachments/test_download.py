"""Files are fetched, within limits, from the public internet and the operator's own platforms, from nowhere else."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.attachments import download
from bots.attachments.download import Downloads
from bots.attachments.keeper import Keeper
from bots.attachments.port import AttachmentRefused, AttachmentUnavailable
from bots.attachments.settings import AttachmentSettings, DownloadLimits
from bots.attachments.store import LocalStore
from bridge.memory import Memory
from tests.fixtures import files
from tests.integration.attachments.given import ANN, kept
from tests.integration.web.core import TestClock

LIMITS = DownloadLimits(timeout=5, redirects=3)
Addresses = list[tuple[int, int, int, str, tuple[str, int]]]


class Platform:
    """A platform's server of files. `asked` are the requests, `location` is where it sends on to."""

    def __init__(self) -> None:
        self.asked: list[web.BaseRequest] = []
        self.location = ""
        self.url = ""
        self.released = asyncio.Event()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_get("/{what}", self._answer)
        async with TestServer(application) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self.url
            self.released.set()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        match request.match_info["what"]:
            case "picture":
                return web.Response(body=files.png())
            case "moved":
                return web.Response(status=302, headers={"Location": self.location})
            case "packed":
                return web.Response(body=gzip.compress(bytes(1_000_000)), headers={"Content-Encoding": "gzip"})
            case "broken":
                response = web.StreamResponse(headers={"Content-Length": "100"})
                await response.prepare(request)
                await response.write(b"half")
                assert request.transport is not None
                request.transport.close()
                return response
            case "slow":
                response = web.StreamResponse(headers={"Content-Length": "100"})
                await response.prepare(request)
                await response.write(b"half")
                await self.released.wait()
                return response
            case "endless":
                response = web.StreamResponse()
                await response.prepare(request)
                while True:
                    await response.write(b"x" * 10_000)
            case status:
                return web.Response(status=int(status))


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    async with platform.serving():
        yield platform


@pytest.fixture
async def other() -> AsyncIterator[Platform]:
    other = Platform()
    async with other.serving():
        yield other


@pytest.fixture
def fetcher(
    platform: Platform, settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path
) -> Keeper:
    """Trusts the platform and nobody else."""
    downloads = Downloads(LIMITS, [f"{platform.url}/api/v10"])
    return Keeper(settings, LocalStore(tmp_path / "attachments"), downloads, memory, clock, tmp_path)


async def got(downloads: Downloads, url: str, headers: dict[str, str] | None = None) -> bytes:
    async with downloads.open(url, headers or {}) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_file_of_the_platform_is_kept(fetcher: Keeper, platform: Platform) -> None:
    attachment = await fetcher.download(ANN, f"{platform.url}/picture", "a.png", {"Authorization": "Bot x"})
    assert (attachment.name, attachment.media_type, attachment.refused) == ("a.png", "image/png", "")
    [request] = platform.asked
    assert request.headers["Authorization"] == "Bot x"


@pytest.mark.parametrize(
    ("what", "refused"), [("endless", "too_large"), ("404", "unavailable"), ("403", "unavailable")]
)
async def test_what_cannot_be_kept_comes_back_with_the_reason(
    fetcher: Keeper, platform: Platform, tmp_path: Path, what: str, refused: str
) -> None:
    attachment = await fetcher.download(ANN, f"{platform.url}/{what}", "a.png")
    assert (attachment.name, attachment.url, attachment.refused) == ("a.png", "", refused)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("what", ["500", "503", "429", "broken"])
async def test_what_may_come_later_is_worth_another_try(
    fetcher: Keeper, platform: Platform, tmp_path: Path, what: str
) -> None:
    with pytest.raises(AttachmentUnavailable):
        await fetcher.download(ANN, f"{platform.url}/{what}", "a.png")
    assert kept(tmp_path) == []


async def test_a_platform_that_is_down_is_worth_another_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(AttachmentUnavailable):
        await got(Downloads(LIMITS, [url]), f"{url}/a.png")


async def test_a_file_has_so_much_time_in_all(platform: Platform) -> None:
    hasty = Downloads(DownloadLimits(timeout=0.3, redirects=3), [platform.url])
    with pytest.raises(AttachmentUnavailable):
        await got(hasty, f"{platform.url}/slow")


async def test_nothing_is_unpacked(platform: Platform) -> None:
    data = await got(Downloads(LIMITS, [platform.url]), f"{platform.url}/packed")
    assert len(data) < 10_000
    assert platform.asked[0].headers["Accept-Encoding"] == "identity"


async def test_credentials_do_not_follow_to_another_host(platform: Platform, other: Platform) -> None:
    platform.location = f"{other.url}/picture"
    both = Downloads(LIMITS, [platform.url, other.url])
    assert await got(both, f"{platform.url}/moved", {"Authorization": "Bot x"}) == files.png()
    assert "Authorization" in platform.asked[0].headers
    assert "Authorization" not in other.asked[0].headers


async def test_a_platform_may_send_us_on_so_often(platform: Platform) -> None:
    downloads = Downloads(LIMITS, [platform.url])
    platform.location = "/moved"
    with pytest.raises(AttachmentRefused):
        await got(downloads, f"{platform.url}/moved")
    assert len(platform.asked) == 4
    platform.location = "picture"
    assert await got(downloads, f"{platform.url}/moved") == files.png()


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/x",
        "https://localhost/x",
        "https://[",
        "//10.0.0.1/x",
        "ftp://8.8.8.8/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)
async def test_a_platform_cannot_send_us_inside(platform: Platform, location: str) -> None:
    platform.location = location
    with pytest.raises(AttachmentRefused) as raised:
        await got(Downloads(LIMITS, [platform.url]), f"{platform.url}/moved")
    assert raised.value.code == "unavailable"


async def test_a_platform_cannot_send_us_to_its_neighbour(platform: Platform, other: Platform) -> None:
    platform.location = f"{other.url}/picture"
    with pytest.raises(AttachmentRefused):
        await got(Downloads(LIMITS, [platform.url]), f"{platform.url}/moved")
    assert other.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127。0。0。1",
        "localhost",
        "LOCALHOST",
        "user:word@127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "[::]",
        "0",
    ],
)
async def test_however_an_inside_address_is_written_nobody_is_called(host: str) -> None:
    calls = 0

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        writer.close()

    async with await asyncio.start_server(called, "127.0.0.1", 0) as server:
        user, at, name = host.rpartition("@")
        url = f"https://{user}{at}{name}:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(AttachmentRefused):
            await got(Downloads(LIMITS), url)
    assert calls == 0


@pytest.mark.parametrize(
    "url", ["", "x", "http://8.8.8.8/a.png", "https://", "//8.8.8.8/", "data:text/plain,x", "https://[x/"]
)
async def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(AttachmentRefused):
        await got(Downloads(LIMITS), url)


def answers(*rounds: list[str]) -> tuple[Callable[..., Addresses], list[str]]:
    """A name server that answers each question anew, the last answer again and again; what it was asked."""
    asked: list[str] = []

    def look_up(host: str, port: int, *others: object, **options: object) -> Addresses:
        found = rounds[min(len(asked), len(rounds) - 1)]
        asked.append(host)
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]

    return look_up, asked


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::1"], ["::ffff:169.254.169.254"], ["2606:4700::1", "fd00::1"]]
)
async def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch, found: list[str]) -> None:
    look_up, asked = answers(found)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(AttachmentRefused):
        await got(Downloads(LIMITS), "https://files.demo-exchange.example/a.png")
    assert asked == ["files.demo-exchange.example"]


async def test_a_name_that_turns_after_the_check_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is called, whatever the name says a moment later. 127.0.0.1 stands for a public address."""
    called: list[str] = []

    def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(writer.get_extra_info("sockname")[0])
        writer.close()

    async with (
        await asyncio.start_server(hang_up, "127.0.0.1", 0) as outside,
        await asyncio.start_server(hang_up, "127.0.0.2", outside.sockets[0].getsockname()[1]) as inside,
    ):
        port = inside.sockets[0].getsockname()[1]
        look_up, asked = answers(["127.0.0.1"], ["127.0.0.2"])
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(download, "is_public", lambda address: address == "127.0.0.1")
        with pytest.raises(AttachmentUnavailable):
            await got(Downloads(LIMITS), f"https://files.demo-exchange.example:{port}/a.png")
    assert asked == ["files.demo-exchange.example"]
    assert set(called) == {"127.0.0.1"}


async def test_a_name_that_is_not_known_now_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*args: object, **options: object) -> Addresses:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    with pytest.raises(AttachmentUnavailable):
        await got(Downloads(LIMITS), "https://files.demo-exchange.example/a.png")
