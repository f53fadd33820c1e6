"""Moves what is due from `later` to the mailbox or to the outbox it is meant for."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bridge.codec import entry_from_json
from bridge.errors import StoreError
from bridge.keys import Keys
from bridge.ports import Clock
from bridge.store import Call, Store
from bridge.streams import Streams
from bridge.types import ChannelName, ConversationId

log = logging.getLogger(__name__)

_TICK_S: Final = 0.25
_AT_ONCE: Final = 200


async def run_later(store: Store, clock: Clock, stop: asyncio.Event) -> None:
    """Move what is due until `stop`. Any number of processes may: each item is moved once, by its script."""
    streams = Streams(store)
    while not stop.is_set():
        try:
            for keys in store.keys:
                await _move(store, streams, keys, int(clock.now().timestamp() * 1000))
        except StoreError as error:
            log.warning("what is due waits for the store", extra={"error": str(error)})
        await asyncio.sleep(_TICK_S)


async def _move(store: Store, streams: Streams, keys: Keys, now_ms: int) -> None:
    due = await streams.due(keys.later, now_ms, count=_AT_ONCE)
    if due:
        await store.run_many([_call(keys, member) for member in due])


def _call(keys: Keys, member: str) -> Call:
    kind, _, rest = member.partition("|")
    if kind == "out":
        conversation = ConversationId(rest)
        channel = ChannelName(rest.partition(":")[0])
        return Call("resume", [keys.later, keys.state(conversation), keys.out(channel)], [conversation])
    conversation = entry_from_json(rest).address.conversation
    return Call(
        "wake",
        [keys.later, keys.state(conversation), keys.mailbox(conversation), keys.ready],
        [member, conversation, rest],
    )
