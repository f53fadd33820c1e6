"""Brings a database to the newest form, however many processes start at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from bridge.errors import StoreError
from handoff.database import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_308_332_180
"""The number of the advisory lock that says: somebody is migrating."""
_TRIES: Final = 5
_PAUSE_S: Final = 0.3


async def migrate(url: str) -> None:
    """Apply the migrations that a database lacks. Raises ConfigError for a bad url, StoreError when it is away."""
    database = Database(url)
    try:
        for _ in range(_TRIES - 1):
            try:
                await _migrate(database)
            except StoreError:
                # On a new SQLite file several processes may be switching to WAL at once.
                await asyncio.sleep(_PAUSE_S)
            else:
                return
        await _migrate(database)
    finally:
        await database.close()


async def _migrate(database: Database) -> None:
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
