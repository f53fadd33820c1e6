"""Agents act on tickets, on both databases, while the reader runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select, update

from bridge.errors import HandoffError, NotAllowed, StoreError, TicketNotFound, TicketTaken
from bridge.types import AgentRef, AgentReply, Ending, ExternalId, HandOffId, Noted, Reason, TakeDecided, Taken
from handoff import tables
from handoff.database import Database
from handoff.desk import Desk
from handoff.errors import AgentFull, NotHeld
from handoff.queues import DeskRules
from handoff.service import HandOff, run
from handoff.tickets import ticket_by_number, waiting_tickets
from handoff.types import Presence, Ticket, TicketStatus
from tests.integration.handoff.conftest import Build, add_agents
from tests.integration.handoff.core import MemoryCore, TestClock

Agents = dict[str, AgentRef]


@asynccontextmanager
async def running(*processes: HandOff) -> AsyncIterator[None]:
    stop = asyncio.Event()
    runs = [asyncio.create_task(run(process, stop)) for process in processes]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*runs)


async def stored(database: Database, number: int = 1) -> Ticket:
    async with database.read() as connection:
        return await ticket_by_number(connection, number)


async def outcome(act: Awaitable[Ticket]) -> str:
    try:
        return f"{(await act).number}"
    except HandoffError as error:
        return type(error).__name__


async def test_a_take_is_answered_only_after_the_core_has_decided(
    core: MemoryCore, hand_off: HandOff, agents: Agents, database: Database
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    core.answers = False
    async with running(hand_off):
        take = asyncio.create_task(hand_off.desk.take(agents["ann"], 1))
        while not any(isinstance(entry, Taken) for entry in core.puts):
            await asyncio.sleep(0.005)
        assert (await stored(database)).status is TicketStatus.WAITING
        assert not take.done()
        core.decide(core.puts[-1])
        ticket = await take
    assert (ticket.status, ticket.agent) == (TicketStatus.HELD, agents["ann"])


@pytest.mark.parametrize("processes", [1, 3])
async def test_of_many_agents_who_take_the_same_ticket_exactly_one_has_it(
    core: MemoryCore, build: Build, database: Database, url: str, clock: TestClock, processes: int
) -> None:
    names = [f"agent{number}" for number in range(12)]
    await add_agents(database, clock, *names, capacity=9)
    others = [Database(url) for _ in range(processes - 1)]
    desks = [build(one) for one in (database, *others)]
    for number in range(5):
        core.ask(f"k{number}")
    async with running(*desks):
        await asyncio.sleep(0)
        while len(core.opened()) < 5:
            await asyncio.sleep(0.01)
        for number in range(1, 6):
            takes = [
                desks[place % processes].desk.take(AgentRef(id=name, name=name), number)  # type: ignore[arg-type]
                for place, name in enumerate(names)
            ]
            outcomes = await asyncio.gather(*(outcome(take) for take in takes))
            assert sorted(set(outcomes)) == [str(number), "TicketTaken"]
            assert outcomes.count(str(number)) == 1
            holder = (await stored(database, number)).agent
            assert holder is not None and outcomes[names.index(holder.id)] == str(number)
    for one in others:
        await one.close()
    assert len([entry for entry in core.puts if isinstance(entry, Taken)]) == 5


async def test_an_agent_never_exceeds_his_capacity_however_fast_he_clicks(
    core: MemoryCore, hand_off: HandOff, agents: Agents
) -> None:
    for number in range(8):
        core.ask(f"k{number}")
    await hand_off.records.advance(0)
    async with running(hand_off):
        takes = (hand_off.desk.take(agents["ann"], number) for number in range(1, 9))
        outcomes = await asyncio.gather(*(outcome(take) for take in takes))
    assert outcomes.count("AgentFull") == 5


async def test_a_double_click_takes_once(core: MemoryCore, hand_off: HandOff, agents: Agents) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    async with running(hand_off):
        twice = await asyncio.gather(*(outcome(hand_off.desk.take(agents["ann"], 1)) for _ in range(2)))
        later = await outcome(hand_off.desk.take(agents["ann"], 1))
    assert [*twice, later] == ["1", "1", "1"]
    assert len([entry for entry in core.puts if isinstance(entry, Taken)]) == 1


async def test_a_refused_take_frees_the_ticket_and_says_so(
    core: MemoryCore, hand_off: HandOff, agents: Agents, database: Database
) -> None:
    request = core.ask("a")
    await hand_off.records.advance(0)
    core.conversations[request.conversation].waiting = False  # the customer has just left the queue
    async with running(hand_off):
        with pytest.raises(TicketTaken):
            await hand_off.desk.take(agents["ann"], 1)
    assert (await stored(database)).reservation is None


async def test_a_take_that_nobody_answers_is_released(
    core: MemoryCore, database: Database, agents: Agents, hand_off: HandOff, rules: DeskRules, clock: TestClock
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    core.answers = False
    desk = Desk(database, core, core, rules, clock, decided_within_s=0.2)
    with pytest.raises(StoreError):
        await desk.take(agents["ann"], 1)
    assert (await stored(database)).reservation is None


async def test_a_take_that_cannot_be_put_is_released(
    core: MemoryCore, database: Database, agents: Agents, hand_off: HandOff
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    core.away = True
    with pytest.raises(StoreError):
        await hand_off.desk.take(agents["ann"], 1)
    assert (await stored(database)).reservation is None


async def test_a_reservation_that_went_stale_keeps_nobody_away(
    core: MemoryCore, database: Database, agents: Agents, hand_off: HandOff, clock: TestClock
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    died = {"reservation": "take:x", "reserved_by": "bo", "reserved_at": clock.now()}
    async with database.write() as connection:
        await connection.execute(update(tables.tickets).values(**died))
    assert await outcome(hand_off.desk.take(agents["ann"], 1)) == "TicketTaken"
    clock.forward(31)
    async with running(hand_off):
        assert await outcome(hand_off.desk.take(agents["ann"], 1)) == "1"


async def test_the_cores_word_counts_even_when_the_reservation_is_gone(
    core: MemoryCore, database: Database, agents: Agents, hand_off: HandOff, clock: TestClock
) -> None:
    request = core.ask("a")
    core.record(
        request.conversation,
        TakeDecided(
            hand_off=request.hand_off,
            agent=agents["bo"],
            accepted=True,
            reservation=ExternalId("take:long-gone"),
            at=clock.now(),
        ),
    )
    await hand_off.records.advance(0)
    assert (await stored(database)).agent == agents["bo"]


async def test_taking_what_does_not_exist_or_as_nobody_is_refused(
    hand_off: HandOff, core: MemoryCore, agents: Agents
) -> None:
    with pytest.raises(TicketNotFound):
        await hand_off.desk.take(agents["ann"], 99)
    core.ask("a")
    await hand_off.records.advance(0)
    with pytest.raises(NotAllowed):
        await hand_off.desk.take(AgentRef(id="nobody", name="x"), 1)  # type: ignore[arg-type]


@pytest.fixture
async def held(core: MemoryCore, hand_off: HandOff, agents: Agents) -> Ticket:
    """Ann holds ticket 1."""
    core.ask("a", name="Kim")
    await hand_off.records.advance(0)
    async with running(hand_off):
        return await hand_off.desk.take(agents["ann"], 1)


async def test_replies_and_notes_are_put_once_for_each_client_id(
    core: MemoryCore, hand_off: HandOff, agents: Agents, held: Ticket
) -> None:
    for _ in range(2):
        await hand_off.desk.reply(agents["ann"], 1, "r1", "hello")
        await hand_off.desk.note(agents["ann"], 1, "n1", "he is angry")
    said = [entry for entry in core.puts if isinstance(entry, AgentReply | Noted)]
    assert [(type(entry), entry.text) for entry in said] == [(AgentReply, "hello"), (Noted, "he is angry")]


@pytest.mark.parametrize("act", ["reply", "note", "requeue", "return_to_bot", "resolve", "typing"])
async def test_only_the_holder_acts_on_a_ticket(
    core: MemoryCore, hand_off: HandOff, agents: Agents, held: Ticket, act: str
) -> None:
    before = list(core.puts)
    does: Callable[..., Awaitable[object]] = getattr(hand_off.desk, act)
    words = ("id", "text") if act in ("reply", "note") else ()
    with pytest.raises(NotHeld):
        await does(agents["bo"], 1, *words)
    assert core.puts == before


async def test_a_requeued_ticket_waits_again_at_its_original_time(
    core: MemoryCore, hand_off: HandOff, agents: Agents, held: Ticket, clock: TestClock, database: Database
) -> None:
    clock.forward(600)
    core.ask("later")
    async with running(hand_off):
        ticket = await hand_off.desk.requeue(agents["ann"], 1)
        while len(core.opened()) < 2:
            await asyncio.sleep(0.01)
    assert (ticket.status, ticket.agent, ticket.requested_at) == (TicketStatus.WAITING, None, held.requested_at)
    async with database.read() as connection:
        assert [t.number for t in await waiting_tickets(connection)] == [1, 2]


@pytest.mark.parametrize(("act", "ending"), [("resolve", Ending.RESOLVED), ("return_to_bot", Ending.TO_BOT)])
async def test_a_case_ends_as_its_agent_says(
    hand_off: HandOff, agents: Agents, held: Ticket, act: str, ending: Ending
) -> None:
    does: Callable[[AgentRef, int], Awaitable[Ticket]] = getattr(hand_off.desk, act)
    async with running(hand_off):
        ticket = await does(agents["ann"], 1)
        with pytest.raises(NotHeld):
            await does(agents["ann"], 1)
    assert (ticket.status, ticket.ending) == (TicketStatus.SOLVED, ending)


async def test_tickets_of_an_agent_who_vanished_go_back_in_line_once(
    core: MemoryCore, build: Build, hand_off: HandOff, held: Ticket, clock: TestClock, database: Database
) -> None:
    other = build(database)
    clock.forward(60 + 89)
    await hand_off.presences.look()
    await hand_off.records.advance(0)
    assert (await stored(database)).status is TicketStatus.HELD
    clock.forward(2)
    await asyncio.gather(hand_off.presences.look(), other.presences.look())
    await hand_off.presences.look()
    await hand_off.records.advance(0)
    ticket = await stored(database)
    assert (ticket.status, ticket.agent, ticket.requested_at) == (TicketStatus.WAITING, None, held.requested_at)
    vanished = [entry for entry in core.puts if getattr(entry, "vanished", False)]
    assert len(vanished) == 1


async def test_an_agent_who_gives_signs_keeps_his_tickets(
    hand_off: HandOff, agents: Agents, held: Ticket, clock: TestClock, database: Database
) -> None:
    for _ in range(10):
        clock.forward(40)
        await hand_off.presences.seen(agents["ann"].id)
        await hand_off.presences.look()
    await hand_off.records.advance(0)
    assert (await stored(database)).status is TicketStatus.HELD


async def test_an_agent_who_went_offline_gives_his_tickets_back_after_the_grace(
    hand_off: HandOff, agents: Agents, held: Ticket, clock: TestClock, database: Database
) -> None:
    await hand_off.presences.set(agents["ann"].id, Presence.OFFLINE)
    clock.forward(91)
    await hand_off.presences.look()
    await hand_off.records.advance(0)
    assert (await stored(database)).status is TicketStatus.WAITING


async def test_taking_makes_an_offline_agent_present(
    core: MemoryCore, hand_off: HandOff, agents: Agents, database: Database
) -> None:
    await hand_off.presences.set(agents["bo"].id, Presence.OFFLINE)
    core.ask("a")
    await hand_off.records.advance(0)
    async with running(hand_off):
        await hand_off.desk.take(agents["bo"], 1)
    async with database.read() as connection:
        chosen = select(tables.agents.c.presence).where(tables.agents.c.id == "bo")
        assert (await connection.execute(chosen)).scalar_one() == "online"


def test_the_refusals_are_those_of_the_bridge() -> None:
    assert issubclass(AgentFull, TicketTaken)
    assert issubclass(NotHeld, NotAllowed)
    assert HandOffId("x") and Reason.ASKED
