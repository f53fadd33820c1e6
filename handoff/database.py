"""The SQL database: SQLite by default, PostgreSQL when outgrown, the same statements on both."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bridge.errors import ConfigError, StoreError

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
_BUSY_MS: Final = 10_000
_POOL: Final = 5
_OVERFLOW: Final = 5
_POOL_WAIT_S: Final = 10.0
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {_BUSY_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
_DATA_AT_FAULT: Final = ("22", "23", "54")
"""The SQLSTATE classes that say that a value (wrong, forbidden, too long) and not the server is at fault."""

# What asyncpg raises while it connects comes as it is, past SQLAlchemy.
_AWAY: Final = (NoConnectionLeft, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

Row = Mapping[str, object]


class Database:
    """Short transactions on one database. Safe to use from many tasks, and from several processes at once.

    Everything that says that the server is away or busy becomes StoreError here. What says that a value is
    wrong (IntegrityError, DataError) passes.
    """

    def __init__(self, url: str) -> None:
        """Connect lazily to `sqlite:///path` or `postgresql://…`. Raises ConfigError for any other."""
        self.url: URL = _with_driver(url)
        self._reading = self._open()
        # Writers have connections of their own: what moves the desk on must not stand in line behind all screens.
        self._writing = self._open("BEGIN IMMEDIATE")
        # Waiting here is fair and free; SQLite's own waiting is neither.
        self._turn = asyncio.Lock()

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """What reads and what writes."""
        return self._reading, self._writing

    def _open(self, begins: str = "BEGIN") -> AsyncEngine:
        engine = create_async_engine(
            self.url,
            pool_size=_POOL,
            max_overflow=_OVERFLOW,
            pool_timeout=_POOL_WAIT_S,
            pool_pre_ping=not self.is_sqlite,
        )
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _prepare)
            event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begins))
        return engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the file below `var/`."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads. Raises StoreError."""
        async with _errors(), self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed when the block ends, and undone when it raises. Raises StoreError."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_errors())
            if self.is_sqlite:
                await stack.enter_async_context(self._turn)
            yield await stack.enter_async_context(self._writing.begin())

    async def close(self) -> None:
        """Give all connections back."""
        for engine in self.engines:
            await engine.dispose()


def insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, leaving alone those whose key is already there."""
    if rows:
        await connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)


def plain(text: str) -> str:
    """A text as both databases can hold it: PostgreSQL has no NUL, UTF-8 no lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _with_driver(url: str) -> URL:
    scheme, separator, rest = url.partition("://")
    driver = _DRIVERS.get(scheme.partition("+")[0])
    if not separator or driver is None:
        raise ConfigError(
            f"SWITCHBOARD_DATABASE_URL: {scheme!r} is no database that is known here.\n"
            "Write sqlite:///path/to/file.db or postgresql://user:password@host/name."
        )
    return make_url(f"{driver}://{rest}")


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions of its own: the engine's event does, so that reads are consistent
    # too, and a write takes its lock before it has read anything that could be out of date.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


@asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    try:
        yield
    except (IntegrityError, DataError):
        raise
    except DBAPIError as error:
        if _data_at_fault(error):
            raise
        raise StoreError(f"the database is away: {type(error.orig).__name__}") from error
    except _AWAY as error:
        raise StoreError(f"the database is away: {type(error).__name__}") from error


def _data_at_fault(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(_DATA_AT_FAULT)
    return isinstance(error.orig, sqlite3.ProgrammingError | sqlite3.InterfaceError)
