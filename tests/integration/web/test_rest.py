"""Rasa's REST channel and parse endpoint: their shapes, and who may use them."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from importlib import metadata
from typing import Any

import aiohttp
import pytest

from bots.web import rest
from bots.web.dependencies import WebDependencies
from bridge.types import Chosen, ConversationId, Incoming, Speaker
from tests.integration.web.conftest import serving
from tests.integration.web.core import MemoryCore

WEBHOOK = "/webhooks/rest/webhook"
PATHS = [(WEBHOOK, {"sender": "u1", "message": "hi"}), ("/model/parse", {"text": "hi"})]
ABOUT = ["/version", "/status"]
U1 = ConversationId("rest:u1")
OUTSIDE = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "support.demo-exchange.example:8080"},
    {"Host": ""},
    {"X-Forwarded-For": "127.0.0.1"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "https"},
]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def guarded(deps: WebDependencies) -> AsyncIterator[str]:
    async with serving(dataclasses.replace(deps, api_token="a-tökén")) as address:
        yield address


async def say(session: aiohttp.ClientSession, url: str, **body: object) -> tuple[int, Any]:
    async with session.post(f"{url}{WEBHOOK}", json=body) as answer:
        return answer.status, await answer.json()


async def test_the_reply_comes_with_its_buttons(session: aiohttp.ClientSession, url: str, core: MemoryCore) -> None:
    status, [said] = await say(session, url, sender="u1", message="hi")
    assert status == 200
    assert (said["recipient_id"], said["text"]) == ("u1", "You said: hi")
    assert [button["title"] for button in said["buttons"]] == ["That helped", "No"]
    [entry] = core.puts
    assert isinstance(entry, Incoming)
    assert entry.address.conversation == U1


async def test_a_buttons_payload_is_understood_when_it_comes_back(
    session: aiohttp.ClientSession, url: str, core: MemoryCore
) -> None:
    _, [said] = await say(session, url, sender="u1", message="hi")
    status, [again] = await say(session, url, sender="u1", message=said["buttons"][0]["payload"])
    assert (status, again["text"]) == (200, "Good.")
    assert isinstance(core.puts[1], Chosen)


async def test_only_the_reply_to_this_message_is_returned(
    session: aiohttp.ClientSession, url: str, core: MemoryCore
) -> None:
    core.line(U1, Speaker.BOT, "said before")
    answers = await asyncio.gather(*[say(session, url, sender="u1", message=str(n)) for n in range(5)])
    assert [[one["text"] for one in body] for _, body in answers] == [[f"You said: {n}"] for n in range(5)]


async def test_senders_do_not_meet(session: aiohttp.ClientSession, url: str, core: MemoryCore) -> None:
    await asyncio.gather(*[say(session, url, sender=f"u{n}", message=f"for {n}") for n in range(5)])
    assert all(core.texts(ConversationId(f"rest:u{n}")) == [f"for {n}", f"You said: for {n}"] for n in range(5))


async def test_a_private_line_is_no_reply(session: aiohttp.ClientSession, url: str, core: MemoryCore) -> None:
    core.silent = True
    asked = asyncio.create_task(say(session, url, sender="u1", message="hi"))
    while not core.puts:
        await asyncio.sleep(0.01)
    entry = core.puts[0]
    heard = core.line(U1, Speaker.CUSTOMER, "hi", client_id=entry.external_id)
    note = core.line(U1, Speaker.SYSTEM, "inside", private=True)
    await core.commit(U1, heard, note, core.line(U1, Speaker.BOT, "hello"))
    assert [one["text"] for one in (await asked)[1]] == ["hello"]


async def test_no_reply_in_time_is_told_with_what_became_of_the_message(
    session: aiohttp.ClientSession, url: str, core: MemoryCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "_REPLY_S", 0.05)
    core.silent = True
    status, body = await say(session, url, sender="u1", message="hi")
    assert (status, body["code"]) == (504, "timeout")
    assert "kept" in body["detail"]
    assert not any(core.listeners.values())


async def test_what_was_not_stored_may_be_sent_again(
    session: aiohttp.ClientSession, url: str, core: MemoryCore
) -> None:
    core.puts_away = True
    status, body = await say(session, url, sender="u1", message="hi")
    assert (status, body["code"]) == (503, "unavailable")
    assert "again" in body["detail"]


async def test_what_was_stored_must_not_be_sent_again_even_if_its_reply_cannot_be_read(
    session: aiohttp.ClientSession, url: str, core: MemoryCore
) -> None:
    core.history_away = True
    status, body = await say(session, url, sender="u1", message="hi")
    assert status == 504
    assert "do not send it again" in body["detail"]


async def test_a_text_is_parsed_and_cleaned(session: aiohttp.ClientSession, url: str) -> None:
    async with session.post(f"{url}/model/parse", json={"text": "hi\u202e there"}) as answer:
        assert (await answer.json())["text"] == "hi there"


async def test_more_than_is_asked_for_is_ignored(session: aiohttp.ClientSession, url: str) -> None:
    body = {"sender": "u1", "message": "hi", "metadata": {"a": 1}, "input_channel": "x"}
    assert (await say(session, url, **body))[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 20_000,
        b"\xff",
        b'{"sender":"u1"}',
        b'{"sender":"u1","message":""}',
        b'{"sender":"u1","message":"\\u202e \\u0000"}',
        b'{"sender":"u1","message":7}',
        b'{"sender":"u1","message":"\\ud800"}',
        b'{"sender":"","message":"hi"}',
        b'{"sender":"a b","message":"hi"}',
        b'{"sender":"a\\nb","message":"hi"}',
        b'{"sender":null,"message":"hi"}',
        json.dumps({"sender": "x" * 129, "message": "hi"}).encode(),
        json.dumps({"sender": "u1", "message": "x" * 4001}).encode(),
    ],
)
async def test_a_bad_request_is_refused_in_words(
    session: aiohttp.ClientSession, url: str, core: MemoryCore, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{url}{WEBHOOK}", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["detail"]
    assert core.puts == []


async def test_a_large_body_is_refused(session: aiohttp.ClientSession, url: str) -> None:
    assert (await say(session, url, sender="u1", message="x" * 1_000_000))[0] == 413


async def test_a_body_that_comes_in_pieces_is_read_whole(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = b'{"text":"hello"}'
    head = f"POST /model/parse HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
    for byte in body:
        await writer.drain()
        await asyncio.sleep(0.005)
        writer.write(bytes([byte]))
    assert b"200" in await reader.readline()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(("path", "body"), PATHS)
@pytest.mark.parametrize("headers", OUTSIDE)
async def test_without_a_token_only_this_machine_may_ask(
    session: aiohttp.ClientSession, url: str, path: str, body: object, headers: dict[str, str]
) -> None:
    async with session.post(f"{url}{path}", json=body, headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]"])
async def test_this_machine_has_several_names(session: aiohttp.ClientSession, url: str, host: str) -> None:
    async with session.post(f"{url}/model/parse", json={"text": "hi"}, headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("path", "body"), PATHS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_page_can_send_unasked_is_refused(
    session: aiohttp.ClientSession, url: str, path: str, body: object, kind: str
) -> None:
    headers = {"Content-Type": kind, "Origin": "https://evil.example"}
    async with session.post(f"{url}{path}", data=json.dumps(body), headers=headers) as answer:
        assert answer.status == 415


async def test_no_page_is_allowed_to_ask_across_origins(session: aiohttp.ClientSession, url: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with session.options(f"{url}{WEBHOOK}", headers=headers) as answer:
        assert answer.status == 405
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("path", "body"), PATHS)
@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", "Bearer wrong", "a-tökén", "Basic a-tökén", "Bearer a-toke"]
)
async def test_with_a_token_set_this_machine_needs_it_as_well(
    session: aiohttp.ClientSession, guarded: str, path: str, body: object, given: str
) -> None:
    headers = {"Authorization": given} if given else {}
    async with session.post(f"{guarded}{path}", json=body, headers=headers) as answer:
        assert answer.status == 401


async def test_bytes_that_are_no_text_are_no_token(guarded: str) -> None:
    host, port = guarded.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = b"POST /model/parse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    writer.write(head + b"Authorization: Bearer \xff\xfe\r\nContent-Length: 2\r\n\r\n{}")
    assert b"401" in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_the_token_opens_both_from_anywhere(session: aiohttp.ClientSession, guarded: str) -> None:
    headers = {"Authorization": "Bearer a-tökén", "X-Forwarded-For": "203.0.113.1", "Host": "support.example"}
    for path, body in PATHS:
        async with session.post(f"{guarded}{path}", json=body, headers=headers) as answer:
            assert answer.status == 200


async def test_an_empty_token_is_none(session: aiohttp.ClientSession, deps: WebDependencies) -> None:
    async with serving(dataclasses.replace(deps, api_token="")) as url:
        headers = {"Authorization": "Bearer ", "X-Forwarded-For": "203.0.113.1"}
        async with session.post(f"{url}/model/parse", json={"text": "hi"}, headers=headers) as answer:
            assert answer.status == 403


async def test_the_version_is_the_one_of_rasa_that_clients_know(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/version") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == {
            "version": "3.6.21",
            "minimum_compatible_version": "3.6.21",
            "switchboard": metadata.version("switchboard"),
        }


async def test_the_status_names_the_model_with_rasas_keys(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/status") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == {"model_file": "a-model", "model_id": "a-model", "num_active_training_jobs": 0}


async def test_without_a_model_the_status_says_so(session: aiohttp.ClientSession, url: str, core: MemoryCore) -> None:
    core.nlu_away = True
    async with session.get(f"{url}/status") as answer:
        assert answer.status == 503
        assert await answer.json() == {"code": "unavailable", "detail": "no model was trained yet"}


@pytest.mark.parametrize("path", ABOUT)
@pytest.mark.parametrize("headers", OUTSIDE)
async def test_what_we_are_is_told_to_this_machine_only(
    session: aiohttp.ClientSession, url: str, path: str, headers: dict[str, str]
) -> None:
    async with session.get(f"{url}{path}", headers=headers) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("path", ABOUT)
async def test_with_a_token_what_we_are_is_told_to_who_has_it(
    session: aiohttp.ClientSession, guarded: str, path: str
) -> None:
    async with session.get(f"{guarded}{path}") as answer:
        assert answer.status == 401
    headers = {"Authorization": "Bearer a-tökén", "X-Forwarded-For": "203.0.113.1", "Host": "support.example"}
    async with session.get(f"{guarded}{path}", headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ABOUT)
async def test_what_we_are_cannot_be_posted_to(session: aiohttp.ClientSession, url: str, path: str) -> None:
    async with session.post(f"{url}{path}", json={}) as answer:
        assert answer.status == 405
