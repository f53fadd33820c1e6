"""Checks a live store against the core's invariants, and counts what moves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from redis import exceptions

from bridge.errors import StoreError
from bridge.keys import Keys
from bridge.store import AWAY, Call, Store
from bridge.types import ChannelName, ConversationId, EntryNumber

_AT_ONCE: Final = 500
_SECOND_LOOK_S: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a look at the store found. `done` is how far each conversation is handled."""

    conversations: int
    ready: int
    later: int
    events: int
    broken: Mapping[ConversationId, tuple[str, ...]]
    done: Mapping[ConversationId, EntryNumber]


async def inspect(store: Store) -> Inspection:
    """Look at every conversation, atomically each; what is broken is looked at twice. Raises StoreError."""
    found: dict[ConversationId, tuple[tuple[str, ...], EntryNumber]] = {}
    try:
        for conversations in _chunks(sorted(await _all(store))):
            found |= await _look(store, conversations)
        suspects = [conversation for conversation, (broken, _) in found.items() if broken]
        if suspects:
            await asyncio.sleep(_SECOND_LOOK_S)
            for conversations in _chunks(suspects):
                found |= await _look(store, conversations)
        ready = sum([int(await store.client.xlen(keys.ready)) for keys in store.keys])
        later = sum([int(await store.client.zcard(keys.later)) for keys in store.keys])
        events = sum([int(await store.client.xlen(keys.events)) for keys in store.keys])
    except AWAY as error:
        raise StoreError(f"the store is away: {type(error).__name__}") from error
    except exceptions.RedisError as error:
        raise StoreError(f"the store refused a step: {error}") from error
    return Inspection(
        conversations=len(found),
        ready=ready,
        later=later,
        events=events,
        broken={conversation: broken for conversation, (broken, _) in found.items() if broken},
        done={conversation: done for conversation, (_, done) in found.items()},
    )


async def _all(store: Store) -> set[ConversationId]:
    found: set[ConversationId] = set()
    for kind in ("c", "m", "o"):
        async for key in store.client.scan_iter(match=f"{{*}}:{kind}:*", count=1000):
            found.add(ConversationId(str(key).split(":", 2)[2]))
    return found


async def _look(
    store: Store, conversations: list[ConversationId]
) -> dict[ConversationId, tuple[tuple[str, ...], EntryNumber]]:
    replies = await store.run_many([_call(store.of(one), one) for one in conversations])
    found = {}
    for conversation, reply in zip(conversations, replies, strict=True):
        assert isinstance(reply, list)
        *broken, done = (str(item) for item in reply)
        found[conversation] = (tuple(broken), EntryNumber(int(done)))
    return found


def _call(keys: Keys, conversation: ConversationId) -> Call:
    channel = ChannelName(conversation.partition(":")[0])
    return Call(
        "inspect",
        [
            keys.state(conversation),
            keys.mailbox(conversation),
            keys.outbox(conversation),
            keys.ready,
            keys.out(channel),
            keys.later,
        ],
        [conversation],
    )


def _chunks(conversations: list[ConversationId]) -> list[list[ConversationId]]:
    return [conversations[start : start + _AT_ONCE] for start in range(0, len(conversations), _AT_ONCE)]
