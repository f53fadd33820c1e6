"""Every Redis key of Switchboard, in one place.

The hash tag of every key is its shard's number, so that one script reaches a conversation and its
shard's streams on Redis Cluster too.
"""

from __future__ import annotations

from binascii import crc32
from dataclasses import dataclass

from bridge.types import ChannelName, ConversationId, ExternalId

WORKERS = "workers"
"""The consumer group of the `ready` streams."""
SENDERS = "senders"
"""The consumer group of the `out` streams."""
CONSUMER = "any"
"""One name for all consumers: idle time alone decides who is dead."""
SHARDS = "switchboard:shards"
"""Holds the number of shards that the store was first started with."""


def shard_of(conversation: ConversationId, shards: int) -> int:
    """The shard a conversation lives in."""
    return crc32(conversation.encode()) % shards


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one shard."""

    shard: int

    @property
    def ready(self) -> str:
        """Stream of the conversations that have work."""
        return f"{{{self.shard}}}:ready"

    @property
    def events(self) -> str:
        """Stream of everything that was recorded and not yet read by all."""
        return f"{{{self.shard}}}:events"

    @property
    def later(self) -> str:
        """Sorted set of what waits for a time, scored by it in ms."""
        return f"{{{self.shard}}}:later"

    def out(self, channel: ChannelName) -> str:
        """Stream of the conversations that have something to send on a channel."""
        return f"{{{self.shard}}}:out:{channel}"

    def state(self, conversation: ConversationId) -> str:
        """Hash: seq, done, by, state, ready, out, sending, lastout, tries."""
        return f"{{{self.shard}}}:c:{conversation}"

    def mailbox(self, conversation: ConversationId) -> str:
        """List of the entries that wait, numbered (done, seq]."""
        return f"{{{self.shard}}}:m:{conversation}"

    def outbox(self, conversation: ConversationId) -> str:
        """List of what is to be sent."""
        return f"{{{self.shard}}}:o:{conversation}"

    def seen(self, conversation: ConversationId, external: ExternalId) -> str:
        """Remembers the number of an entry that was put."""
        return f"{{{self.shard}}}:x:{conversation}:{external}"

    def position(self, channel: ChannelName, name: str) -> str:
        """How far a channel has read one of its sources."""
        return f"{{{self.shard}}}:p:{channel}:{name}"

    def kept(self, channel: ChannelName, name: str) -> str:
        """What a channel will need again soon."""
        return f"{{{self.shard}}}:k:{channel}:{name}"

    def lock(self, name: str) -> str:
        """TTL lock that only saves work."""
        return f"{{{self.shard}}}:lock:{name}"
