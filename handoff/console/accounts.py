"""Agents' accounts: made, changed, and the first admin."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import NotAllowed
from bridge.ports import Clock
from bridge.types import AgentId
from handoff.console.passwords import SHORTEST, Passwords
from handoff.database import Database, insert
from handoff.tables import agents
from handoff.types import Presence, Role

log = logging.getLogger(__name__)

FIRST_ADMIN: Final = "admin"
_FILE: Final = "admin-password"
_FIRST_CAPACITY: Final = 5


class NameTaken(NotAllowed):
    """There is an agent of this name already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgent:
    """What an account is made from. `name` is what he signs in with."""

    name: str
    display_name: str
    role: Role
    languages: tuple[str, ...]
    capacity: int
    password_hash: str


class Accounts:
    """Reads and changes the accounts of agents."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Works on `agents`."""
        self._database = database
        self._clock = clock

    async def find(self, name: str) -> RowMapping | None:
        """The row of an active agent, by the name he signs in with. Raises StoreError."""
        query = select(agents).where(agents.c.name == name.casefold(), agents.c.active.is_(True))
        async with self._database.read() as connection:
            return (await connection.execute(query)).mappings().first()

    async def by_id(self, agent: AgentId) -> RowMapping | None:
        """The row of an agent. Raises StoreError."""
        async with self._database.read() as connection:
            return (await connection.execute(select(agents).where(agents.c.id == agent))).mappings().first()

    async def add(self, new: NewAgent) -> AgentId:
        """Make an account. Raises NameTaken, StoreError."""
        async with self._database.write() as connection:
            made = await _insert(connection, new, self._clock)
        if made is None:
            raise NameTaken(f"there is an agent {new.name!r} already")
        return made

    async def change(self, agent: AgentId, values: Mapping[str, object]) -> bool:
        """Change columns of an account; False if there is none. Raises NotAllowed, StoreError.

        The last admin can neither be demoted nor shut out.
        """
        async with self._database.write() as connection:
            if "role" in values or "active" in values:
                await self._keep_an_admin(connection, agent, values)
            changed = update(agents).where(agents.c.id == agent).values(**values)
            return (await connection.execute(changed)).rowcount == 1

    async def use_code(self, agent: AgentId, step: int) -> bool:
        """Use up a one-time code's step; False if it, or a later one, was used before. Raises StoreError."""
        newer = or_(agents.c.totp_step.is_(None), agents.c.totp_step < step)
        async with self._database.write() as connection:
            used = update(agents).where(agents.c.id == agent, newer).values(totp_step=step)
            return (await connection.execute(used)).rowcount == 1

    async def _keep_an_admin(self, connection: AsyncConnection, agent: AgentId, values: Mapping[str, object]) -> None:
        stays = values.get("role", Role.ADMIN) == Role.ADMIN and values.get("active", True)
        admins = select(agents.c.id).where(agents.c.role == Role.ADMIN, agents.c.active.is_(True)).with_for_update()
        if not stays and set((await connection.execute(admins)).scalars()) == {agent}:
            raise NotAllowed("the last admin must stay one")


async def ensure_admin(
    database: Database, passwords: Passwords, clock: Clock, *, var: Path, password: str | None
) -> None:
    """Make the first admin while there is none. Raises StoreError, and OSError when `var` cannot be written.

    Without a password one is made up and written to a file below `var` that only its owner can read. The file
    comes first, so that a kill in between leaves an admin whose password is known.
    """
    async with database.read() as connection:
        if (await connection.execute(select(agents.c.id).where(agents.c.role == Role.ADMIN).limit(1))).first():
            return
    if password is not None and len(password) < SHORTEST:
        log.warning("the first admin's password is shorter than agents' passwords may be")
    chosen = password if password is not None else _made_up(var)
    first = NewAgent(
        name=FIRST_ADMIN,
        display_name="Admin",
        role=Role.ADMIN,
        languages=(),
        capacity=_FIRST_CAPACITY,
        password_hash=await passwords.hash(chosen),
    )
    async with database.write() as connection:
        await _insert(connection, first, clock)


async def _insert(connection: AsyncConnection, new: NewAgent, clock: Clock) -> AgentId | None:
    row = {
        "id": token_hex(8),
        "name": new.name.casefold(),
        "display_name": new.display_name,
        "role": new.role,
        "languages": json.dumps(new.languages),
        "capacity": new.capacity,
        "active": True,
        "password_hash": new.password_hash,
        "presence": Presence.OFFLINE,
        "presence_since": clock.now(),
        "created_at": clock.now(),
    }
    made = insert(connection, agents).values(row).on_conflict_do_nothing(index_elements=["name"])
    found: str | None = (await connection.execute(made.returning(agents.c.id))).scalar()
    return None if found is None else AgentId(found)


def _made_up(var: Path) -> str:
    path = var / _FILE
    part = var / f".{_FILE}.{token_hex(4)}"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(token_urlsafe(18) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # the first of several processes wins, and no half-written file is ever read
    except FileExistsError:
        log.info("the first admin's password stands in a file already", extra={"path": str(path)})
    finally:
        part.unlink()
    return path.read_text(encoding="utf-8").strip()
