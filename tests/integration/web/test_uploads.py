"""Files are uploaded before their message, by their visitor, from allowed pages, within limits."""

from __future__ import annotations

import asyncio
import io
import logging
import random
from dataclasses import replace
from datetime import timedelta
from typing import Final

import aiohttp
import pytest

from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, TooMuchToday
from bots.web.dependencies import WebDependencies
from bots.web.settings import Origins, UploadLimits, WebLimits, WebSettings
from bots.web.tokens import Tokens
from bridge.store import Store
from bridge.types import Incoming
from tests.fixtures.files import ZIP, png
from tests.integration.web.conftest import serving
from tests.integration.web.core import MemoryCore, Shelf, TestClock
from tests.integration.web.site import site
from tests.integration.web.visitor import Frame, Open, Widget, frames

PAGE: Final = "https://www.demo-exchange.example"
STRANGER: Final = "https://evil.example"


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(
        limits=WebLimits(visitor_connections=3),
        origins=Origins(allowed=(PAGE,)),
        uploads=UploadLimits(visitor_burst=4, address_burst=6, visitor_at_once=2, address_at_once=3, seconds=5),
    )


def form(data: bytes = b"\x89PNG", name: str = "a.png", part: str = "file") -> aiohttp.FormData:
    """As a browser sends a file."""
    body = aiohttp.FormData(quote_fields=False)
    body.add_field(part, io.BytesIO(data), filename=name, content_type="image/png")
    return body


