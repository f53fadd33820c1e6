"""Transactions, and what is said when a database is away."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from bridge.errors import StoreError
from handoff import tables
from handoff.database import Database, insert_new
from tests.integration.handoff.conftest import Postgres


async def positions(database: Database) -> dict[int, str]:
    async with database.read() as connection:
        rows = (await connection.execute(select(tables.positions))).all()
    return {shard: position for shard, position in rows}


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/x.db",
        "postgresql://nobody@/nothing?host=/no/such/folder",
        "postgresql://nobody@127.0.0.1:1/nothing",
    ],
)
async def test_a_database_that_is_away_is_a_store_error(url: str) -> None:
    threads = set(threading.enumerate())
    database = Database(url)
    with pytest.raises(StoreError):
        async with database.read():
            pass
    with pytest.raises(StoreError):
        async with database.write():
            pass
    await database.close()
    # The driver reports the end of a connection that never was to the loop, which must still be there.
    for thread in set(threading.enumerate()) - threads:
        await asyncio.to_thread(thread.join, timeout=10)


async def test_a_database_that_does_not_exist_is_a_store_error(postgres: Postgres) -> None:
    database = Database(postgres.url("nothing"))
    with pytest.raises(StoreError):
        async with database.read():
            pass
    await database.close()


async def test_a_missing_table_is_never_taken_for_a_wrong_value(empty_url: str) -> None:
    database = Database(empty_url)
    with pytest.raises(StoreError):
        await positions(database)
    await database.close()


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await insert_new(connection, tables.positions, [{"shard": 1, "position": "1-0"}])
            raise RuntimeError
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await insert_new(connection, tables.positions, [{"shard": 1, "position": "1-0"}])
            await connection.execute(tables.positions.insert().values(shard=1, position="2-0"))
    assert await positions(database) == {}


async def test_writers_of_several_processes_wait_for_each_other(database: Database, url: str) -> None:
    other = Database(url)

    async def write(one: Database, shard: int) -> None:
        async with one.write() as connection:
            await connection.execute(select(func.count()).select_from(tables.positions))
            await insert_new(connection, tables.positions, [{"shard": shard, "position": "0"}])

    await asyncio.gather(*(write(one, shard) for shard in range(30) for one in (database, other)))
    assert len(await positions(database)) == 30
    await other.close()


async def test_connections_that_the_server_closed_are_replaced(postgres: Postgres, migrated_database: str) -> None:
    database, server = Database(postgres.create("broken", migrated_database)), Database(postgres.url("postgres"))
    await positions(database)
    async with server.read() as connection:
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'broken'")
        )
    await server.close()
    assert await positions(database) == {}
    await database.close()


async def test_sqlite_survives_the_loss_of_power(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.db")
    async with database.read() as connection:
        settings = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]
    await database.close()
