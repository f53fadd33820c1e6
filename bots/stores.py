"""Opens the two stores: the private ones below `var/`, or those the operator names."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from bots.settings import Settings
from bridge.embedded import EmbeddedServer
from bridge.store import Store, durability, open_store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is open. `server` is None when the store is not ours to run."""

    store: Store
    server: EmbeddedServer | None
    warnings: tuple[str, ...]
    database_url: str

    async def close(self) -> None:
        """Close the connections, then stop the private server if it is ours."""
        await self.store.close()
        if self.server is not None:
            await self.server.stop()


async def open_stores(settings: Settings) -> Stores:
    """Start or reach the store. Raises StoreError, ConfigError."""
    settings.var.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer(settings.var / "store") if settings.redis_url is None else None
    if server is not None:
        await server.start()
    store = await open_store(settings.redis_url or (server.url if server is not None else ""))
    warnings = tuple(await durability(store))
    for warning in warnings:
        log.warning("THE STORE CAN LOSE MESSAGES: %s", warning)
    return Stores(store=store, server=server, warnings=warnings, database_url=database_url(settings))


def database_url(settings: Settings) -> str:
    """Where SQL is."""
    return settings.database_url or sqlite_url(settings.var / "switchboard.db")


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{file}"