async def upload(
    url: str, token: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, Frame, dict[str, str]]:
    """Upload one; the status, what was said, and the headers."""
    mine = {"Authorization": f"Bearer {token}", **(headers or {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/chat/attachments", data=form() if body is None else body, headers=mine) as answer,
    ):
        return answer.status, await answer.json(), dict(answer.headers)


async def greeted(visit: Open, **hello: object) -> Widget:
    widget = await visit()
    await widget.hello(**hello)
    return widget


async def test_ready_says_what_may_be_uploaded(visit: Open) -> None:
    upload = (await (await visit()).hello())["upload"]
    assert isinstance(upload, dict)
    assert (upload["max_bytes"], upload["per_message"]) == (10 * 1024 * 1024, 5)
    assert {"image/png", "application/pdf", "text/plain", "text/csv"} <= set(upload["types"])


async def test_a_file_goes_with_a_message_and_comes_back_with_a_link(
    visit: Open, url: str, core: MemoryCore, shelf: Shelf
) -> None:
    widget = await greeted(visit)
    status, said, _ = await upload(url, widget.token, form(b"x" * 200_000, "截图 1.png"))
    assert (status, said["name"], said["media_type"], said["size"]) == (201, "截图 1.png", "image/png", 200_000)
    assert shelf.kept == {"截图 1.png": b"x" * 200_000}
    await widget.send(type="message", id="m", text="", attachments=[said["id"], said["id"]])
    await widget.until("ack", id="m")
    [entry] = core.puts
    assert isinstance(entry, Incoming)
    assert [one.name for one in entry.attachments] == ["截图 1.png"]
    assert "?" not in entry.attachments[0].url
    [row] = frames((await widget.until("message", client_id="m"))["attachments"])
    assert row.items() >= {"name": "截图 1.png", "media_type": "image/png", "size": 200_000, "image": True}.items()
    assert str(row["url"]).startswith(entry.attachments[0].url + "?for=")
    again = await visit()
    ready = await again.hello(token=widget.token)
    assert frames(frames(ready["messages"])[0]["attachments"]) == [row]


async def test_links_in_the_back_fill_are_new(visit: Open, url: str, clock: TestClock) -> None:
    widget = await greeted(visit)
    _, said, _ = await upload(url, widget.token)
    await widget.send(type="message", id="m", text="see", attachments=[said["id"]])
    [before] = frames((await widget.until("message", client_id="m"))["attachments"])
    clock.forward(timedelta(hours=2))
    ready = await (await visit()).hello(token=widget.token)
    [after] = frames(frames(ready["messages"])[0]["attachments"])
    assert before["url"] != after["url"]


async def test_a_file_may_be_named_by_its_visitor_alone_and_for_a_day(
    visit: Open, url: str, core: MemoryCore, clock: TestClock
) -> None:
    ann, bob = await greeted(visit), await greeted(visit)
    _, said, _ = await upload(url, ann.token)
    for number, (widget, ids) in enumerate([(bob, [said["id"]]), (ann, ["made.up"]), (ann, [f"{said['id']}0"])]):
        await widget.send(type="message", id=str(number), text="hi", attachments=ids)
        assert (await widget.until("error", id=str(number)))["code"] == "bad_attachment"
    clock.forward(timedelta(hours=25))
    await ann.send(type="message", id="late", text="hi", attachments=[said["id"]])
    assert (await ann.until("error", id="late"))["code"] == "bad_attachment"
    assert core.puts == []
    await ann.send(type="message", id="without", text="hi")
    await ann.until("ack", id="without")


async def test_so_many_files_go_with_a_message(visit: Open, url: str, core: MemoryCore) -> None:
    widget = await greeted(visit)
    _, said, _ = await upload(url, widget.token)
    await widget.send(type="message", id="six", text="hi", attachments=[said["id"]] * 6)
    assert (await widget.until("error", id="six"))["code"] == "bad_attachment"
    await widget.send(type="message", id="none", text=" ", attachments=[])
    assert (await widget.until("error", id="none"))["code"] == "malformed"
    assert core.puts == []


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer x.y.z.w", "Basic abc", "Bearer é"])
async def test_who_is_no_visitor_uploads_nothing(url: str, shelf: Shelf, authorization: str) -> None:
    status, said, _ = await upload(url, "", headers={"Authorization": authorization})
    assert (status, said["code"]) == (401, "bad_token")
    assert shelf.kept == {}


async def test_pages_on_other_hosts_upload_when_they_are_allowed(visit: Open, url: str, shelf: Shelf) -> None:
    widget = await greeted(visit)
    status, _, headers = await upload(url, widget.token, headers={"Origin": PAGE})
    assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (201, PAGE, "Origin")
    status, _, headers = await upload(url, "wrong", headers={"Origin": PAGE})
    assert (status, headers["Access-Control-Allow-Origin"]) == (401, PAGE)
    shelf.kept.clear()
    status, said, headers = await upload(url, widget.token, headers={"Origin": STRANGER})
    assert (status, said["code"]) == (403, "bad_origin")
    assert "Access-Control-Allow-Origin" not in headers
    assert shelf.kept == {}


async def test_browsers_are_told_beforehand(url: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with aiohttp.ClientSession() as session:
        async with session.options(f"{url}/chat/attachments", headers={"Origin": PAGE, **asked}) as answer:
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == PAGE
            assert answer.headers["Access-Control-Allow-Headers"].lower() == "authorization"
            assert "POST" in answer.headers["Access-Control-Allow-Methods"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
        async with session.options(f"{url}/chat/attachments", headers={"Origin": STRANGER, **asked}) as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("trouble", "status", "code", "retry_after"),
    [
        (AttachmentRefused("too_large", "x"), 413, "too_large", None),
        (AttachmentRefused("type_refused", "x"), 415, "type_refused", None),
        (AttachmentRefused("infected", "x"), 422, "infected", None),
        (AttachmentUnavailable("x"), 503, "unavailable", None),
        (TooMuchToday(1800), 429, "rate_limited", 1800),
    ],
)
async def test_why_a_file_was_not_kept_is_told(
    visit: Open, url: str, shelf: Shelf, trouble: Exception, status: int, code: str, retry_after: float | None
) -> None:
    widget = await greeted(visit)
    shelf.trouble = trouble
    got, said, _ = await upload(url, widget.token)
    assert (got, said["code"], said.get("retry_after")) == (status, code, retry_after)


def raw(*lines: bytes) -> bytes:
    return b"\r\n".join(lines)


FORM: Final = "multipart/form-data; boundary=b"
FILE: Final = b'Content-Disposition: form-data; name="file"; filename="a.png"'
OTHER: Final = b'Content-Disposition: form-data; name="other"'
CHARSET: Final = b'Content-Disposition: form-data; name="_charset_"'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x89PNG", "image/png"),
        (b"", FORM),
        (b"no form", FORM),
        (b"--b--\r\n", FORM),
        (b"x", "multipart/form-data"),
        (b"x", f"multipart/form-data; boundary={'b' * 200}"),
        (raw(b"--b", OTHER, b"", b"x", b"--b--"), FORM),
        (raw(b"--b", b"Content-Type: multipart/mixed; boundary=c", b"", b"--c--", b"--b--"), FORM),
        (raw(b"--b", FILE, b"", b"never ends"), FORM),
        (raw(b"--b", FILE, b"", b"x", b"--b", OTHER, b"", b"y", b"--b--"), FORM),
        (raw(b"--b", CHARSET, b"", b"x" * 40, b"--b", FILE, b"", b"y", b"--b--"), FORM),
        (raw(b"--b", b"nonsense", b"", b"x", b"--b--"), FORM),
        (raw(b"--b", *[b"X: y"] * 1000, FILE, b"", b"x", b"--b--"), FORM),
        (raw(b"--b", FILE + b"x" * 20_000, b"", b"x", b"--b--"), FORM),
    ],
)
async def test_what_is_no_form_is_a_bad_request(
    visit: Open, url: str, shelf: Shelf, caplog: pytest.LogCaptureFixture, body: bytes, kind: str
) -> None:
    widget = await greeted(visit)
    status, said, _ = await upload(url, widget.token, body, {"Content-Type": kind})
    assert (status, said["code"]) == (400, "bad_request")
    assert shelf.kept == {}
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    "odd",
    [b"Content-Length: 9", b"Content-Length: x", b"Content-Transfer-Encoding: base64", b"CONTENT-ENCODING: gzip"],
)
async def test_a_part_that_is_not_as_it_is_is_refused(visit: Open, url: str, shelf: Shelf, odd: bytes) -> None:
    widget = await greeted(visit)
    body = raw(b"--b", FILE, odd, b"", b"x", b"--b--", b"")
    status, said, _ = await upload(url, widget.token, body, {"Content-Type": FORM})
    assert (status, said["code"]) == (400, "bad_request")
    assert shelf.kept == {}


