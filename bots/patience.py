"""Does what must be done until it is: platforms and stores may be away for any time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bots.errors import ChannelAuthError, DeliveryError, DeliveryRetry
from bots.shape import shape
from bridge.errors import StoreError

log = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)


async def patiently(channel: str, what: str, job: Callable[[], Awaitable[T]]) -> T:
    """Repeat a job that may be repeated, with growing pauses or those that the platform asks for.

    Only DeliveryError and StoreError are waited out; ChannelAuthError and all others pass.
    """
    failures = 0
    while True:
        try:
            return await job()
        except (DeliveryError, StoreError) as error:
            pause = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            if isinstance(error, DeliveryRetry):
                pause = max(pause, error.after)
            log.warning(
                "a channel waits",
                extra={"channel": channel, "job": what, "reason": str(error), "again_in_s": pause},
            )
            await asyncio.sleep(pause)
            failures += 1


async def taken(channel: str, update: object, take: Callable[[], Awaitable[None]]) -> None:
    """Take one update, however long the store is away. Raises ChannelAuthError alone.

    One that breaks us is noted and left out: it would come again without end, and nobody behind it would be heard.
    """
    try:
        await patiently(channel, "put", take)
    except ChannelAuthError:
        raise
    except Exception:
        log.exception("an update was left out", extra={"channel": channel, "shape": shape(update)})
