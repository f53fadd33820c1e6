"""Shows on a platform that an agent is writing: best effort, told by pub/sub, nothing of it is stored."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from bots.background import Background
from bots.channel import CanType
from bridge.live import typing_on
from bridge.ports import Live
from bridge.types import Address, ChannelName

SHOWN_S: Final = 4.0
"""How often one conversation is shown it: Telegram takes it away after five seconds, Discord after ten."""


async def show_typing(name: ChannelName, channel: CanType, live: Live) -> None:
    """Show it to every customer of a channel whose agent writes, until cancelled. One slow send delays no other."""
    shown: dict[str, float] = {}
    side, loop = Background(name), asyncio.get_running_loop()
    try:
        async for frame in live.listen(typing_on(name)):
            if not frame:
                continue
            key, now = str(json.loads(frame)["key"]), loop.time()
            shown = {other: at for other, at in shown.items() if now - at < SHOWN_S}
            if key not in shown:
                shown[key] = now
                side.start("typing", channel.typing(Address(channel=name, key=key)))
    finally:
        await side.close()