async def test_a_file_without_a_name_is_taken(visit: Open, url: str, shelf: Shelf) -> None:
    widget = await greeted(visit)
    body = raw(b"--b", b'Content-Disposition: form-data; name="file"', b"", b"x", b"--b--", b"")
    status, said, _ = await upload(url, widget.token, body, {"Content-Type": FORM})
    assert (status, said["name"]) == (201, "file")


@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
@pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionParam")
async def test_a_form_that_was_changed_anywhere_is_taken_or_refused(deps: WebDependencies, shelf: Shelf) -> None:
    many = UploadLimits(visitor_burst=1000, address_burst=1000)
    whole = raw(b"--b", FILE, b"Content-Type: image/png", b"", b"\x89PNG", b"--b--", b"")
    chance = random.Random(4)
    async with (
        serving(replace(deps, settings=WebSettings(uploads=many))) as url,
        aiohttp.ClientSession() as session,
    ):
        token = Tokens(secret=deps.secret, life=timedelta(days=1)).issue("ab", deps.clock.now())
        headers = {"Authorization": f"Bearer {token}", "Content-Type": FORM}
        for _ in range(300):
            body = bytearray(whole)
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(body))
                body[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
            async with session.post(f"{url}/chat/attachments", data=bytes(body), headers=headers) as answer:
                assert answer.status in (201, 400), bytes(body)


async def test_a_file_that_says_it_is_too_large_is_not_read(visit: Open, url: str, shelf: Shelf) -> None:
    widget = await greeted(visit)
    status, said, _ = await upload(url, widget.token, form(bytes(11 * 1024 * 1024)))
    assert (status, said["code"]) == (413, "too_large")
    assert shelf.kept == {}


async def test_a_visitor_uploads_so_many_at_once(visit: Open, url: str) -> None:
    ann = await greeted(visit)
    statuses = [(await upload(url, ann.token))[0] for _ in range(4)]
    status, said, _ = await upload(url, ann.token)
    assert (statuses, status, said["code"]) == ([201] * 4, 429, "rate_limited")
    assert 0 < float(str(said["retry_after"])) <= 5


async def test_visitors_of_one_address_upload_so_many_and_others_are_not_kept_from_it(visit: Open, url: str) -> None:
    for place, many in (("203.0.113.1", 6), ("203.0.113.2", 1)):
        for _ in range(many):
            visitor = await greeted(visit)
            assert (await upload(url, visitor.token, headers={"X-Forwarded-For": place}))[0] == 201
            await visitor.socket.close()
    seventh = await greeted(visit)
    assert (await upload(url, seventh.token, headers={"X-Forwarded-For": "203.0.113.1"}))[0] == 429


async def connected(url: str, token: str, length: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A visitor who has begun to upload."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /chat/attachments HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nhalf'
    )
    writer.write(head.encode())
    await writer.drain()
    return reader, writer


async def test_uploads_that_run_at_the_same_time_are_counted_and_let_go(visit: Open, url: str) -> None:
    ann, bob = await greeted(visit), await greeted(visit)
    running = [await connected(url, ann.token, 1000) for _ in range(2)]
    async with asyncio.timeout(5):
        while (await upload(url, ann.token))[0] != 429:
            pass
    assert (await upload(url, bob.token))[0] == 201
    for _, writer in running:
        writer.close()
    async with asyncio.timeout(10):
        while (await upload(url, bob.token))[0] == 429:
            pass


async def test_a_visitor_who_goes_away_in_the_middle_leaves_nothing_and_no_alarm(
    visit: Open, url: str, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    widget = await greeted(visit)
    for _ in range(3):
        _, writer = await connected(url, widget.token, 1000)
        writer.close()
        await writer.wait_closed()
    assert (await upload(url, widget.token))[0] == 201
    assert list(shelf.kept.values()) == [b"\x89PNG"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_form_that_goes_on_for_ever_is_ended(visit: Open, url: str, shelf: Shelf) -> None:
    widget = await greeted(visit)
    reader, writer = await connected(url, widget.token, 1000)
    async with asyncio.timeout(15):
        answer = await reader.readline()
    writer.close()
    assert b" 503 " in answer
    assert shelf.kept == {}


async def test_a_picture_is_seen_by_its_visitor_and_what_is_no_file_of_ours_is_refused(store: Store) -> None:
    """On a real core, with real checks, on a real disk."""
    async with site(store) as here:
        widget = await here.visit()
        status, said, _ = await upload(here.url, widget.token, form(png(), "../../screen.jpg"))
        assert (status, said["name"], said["media_type"]) == (201, "screen.jpg.png", "image/png")
        for data, wrong in ((ZIP, 415), (b"<svg onload=alert(1)>", 415), (b"", 415), (bytes(11 * 1024 * 1024), 413)):
            assert (await upload(here.url, widget.token, form(data)))[0] == wrong
        await widget.send(type="message", id="m", text="sure faq/password", attachments=[said["id"]])
        [row] = frames((await widget.until("message", client_id="m"))["attachments"])
        async with here.session.get(here.url + str(row["url"])) as answer:
            assert (answer.status, await answer.read()) == (200, png())
            assert answer.headers["Content-Disposition"].startswith("attachment;")
        async with here.session.get(here.url + str(row["url"]).partition("?")[0]) as answer:
            assert answer.status == 403
