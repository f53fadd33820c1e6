"""Sends a reply that needs several messages: one after the other, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from bots.channel import SentId
from bots.errors import DeliveryRefused, DeliveryRetry, DeliveryUncertain

P = TypeVar("P")

_PATIENCE_S: Final = 90.0


async def send_parts(parts: Sequence[P], send: Callable[[int, P], Awaitable[SentId]]) -> SentId:
    """Send parts in order, each with its number from 0; return the last one's id.

    Before the first has arrived, what `send` raises passes. After it, what would be tried again is tried here, since
    the whole reply would come twice otherwise. Raises DeliveryUncertain when the rest cannot follow.
    """
    if not parts:
        raise DeliveryRefused("there is nothing to say")
    sent = await send(0, parts[0])
    for number, part in enumerate(parts[1:], start=1):
        sent = await _surely(lambda number=number, part=part: send(number, part))  # type: ignore[misc]
    return sent


async def _surely(send: Callable[[], Awaitable[SentId]]) -> SentId:
    left = _PATIENCE_S
    while True:
        try:
            return await send()
        except DeliveryRefused as refused:
            raise DeliveryUncertain(f"only its beginning arrived: {refused}") from refused
        except DeliveryRetry as later:
            left -= later.after
            if left < 0:
                raise DeliveryUncertain("only its beginning arrived: the platform is busy") from later
            await asyncio.sleep(later.after)
