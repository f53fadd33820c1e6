"""What agents do with tickets. SQL only reserves; the core decides, and its word comes back through `events`."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import datetime
from secrets import token_hex
from typing import Final

from sqlalchemy import ScalarSelect, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import NotAllowed, StoreError, TicketTaken
from bridge.live import typing_on
from bridge.ports import Clock, Live, Put
from bridge.tasks import end
from bridge.types import AgentId, AgentRef, AgentReply, ExternalId, Noted, Requeued, Resolved, ReturnedToBot, Taken
from handoff.announce import DESK
from handoff.database import Database
from handoff.errors import AgentFull, NotHeld
from handoff.queues import DeskRules
from handoff.tables import agents, tickets
from handoff.tickets import ticket_by_number
from handoff.types import Presence, Ticket, TicketStatus

DECIDED_WITHIN_S: Final = 5.0
"""So long an agent waits for the core's word."""
_LOOK_EACH_S: Final = 0.1

_t = tickets.c


class Desk:
    """Acts for agents. Every act is an entry of the conversation's mailbox, so it stands in one order with the rest."""

    def __init__(
        self,
        database: Database,
        put: Put,
        live: Live,
        rules: DeskRules,
        clock: Clock,
        *,
        decided_within_s: float = DECIDED_WITHIN_S,
    ) -> None:
        """`put` reaches the core."""
        self._database = database
        self._put = put
        self._live = live
        self._rules = rules
        self._clock = clock
        self._decided_within_s = decided_within_s

    async def take(self, agent: AgentRef, number: int) -> Ticket:
        """Make a waiting ticket this agent's, and return it only when the core has decided so.

        Raises TicketNotFound, TicketTaken, AgentFull, NotAllowed for an agent who is not active, and StoreError
        when the core does not answer in time: then the ticket is free again, or comes to him a little later.
        """
        reserved = await self._reserve(agent.id, number)
        if reserved.reservation is None:
            return reserved  # his already
        mine = reserved.reservation
        try:
            await self._put(
                Taken(
                    address=reserved.address,
                    external_id=mine,
                    hand_off=reserved.hand_off,
                    agent=agent,
                    at=self._clock.now(),
                )
            )
            ticket = await self._when(number, lambda now: now.reservation != mine)
        except StoreError:
            await self._release(number, mine)
            raise
        if not _held_by(ticket, agent.id):
            raise TicketTaken(f"ticket {number} went to somebody else, or waits no more")
        return ticket

    async def reply(self, agent: AgentRef, number: int, client_id: str, text: str) -> None:
        """Say something to the customer, once for each `client_id`. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._put(
            AgentReply(
                address=ticket.address,
                external_id=ExternalId(f"reply:{agent.id}:{client_id}"),
                agent=agent,
                text=text,
                at=self._clock.now(),
            )
        )

    async def note(self, agent: AgentRef, number: int, client_id: str, text: str) -> None:
        """Write something for agents only, once for each `client_id`. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._put(
            Noted(
                address=ticket.address,
                external_id=ExternalId(f"note:{agent.id}:{client_id}"),
                agent=agent,
                text=text,
                at=self._clock.now(),
            )
        )

    async def requeue(self, agent: AgentRef, number: int) -> Ticket:
        """Put the ticket back in line, at its original waiting time. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._put(
            Requeued(
                address=ticket.address,
                external_id=_once("requeue", ticket),
                hand_off=ticket.hand_off,
                agent=agent,
                vanished=False,
                at=self._clock.now(),
            )
        )
        return await self._left(ticket)

    async def return_to_bot(self, agent: AgentRef, number: int) -> Ticket:
        """Give the customer back to the bot. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._put(
            ReturnedToBot(
                address=ticket.address,
                external_id=_once("return", ticket),
                hand_off=ticket.hand_off,
                agent=agent,
                at=self._clock.now(),
            )
        )
        return await self._left(ticket)

    async def resolve(self, agent: AgentRef, number: int) -> Ticket:
        """End the case. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._put(
            Resolved(
                address=ticket.address,
                external_id=_once("resolve", ticket),
                hand_off=ticket.hand_off,
                agent=agent,
                at=self._clock.now(),
            )
        )
        return await self._left(ticket)

    async def typing(self, agent: AgentRef, number: int) -> None:
        """Show the customer that an answer is being written. Raises TicketNotFound, NotHeld, StoreError."""
        ticket = await self._held(agent, number)
        await self._live.publish(ticket.conversation, json.dumps({"type": "typing", "from": "agent"}))
        await self._live.publish(typing_on(ticket.address.channel), json.dumps({"key": ticket.address.key}))

    async def _held(self, agent: AgentRef, number: int) -> Ticket:
        async with self._database.read() as connection:
            ticket = await ticket_by_number(connection, number)
        if not _held_by(ticket, agent.id):
            raise NotHeld(f"ticket {number} is not yours")
        return ticket

    async def _reserve(self, agent: AgentId, number: int) -> Ticket:
        now = self._clock.now()
        async with self._database.write() as connection:
            # His own row first: its lock makes his other takes wait, so that he cannot exceed his capacity.
            capacity = await _present(connection, agent, now)
            stale = now - self._rules.reservation
            free = or_(_t.reservation.is_(None), _t.reserved_at < stale)
            reserved = update(tickets).where(
                _t.number == number,
                _t.status == TicketStatus.WAITING,
                _t.assignee.is_(None),
                free,
                _load(agent, stale) < capacity,
            )
            mine = {"reservation": f"take:{token_hex(16)}", "reserved_by": agent, "reserved_at": now}
            won = (await connection.execute(reserved.values(**mine))).rowcount == 1
            # Held still while we look: each statement sees the newest commit, and the take of an earlier click may
            # be decided between two of them.
            await connection.execute(select(_t.number).where(_t.number == number).with_for_update())
            ticket = await ticket_by_number(connection, number)
            if not won:
                await _refuse(connection, ticket, agent, stale)
        return ticket

    async def _release(self, number: int, reservation: ExternalId) -> None:
        mine = update(tickets).where(_t.number == number, _t.reservation == reservation)
        with contextlib.suppress(StoreError):  # else it goes stale by itself
            async with self._database.write() as connection:
                await connection.execute(mine.values(reservation=None, reserved_by=None, reserved_at=None))

    async def _left(self, held: Ticket) -> Ticket:
        return await self._when(
            held.number, lambda now: (now.status, now.taken_at) != (TicketStatus.HELD, held.taken_at)
        )

    async def _when(self, number: int, come: Callable[[Ticket], bool]) -> Ticket:
        """Return a ticket once something is true of it. Raises StoreError when that takes too long."""
        changed = asyncio.Event()
        listener = asyncio.create_task(self._listen(changed))
        try:
            async with asyncio.timeout(self._decided_within_s):
                while True:
                    changed.clear()
                    async with self._database.read() as connection:
                        ticket = await ticket_by_number(connection, number)
                    if come(ticket):
                        return ticket
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), _LOOK_EACH_S)
        except TimeoutError:
            raise StoreError(f"the core did not answer for ticket {number} in time") from None
        finally:
            await end(listener)

    async def _listen(self, changed: asyncio.Event) -> None:
        async for _ in self._live.listen(DESK):
            changed.set()


async def _present(connection: AsyncConnection, agent: AgentId, now: datetime) -> int:
    """Note that an agent is there, since he takes something, and return his capacity."""
    away = agents.c.presence == Presence.OFFLINE
    seen = (
        update(agents)
        .where(agents.c.id == agent, agents.c.active.is_(True))
        .values(
            last_seen=now,
            presence=case((away, Presence.ONLINE.value), else_=agents.c.presence),
            presence_since=case((away, now), else_=agents.c.presence_since),
        )
        .returning(agents.c.capacity)
    )
    capacity: int | None = (await connection.execute(seen)).scalar()
    if capacity is None:
        raise NotAllowed("this agent is not active")
    return capacity


def _load(agent: AgentId, stale: datetime) -> ScalarSelect[int]:
    other = tickets.alias()
    held = and_(other.c.assignee == agent, other.c.status == TicketStatus.HELD)
    reserved = and_(other.c.reserved_by == agent, other.c.reserved_at >= stale, other.c.status == TicketStatus.WAITING)
    return select(func.count()).select_from(other).where(or_(held, reserved)).scalar_subquery()


async def _refuse(connection: AsyncConnection, ticket: Ticket, agent: AgentId, stale: datetime) -> None:
    """Say why a ticket could not be reserved; pass when it is this agent's, or about to be by an earlier click."""
    if _held_by(ticket, agent):
        return
    holder = select(_t.reserved_by).where(_t.number == ticket.number, _t.reserved_at >= stale)
    by = (await connection.execute(holder)).scalar()
    if ticket.status is TicketStatus.WAITING and by == agent:
        return
    if ticket.status is TicketStatus.WAITING and by is None:
        raise AgentFull("you hold as many tickets as your capacity allows")
    raise TicketTaken(f"ticket {ticket.number} went to somebody else, or waits no more")


def _held_by(ticket: Ticket, agent: AgentId) -> bool:
    return ticket.status is TicketStatus.HELD and ticket.agent is not None and ticket.agent.id == agent


def _once(act: str, ticket: Ticket) -> ExternalId:
    """Names an act that can be done once for each time a ticket is held."""
    taken = ticket.taken_at or ticket.requested_at
    return ExternalId(f"{act}:{ticket.hand_off}:{taken.timestamp():.6f}")
