"""Keeps callers from a server that keeps failing, and tries again by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from bridge.errors import NluUnavailable
from bridge.ports import Clock

log = logging.getLogger(__name__)

FAILURES: Final = 5
"""So many failures in a row open it."""
PAUSE: Final = timedelta(seconds=5)
"""So long it stays open; then one call may try, and decides."""


class Breaker:
    """Closed: every call is made. Open: none is, so that nobody waits for what is away."""

    def __init__(self, clock: Clock) -> None:
        """Closed at first."""
        self._clock = clock
        self._failures = 0
        self._opened: datetime | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether the server was given up for now; False again once a call came through."""
        return self._opened is not None

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make one call within. Raises NluUnavailable at once while open; a NluUnavailable of the call counts."""
        trial = self._opened is not None
        if trial and (self._trying or self._resting()):
            raise NluUnavailable("the NLU server failed repeatedly; it is tried again within seconds")
        self._trying = self._trying or trial
        try:
            yield
        except NluUnavailable as error:
            self._failed(error)
            raise
        else:
            self._came_through()
        finally:
            # A trial that was cancelled decides nothing: the next call is the trial.
            self._trying = self._trying and not trial

    def _resting(self) -> bool:
        # A clock that was set back must not keep it open for hours.
        return self._opened is not None and timedelta(0) <= self._clock.now() - self._opened < PAUSE

    def _failed(self, error: NluUnavailable) -> None:
        self._failures += 1
        if self._failures < FAILURES:
            return
        if self._opened is None:
            log.error("the NLU server is given up for now: people get messages", extra={"problem": str(error)})
        self._opened = self._clock.now()

    def _came_through(self) -> None:
        if self._opened is not None:
            log.info("the NLU server is back")
        self._failures, self._opened = 0, None
