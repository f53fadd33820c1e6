"""The gateway, supervised: a new client each time the library's ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Final

import discord

from bots.discord.errors import mapped
from bots.discord.parse import Json
from bots.errors import DeliveryError

log = logging.getLogger(__name__)

_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_STEADY_S: Final = 60.0
_CLOSING_S: Final = 0.5
_DISPATCH: Final = 0


async def stay_connected(token: str, shards: int, heard: Callable[[str, Json], None]) -> None:
    """Hand every event to `heard`, as it was sent and in order, until cancelled. Raises ChannelAuthError.

    One event that the library cannot read ends its client: that event was handed over before. A new client starts a
    session of its own, which Discord tells by READY: what was missed meanwhile must be fetched.
    """
    failures = 0
    loop = asyncio.get_running_loop()
    while True:
        begun = loop.time()
        try:
            async with mapped(patience_s=None):
                await _session(token, shards, heard)
        except DeliveryError as error:
            log.warning("Discord's gateway ended", extra={"reason": str(error)})
        except Exception as error:
            log.warning("Discord's client ended", extra={"error": type(error).__name__})
        failures = 0 if loop.time() - begun > _STEADY_S else failures + 1
        await asyncio.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])


async def _session(token: str, shards: int, heard: Callable[[str, Json], None]) -> None:
    client = _client(shards)

    async def on_socket_raw_receive(text: str | bytes) -> None:
        with contextlib.suppress(ValueError):
            message = json.loads(text)
            if isinstance(message, dict) and message.get("op") == _DISPATCH and isinstance(message.get("d"), dict):
                heard(str(message.get("t")), message["d"])

    client.event(on_socket_raw_receive)
    try:
        await client.start(token)
    finally:
        # A server that does not answer must not hold us up.
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.close(), _CLOSING_S)


def _client(shards: int) -> discord.Client:
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = intents.message_content = True
    if shards > 1:
        return discord.AutoShardedClient(
            intents=intents,
            shard_count=shards,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            enable_debug_events=True,
        )
    return discord.Client(
        intents=intents,
        max_messages=None,
        chunk_guilds_at_startup=False,
        member_cache_flags=discord.MemberCacheFlags.none(),
        enable_debug_events=True,
    )
