"""Who is signed in. The cookie holds the id, SQL only its hash."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select, update

from bridge.ports import Clock
from bridge.types import AgentId
from handoff.database import Database
from handoff.queues import DeskRules
from handoff.roster import agent_by_id
from handoff.tables import sessions
from handoff.types import Agent

IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
_TOUCH_EACH: Final = timedelta(minutes=1)
_BYTES: Final = 32

_s = sessions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in agent. `key` names the session in SQL; `csrf` proves that a request comes from our page."""

    key: str
    csrf: str
    agent: Agent


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, database: Database, rules: DeskRules, clock: Clock) -> None:
        """Works on `sessions`."""
        self._database = database
        self._rules = rules
        self._clock = clock

    async def begin(self, agent: AgentId, address: str) -> str:
        """Sign an agent in and return the session's id for the cookie. Raises StoreError."""
        session_id = token_urlsafe(_BYTES)
        now = self._clock.now()
        row = {"id_hash": _key(session_id), "agent": agent, "created_at": now, "seen_at": now, "address": address}
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(or_(*_over(now))))
            await connection.execute(sessions.insert().values(row))
        return session_id

    async def find(self, session_id: str) -> Session | None:
        """The session of a cookie, if it is alive and its agent active. Raises StoreError."""
        key = _key(session_id)
        agent = await self._agent(key)
        return None if agent is None else Session(key=key, csrf=csrf_of(session_id), agent=agent)

    async def again(self, session: Session) -> Session | None:
        """A session as it is now, None when it is over. Counts as a sign of life. Raises StoreError."""
        agent = await self._agent(session.key)
        return None if agent is None else replace(session, agent=agent)

    async def end(self, session: Session) -> None:
        """Sign out. Raises StoreError."""
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(_s.id_hash == session.key))

    async def end_all(self, agent: AgentId, *, but: str = "") -> None:
        """Sign an agent out everywhere, but for one session's key. Raises StoreError."""
        async with self._database.write() as connection:
            await connection.execute(delete(sessions).where(_s.agent == agent, _s.id_hash != but))

    async def _agent(self, key: str) -> Agent | None:
        now = self._clock.now()
        async with self._database.read() as connection:
            row = (await connection.execute(select(sessions).where(_s.id_hash == key))).mappings().first()
            if row is None or now - row["seen_at"] > IDLE or now - row["created_at"] > LONGEST:
                return None
            agent = await agent_by_id(connection, AgentId(row["agent"]), now, self._rules)
        if agent is None or not agent.active:
            return None
        if now - row["seen_at"] > _TOUCH_EACH:
            async with self._database.write() as connection:
                await connection.execute(update(sessions).where(_s.id_hash == key).values(seen_at=now))
        return agent


def csrf_of(session_id: str) -> str:
    """What a page must send with every change: bound to the session, useless for finding its id."""
    return hmac.new(session_id.encode(), b"csrf", sha256).hexdigest()


def _over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (_s.seen_at < now - IDLE, _s.created_at < now - LONGEST)


def _key(session_id: str) -> str:
    return sha256(session_id.encode("utf-8", "replace")).hexdigest()
