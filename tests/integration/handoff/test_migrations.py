"""Migrations on both databases."""

from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from handoff.database import Database
from handoff.migrate import migrate
from handoff.tables import metadata


async def test_the_migrations_make_exactly_the_tables_of_the_code(empty_url: str) -> None:
    await migrate(empty_url)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    database = Database(empty_url)
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(4)))

    database = Database(empty_url)
    async with database.read() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert set(tables) == {*metadata.tables, "alembic_version"}
    await database.close()


async def test_migrating_again_keeps_what_is_there(url: str) -> None:
    await migrate(url)
