"""Reading agents: who there is, who is there now, and how much each holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Clock
from bridge.types import AgentId
from handoff.database import Database
from handoff.queues import DeskRules
from handoff.tables import agents, tickets
from handoff.tickets import recent_durations
from handoff.types import Agent, Presence, Role, TicketStatus

_a = agents.c


async def all_agents(connection: AsyncConnection, now: datetime, rules: DeskRules) -> list[Agent]:
    """Every agent, by name."""
    return await _agents(connection, now, rules, None)


async def agent_by_id(connection: AsyncConnection, agent: AgentId, now: datetime, rules: DeskRules) -> Agent | None:
    """One agent."""
    found = await _agents(connection, now, rules, _a.id == agent)
    return found[0] if found else None


def gone_since(row: RowMapping, rules: DeskRules) -> datetime | None:
    """Since when an agent is offline, by his own word or because he gives no sign; None before he ever came.

    The time may lie ahead: then he is not gone yet.
    """
    if row["presence"] == Presence.OFFLINE:
        since: datetime = row["presence_since"]
        return since
    seen: datetime | None = row["last_seen"]
    return None if seen is None else seen + rules.presence


async def _agents(
    connection: AsyncConnection, now: datetime, rules: DeskRules, which: ColumnElement[bool] | None
) -> list[Agent]:
    held = (
        select(func.count())
        .select_from(tickets)
        .where(tickets.c.assignee == _a.id, tickets.c.status == TicketStatus.HELD)
        .correlate(agents)
        .scalar_subquery()
    )
    query = select(agents, held.label("held")).order_by(_a.name)
    if which is not None:
        query = query.where(which)
    return [_agent(row, now, rules) for row in (await connection.execute(query)).mappings()]


def _agent(row: RowMapping, now: datetime, rules: DeskRules) -> Agent:
    since = gone_since(row, rules)
    here = row["active"] and since is not None and since > now
    return Agent(
        id=AgentId(row["id"]),
        name=row["name"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        languages=tuple(json.loads(row["languages"])),
        capacity=row["capacity"],
        active=row["active"],
        totp_enrolled=row["totp_secret"] is not None,
        presence=Presence(row["presence"]) if here else Presence.OFFLINE,
        held=row["held"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """What a forecast is made from."""

    agents: Sequence[Agent]
    recent: Sequence[timedelta]


class Duty:
    """Who is on duty now. Many who ask at once share one look, and nobody gets one that was begun before he asked."""

    def __init__(self, database: Database, rules: DeskRules, clock: Clock) -> None:
        """Reads `database`."""
        self._database = database
        self._rules = rules
        self._clock = clock
        self._turn = asyncio.Lock()
        self._asked = 0
        self._answered = 0
        self._answer = OnDuty(agents=(), recent=())

    async def now(self) -> OnDuty:
        """Look, or share a look that begins after this call. Raises StoreError."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._answered < mine:
                everybody = self._asked
                self._answer = await self._look()
                self._answered = everybody
            return self._answer

    async def _look(self) -> OnDuty:
        async with self._database.read() as connection:
            return OnDuty(
                agents=await all_agents(connection, self._clock.now(), self._rules),
                recent=await recent_durations(connection),
            )
