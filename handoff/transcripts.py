"""The lines of conversations in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.codec import line_from_json, line_to_json
from bridge.types import ConversationId, Line, LineId, Speaker, Understood
from handoff.database import insert_new
from handoff.tables import lines, tickets

_l = lines.c


async def add(connection: AsyncConnection, spoken: Sequence[Line]) -> None:
    """Write lines; those already there stay as they are."""
    rows = [
        {
            "conversation": line.conversation,
            "line": line.id,
            "speaker": line.speaker,
            "private": line.private,
            "at": line.at,
            "payload": line_to_json(line),
        }
        for line in spoken
    ]
    await insert_new(connection, lines, rows)


async def understand(connection: AsyncConnection, record: Understood) -> None:
    """Add to a line what it meant."""
    here = and_(_l.conversation == record.conversation, _l.line == record.line)
    payload = (await connection.execute(select(_l.payload).where(here))).scalar()
    if payload is None:
        return
    line = replace(line_from_json(payload), understood=record.interpretation)
    await connection.execute(update(lines).where(here).values(payload=line_to_json(line)))


async def newest(connection: AsyncConnection, conversation: ConversationId, after: LineId, limit: int) -> list[Line]:
    """The newest `limit` lines after a line, newest first."""
    query = select(_l.payload).where(_l.conversation == conversation, _l.line > after)
    payloads = (await connection.execute(query.order_by(_l.line.desc()).limit(limit))).scalars()
    return [line_from_json(payload) for payload in payloads]


async def one(connection: AsyncConnection, conversation: ConversationId, line: LineId) -> Line | None:
    """One line."""
    query = select(_l.payload).where(_l.conversation == conversation, _l.line == line)
    payload = (await connection.execute(query)).scalar()
    return None if payload is None else line_from_json(payload)


async def customer_spoke_since(connection: AsyncConnection, conversation: ConversationId, since: datetime) -> bool:
    """Whether the customer has said anything after a time."""
    query = select(_l.line).where(_l.conversation == conversation, _l.speaker == Speaker.CUSTOMER, _l.at > since)
    return (await connection.execute(query.limit(1))).first() is not None


async def last_lines(connection: AsyncConnection, numbers: Collection[int]) -> Mapping[ConversationId, Line]:
    """The last line that the customer sees, of the conversations of these tickets."""
    if not numbers:
        return {}
    other = lines.alias()
    last = (
        select(other.c.line)
        .where(other.c.conversation == tickets.c.conversation, other.c.private.is_(False))
        .order_by(other.c.line.desc())
        .limit(1)
        .correlate(tickets)
        .scalar_subquery()
    )
    here = and_(_l.conversation == tickets.c.conversation, _l.line == last)
    query = select(_l.payload).select_from(tickets.join(lines, here)).where(tickets.c.number.in_(numbers))
    found = [line_from_json(payload) for payload in (await connection.execute(query)).scalars()]
    return {line.conversation: line for line in found}
