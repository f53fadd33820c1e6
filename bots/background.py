"""Small things done beside the work: nobody waits for them, and their failure is only noted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from bridge.tasks import end

log = logging.getLogger(__name__)


class Background:
    """The side jobs of one channel."""

    def __init__(self, channel: str) -> None:
        """`channel` is named in the log."""
        self._channel = channel
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, what: str, job: Coroutine[object, object, None]) -> None:
        """Do it soon; what it raises is logged."""
        task = asyncio.create_task(self._noted(what, job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is still going on."""
        await end(*self._tasks)

    async def _noted(self, what: str, job: Coroutine[object, object, None]) -> None:
        try:
            await job
        except Exception as error:
            log.info("a side job failed", extra={"channel": self._channel, "job": what, "error": type(error).__name__})
