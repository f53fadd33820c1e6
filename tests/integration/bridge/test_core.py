"""The core's promises, on one server and on a cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeGuard, cast

import pytest
from redis.asyncio import Redis

from bridge.claims import Held
from bridge.errors import StoreError
from bridge.inspection import inspect
from bridge.later import run_later
from bridge.live import Live, channel_of
from bridge.store import Call, Store, open_store
from bridge.types import (
    Accounted,
    AgentId,
    AgentRef,
    AgentReply,
    ChannelName,
    ConversationId,
    DeadLettered,
    Ended,
    ExternalId,
    HandOffRequested,
    Interpretation,
    Line,
    PersonWanted,
    Received,
    Record,
    Speaker,
    TakeDecided,
    Taken,
    Understood,
    Utterance,
)
from tests.fixtures.exchange import SystemClock, message
from tests.integration.bridge.core import Core, assemble, working

AGENT = AgentRef(id=AgentId("a1"), name="Ann")


@pytest.fixture
def core(store: Store) -> Core:
    return assemble(store)


def bot(lines: Sequence[Line]) -> list[str]:
    return [line.text for line in lines if line.speaker is Speaker.BOT]


async def test_a_question_is_answered_from_its_article(core: Core) -> None:
    async with working(core):
        await core.inbox(message("a", "1", "sure faq/x"))
        lines = await core.lines("a", 2)
    assert [(line.speaker, line.text) for line in lines] == [
        (Speaker.CUSTOMER, "sure faq/x"),
        (Speaker.BOT, "Answer x."),
    ]
    assert lines[1].article is not None and lines[1].article.version == 1


async def test_a_message_put_twice_is_one(core: Core) -> None:
    numbers = await asyncio.gather(*(core.inbox(message("a", "1", "sure faq/x")) for _ in range(20)))
    assert len(set(numbers)) == 1
    async with working(core):
        await core.inbox(message("a", "2", "sure faq/y"))
        lines = await core.lines("a", 4)
    assert bot(lines) == ["Answer x.", "Answer y."]


async def test_what_waits_is_handled_in_order_and_understood_as_one_batch(core: Core) -> None:
    for customer in range(10):
        for place in range(3):
            await core.inbox(message(f"c{customer}", str(place), f"sure faq/x {place}"))
    async with working(core):
        for customer in range(10):
            lines = await core.lines(f"c{customer}", 6)
            said = [line.text for line in lines if line.speaker is Speaker.CUSTOMER]
            assert said == [f"sure faq/x {place}" for place in range(3)]
            assert [line.id for line in lines] == list(range(lines[0].id, lines[0].id + 6))
    assert max(core.interpreter.batches) > 3


async def test_every_message_received_is_accounted_for(core: Core) -> None:
    async with working(core):
        await core.inbox(message("a", "1", "sure faq/x"))
        await core.inbox(message("b", "1", "sure human"))
        await core.lines("a", 2)
        await core.lines("b", 2)
    records = await core.records()
    received = {(r.conversation, r.entry) for r in records if isinstance(r, Received)}
    ended = {(r.conversation, r.entry): r.ended for r in records if isinstance(r, Accounted)}
    assert set(ended) == received and len(received) == 2
    assert set(ended.values()) == {Ended.ANSWERED, Ended.QUEUED}


async def test_nothing_is_left_behind_when_all_is_handled(core: Core) -> None:
    async with working(core):
        for place in range(20):
            await core.inbox(message(f"c{place}", "1", "sure faq/x", channel="web"))
        for place in range(20):
            await core.lines(f"c{place}", 2)
    found = await inspect(core.store)
    assert found.broken == {} and found.ready == 0 and found.conversations == 20


async def test_a_second_commit_of_the_same_entry_is_refused(core: Core) -> None:
    await core.inbox(message("a", "1", "sure faq/x"))
    held = await _held(core, "a")
    first, second = await asyncio.gather(core.router.advance([held]), assemble(core.store).router.advance([held]))
    assert bot(await core.lines("a", 2)) == ["Answer x."]
    assert not any(done.more for done in (*first, *second))


async def test_my_own_commit_whose_answer_was_lost_is_not_done_twice(core: Core) -> None:
    await core.inbox(message("a", "1", "sure faq/x"))
    held = await _held(core, "a")
    calls: list[Call] = []
    once = core.store.run_many

    async def twice(some: Sequence[Call]) -> list[object]:
        calls.extend(call for call in some if call.script == "commit")
        return list(await once(some))

    core.store.run_many = twice  # type: ignore[method-assign, assignment]
    await core.router.advance([held])
    assert calls
    again = await once(calls)
    assert again == [[]]
    assert bot(await core.lines("a", 2)) == ["Answer x."]


async def test_an_entry_that_always_fails_is_kept_with_its_reason_and_a_person_comes(core: Core) -> None:
    conversation = ConversationId("test:a")
    await core.inbox(message("a", "1", "sure faq/x"))
    keys = core.store.of(conversation)
    await core.store.client.lset(keys.mailbox(conversation), 0, json.dumps({"kind": "nonsense"}))
    async with working(core):
        await core.inbox(message("a", "2", "sure faq/y"))
        lines = await core.lines("a", 3)
    records = await core.records()
    dead = [record for record in records if isinstance(record, DeadLettered)]
    assert len(dead) == 1 and "nonsense" in dead[0].payload and dead[0].reason
    assert any(isinstance(record, HandOffRequested) for record in records)
    assert any("person" in text for text in bot(lines)) and "Answer y." in bot(lines)[-1]
    assert (await inspect(core.store)).broken == {}


async def test_when_nothing_can_interpret_a_person_comes(core: Core) -> None:
    core.interpreter.down = True
    async with working(core):
        await core.inbox(message("a", "1", "sure faq/x"))
        await core.lines("a", 2)
    requests = [r for r in await core.records() if isinstance(r, HandOffRequested)]
    assert [request.reason for request in requests] == ["nlu_down"]


async def test_an_interpreter_that_breaks_costs_no_message(core: Core) -> None:
    async def broken(utterances: Sequence[Utterance]) -> list[Interpretation]:
        raise RuntimeError("a defect of the engine")

    core.interpreter.interpret = broken  # type: ignore[method-assign]
    async with working(core):
        await core.inbox(message("a", "1", "sure faq/x"))
        lines = await core.lines("a", 2)
    assert "person" in bot(lines)[0]


async def test_the_bot_is_silent_while_a_person_holds_the_conversation(core: Core) -> None:
    async with working(core):
        await core.inbox(message("a", "1", "sure human"))
        await core.lines("a", 2)
        request = next(r for r in await core.records() if isinstance(r, HandOffRequested))
        base = {"address": request.address, "agent": AGENT, "at": datetime.now(UTC)}
        taken = Taken(external_id=ExternalId("t1"), hand_off=request.hand_off, **base)  # type: ignore[arg-type]
        await core.inbox(taken)
        await core.inbox(message("a", "2", "sure faq/x"))
        reply = AgentReply(external_id=ExternalId("r1"), text="I am here", **base)  # type: ignore[arg-type]
        await core.inbox(reply)
        lines = await core.lines("a", 5)
        records = await core.records(until=9)
    after = [line for line in lines if line.speaker is not Speaker.CUSTOMER][1:]
    assert [(line.speaker, line.text) for line in after] == [
        (Speaker.SYSTEM, "Ann has joined the conversation."),
        (Speaker.AGENT, "I am here"),
    ]
    assert [r.accepted for r in records if isinstance(r, TakeDecided)] == [True]
    understood = [r for r in records if isinstance(r, Understood)]
    assert [u.interpretation.ranking[0].intent for u in understood] == ["faq/x"]


async def test_a_conversation_is_taken_by_one_agent_only(core: Core) -> None:
    async with working(core):
        await core.inbox(message("a", "1", "sure human"))
        await core.lines("a", 2)
        request = next(r for r in await core.records() if isinstance(r, HandOffRequested))
        for name in ("a1", "a2", "a3"):
            await core.inbox(
                Taken(
                    address=request.address,
                    external_id=ExternalId(f"t:{name}"),
                    hand_off=request.hand_off,
                    agent=AgentRef(id=AgentId(name), name=name),
                    at=datetime.now(UTC),
                )
            )
        await core.lines("a", 3)
        await core.records(until=10)
    decided = [r for r in await core.records() if isinstance(r, TakeDecided)]
    assert [(r.agent.id, r.accepted) for r in decided] == [("a1", True), ("a2", False), ("a3", False)]


async def test_a_timer_wakes_the_conversation_once_even_when_many_move_it(core: Core) -> None:
    core.router.brain = replace(core.router.brain, rules=replace(core.router.brain.rules, details_wait=timedelta(0)))
    stop = asyncio.Event()
    async with working(core):
        wanted = PersonWanted(
            address=message("a", "1", "").address, external_id=ExternalId("h"), at=datetime.now(UTC), language="en"
        )
        await core.inbox(wanted)
        await core.lines("a", 2)
        movers = [asyncio.create_task(run_later(core.store, SystemClock(), stop)) for _ in range(3)]
        while await core.store.client.zcard(core.store.of(ConversationId("test:a")).later):
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*movers)
        await core.inbox(message("a", "2", "hello there"))
        lines = await core.lines("a", 4)
    # Nothing is asked any more: the message is not taken for a UID.
    assert "not sure" in bot(lines)[-1]
    assert (await inspect(core.store)).broken == {}


async def test_who_listens_hears_every_line_as_it_is_committed(core: Core) -> None:
    live, stop = Live(core.store), asyncio.Event()
    running = asyncio.create_task(live.run(stop))
    frames = cast("AsyncGenerator[str]", live.listen(ConversationId("test:a")))
    assert await anext(frames) == ""
    async with working(core):
        heard: list[int] = []
        for place in range(5):
            await core.inbox(message("a", str(place), "sure faq/x"))
        async with asyncio.timeout(10):
            while len(heard) < 10:
                frame = await anext(frames)
                if not frame:
                    heard = [line.id for line in await core.lines("a", 0)]
                elif (said := json.loads(frame))["type"] == "lines":
                    heard += [line["id"] for line in said["lines"] if line["id"] not in heard]
    assert heard == [line.id for line in await core.lines("a", 10)]
    await frames.aclose()
    stop.set()
    await running
    assert channel_of(ConversationId("test:a")) not in live._listeners


async def test_secrets_are_removed_before_anything_is_stored(core: Core) -> None:
    await core.inbox(message("a", "1", "my card 4111 1111 1111 1111, password: hunter2secret, code 123456"))
    conversation = ConversationId("test:a")
    stored = await core.store.client.lrange(core.store.of(conversation).mailbox(conversation), 0, -1)
    assert not any(secret in str(stored) for secret in ("4111", "hunter2", "123456"))


async def _held(core: Core, key: str) -> Held:
    conversation = ConversationId(f"test:{key}")
    keys = core.store.of(conversation)
    entry = await core.store.client.hget(keys.state(conversation), "ready")
    return Held(conversation, str(entry))


async def test_each_is_answered_by_what_was_understood_of_him(core: Core) -> None:
    # As many at once as make stream entries of the same millisecond, and so of the same id, in several shards.
    asked = {f"c{number}": "xy"[number % 2] for number in range(200)}
    await asyncio.gather(*(core.inbox(message(key, "1", f"sure faq/{slug}")) for key, slug in asked.items()))
    async with working(core):
        records = await core.records(until=4 * len(asked))
    said = {line.conversation.rpartition(":")[2]: line.text for line in records if _is_of_bot(line)}
    assert said == {key: f"Answer {slug}." for key, slug in asked.items()}


def _is_of_bot(record: Record) -> TypeGuard[Line]:
    return isinstance(record, Line) and record.speaker is Speaker.BOT


async def test_a_closed_store_leaves_no_connection(standalone: str) -> None:
    async with Redis.from_url(standalone) as other:
        before = len(await other.client_list())
        store = await open_store(standalone)
        keys = store.keys[0]
        asking = [asyncio.create_task(store.run("load", [keys.ready, keys.ready], ["0-0", 1])) for _ in range(3)]
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        await store.close()
        await asyncio.gather(*asking, return_exceptions=True)
        async with asyncio.timeout(5):
            while len(await other.client_list()) > before:
                await asyncio.sleep(0.01)


async def test_a_step_that_cannot_be_written_fails_alone(core: Core) -> None:
    keys = core.store.keys[0]
    bad, good = (core.store.run("recall", [keys.kept(ChannelName("test"), name)], []) for name in ("\ud800", "x"))
    refused, found = await asyncio.gather(bad, good, return_exceptions=True)
    assert isinstance(refused, StoreError)
    assert found is None
