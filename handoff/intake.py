"""Writes what the core recorded into SQL, inside the reader's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.ports import Stored
from bridge.types import (
    Accounted,
    BackInQueue,
    ConversationId,
    DeadLettered,
    DeliveryRefusedRecorded,
    DeliveryUncertainRecorded,
    DetailsGiven,
    HandOffEnded,
    HandOffId,
    HandOffRequested,
    Line,
    LineId,
    RatingGiven,
    Received,
    TakeDecided,
    Understood,
    Withdrawn,
)
from handoff import accounts, transcripts
from handoff.database import insert, insert_new, plain
from handoff.queues import DeskRules
from handoff.tables import dead_letters, delivery_cases, ratings, tickets
from handoff.types import TicketStatus


@dataclass(slots=True, kw_only=True)
class Changes:
    """What a batch changed, so that screens and customers can be told after the commit."""

    tickets: set[HandOffId] = field(default_factory=set)
    line: set[HandOffId] = field(default_factory=set)
    """Those of the tickets that came into the line, left it or moved in it."""
    requested: bool = False
    spoken: set[ConversationId] = field(default_factory=set)
    understood: set[tuple[ConversationId, LineId]] = field(default_factory=set)

    def add(self, later: Changes) -> None:
        """Take in what a later batch changed."""
        self.tickets |= later.tickets
        self.line |= later.line
        self.requested |= later.requested
        self.spoken |= later.spoken
        self.understood |= later.understood

    @property
    def any_ticket(self) -> bool:
        """Whether a ticket changed."""
        return bool(self.tickets or self.line)

    def __bool__(self) -> bool:
        """Whether anything has to be told."""
        return bool(self.tickets or self.line or self.spoken or self.understood)


async def apply(
    connection: AsyncConnection, shard: int, batch: Sequence[Stored], rules: DeskRules, now: datetime
) -> Changes:
    """Write a batch of records, in order. The same batch may come twice: nothing is doubled."""
    changes = Changes()
    spoken = [stored.record for stored in batch if isinstance(stored.record, Line)]
    await transcripts.add(connection, spoken)
    await accounts.open_accounts(connection, [s.record for s in batch if isinstance(s.record, Received)])
    await accounts.close_accounts(connection, [s.record for s in batch if isinstance(s.record, Accounted)])
    changes.spoken.update(line.conversation for line in spoken if not line.private)
    for stored in batch:
        await _apply(connection, f"{shard}:{stored.position}", stored, changes, rules, now)
    return changes


async def _apply(
    connection: AsyncConnection, key: str, stored: Stored, changes: Changes, rules: DeskRules, now: datetime
) -> None:
    match stored.record:
        case Line() | Received() | Accounted():
            pass  # written at once for the whole batch
        case HandOffRequested() as record:
            await _requested(connection, record, rules)
            changes.requested = True
            changes.line.add(record.hand_off)
        case DetailsGiven() as record:
            await _update(connection, record.hand_off, details=_details(record))
            changes.tickets.add(record.hand_off)
        case TakeDecided() as record:
            await _decided(connection, record)
            changes.line.add(record.hand_off)
        case BackInQueue() as record:
            await _back(connection, record.hand_off)
            changes.line.add(record.hand_off)
        case HandOffEnded() as record:
            await _ended(connection, record)
            changes.line.add(record.hand_off)
        case RatingGiven() as record:
            await _rated(connection, key, record)
            if record.hand_off is not None:
                changes.tickets.add(record.hand_off)
        case Understood() as record:
            await transcripts.understand(connection, record)
            changes.understood.add((record.conversation, record.line))
        case DeadLettered() as record:
            await _dead_lettered(connection, key, record)
        case DeliveryUncertainRecorded() | DeliveryRefusedRecorded() | Withdrawn() as record:
            await _delivery(connection, record, now)
        case _:
            assert_never(stored.record)


async def _requested(connection: AsyncConnection, record: HandOffRequested, rules: DeskRules) -> None:
    row = {
        "hand_off": record.hand_off,
        "conversation": record.conversation,
        "channel": record.address.channel,
        "address_key": record.address.key,
        "language": plain(record.language)[:_LONGEST_LANGUAGE],
        "queue": rules.queue_for(record.language, urgent=record.urgent),
        "reason": record.reason,
        "intent": record.intent,
        "subject": plain(record.subject),
        "customer_name": None if record.name is None else plain(record.name),
        "urgent": record.urgent,
        "status": TicketStatus.WAITING,
        "requested_at": record.at,
    }
    new = insert(connection, tickets).values(row)
    # The same hand-off is requested again when it has become urgent; its place in time stays.
    risen = {name: new.excluded[name] for name in ("reason", "intent", "urgent", "queue")}
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["hand_off"], set_=risen, where=new.excluded.urgent & tickets.c.urgent.is_(False)
        )
    )


async def _decided(connection: AsyncConnection, record: TakeDecided) -> None:
    if record.accepted:
        await _update(
            connection,
            record.hand_off,
            status=TicketStatus.HELD,
            assignee=record.agent.id,
            assignee_name=plain(record.agent.name),
            taken_at=record.at,
            **_FREE,
        )
        return
    mine = (tickets.c.hand_off == record.hand_off) & (tickets.c.reservation == record.reservation)
    await connection.execute(update(tickets).where(mine).values(**_FREE))


async def _back(connection: AsyncConnection, hand_off: HandOffId) -> None:
    await _update(
        connection,
        hand_off,
        status=TicketStatus.WAITING,
        assignee=None,
        assignee_name=None,
        taken_at=None,
        **_FREE,
    )


async def _ended(connection: AsyncConnection, record: HandOffEnded) -> None:
    await _update(
        connection,
        record.hand_off,
        status=TicketStatus.SOLVED,
        ending=record.ending,
        ended_at=record.at,
        **_FREE,
    )


async def _rated(connection: AsyncConnection, key: str, record: RatingGiven) -> None:
    row = {
        "id": key,
        "conversation": record.conversation,
        "hand_off": record.hand_off,
        "score": record.score,
        "comment": plain(record.comment),
        "at": record.at,
    }
    await insert_new(connection, ratings, [row])
    if record.hand_off is not None:
        await _update(connection, record.hand_off, rating=record.score)


async def _dead_lettered(connection: AsyncConnection, key: str, record: DeadLettered) -> None:
    row = {
        "id": key,
        "conversation": record.conversation,
        "entry": record.entry,
        "external_id": plain(record.external_id),
        "reason": plain(record.reason),
        "payload": plain(record.payload),
        "at": record.at,
    }
    await insert_new(connection, dead_letters, [row])


async def _delivery(
    connection: AsyncConnection,
    record: DeliveryUncertainRecorded | DeliveryRefusedRecorded | Withdrawn,
    now: datetime,
) -> None:
    row: dict[str, object] = {
        "conversation": record.conversation,
        "outgoing": record.outgoing,
        "line": None,
        "reason": "",
        "settled_at": None,
    }
    match record:
        case DeliveryUncertainRecorded():
            row |= {"kind": "uncertain", "line": record.line, "at": record.at}
        case DeliveryRefusedRecorded():
            row |= {"kind": "refused", "line": record.line, "at": record.at, "reason": plain(record.reason)}
        case Withdrawn():
            # Kept with the others so that one place tells what became of a line; nobody has to act on it.
            row |= {"kind": "withdrawn", "at": now, "settled_at": now}
        case _:
            assert_never(record)
    await insert_new(connection, delivery_cases, [row])


async def _update(connection: AsyncConnection, hand_off: HandOffId, **values: object) -> None:
    await connection.execute(update(tickets).where(tickets.c.hand_off == hand_off).values(**values))


def _details(record: DetailsGiven) -> str:
    return json.dumps([{"name": one.name, "value": one.value} for one in record.details])


_LONGEST_LANGUAGE: Final = 64
_FREE: Final = {"reservation": None, "reserved_by": None, "reserved_at": None}
