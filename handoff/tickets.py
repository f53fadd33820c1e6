"""Reading tickets."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.errors import TicketNotFound
from bridge.types import (
    Address,
    AgentId,
    AgentRef,
    ChannelName,
    ConversationId,
    Detail,
    Ending,
    ExternalId,
    HandOffId,
    Intent,
    Reason,
)
from handoff.tables import tickets
from handoff.types import Ticket, TicketStatus

_RECENT: Final = 50
"""So many of the last solved cases tell how long one takes."""
_LISTED: Final = 500
"""The longest list that is shown at once."""

_t = tickets.c


async def ticket_by_number(connection: AsyncConnection, number: int) -> Ticket:
    """Return a ticket. Raises TicketNotFound."""
    row = (await connection.execute(select(tickets).where(_t.number == number))).mappings().first()
    if row is None:
        raise TicketNotFound(f"there is no ticket {number}")
    return ticket_of(row)


async def newest_ticket(connection: AsyncConnection, conversation: ConversationId) -> Ticket | None:
    """A conversation's newest ticket."""
    query = select(tickets).where(_t.conversation == conversation).order_by(_t.number.desc()).limit(1)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else ticket_of(row)


async def earlier_tickets(connection: AsyncConnection, ticket: Ticket) -> list[Ticket]:
    """What the same customer needed before, newest first."""
    same = (_t.conversation == ticket.conversation) & (_t.number < ticket.number)
    return await _listed(connection, select(tickets).where(same).order_by(_t.number.desc()).limit(20))


async def waiting_tickets(connection: AsyncConnection) -> list[Ticket]:
    """Who waits, in the order of the line."""
    query = select(tickets).where(_t.status == TicketStatus.WAITING).order_by(*_LINE).limit(_LISTED)
    return await _listed(connection, query)


async def held_tickets(connection: AsyncConnection, agent: AgentId) -> list[Ticket]:
    """What an agent holds."""
    query = select(tickets).where(_t.assignee == agent, _t.status == TicketStatus.HELD).order_by(_t.taken_at)
    return await _listed(connection, query)


async def solved_since(connection: AsyncConnection, since: datetime) -> list[Ticket]:
    """What was ended since a time, newest first."""
    query = select(tickets).where(_t.status == TicketStatus.SOLVED, _t.ended_at >= since)
    return await _listed(connection, query.order_by(_t.ended_at.desc()).limit(_LISTED))


async def open_numbers(connection: AsyncConnection, conversations: Collection[ConversationId]) -> list[int]:
    """The numbers of the tickets of these conversations that are not solved."""
    query = select(_t.number).where(_t.conversation.in_(conversations), _t.status != TicketStatus.SOLVED)
    return list((await connection.execute(query)).scalars())


async def tickets_by_number(connection: AsyncConnection, numbers: Collection[int]) -> list[Ticket]:
    """Some tickets."""
    return await _listed(connection, select(tickets).where(_t.number.in_(numbers)))


async def tickets_of(connection: AsyncConnection, hand_offs: Collection[HandOffId]) -> list[Ticket]:
    """The tickets of some hand-offs."""
    return await _listed(connection, select(tickets).where(_t.hand_off.in_(hand_offs)))


async def unopened_tickets(connection: AsyncConnection, most: int) -> list[Ticket]:
    """Tickets of which the core was not told yet, oldest first."""
    query = select(tickets).where(_t.opened_at.is_(None)).order_by(_t.number).limit(most)
    return await _listed(connection, query)


async def position_of(connection: AsyncConnection, ticket: Ticket) -> int:
    """A waiting ticket's place in its queue, from 1: urgent ones first, then the longest waiting."""
    same = (_t.status == TicketStatus.WAITING) & (_t.queue == ticket.queue)
    sooner = (_t.requested_at < ticket.requested_at) | (
        (_t.requested_at == ticket.requested_at) & (_t.number < ticket.number)
    )
    alike = and_(_t.urgent.is_(ticket.urgent), sooner)
    ahead = alike if ticket.urgent else or_(_t.urgent.is_(True), alike)
    query = select(func.count()).select_from(tickets).where(same, ahead)
    return int((await connection.execute(query)).scalar_one()) + 1


async def behind(connection: AsyncConnection, changed: Sequence[Ticket]) -> set[ConversationId]:
    """The conversations whose place may have changed because these tickets came into the line or left it."""
    if not changed:
        return set()
    places = [_behind(ticket) for ticket in changed]
    query = select(_t.conversation).where(_t.status == TicketStatus.WAITING, or_(*places))
    return {ConversationId(one) for one in (await connection.execute(query)).scalars()}


async def recent_durations(connection: AsyncConnection) -> list[timedelta]:
    """How long the last solved cases were held."""
    query = (
        select(_t.taken_at, _t.ended_at)
        .where(_t.status == TicketStatus.SOLVED, _t.ended_at.is_not(None), _t.taken_at.is_not(None))
        .order_by(_t.ended_at.desc())
        .limit(_RECENT)
    )
    return [ended - taken for taken, ended in (await connection.execute(query)).all()]


def ticket_of(row: RowMapping) -> Ticket:
    """Read a row of `tickets`."""
    assignee = row["assignee"]
    return Ticket(
        number=row["number"],
        hand_off=HandOffId(row["hand_off"]),
        address=Address(channel=ChannelName(row["channel"]), key=row["address_key"]),
        language=row["language"],
        queue=row["queue"],
        reason=Reason(row["reason"]),
        intent=None if row["intent"] is None else Intent(row["intent"]),
        subject=row["subject"],
        customer_name=row["customer_name"],
        urgent=row["urgent"],
        status=TicketStatus(row["status"]),
        requested_at=row["requested_at"],
        agent=None if assignee is None else AgentRef(id=AgentId(assignee), name=row["assignee_name"] or ""),
        taken_at=row["taken_at"],
        ended_at=row["ended_at"],
        ending=None if row["ending"] is None else Ending(row["ending"]),
        details=tuple(Detail(name=one["name"], value=one["value"]) for one in json.loads(row["details"])),
        rating=row["rating"],
        reservation=None if row["reservation"] is None else ExternalId(row["reservation"]),
    )


async def _listed(connection: AsyncConnection, query: Select[*tuple[object, ...]]) -> list[Ticket]:
    return [ticket_of(row) for row in (await connection.execute(query)).mappings()]


def _behind(ticket: Ticket) -> ColumnElement[bool]:
    calm, later = _t.urgent.is_(False), _t.requested_at >= ticket.requested_at
    return and_(_t.queue == ticket.queue, or_(calm, later) if ticket.urgent else and_(calm, later))


_LINE: Final = (case((_t.urgent.is_(True), 0), else_=1), _t.requested_at, _t.number)
"""The order of the line."""
