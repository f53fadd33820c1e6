"""The engine on a Rasa server when the server fails, and what it asks and believes of one that does not."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from bridge.errors import NluUnavailable
from bridge.types import Certainty, Interpretation
from nlu import rasa as client
from nlu.breaker import FAILURES, PAUSE
from nlu.rasa import NAMELESS, RasaEngine
from nlu.rasa_reply import to_rasa
from tests.contract.interpreter import english
from tests.fakes.rasa import FakeRasa, Json, Trouble
from tests.integration.nlu.rasa import settings_for
from tests.integration.nlu.toy import EXAMPLES
from tests.integration.web.core import TestClock

IMPATIENT_S = 0.2
PATIENCE_S = 20.0
SCORED: Json = {"name": "greet", "confidence": 0.99}
Open = Callable[..., AbstractAsyncContextManager[RasaEngine]]


@pytest.fixture
def fake() -> FakeRasa:
    return FakeRasa({to_rasa(intent): texts for intent, texts in EXAMPLES.items()})


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def url(fake: FakeRasa) -> AsyncIterator[str]:
    async with fake.serving() as address:
        yield address


@pytest.fixture
async def engine(url: str, clock: TestClock) -> AsyncIterator[RasaEngine]:
    async with RasaEngine.opened(settings_for(url), clock) as opened:
        yield opened


@pytest.fixture
async def impatient(url: str, clock: TestClock) -> AsyncIterator[RasaEngine]:
    async with RasaEngine.opened(settings_for(url, patience_s=IMPATIENT_S), clock) as opened:
        yield opened


async def hear(engine: RasaEngine, text: str = "hello") -> Interpretation:
    (found,) = await engine.interpret([english(text)])
    return found


async def fail(engine: RasaEngine, times: int) -> None:
    for _ in range(times):
        with pytest.raises(NluUnavailable):
            await hear(engine)


@pytest.mark.parametrize("trouble", [Trouble.SILENT, Trouble.SLOW_BODY])
async def test_a_server_that_takes_too_long_is_unavailable(
    fake: FakeRasa, impatient: RasaEngine, trouble: Trouble
) -> None:
    fake.trouble = trouble
    with pytest.raises(NluUnavailable, match="did not answer"):
        await hear(impatient)


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Trouble.ERROR, "status 500"),
        (Trouble.NO_MODEL, "status 409"),
        (Trouble.REDIRECT, "status 307"),
        (Trouble.NOT_JSON, "not Rasa's"),
        (Trouble.HUGE, "too large"),
        (Trouble.CUT, "did not answer"),
    ],
)
async def test_a_server_that_fails_is_unavailable_and_is_asked_again(
    fake: FakeRasa, engine: RasaEngine, trouble: Trouble, told: str
) -> None:
    fake.trouble = trouble
    with pytest.raises(NluUnavailable, match=told):
        await hear(engine)
    fake.trouble = None
    assert (await hear(engine)).certainty is Certainty.SURE


@pytest.mark.parametrize(
    "reply",
    [
        [],
        "text",
        {"text": "hello"},
        {"intent": None},
        {"intent": "greet"},
        {"intent": {"name": "greet"}},
        {"intent": {"name": 7, "confidence": 0.9}},
        {"intent": {"name": "greet", "confidence": "0.9"}},
        {"intent": {"name": "greet", "confidence": -0.1}},
        {"intent": {"name": "greet", "confidence": 1.5}},
        {"intent": {"name": "greet", "confidence": float("nan")}},
        {"intent": {"name": "greet", "confidence": float("inf")}},
        {"intent": {"name": "x" * 201, "confidence": 0.9}},
        {"intent": SCORED, "intent_ranking": None},
        {"intent": SCORED, "intent_ranking": {}},
        {"intent": SCORED, "intent_ranking": [SCORED, "greet"]},
        {"intent": SCORED, "intent_ranking": [{"name": "greet"}]},
    ],
)
async def test_a_reply_of_another_shape_is_unavailable(fake: FakeRasa, engine: RasaEngine, reply: Json) -> None:
    fake.reply = reply
    with pytest.raises(NluUnavailable, match="not Rasa's"):
        await hear(engine)


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """A server that says these very bytes to everyone."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    try:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())
    finally:
        server.close()
        await server.wait_closed()


