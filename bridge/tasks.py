"""Ends tasks for sure."""

from __future__ import annotations

import asyncio
from typing import Any, Final

_AGAIN_S: Final = 0.5


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and return once all have ended; what they raised is dropped.

    Cancelled again until they end: the Redis client may swallow a cancellation that meets a deadline of its own,
    and a task that goes on as if nothing had been would be waited for without end.
    """
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=_AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()
