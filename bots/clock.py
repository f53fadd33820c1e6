"""The time."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The one clock."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)
