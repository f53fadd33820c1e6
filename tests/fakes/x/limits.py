"""Limits of requests: windows of 15 minutes for every endpoint, and one of 24 hours on command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 900
DAY_S: Final = 86_400
DAY: Final = "x-app-limit-24hour"
"""How the headers of the limit for 24 hours begin."""


@dataclass(slots=True)
class _Window:
    begun: int
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What every answer tells of the limits, and whether one was met."""

    headers: dict[str, str]
    met: bool


class Windows:
    """Counts requests. A window begins with its first request."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def count(
        self, name: str, limit: int, now: float, prefix: str = "x-rate-limit", length: int = WINDOW_S
    ) -> Allowance:
        """Count a request; one over the limit is not counted."""
        window = self._windows.get(name)
        if window is None or now >= window.begun + length:
            window = self._windows[name] = _Window(int(now))
        met = window.used >= limit
        window.used += not met
        return Allowance(headers=told(limit, limit - window.used, window.begun + length, prefix), met=met)


def told(limit: int, left: int, reset: int, prefix: str = "x-rate-limit") -> dict[str, str]:
    """The three headers of one limit."""
    return {f"{prefix}-limit": str(limit), f"{prefix}-remaining": str(max(0, left)), f"{prefix}-reset": str(reset)}
