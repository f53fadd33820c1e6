"""The way in: every message, reply, take and timer is put here, once, before anybody is told that it arrived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bridge.codec import entry_to_json, record_to_json
from bridge.redaction import redact_entry
from bridge.store import Store
from bridge.types import (
    Began,
    Chosen,
    Edited,
    Entry,
    EntryNumber,
    Incoming,
    LanguageSet,
    Observed,
    PersonWanted,
    QueueLeft,
    Rated,
    Received,
)

REMEMBERED: Final = timedelta(days=31)
"""How long an external id is known: X shows direct messages of 30 days again."""

FROM_CUSTOMERS: Final = (
    Incoming,
    Observed,
    Edited,
    Chosen,
    Began,
    LanguageSet,
    PersonWanted,
    QueueLeft,
    Rated,
)
_BEFORE_NUMBER: Final = '"entry":'


class Inbox:
    """Implements `ports.Put`."""

    def __init__(self, store: Store, stored: Callable[[Entry], None] = lambda entry: None) -> None:
        """`stored` is told of each entry after it is on disk, for metrics."""
        self._store = store
        self._stored = stored

    async def __call__(self, entry: Entry) -> EntryNumber:
        """Redact, deduplicate and append an entry durably; return its number. Raises StoreError."""
        entry = redact_entry(entry)
        conversation = entry.address.conversation
        keys = self._store.of(conversation)
        number = await self._store.run(
            "put",
            [
                keys.state(conversation),
                keys.mailbox(conversation),
                keys.seen(conversation, entry.external_id),
                keys.ready,
                keys.events,
            ],
            [conversation, entry_to_json(entry), int(REMEMBERED.total_seconds() * 1000), _receipt(entry)],
        )
        self._stored(entry)
        return EntryNumber(int(str(number)))


def _receipt(entry: Entry) -> str:
    """The record of a customer's entry, cut before its last value: only the script knows the number."""
    if not isinstance(entry, FROM_CUSTOMERS):
        return ""
    record = Received(
        conversation=entry.address.conversation,
        channel=entry.address.channel,
        external_id=entry.external_id,
        at=entry.at,
        entry=EntryNumber(0),
    )
    head, mark, _ = record_to_json(record).rpartition(_BEFORE_NUMBER)
    return head + mark
