"""The way out: what a conversation has to send, one after the other, each begun before its platform is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from bridge.claims import Held
from bridge.codec import outgoing_from_json, record_to_json
from bridge.keys import SENDERS
from bridge.router import KEPT
from bridge.store import Store
from bridge.types import (
    ChannelName,
    ConversationId,
    DeliveryRefusedRecorded,
    DeliveryUncertainRecorded,
    LineId,
    Outgoing,
    Say,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A send that is ours. `doubt`: another had begun it, and nobody knows how that ended."""

    outgoing: Outgoing
    doubt: bool


class Outbox:
    """The outboxes of one channel. One token a process: it is how a send is known as ours."""

    def __init__(self, store: Store, channel: ChannelName) -> None:
        """`store` is shared; nothing here blocks."""
        self._store = store
        self._channel = channel
        self._token = token_hex(8)

    async def begin(self, held: Held, *, remembered: timedelta) -> Begun | None:
        """Mark the next send of a conversation as begun, and return it; None when there is nothing of ours.

        `remembered`: how long the platform knows a send by its id; one in doubt is sent again only within it.
        Raises StoreError.
        """
        keys = self._store.of(held.conversation)
        reply = await self._store.run(
            "begin",
            [keys.state(held.conversation), keys.outbox(held.conversation)],
            [held.entry, self._token, int(remembered.total_seconds() * 1000)],
        )
        assert isinstance(reply, list)
        return _begun(reply)

    async def sent(self, conversation: ConversationId, done: Outgoing) -> Begun | None:
        """Record that a send arrived; return the next, already begun. Raises StoreError."""
        return await self._end(conversation, done, "", doubt=False)

    async def refused(self, conversation: ConversationId, done: Outgoing, reason: str, now: datetime) -> Begun | None:
        """Record that the platform refused a send for good; return the next, already begun. Raises StoreError."""
        record = DeliveryRefusedRecorded(
            conversation=conversation, outgoing=done.id, line=_line(done), reason=reason, at=now
        )
        return await self._end(conversation, done, record_to_json(record), doubt=False)

    async def uncertain(self, conversation: ConversationId, done: Outgoing, now: datetime) -> Begun | None:
        """Record that nobody knows whether a send arrived; return the next, already begun. Raises StoreError."""
        record = DeliveryUncertainRecorded(conversation=conversation, outgoing=done.id, line=_line(done), at=now)
        return await self._end(conversation, done, record_to_json(record), doubt=True)

    async def defer(self, conversation: ConversationId, begun: Outgoing, until: datetime) -> None:
        """Put a send off that certainly did not arrive. Raises StoreError."""
        keys = self._store.of(conversation)
        await self._store.run(
            "defer",
            [keys.state(conversation), keys.out(self._channel), keys.later],
            [conversation, begun.id, self._token, SENDERS, int(until.timestamp() * 1000)],
        )

    async def _end(self, conversation: ConversationId, done: Outgoing, record: str, *, doubt: bool) -> Begun | None:
        keys = self._store.of(conversation)
        reply = await self._store.run(
            "sent",
            [
                keys.state(conversation),
                keys.outbox(conversation),
                keys.mailbox(conversation),
                keys.out(self._channel),
                keys.events,
            ],
            [done.id, self._token, SENDERS, record, int(doubt), int(KEPT.total_seconds() * 1000)],
        )
        assert isinstance(reply, list)
        return _begun(reply)


def _begun(reply: Sequence[object]) -> Begun | None:
    if len(reply) < 2:
        return None
    _, _, value = str(reply[1]).split("|", 2)
    return Begun(outgoing=outgoing_from_json(value), doubt=reply[0] == "doubt")


def _line(outgoing: Outgoing) -> LineId | None:
    return outgoing.line if isinstance(outgoing, Say) else None
