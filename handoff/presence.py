"""Who is there. Tickets of an agent who vanished go back in line."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.engine import RowMapping

from bridge.errors import StoreError
from bridge.ports import Clock, Put
from bridge.types import AgentId, ExternalId, Requeued
from handoff.announce import Announcer
from handoff.database import Database
from handoff.queues import DeskRules
from handoff.roster import all_agents, gone_since
from handoff.tables import agents, tickets
from handoff.tickets import ticket_of
from handoff.types import Presence, Ticket, TicketStatus

log = logging.getLogger(__name__)

_LOOK_EACH_S: Final = 5.0
_SEEN_EACH: Final = timedelta(seconds=15)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Presences:
    """Keeps who is online, away or offline. Several processes may watch at once: every effect happens once."""

    def __init__(self, database: Database, put: Put, announcer: Announcer, rules: DeskRules, clock: Clock) -> None:
        """`put` reaches the core."""
        self._database = database
        self._put = put
        self._announcer = announcer
        self._rules = rules
        self._clock = clock
        self._seen: dict[AgentId, datetime] = {}
        self._shown: dict[AgentId, Presence] = {}

    async def set(self, agent: AgentId, presence: Presence) -> None:
        """An agent says whether he is there. Raises StoreError."""
        now = self._clock.now()
        chosen = update(agents).where(agents.c.id == agent)
        async with self._database.write() as connection:
            await connection.execute(chosen.values(presence=presence, presence_since=now, last_seen=now))
        await self._announcer.agents_changed()

    async def seen(self, agent: AgentId) -> None:
        """An agent's page gives a sign; written down now and then. Raises StoreError."""
        now = self._clock.now()
        if now - self._seen.get(agent, _NEVER) < _SEEN_EACH:
            return
        self._seen[agent] = now
        here = update(agents).where(agents.c.id == agent)
        async with self._database.write() as connection:
            await connection.execute(here.values(last_seen=now))

    async def changed(self) -> None:
        """An admin changed an agent. Raises StoreError."""
        await self._announcer.agents_changed()

    async def watch(self, stop: asyncio.Event) -> None:
        """Look after presence until `stop`."""
        while not stop.is_set():
            try:
                await self.look()
            except StoreError as error:
                log.warning("presence waits for a store", extra={"error": str(error)})
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_EACH_S)

    async def look(self) -> None:
        """Put back in line what vanished agents hold, and tell screens who came and went. Raises StoreError."""
        now = self._clock.now()
        async with self._database.read() as connection:
            shown = {agent.id: agent.presence for agent in await all_agents(connection, now, self._rules)}
        if shown != self._shown:
            await self._announcer.agents_changed()
            self._shown = shown
        for ticket in await self._abandoned(now):
            await self._requeue(ticket, now)

    async def _abandoned(self, now: datetime) -> list[Ticket]:
        query = (
            select(tickets, agents.c.active, agents.c.presence, agents.c.presence_since, agents.c.last_seen)
            .select_from(tickets.join(agents, agents.c.id == tickets.c.assignee))
            .where(tickets.c.status == TicketStatus.HELD)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [ticket_of(row) for row in rows if self._vanished(row, now)]

    def _vanished(self, row: RowMapping, now: datetime) -> bool:
        since = gone_since(row, self._rules)
        return not row["active"] or since is None or now - since > self._rules.vanish_grace

    async def _requeue(self, ticket: Ticket, now: datetime) -> None:
        agent = ticket.agent
        assert agent is not None and ticket.taken_at is not None  # it is held
        log.info("an agent has vanished", extra={"agent": agent.id, "ticket": ticket.number})
        await self._put(
            Requeued(
                address=ticket.address,
                external_id=ExternalId(f"vanish:{ticket.hand_off}:{ticket.taken_at.timestamp():.6f}"),
                hand_off=ticket.hand_off,
                agent=agent,
                vanished=True,
                at=now,
            )
        )
