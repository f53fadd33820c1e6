"""What widgets and consoles read: lines, standings, the ledger; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bridge.ports import Stored
from bridge.types import (
    Accounted,
    AgentRef,
    Attachment,
    Certainty,
    ChannelName,
    ConversationId,
    Ended,
    EntryNumber,
    ExternalId,
    Interpretation,
    LineId,
    Received,
    Speaker,
    Status,
    Understood,
)
from handoff.database import Database
from handoff.history import StoredHistory
from handoff.ledger import ledger
from handoff.queues import DeskRules
from handoff.service import HandOff
from handoff.types import Presence
from tests.integration.handoff.core import MemoryCore, TestClock
from tests.integration.handoff.test_desk import running

WEB = ConversationId("web:a")
MEANT = Interpretation(ranking=(), language="en", certainty=Certainty.UNKNOWN)


async def texts(hand_off: HandOff, *, after: int = 0, limit: int = 200) -> list[str]:
    return [line.text for line in await hand_off.history.lines(WEB, after=LineId(after), limit=limit)]


async def test_history_is_sql_and_the_rest_of_events_without_doubles(core: MemoryCore, hand_off: HandOff) -> None:
    core.line(WEB, Speaker.CUSTOMER, "1")
    core.line(WEB, Speaker.BOT, "2")
    await hand_off.records.advance(0)
    kept = core.line(WEB, Speaker.CUSTOMER, "3")
    core.line(ConversationId("web:other"), Speaker.CUSTOMER, "not mine")
    core.line(WEB, Speaker.SYSTEM, "4", private=True)
    assert await texts(hand_off) == ["1", "2", "3", "4"]
    assert await texts(hand_off, after=2) == ["3", "4"]
    assert await texts(hand_off, limit=3) == ["2", "3", "4"]
    assert await texts(hand_off, limit=0) == []
    await hand_off.records.advance(0)
    core.record(WEB, kept)
    assert await texts(hand_off) == ["1", "2", "3", "4"]


async def test_what_a_line_meant_is_shown_before_and_after_it_reaches_sql(core: MemoryCore, hand_off: HandOff) -> None:
    line = core.line(WEB, Speaker.CUSTOMER, "1")
    await hand_off.records.advance(0)
    core.record(WEB, Understood(conversation=WEB, line=line.id, interpretation=MEANT))
    for _ in range(2):
        (read,) = await hand_off.history.lines(WEB, after=LineId(0), limit=5)
        assert read.understood == MEANT
        await hand_off.records.advance(0)


async def test_the_reasons_why_files_were_not_kept_survive_in_sql(core: MemoryCore, hand_off: HandOff) -> None:
    refused = Attachment(name="x.exe", media_type="application/x", size=7, url="", refused="infected")
    core.line(WEB, Speaker.CUSTOMER, "", attachments=(refused,))
    for _ in range(2):
        (read,) = await hand_off.history.lines(WEB, after=LineId(0), limit=5)
        assert read.attachments == (refused,)
        await hand_off.records.advance(0)


class Counted:
    """Events that count what was read of them."""

    def __init__(self, core: MemoryCore) -> None:
        self.shards = core.shards
        self.records = 0
        self._core = core

    async def read(self, shard: int, after: str, *, count: int, block_ms: int) -> Sequence[Stored]:
        found = await self._core.read(shard, after, count=count, block_ms=block_ms)
        self.records += len(found)
        return found

    async def trim(self, shard: int, upto: str) -> None:
        raise NotImplementedError


async def test_a_hundred_screens_read_what_sql_has_not_yet_once(core: MemoryCore, database: Database) -> None:
    events = Counted(core)
    history = StoredHistory(database, events)
    for number in range(100):
        core.line(ConversationId(f"web:{number}"), Speaker.CUSTOMER, str(number))
    looks = (history.lines(ConversationId(f"web:{number}"), after=LineId(0), limit=5) for number in range(100))
    assert [[line.text for line in lines] for lines in await asyncio.gather(*looks)] == [[str(n)] for n in range(100)]
    core.line(WEB, Speaker.CUSTOMER, "news")
    assert [line.text for line in await history.lines(WEB, after=LineId(0), limit=5)] == ["news"]
    assert events.records == 101


class MovesMeanwhile:
    """Events whose reader moves everything to SQL just before, or just after, somebody looks."""

    def __init__(self, core: MemoryCore, hand_off: HandOff, *, before: bool) -> None:
        self.shards = core.shards
        self._core = core
        self._hand_off = hand_off
        self._before = before

    async def read(self, shard: int, after: str, *, count: int, block_ms: int) -> Sequence[Stored]:
        if self._before:
            await self._hand_off.records.advance(shard)
        found = await self._core.read(shard, after, count=count, block_ms=block_ms)
        if not self._before:
            await self._hand_off.records.advance(shard)
        return found

    async def trim(self, shard: int, upto: str) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("before", [True, False])
async def test_a_line_that_is_moved_between_the_two_looks_is_found_once(
    core: MemoryCore, hand_off: HandOff, database: Database, before: bool
) -> None:
    core.line(WEB, Speaker.CUSTOMER, "moving")
    history = StoredHistory(database, MovesMeanwhile(core, hand_off, before=before))
    assert [line.text for line in await history.lines(WEB, after=LineId(0), limit=9)] == ["moving"]


async def test_no_line_is_missing_while_the_reader_moves_them_to_sql(core: MemoryCore, hand_off: HandOff) -> None:
    said = 0

    async def speak() -> None:
        nonlocal said
        for number in range(60):
            core.line(WEB, Speaker.CUSTOMER, str(number))
            said = number + 1
            await asyncio.sleep(0.002)

    async def check() -> None:
        while said < 60:
            known = said
            found = await texts(hand_off)
            assert found[:known] == [str(number) for number in range(known)]
            assert len(found) == len(set(found))

    async with running(hand_off):
        await asyncio.gather(speak(), check(), check())


async def test_the_standing_follows_the_case(
    core: MemoryCore, hand_off: HandOff, agents: dict[str, AgentRef], clock: TestClock
) -> None:
    assert (await hand_off.standings.of(WEB)).status is Status.BOT
    core.ask("first")
    clock.forward(1)
    core.ask("a")
    await hand_off.records.advance(0)
    queued = await hand_off.standings.of(WEB)
    assert (queued.status, queued.position, queued.wait_s, queued.on_duty, queued.ticket) == (
        Status.QUEUED,
        2,
        30,
        True,
        2,
    )
    async with running(hand_off):
        await hand_off.desk.take(agents["ann"], 2)
        held = await hand_off.standings.of(WEB)
        assert (held.status, held.agent, held.ticket) == (Status.HUMAN, "Ann", 2)
        await hand_off.desk.resolve(agents["ann"], 2)
    assert (await hand_off.standings.of(WEB)).status is Status.RESOLVED
    clock.forward(5)
    core.line(WEB, Speaker.CUSTOMER, "one more thing")
    await hand_off.records.advance(0)
    assert (await hand_off.standings.of(WEB)).status is Status.BOT


async def test_urgent_cases_stand_before_calm_ones_of_their_queue(
    core: MemoryCore, hand_off: HandOff, clock: TestClock, rules: DeskRules
) -> None:
    core.ask("first", language="zh")
    clock.forward(1)
    core.ask("a", language="zh")
    await hand_off.records.advance(0)
    assert (await hand_off.standings.of(WEB)).position == 2


async def test_a_change_of_presence_reaches_those_who_wait(
    core: MemoryCore, hand_off: HandOff, agents: dict[str, AgentRef]
) -> None:
    core.ask("a")
    await hand_off.records.advance(0)
    for agent in agents.values():
        await hand_off.presences.set(agent.id, Presence.AWAY)
    assert {"type": "status"} in core.told(WEB)
    standing = await hand_off.standings.of(WEB)
    assert (standing.on_duty, standing.wait_s) == (False, None)


@pytest.fixture
async def accounts(core: MemoryCore, hand_off: HandOff) -> None:
    """Four entries came; three ended, the last one waits."""
    ends = (Ended.ANSWERED, Ended.QUEUED, Ended.CLOSED, None)
    for number, end in enumerate(ends, start=1):
        external = ExternalId(f"m:{number}")
        entry = EntryNumber(number)
        now = core.clock.now()
        core.record(
            WEB,
            Received(conversation=WEB, channel=ChannelName("web"), external_id=external, at=now, entry=entry),
        )
        if end is not None:
            core.record(
                WEB,
                Accounted(conversation=WEB, entry=entry, external_id=external, ended=end, intent=None, at=now),
            )
    await hand_off.records.advance(0)


async def test_the_ledger_balances_what_came_and_what_became_of_it(accounts: None, database: Database) -> None:
    (web,) = await ledger(database, done={WEB: EntryNumber(3)})
    assert (web.received, web.answered, web.queued, web.closed, web.dead_lettered, web.waiting) == (4, 1, 1, 1, 0, 1)
    assert web.balanced


async def test_the_ledger_names_an_entry_that_was_handled_but_not_accounted_for(
    accounts: None, database: Database
) -> None:
    (web,) = await ledger(database, done={WEB: EntryNumber(4)})
    assert [(one.conversation, one.entry) for one in web.broken] == [(WEB, 4)]
    assert not web.balanced


async def test_the_ledger_finds_a_difference_to_the_cores_own_count(accounts: None, database: Database) -> None:
    (web,) = await ledger(database, received={ChannelName("web"): 5}, done={WEB: EntryNumber(3)})
    assert not web.balanced
