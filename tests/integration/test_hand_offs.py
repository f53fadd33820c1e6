"""No hand-off is lost and none has two owners when processes die between commit, intake and take."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from bridge.codec import conversation_from_json
from bridge.errors import HandoffError, StoreError
from bridge.events import Events
from bridge.live import Live
from bridge.store import Store, open_store
from bridge.types import AgentId, AgentRef, ConversationId, Status
from handoff import tables
from handoff.database import Database
from handoff.migrate import migrate
from handoff.service import HandOff
from tests.counts import count
from tests.fixtures.exchange import SystemClock, message
from tests.integration.bridge.core import Core, assemble
from tests.integration.handoff.conftest import RULES, add_agents
from tests.integration.stores import RealStore

CUSTOMERS = count(60, 400)
KILLS = count(6, 120)
SECONDS = count(10, 180)
AGENTS = ("ann", "ben", "cara")
PROCESSES = 2


class Desks:
    """Processes that are killed and born again."""

    def __init__(self, store_url: str, database_url: str, folder: Path) -> None:
        self._command = [sys.executable, "-m", "tests.integration.desk_worker", store_url, database_url]
        self._log = folder / "desk.log"
        self.processes = [self._spawn() for _ in range(PROCESSES)]

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as output:
            return subprocess.Popen(self._command, stdout=output, stderr=output)

    def kill_one(self, chance: random.Random) -> None:
        """kill -9 one, start another."""
        place = chance.randrange(PROCESSES)
        self.processes[place].kill()
        self.processes[place].wait()
        self.processes[place] = self._spawn()

    def stop(self) -> None:
        """End them all."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(30)


async def test_every_hand_off_becomes_one_ticket_with_one_owner_whatever_is_killed(tmp_path: Path) -> None:
    chance = random.Random(3)
    server = RealStore(tmp_path / "store")
    server.start()
    server.ready()
    database_url = f"sqlite:///{tmp_path}/switchboard.db"
    await migrate(database_url)
    store = await open_store(server.url)
    core, database = assemble(store), Database(database_url)
    await add_agents(database, SystemClock(), *AGENTS, capacity=CUSTOMERS)  # type: ignore[arg-type]
    desks = Desks(server.url, database_url, tmp_path)
    wins: Counter[int] = Counter()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_customers(core, chance))
            tasks.create_task(_kill(desks, random.Random(4)))
            for name in AGENTS:
                tasks.create_task(_agent(name, store, database, core, wins))
    finally:
        desks.stop()
    await _check(store, database, wins)
    await database.close()
    await store.close()
    server.stop()


async def _customers(core: Core, chance: random.Random) -> None:
    for customer in range(CUSTOMERS):
        await core.inbox(message(f"c{customer}", "ask", "sure human"))
        await asyncio.sleep(SECONDS / CUSTOMERS * chance.random())


async def _kill(desks: Desks, chance: random.Random) -> None:
    for _ in range(KILLS):
        await asyncio.sleep(SECONDS / KILLS)
        desks.kill_one(chance)


async def _agent(name: str, store: Store, database: Database, core: Core, wins: Counter[int]) -> None:
    """Take whatever waits, against the others, until every customer is held by somebody."""
    clock = SystemClock()
    live = Live(store)
    stop = asyncio.Event()
    listening = asyncio.create_task(live.run(stop))
    build = HandOff.build(database=database, put=core.inbox, events=Events(store), live=live, rules=RULES, clock=clock)
    me = AgentRef(id=AgentId(name), name=name.title())
    async with asyncio.timeout(SECONDS + 60):
        while (await _held(database)) < CUSTOMERS:
            await build.presences.seen(me.id)
            for number in await _waiting(database):
                try:
                    await build.desk.take(me, number)
                    wins[number] += 1
                except (HandoffError, StoreError):
                    pass
            await asyncio.sleep(0.05)
    stop.set()
    await listening


async def _waiting(database: Database) -> list[int]:
    async with database.read() as connection:
        query = select(tables.tickets.c.number).where(tables.tickets.c.status == "waiting")
        return [int(number) for number in (await connection.execute(query)).scalars()]


async def _held(database: Database) -> int:
    async with database.read() as connection:
        query = select(tables.tickets.c.number).where(tables.tickets.c.status == "held")
        return len((await connection.execute(query)).all())


async def _check(store: Store, database: Database, wins: Counter[int]) -> None:
    async with database.read() as connection:
        rows = (await connection.execute(select(tables.tickets))).mappings().all()
    assert len(rows) == CUSTOMERS
    assert len({row["conversation"] for row in rows}) == CUSTOMERS
    assert max(wins.values()) == 1
    for row in rows:
        conversation = ConversationId(row["conversation"])
        state = await store.client.hget(store.of(conversation).state(conversation), "state")
        held = conversation_from_json(str(state))
        assert held.status is Status.HUMAN and held.case is not None and held.case.agent is not None
        assert held.case.agent.id == row["assignee"]
        assert held.case.ticket == row["number"]
