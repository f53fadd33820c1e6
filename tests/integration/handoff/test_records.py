"""The reader of `events`, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from bridge.errors import StoreError
from bridge.types import (
    Accounted,
    ChannelName,
    ConversationId,
    DeadLettered,
    DeliveryRefusedRecorded,
    DeliveryUncertainRecorded,
    Detail,
    DetailsGiven,
    Ended,
    EntryNumber,
    ExternalId,
    LineId,
    OutgoingId,
    RatingGiven,
    Reason,
    Received,
    Speaker,
    Withdrawn,
)
from handoff import tables
from handoff.database import Database
from handoff.service import HandOff, run
from handoff.tickets import ticket_by_number, waiting_tickets
from handoff.types import TicketStatus
from tests.integration.handoff.conftest import Build
from tests.integration.handoff.core import MemoryCore, TestClock

WEB = ConversationId("web:a")


async def count(database: Database, table: str) -> int:
    async with database.read() as connection:
        query = select(func.count()).select_from(tables.metadata.tables[table])
        return int((await connection.execute(query)).scalar_one())


async def test_a_request_becomes_a_ticket_in_the_queue_of_its_language(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    core.ask("a")
    core.ask("b", language="zh-Hant")
    core.ask("c", language="zh", urgent=True)
    await hand_off.records.advance(0)
    async with database.read() as connection:
        assert [(t.queue, t.urgent) for t in await waiting_tickets(connection)] == [
            ("urgent", True),
            ("general", False),
            ("chinese", False),
        ]


async def test_the_core_is_told_of_a_new_ticket_with_place_and_expected_wait(
    core: MemoryCore, hand_off: HandOff, agents: object, clock: TestClock
) -> None:
    for key in "abc":
        core.ask(key)
        clock.forward(1)
    await hand_off.records.advance(0)
    assert [(o.ticket, o.position, o.on_duty, o.wait_s) for o in core.opened()] == [
        (1, 1, True, 30),
        (2, 2, True, 30),
        (3, 3, True, 30),
    ]
    assert core.opened()[0].external_id == f"opened:{core.opened()[0].hand_off}"


async def test_nothing_is_promised_when_nobody_is_on_duty(core: MemoryCore, hand_off: HandOff) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    assert [(o.on_duty, o.wait_s) for o in core.opened()] == [(False, None)]


async def test_a_ticket_the_core_was_not_told_of_is_told_by_the_next_process(
    core: MemoryCore, build: Build, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.ask("a")
    killed = build(database)

    async def dies() -> None:
        raise StoreError("killed between the transaction and the put")

    monkeypatch.setattr(killed.announcer, "open_tickets", dies)
    await killed.records.advance(0)
    assert core.opened() == []

    await build(database).records.advance(0)
    assert [o.ticket for o in core.opened()] == [1]


async def test_telling_again_after_a_lost_answer_opens_the_ticket_once(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    async with database.write() as connection:
        await connection.execute(update(tables.tickets).values(opened_at=None))
    await hand_off.announcer.open_tickets()
    assert len(core.opened()) == 1


async def test_a_batch_that_comes_twice_doubles_nothing(core: MemoryCore, build: Build, database: Database) -> None:
    core.ask("a")
    core.line(WEB, Speaker.CUSTOMER, "hello")
    core.record(WEB, RatingGiven(conversation=WEB, hand_off=None, score=5, comment="", at=core.clock.now()))
    batch = list(core.streams[0])
    await build(database).records.advance(0)
    core.streams[0] = batch
    async with database.write() as connection:
        await connection.execute(update(tables.positions).values(position="0"))
    await build(database).records.advance(0)
    assert [await count(database, name) for name in ("tickets", "lines", "ratings")] == [1, 1, 1]


async def test_readers_in_several_processes_double_and_lose_nothing(
    core: MemoryCore, build: Build, database: Database, url: str
) -> None:
    others = [Database(url) for _ in range(3)]
    stop = asyncio.Event()
    runs = [asyncio.create_task(run(build(one), stop)) for one in (database, *others)]
    for number in range(120):
        core.ask(f"k{number}")
        core.line(ConversationId(f"web:k{number}"), Speaker.CUSTOMER, f"line {number}")
        core.record(
            WEB, RatingGiven(conversation=WEB, hand_off=None, score=4, comment=str(number), at=core.clock.now())
        )
        if number % 10 == 0:
            await asyncio.sleep(0.005)
    async with asyncio.timeout(20):
        while await count(database, "ratings") < 120 or len(core.opened()) < 120:
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.gather(*runs)
    for one in others:
        await one.close()
    assert [await count(database, name) for name in ("tickets", "lines", "ratings")] == [120, 120, 120]
    assert sorted(o.ticket for o in core.opened()) == sorted({o.ticket for o in core.opened()})


async def test_a_reader_that_was_overtaken_writes_nothing(core: MemoryCore, build: Build, database: Database) -> None:
    first, second = build(database), build(database)
    assert [await first.records.advance(0), await second.records.advance(0)] == [0, 0]
    core.ask("a")
    batch = list(core.streams[0])
    await first.records.advance(0)
    core.streams[0] = [replace(batch[0], record=core.ask("other"))]
    assert await second.records.advance(0) == 0
    assert await count(database, "tickets") == 1


async def test_events_are_forgotten_only_after_they_stand_in_sql(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    core.line(WEB, Speaker.CUSTOMER, "hello")
    await hand_off.records.advance(0)
    async with database.read() as connection:
        position = (await connection.execute(select(tables.positions.c.position))).scalar_one()
    assert core.trims == [(0, position)]
    assert core.streams[0] == []


async def test_a_record_that_sql_refuses_is_set_aside_and_the_rest_goes_on(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    core.ask("before")
    impossible = core.line(WEB, Speaker.CUSTOMER, "x")
    core.streams[0][-1] = replace(core.streams[0][-1], record=replace(impossible, id=LineId(2**70)))
    core.ask("after")
    await hand_off.records.advance(0)
    assert await count(database, "tickets") == 2
    async with database.read() as connection:
        (letter,) = (await connection.execute(select(tables.dead_letters))).mappings()
    assert str(2**70) in letter["payload"]
    assert core.streams[0] == []


async def test_nul_and_lone_surrogates_in_a_customers_words_are_stored(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    core.ask("a", subject="a\0b \ud800", name="x\0")
    core.line(WEB, Speaker.CUSTOMER, "nul \0 inside")
    await hand_off.records.advance(0)
    async with database.read() as connection:
        ticket = await ticket_by_number(connection, 1)
    assert (ticket.subject, ticket.customer_name) == ("ab ?", "x")
    (line,) = await hand_off.history.lines(WEB, after=LineId(0), limit=5)
    assert line.text == "nul \0 inside"


async def test_a_request_that_became_urgent_moves_up_and_keeps_its_time(
    core: MemoryCore, hand_off: HandOff, database: Database, clock: TestClock
) -> None:
    request = core.ask("a")
    since = clock.now()
    clock.forward(60)
    core.record(request.conversation, replace(request, urgent=True, reason=Reason.URGENT, at=clock.now()))
    clock.forward(60)
    core.record(request.conversation, replace(request, at=clock.now()))
    await hand_off.records.advance(0)
    async with database.read() as connection:
        ticket = await ticket_by_number(connection, 1)
    assert (ticket.urgent, ticket.queue, ticket.reason, ticket.requested_at) == (True, "urgent", Reason.URGENT, since)


async def test_details_ratings_and_deliveries_reach_their_tables(
    core: MemoryCore, hand_off: HandOff, database: Database, clock: TestClock
) -> None:
    request = core.ask("a")
    now = clock.now()
    details = (Detail(name="uid", value="88231"),)
    for record in (
        DetailsGiven(hand_off=request.hand_off, details=details),
        RatingGiven(conversation=WEB, hand_off=request.hand_off, score=4, comment="ok", at=now),
        DeliveryUncertainRecorded(conversation=WEB, outgoing=OutgoingId("1"), line=None, at=now),
        DeliveryRefusedRecorded(conversation=WEB, outgoing=OutgoingId("2"), line=None, reason="closed", at=now),
        Withdrawn(conversation=WEB, outgoing=OutgoingId("3")),
        DeadLettered(
            conversation=WEB,
            entry=EntryNumber(7),
            external_id=ExternalId("m:1"),
            reason="five times",
            payload="{}",
            at=now,
        ),
    ):
        core.record(WEB, record)
    await hand_off.records.advance(0)
    async with database.read() as connection:
        ticket = await ticket_by_number(connection, 1)
        kinds = select(tables.delivery_cases.c.kind).order_by(tables.delivery_cases.c.outgoing)
        assert list((await connection.execute(kinds)).scalars()) == ["uncertain", "refused", "withdrawn"]
    assert (ticket.details, ticket.rating, ticket.status) == (details, 4, TicketStatus.WAITING)
    assert await count(database, "dead_letters") == 1


async def test_accounts_are_opened_and_closed(core: MemoryCore, hand_off: HandOff, database: Database) -> None:
    now = core.clock.now()
    came = Received(
        conversation=WEB, channel=ChannelName("web"), external_id=ExternalId("m:1"), at=now, entry=EntryNumber(1)
    )
    core.record(WEB, came)
    core.record(
        WEB,
        Accounted(
            conversation=WEB,
            entry=EntryNumber(1),
            external_id=ExternalId("m:1"),
            ended=Ended.ANSWERED,
            intent=None,
            at=now,
        ),
    )
    await hand_off.records.advance(0)
    async with database.read() as connection:
        (row,) = (await connection.execute(select(tables.ledger))).mappings()
    assert (row["channel"], row["ended"], row["received_at"]) == ("web", "answered", now)


async def test_screens_and_those_behind_in_line_are_told(
    core: MemoryCore, hand_off: HandOff, agents: object, clock: TestClock
) -> None:
    for key in "ab":
        core.ask(key)
        clock.forward(1)
    await hand_off.records.advance(0)
    core.frames.clear()
    core.ask("c", urgent=False)
    await hand_off.records.advance(0)
    assert core.told("desk") == [{"type": "ticket", "number": 3}]
    assert [to for to, _ in core.frames if to != "desk"] == ["web:c"]


async def test_the_reader_outlives_an_absence_of_the_core(
    core: MemoryCore, hand_off: HandOff, database: Database
) -> None:
    stop = asyncio.Event()
    reading = asyncio.create_task(hand_off.records.follow(0, stop))
    core.away = True
    core.ask("a")
    await asyncio.sleep(0.15)
    core.away = False
    async with asyncio.timeout(5):
        while not core.opened():
            await asyncio.sleep(0.01)
    stop.set()
    await reading
    assert await count(database, "tickets") == 1