GOOD = b'{"intent":{"name":"greet","confidence":0.99}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + GOOD,
        HEAD + b"Content-Length: 400000000000\r\n\r\n" + GOOD,
        HEAD + b"Content-Length: 3\r\n\r\n\xff\xfe\x00",
        HEAD + b"\r\n" + b"[" * 100_000,
        HEAD + b"\r\n" + GOOD[:-1] + b',"intent":' + b'{"a":' * 50_000,
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 45\r\nConnection: close\r\n\r\n" + GOOD,
    ],
    ids=range(12),
)
async def test_what_is_no_server_of_ours_is_unavailable(answer: bytes, clock: TestClock) -> None:
    async with answering(answer) as url, RasaEngine.opened(settings_for(url), clock) as engine:
        if b"gzip" in answer:
            # Nothing is unpacked: what was said to be packed is read as it is.
            assert (await hear(engine)).certainty is Certainty.SURE
        else:
            await fail(engine, 1)


async def test_nobody_there_is_unavailable(clock: TestClock) -> None:
    async with answering(b"") as url:
        gone = url
    async with RasaEngine.opened(settings_for(gone), clock) as engine:
        with pytest.raises(NluUnavailable, match="did not answer"):
            await hear(engine)


async def test_a_name_that_nobody_has_is_unavailable(clock: TestClock) -> None:
    async with RasaEngine.opened(settings_for("http://rasa.invalid:5005"), clock) as engine:
        await fail(engine, 1)


async def test_one_text_that_fails_fails_its_batch_and_no_task_stays_behind(
    fake: FakeRasa, impatient: RasaEngine
) -> None:
    fake.trouble = Trouble.SILENT
    before = asyncio.all_tasks()
    with pytest.raises(NluUnavailable):
        await impatient.interpret([english(f"text {number}") for number in range(40)])
    # What is left are the fake's own, one a connection.
    assert not any("RasaEngine" in repr(task) for task in asyncio.all_tasks() - before)


async def test_after_failures_in_a_row_nothing_is_asked_for_a_while(
    fake: FakeRasa, engine: RasaEngine, clock: TestClock
) -> None:
    fake.trouble = Trouble.ERROR
    await fail(engine, FAILURES)
    assert engine.is_away
    fake.trouble = None
    with pytest.raises(NluUnavailable, match="tried again"):
        await hear(engine)
    clock.forward(PAUSE - timedelta(milliseconds=1))
    await fail(engine, 1)
    assert len(fake.asked) == FAILURES


async def test_it_is_back_by_itself(fake: FakeRasa, engine: RasaEngine, clock: TestClock) -> None:
    fake.trouble = Trouble.ERROR
    await fail(engine, FAILURES)
    clock.forward(PAUSE)
    fake.trouble = None
    assert (await hear(engine)).certainty is Certainty.SURE
    assert not engine.is_away


async def test_a_probe_that_fails_keeps_it_away(fake: FakeRasa, engine: RasaEngine, clock: TestClock) -> None:
    fake.trouble = Trouble.ERROR
    await fail(engine, FAILURES)
    clock.forward(PAUSE)
    await fail(engine, 3)
    assert len(fake.asked) == FAILURES + 1


async def test_only_one_batch_probes_at_a_time_and_all_of_it(
    fake: FakeRasa, engine: RasaEngine, clock: TestClock
) -> None:
    fake.trouble = Trouble.ERROR
    await fail(engine, FAILURES)
    clock.forward(PAUSE)
    fake.trouble = None
    texts = [english(f"text {number}") for number in range(20)]
    probe, *others = await asyncio.gather(*[engine.interpret(texts) for _ in range(3)], return_exceptions=True)
    assert isinstance(probe, list)
    assert all(isinstance(other, NluUnavailable) for other in others)
    assert len(fake.asked) == FAILURES + 20


