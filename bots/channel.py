"""The contract of every channel."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol, runtime_checkable

from aiohttp import web

from bots.attachments.port import AttachmentKeeper
from bridge.memory import Memory
from bridge.phrases import Phrases
from bridge.ports import Clock, Put, Standings
from bridge.types import Address, ChannelName, Outgoing

SentId = NewType("SentId", str)
"""A platform's own id of what was sent."""


class Unit(StrEnum):
    """What a platform counts a text's length in."""

    CODE_POINTS = "code_points"
    UTF16 = "utf16"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform can carry in one message.

    `choices` is how many buttons it shows; with none, choices are said as a numbered list. `remembered` is how long
    it knows a send by its id, so that one in doubt may be sent again.
    """

    text: int
    unit: Unit
    choices: int
    attachments: int
    remembered: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an adapter is given: all it may ask of us, beside the `put` that `listen` gets.

    `phrases` are the bot's own words as they are now. `secret` is derived for this channel alone. `public_url` is where
    the platform and customers reach this server.
    """

    clock: Clock
    memory: Memory
    standings: Standings
    files: AttachmentKeeper
    phrases: Callable[[], Phrases]
    secret: bytes
    public_url: str


class Channel(ABC):
    """One messaging platform, both ways."""

    @property
    @abstractmethod
    def name(self) -> ChannelName:
        """Its word in addresses, keys and configuration; never changes."""

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """What fits into one message. Data, read by the renderer."""

    @abstractmethod
    async def examine(self) -> Sequence[str]:
        """Ask the platform whether the credentials and permissions suffice; return what is missing, and what to do.

        For `switchboard doctor`: changes nothing, and never raises. Empty: all is well.
        """

    @abstractmethod
    async def listen(self, put: Put) -> None:
        """Hand every customer message to `put` until cancelled.

        Called once, runs for the life of the channel. Acknowledge to the platform only after `put` returned.
        Reconnect by itself, back-fill what was missed; raise only ChannelAuthError. Ends within a second of
        cancellation.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of all connections; may be called twice, and after `listen` was cancelled."""

    @abstractmethod
    async def send(self, outgoing: Outgoing) -> SentId:
        """Deliver one reply. Called for one conversation at a time, in order, by many tasks for many.

        May take as long as the platform does. Raises DeliveryRetry(after), DeliveryRefused or
        DeliveryUncertain, and ChannelAuthError; anything else counts as uncertain.
        """


@runtime_checkable
class Hooked(Protocol):
    """A channel whose platform calls us."""

    async def hook(self, request: web.Request, put: Put) -> web.StreamResponse:
        """Answer a call to `/hooks/<name>`, in any process. Acknowledge only what was put."""


@runtime_checkable
class CanType(Protocol):
    """A channel that can show that an answer is being written."""

    async def typing(self, address: Address) -> None:
        """Show it for a moment. Best effort: never raises."""


@runtime_checkable
class CanEdit(Protocol):
    """A channel that can change what it sent."""

    async def edit(self, address: Address, sent: SentId, text: str) -> None:
        """Replace a text. Raises as `send`."""


@runtime_checkable
class CanDelete(Protocol):
    """A channel that can remove a message."""

    async def delete(self, address: Address, message: str) -> None:
        """Remove a message, a customer's included. Raises as `send`."""


@runtime_checkable
class CanMute(Protocol):
    """A channel that can silence a member."""

    async def mute(self, address: Address, member: str, until: datetime) -> None:
        """Silence a member until a time. Raises as `send`."""
