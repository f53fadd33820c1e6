"""Every query of the desk is answered by an index, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from bridge.types import AgentRef, ConversationId, EntryNumber, LineId, Speaker
from handoff import transcripts
from handoff.database import Database
from handoff.ledger import ledger
from handoff.roster import all_agents
from handoff.service import HandOff
from handoff.tickets import earlier_tickets, held_tickets, solved_since, ticket_by_number, waiting_tickets
from tests.integration.handoff.conftest import RULES
from tests.integration.handoff.core import START, MemoryCore, TestClock
from tests.integration.handoff.test_desk import running

GROWING = {"tickets", "lines", "ledger", "audit", "dead_letters", "delivery_cases", "ratings", "sessions"}
REPORT = "GROUP BY ledger.channel"
"""The report counts the whole account, on purpose."""
PARTIAL = ("ix_tickets_unopened", "ix_ledger_broken")
"""These hold only the few rows that are looked for."""


@contextmanager
def recorded(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed meanwhile."""
    seen: dict[str, Any] = {}

    def note(_c: Connection, _k: object, statement: str, parameters: object, _x: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            seen[statement] = parameters

    for engine in database.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    found: list[tuple[str, Any]] = []
    try:
        yield found
    finally:
        for engine in database.engines:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
        found.extend(seen.items())


async def a_day(core: MemoryCore, hand_off: HandOff, database: Database, agents: dict[str, AgentRef]) -> None:
    """Use everything once."""
    web = ConversationId("web:a")
    core.ask("a")
    core.ask("b", urgent=True)
    core.line(web, Speaker.CUSTOMER, "hello")
    await hand_off.records.advance(0)
    await hand_off.standings.of(web)
    await hand_off.standings.of(ConversationId("web:b"))
    async with running(hand_off):
        await hand_off.desk.take(agents["ann"], 1)
        await hand_off.presences.look()
        await hand_off.desk.resolve(agents["ann"], 1)
    await hand_off.presences.seen(agents["ann"].id)
    await hand_off.standings.of(web)
    await hand_off.history.lines(web, after=LineId(0), limit=200)
    await ledger(database, done={web: EntryNumber(1)})
    async with database.read() as connection:
        ticket = await ticket_by_number(connection, 1)
        await earlier_tickets(connection, ticket)
        await waiting_tickets(connection)
        await held_tickets(connection, agents["ann"].id)
        await solved_since(connection, START)
        await all_agents(connection, START, RULES)
        await transcripts.last_lines(connection, [1, 2])


async def test_no_query_reads_a_growing_table_from_end_to_end(
    core: MemoryCore, hand_off: HandOff, database: Database, agents: dict[str, AgentRef], clock: TestClock
) -> None:
    with recorded(database) as statements:
        await a_day(core, hand_off, database, agents)
    assert len(statements) > 20
    scans = []
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in statements:
            if REPORT in statement:
                continue
            explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
            plan = (await connection.exec_driver_sql(f"{explain} {statement}", parameters)).all()
            for row in plan:
                step = str(row[-1])
                match = re.search(r"(?:^SCAN |Seq Scan on )(\w+)", step)
                if match and _table(match[1], statement) in GROWING and not step.endswith(PARTIAL):
                    scans.append((step, statement))
    assert scans == []


def _table(name: str, statement: str) -> str:
    """The table behind an alias."""
    alias = re.search(rf"(\w+) AS {name}\b", statement)
    return alias[1] if alias else name
