"""The web channel as the core sees it: a line is delivered when it stands in the history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bots.channel import Channel, Limits, SentId, Unit
from bots.errors import DeliveryRefused
from bridge.ports import Put
from bridge.types import ChannelName, Outgoing

WEB: Final = ChannelName("web")


class WebChannel(Channel):
    """The widgets of all visitors.

    Nothing is sent to a widget through the outbox, and the core puts no web line there: sockets are woken by
    `Live` and read `History`, where a line's id makes delivery idempotent. `socket.chat` is what listens.
    """

    @property
    def name(self) -> ChannelName:
        """Its word in addresses, keys and configuration."""
        return WEB

    @property
    def limits(self) -> Limits:
        """What fits into one message: the widget shows whatever an article or an agent says."""
        return Limits(text=64_000, unit=Unit.CODE_POINTS, choices=12, attachments=0)

    async def examine(self) -> Sequence[str]:
        """Nothing to ask anybody."""
        return ()

    async def listen(self, put: Put) -> None:
        """Wait until cancelled: the HTTP server's sockets call `put` themselves."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held: `routes` closes the sockets."""

    async def send(self, outgoing: Outgoing) -> SentId:
        """Refuse: a web line that is in an outbox was put there by mistake, and stands in the history anyway."""
        raise DeliveryRefused("web lines are delivered from the history")
