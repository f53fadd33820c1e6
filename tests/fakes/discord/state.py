"""What a fake Discord knows: people, channels, messages, and what is to go wrong."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final, TypeAlias

Json: TypeAlias = dict[str, object]

BOT: Final[Json] = {
    "id": "900000000000000001",
    "username": "demo-help",
    "discriminator": "0",
    "bot": True,
    "avatar": None,
}
APPLICATION: Final = "900000000000000002"
GUILD: Final = "800000000000000001"
GENERAL: Final = "700000000000000001"
SUPPORT: Final = "700000000000000002"
ANN: Final[Json] = {
    "id": "600000000000000001",
    "username": "ann",
    "global_name": "Ann Lee",
    "discriminator": "0",
    "avatar": None,
}
BEN: Final[Json] = {
    "id": "600000000000000002",
    "username": "ben",
    "global_name": None,
    "discriminator": "0",
    "avatar": None,
}
EPOCH_MS: Final = 1_420_070_400_000
_PATIENCE_S: Final = 15.0


class Trouble(Enum):
    """How a call that posts a message fails."""

    SLOW_DOWN = auto()
    """429, for longer than a client should wait."""
    CLOSED = auto()
    """403, 50007: the member takes no direct messages."""
    FORBIDDEN = auto()
    """403, 50013."""
    BROKEN = auto()
    """503."""
    CUT_BEFORE = auto()
    """Hangs up, and nothing was posted."""
    CUT_AFTER = auto()
    """Hangs up, and it was posted."""


@dataclass(slots=True, kw_only=True)
class Posted:
    """A message of the bot's: in a channel, or as the answer of an interaction."""

    id: str
    channel: str
    content: str
    components: list[Json]
    hidden: bool = False
    answers: str | None = None
    interaction: str | None = None
    at: float = field(default_factory=time.monotonic)

    @property
    def buttons(self) -> list[Json]:
        """The buttons and menus below it."""
        return [one for row in self.components for one in row["components"]]  # type: ignore[attr-defined]


@dataclass(slots=True, kw_only=True)
class Interaction:
    """A command or a press: when and how it was answered."""

    id: str
    token: str
    channel: str
    at: float = field(default_factory=time.monotonic)
    kind: int | None = None
    said: str = ""


@dataclass(slots=True)
class State:
    """All of it. `violations` is what the real Discord would not have understood."""

    token: str
    channels: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    posted: list[Posted] = field(default_factory=list)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    commands: list[Json] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    troubles: dict[str, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    closed: set[str] = field(default_factory=set)
    nonces: dict[str, tuple[float, str]] = field(default_factory=dict)
    nonce_life_s: float = 120.0
    unauthorized: bool = False
    threads_forbidden: bool = False
    typing: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _last: int = 0

    def __post_init__(self) -> None:
        """One server with two channels."""
        for number, name in ((GENERAL, "general"), (SUPPORT, "support")):
            self.channels[number] = {
                "id": number,
                "type": 0,
                "guild_id": GUILD,
                "name": name,
                "position": 0,
                "permission_overwrites": [],
                "nsfw": False,
                "rate_limit_per_user": 0,
                "topic": None,
                "parent_id": None,
                "last_message_id": None,
            }

    def next_id(self) -> str:
        """An id of now; ids rise."""
        self._last = max(self._last + 1, (int(time.time() * 1000) - EPOCH_MS) << 22)
        return str(self._last)

    def direct(self, member: str) -> str:
        """The direct chat with a member."""
        number = f"5{member[1:]}"
        self.channels.setdefault(number, {"id": number, "type": 1, "recipients": [{"id": member, "username": "x"}]})
        return number

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for what was seen to be so."""
        async with asyncio.timeout(_PATIENCE_S), self.changed:
            await self.changed.wait_for(true)

    async def note(self) -> None:
        """Something changed."""
        async with self.changed:
            self.changed.notify_all()

    def message(self, channel: str, author: Json, content: str, **more: object) -> Json:
        """A message as Discord writes it, kept in its channel."""
        made: Json = {
            "id": self.next_id(),
            "channel_id": channel,
            "author": author,
            "content": content,
            "timestamp": datetime.now(UTC).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "components": [],
            "flags": 0,
            **more,
        }
        guild = self.channels.get(channel, {}).get("guild_id")
        if guild is not None:
            made["guild_id"] = guild
            made["member"] = {
                "roles": [],
                "joined_at": "2026-01-01T00:00:00+00:00",
                "deaf": False,
                "mute": False,
                "flags": 0,
            }
        self.messages[channel].append(made)
        self.channels.setdefault(channel, {"id": channel, "type": 1})["last_message_id"] = made["id"]
        return made