async def test_at_most_eight_texts_are_asked_at_once_and_the_same_one_once(fake: FakeRasa, engine: RasaEngine) -> None:
    texts = [english(f"text {number % 50}") for number in range(100)]
    assert len(await engine.interpret(texts)) == 100
    assert len(fake.asked) == 50
    assert 1 < fake.most_at_once <= 8


async def test_nothing_legible_is_not_asked(fake: FakeRasa, engine: RasaEngine) -> None:
    assert (await hear(engine, " \u200b/ //")).certainty is Certainty.UNKNOWN
    assert fake.asked == []


@pytest.mark.parametrize("text", ["/faq__find_uid", "／faq__find_uid", " \u200b/ /faq__find_uid", "/human{}"])
async def test_a_customer_cannot_name_an_intent(fake: FakeRasa, engine: RasaEngine, text: str) -> None:
    found = await hear(engine, text)
    assert found.ranking[0].confidence < 1
    assert not fake.asked[0].startswith("/")


async def test_of_a_long_text_its_beginning_and_its_end_are_asked(fake: FakeRasa, engine: RasaEngine) -> None:
    found = await hear(engine, "hello support " + "提" * 90_000 + " uid 12345678 where is my uid")
    (asked,) = fake.asked
    assert len(asked) <= 201
    assert asked.startswith("hello support 提")
    assert found.language == "zh"


async def test_a_servers_token_is_sent_and_never_told(clock: TestClock, caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeRasa({"greet": ["hello"]}, token="s3cret")
    caplog.set_level(logging.DEBUG)
    async with fake.serving() as url:
        async with RasaEngine.opened(settings_for(f"{url}?token=s3cret"), clock) as engine:
            assert (await hear(engine)).ranking[0].intent == "greet"
            fake.trouble = Trouble.ERROR
            for _ in range(FAILURES):
                with pytest.raises(NluUnavailable) as failure:
                    await hear(engine)
                assert "s3cret" not in str(failure.value)
        async with RasaEngine.opened(settings_for(url), clock) as engine:
            with pytest.raises(NluUnavailable, match="status 401"):
                await hear(engine)
    assert "s3cret" not in "".join(record.getMessage() + repr(record.__dict__) for record in caplog.records)


async def test_a_server_below_a_path_is_found(fake: FakeRasa, url: str, clock: TestClock) -> None:
    async with RasaEngine.opened(settings_for(f"{url}/"), clock) as engine:
        assert (await hear(engine)).certainty is Certainty.SURE


async def test_the_model_is_named_once_the_server_has_told_it(
    fake: FakeRasa, engine: RasaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_LOOK_EACH_S", 0.01)
    assert (await hear(engine)).model == NAMELESS
    watching = asyncio.create_task(engine.watch())
    try:
        await until(engine, "nlu-20261123-061253-sour-mitt")
        fake.trouble = Trouble.NOT_JSON
        await asyncio.sleep(0.05)
        fake.trouble, fake.model_file = None, "next.tar.gz"
        await until(engine, "next")
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def until(engine: RasaEngine, model: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while (await hear(engine)).model != model:
            await asyncio.sleep(0.01)


async def test_the_strict_fake_refuses_what_is_not_rasas(fake: FakeRasa, url: str) -> None:
    requests: list[dict[str, object]] = [
        {"json": {"text": "hi", "more": 1}},
        {"json": {"text": 7}},
        {"json": []},
        {"data": b'{"text": "hi"}', "headers": {"Content-Type": "text/plain"}},
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"json": {"text": "hi"}, "params": {"other": "1"}},
    ]
    async with aiohttp.ClientSession() as session:
        for request in requests:
            async with session.request("POST", f"{url}/model/parse", **request) as answer:  # type: ignore[arg-type]
                assert answer.status in (400, 401, 415), request
                assert (await answer.json())["status"] == "failure"
    assert fake.asked == []
