"""The reconciliation report: received = answered + queued + closed + dead-lettered, for each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from bridge.types import ChannelName, ConversationId, Ended, EntryNumber, ExternalId
from handoff.database import Database
from handoff.tables import ledger as accounts

_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenAccount:
    """An entry that was handled but never accounted for, or accounted for but never received."""

    conversation: ConversationId
    entry: EntryNumber
    external_id: ExternalId
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLedger:
    """What became of a channel's entries. `waiting` ones were received and are not handled yet."""

    channel: ChannelName
    received: int
    answered: int
    queued: int
    closed: int
    dead_lettered: int
    waiting: int
    broken: tuple[BrokenAccount, ...]

    @property
    def balanced(self) -> bool:
        """Whether every received entry came to an end that is known, or is about to."""
        ended = self.answered + self.queued + self.closed + self.dead_lettered
        return not self.broken and self.received == ended + self.waiting


async def ledger(
    database: Database,
    *,
    received: Mapping[ChannelName, int] | None = None,
    done: Mapping[ConversationId, EntryNumber] | None = None,
) -> list[ChannelLedger]:
    """Return every channel's account, by name. Raises StoreError.

    `received` is the core's own count of a channel; without it, what `events` told counts. `done` is how far the
    core has handled a conversation: an open account at or below it is broken, one above it waits. A conversation
    that is not named there waits.
    """
    ended: dict[ChannelName, dict[str | None, int]] = {}
    told: dict[ChannelName, int] = {}
    count = func.count()
    query = select(accounts.c.channel, accounts.c.ended, count, func.count(accounts.c.received_at))
    async with database.read() as connection:
        grouped = query.group_by(accounts.c.channel, accounts.c.ended)
        for channel, end, number, came in (await connection.execute(grouped)).all():
            ended.setdefault(channel, {})[end] = number
            told[channel] = told.get(channel, 0) + came
    broken, waiting = await _open_accounts(database, done or {})
    channels = sorted({*ended, *(received or {})})
    return [
        ChannelLedger(
            channel=channel,
            received=told.get(channel, 0) if received is None else received.get(channel, 0),
            answered=ended.get(channel, {}).get(Ended.ANSWERED, 0),
            queued=ended.get(channel, {}).get(Ended.QUEUED, 0),
            closed=ended.get(channel, {}).get(Ended.CLOSED, 0),
            dead_lettered=ended.get(channel, {}).get(Ended.DEAD_LETTERED, 0),
            waiting=waiting.get(channel, 0),
            broken=tuple(broken.get(channel, ())),
        )
        for channel in channels
    ]


async def _open_accounts(
    database: Database, done: Mapping[ConversationId, EntryNumber]
) -> tuple[dict[ChannelName, list[BrokenAccount]], dict[ChannelName, int]]:
    query = (
        select(accounts)
        .where(or_(accounts.c.ended.is_(None), accounts.c.received_at.is_(None)))
        .order_by(accounts.c.conversation, accounts.c.entry)
    )
    broken: dict[ChannelName, list[BrokenAccount]] = {}
    waiting: dict[ChannelName, int] = {}
    async with database.read() as connection:
        for row in (await connection.execute(query)).mappings():
            channel = ChannelName(row["channel"])
            handled = row["entry"] <= done.get(row["conversation"], -1)
            if row["ended"] is None and not handled:
                waiting[channel] = waiting.get(channel, 0) + 1
                continue
            problem = "handled, but never accounted for" if row["ended"] is None else "accounted for, never received"
            found = broken.setdefault(channel, [])
            if len(found) < _LISTED:
                found.append(
                    BrokenAccount(
                        conversation=ConversationId(row["conversation"]),
                        entry=EntryNumber(row["entry"]),
                        external_id=ExternalId(row["external_id"]),
                        problem=problem,
                    )
                )
    return broken, waiting
