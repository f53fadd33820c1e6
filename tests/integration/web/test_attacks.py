"""What attackers and broken clients send is refused in words, and costs others nothing."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bots.web import socket as chat_socket
from bots.web.settings import Origins, WebLimits, WebSettings
from bots.web.wire import Wire
from bridge.types import Speaker
from tests.integration.web.core import MemoryCore
from tests.integration.web.visitor import Open, Widget

DEEP = "[" * 20_000


@pytest.fixture
def settings() -> WebSettings:
    return WebSettings(
        limits=WebLimits(
            visitor_burst=10,
            visitor_per_second=1,
            address_burst=30,
            address_per_second=1,
            visitor_connections=3,
            address_connections=8,
            refused_in_a_row=100,
        ),
        origins=Origins(allowed=("https://www.demo-exchange.example",)),
    )


async def greeted(visit: Open, address: str = "203.0.113.1", token: str | None = None) -> Widget:
    widget = await visit({"X-Forwarded-For": address})
    await widget.hello(token=token)
    return widget


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed"),
        (DEEP, "malformed"),
        ('{"type":"sing"}', "unknown_type"),
        ('{"type":"rate","id":"a","score":NaN}', "malformed"),
        ('{"type":"message","id":"a","text":"\\ud800"}', "malformed"),
        ('{"type":"message","id":"a","text":"' + "x" * 5000 + '"}', "too_large"),
        ('{"type":"message","id":"a","text":"' + "x" * 1_000_000 + '"}', "too_large"),
        ('{"type":"hello"}', "malformed"),
    ],
)
async def test_a_bad_frame_is_told_and_the_connection_stays(visit: Open, text: str, code: str) -> None:
    widget = await greeted(visit)
    await widget.socket.send_str(text)
    assert (await widget.until("error"))["code"] == code
    await widget.send(type="message", id="good", text="hi")
    await widget.until("ack", id="good")


async def test_a_binary_frame_closes_the_connection(visit: Open) -> None:
    widget = await greeted(visit)
    await widget.socket.send_bytes(b"\x00\x01")
    assert (await widget.until("error"))["code"] == "malformed"
    assert await widget.closed() == 1003


async def test_text_that_is_no_utf8_closes_the_connection(visit: Open) -> None:
    widget = await greeted(visit)
    await widget.socket.send_frame(b'{"type":"message","id":"a","text":"\xff"}', aiohttp.WSMsgType.TEXT)
    assert await widget.closed() == 1007


async def test_hidden_characters_do_not_reach_the_core(visit: Open, core: MemoryCore) -> None:
    widget = await greeted(visit)
    await widget.send(type="message", id="a", text="pay\u0000 \u202egnp.exe\u2069")
    await widget.until("message", text="You said: pay gnp.exe")
    assert core.texts(widget.conversation)[0] == "pay gnp.exe"


async def test_nothing_is_heard_before_hello(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.send(type="message", id="a", text="hi")
    assert (await widget.until("error"))["code"] == "malformed"
    assert await widget.closed() == 1008
    assert core.puts == []


async def test_who_never_says_hello_is_let_go(visit: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_socket, "_HELLO_S", 0.05)
    widget = await visit()
    assert await widget.closed() == 1008
    assert [error["code"] for error in widget.errors()] == ["malformed"]


async def test_a_burst_of_ten_thousand_is_cut_short_with_few_words(visit: Open, core: MemoryCore) -> None:
    loud, quiet = await greeted(visit), await greeted(visit)
    started = time.monotonic()
    try:
        for number in range(10_000):
            await loud.send(type="message", id=f"m{number}", text="x")
    except (ConnectionError, aiohttp.ClientError):
        pass
    assert await loud.closed() == 1008
    assert 0 < len(loud.errors()) <= 3 + time.monotonic() - started
    assert all(error["code"] == "rate_limited" for error in loud.errors())
    assert loud.errors()[0]["retry_after"]
    # The other sits at the same address: what the loud one was refused is not counted against it.
    await quiet.send(type="message", id="a", text="hi")
    await quiet.until("ack", id="a")
    assert not quiet.errors()
    assert len(core.puts) < 30


async def test_after_the_time_told_messages_pass_again(visit: Open) -> None:
    widget = await greeted(visit)
    for number in range(11):
        await widget.send(type="message", id=f"m{number}", text="x")
    refused = await widget.until("error", code="rate_limited")
    assert refused["id"] == "m10"
    await asyncio.sleep(float(str(refused["retry_after"])) + 0.1)
    await widget.send(type="message", id="m10", text="x")
    await widget.until("ack", id="m10")


async def test_more_tabs_give_no_more_messages(visit: Open) -> None:
    one = await greeted(visit)
    two = await greeted(visit, token=one.token)
    for number in range(10):
        await one.send(type="message", id=f"m{number}", text="x")
    await one.until("ack", id="m9")
    await two.send(type="message", id="m10", text="x")
    await two.until("error", code="rate_limited")


async def test_new_visitors_give_an_address_no_more_messages(visit: Open) -> None:
    for one in range(3):
        widget = await greeted(visit)
        for number in range(10):
            await widget.send(type="message", id=f"m{one}-{number}", text="x")
        await widget.until("ack", id=f"m{one}-9")
    last = await greeted(visit)
    await last.send(type="message", id="a", text="x")
    await last.until("error", code="rate_limited")
    elsewhere = await greeted(visit, "203.0.113.2")
    await elsewhere.send(type="message", id="a", text="x")
    await elsewhere.until("ack", id="a")


async def test_a_client_of_nothing_but_garbage_is_let_go(visit: Open) -> None:
    widget = await greeted(visit)
    for _ in range(101):
        await widget.socket.send_str("garbage")
    assert await widget.closed() == 1008


async def test_a_storm_of_reads_is_not_passed_on(visit: Open, core: MemoryCore) -> None:
    widget = await greeted(visit)
    for number in range(100):
        await core.say(widget.conversation, Speaker.BOT, str(number))
    last = await widget.until("message", text="99")
    for upto in range(int(str(last["id"])) - 99, int(str(last["id"])) + 1):
        await widget.send(type="read", upto=upto)
    await widget.send(type="message", id="a", text="hi")
    await widget.until("ack")
    assert len([frame for _, frame in core.told if frame["type"] == "read"]) <= 25


async def test_a_visitor_has_so_many_connections_and_no_more(visit: Open) -> None:
    first = await greeted(visit)
    tabs = [first, *[await greeted(visit, token=first.token) for _ in range(2)]]
    fourth = await visit()
    await fourth.send(type="hello", token=first.token)
    assert (await fourth.until("error"))["code"] == "too_many_connections"
    assert await fourth.closed() == 1008
    await tabs[1].socket.close()
    await _until_served(visit, first.token)


async def test_an_address_has_so_many_connections_and_no_more(visit: Open) -> None:
    for _ in range(8):
        await greeted(visit, "203.0.113.7")
    ninth = await visit({"X-Forwarded-For": "203.0.113.7"})
    assert (await ninth.until("error"))["code"] == "too_many_connections"
    assert await ninth.closed() == 1008
    await greeted(visit, "203.0.113.8")


async def test_a_page_on_another_host_may_not_open_the_chat(visit: Open) -> None:
    widget = await visit({"Origin": "https://evil.example"})
    assert (await widget.until("error"))["code"] == "bad_origin"
    assert await widget.closed() == 1008


async def test_own_and_listed_pages_may(visit: Open, url: str) -> None:
    for origin in (url, "https://www.demo-exchange.example", "https://support.demo-exchange.example"):
        await (await visit({"Origin": origin})).hello()


async def test_who_takes_nothing_of_what_he_is_sent_is_let_go(
    url: str, core: MemoryCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_socket, "Wire", lambda: Wire(patience_s=0.2))
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/chat", max_msg_size=0) as opened:
        widget = Widget(opened)
        await widget.hello()
        assert opened._response.connection is not None
        transport = opened._response.connection.transport
        assert transport is not None
        transport.pause_reading()
        for _ in range(300):
            await core.say(widget.conversation, Speaker.BOT, "x" * 100_000)
        async with asyncio.timeout(10):
            while core.listeners[widget.conversation]:
                await asyncio.sleep(0.05)
        transport.abort()


async def _until_served(visit: Open, token: str) -> None:
    """A closed connection is counted off a moment later than its client knows."""
    async with asyncio.timeout(5):
        while True:
            widget = await visit()
            await widget.send(type="hello", token=token)
            if (await widget.next())["type"] == "ready":
                return


async def test_a_plain_request_is_no_chat(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/chat") as answer:
        assert answer.status == 400
