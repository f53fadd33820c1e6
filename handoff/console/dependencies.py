"""What the console is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bridge.attachments import Link
from bridge.ports import Clock, History, Live, Standings
from handoff.console.passwords import Passwords
from handoff.database import Database
from handoff.desk import Desk
from handoff.presence import Presences
from handoff.queues import DeskRules

STATIC = Path(__file__).parent / "static"


def peer(request: web.Request) -> str:
    """The address of whoever is at the other end of the socket."""
    return request.remote or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDependencies:
    """The console's surroundings.

    `link` gives the address of a customer's file. `public_url` is where agents' browsers reach us, when that is not
    the Host they name. `address_of` tells a client's address; give one that believes trusted proxies where there are
    any. Setting `stop` closes all open consoles, so that the server need not wait for them.
    """

    database: Database
    desk: Desk
    presences: Presences
    history: History
    standings: Standings
    live: Live
    rules: DeskRules
    clock: Clock
    passwords: Passwords
    link: Link
    public_url: str | None = None
    address_of: Callable[[web.Request], str] = peer
    static: Path = STATIC
    stop: asyncio.Event = field(default_factory=asyncio.Event)
