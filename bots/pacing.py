"""How fast a platform may be sent to: token buckets, overall and for each chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bots.errors import DeliveryRetry

_LONGEST_SLEEP_S: Final = 1.0
"""A send that must wait longer is put off: it would keep one of another chat from its turn."""
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many more each second."""

    burst: float
    per_s: float


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float
    closed_until: float = 0.0


class Pace:
    """The buckets of one channel in one process, by name."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` is in seconds and never goes back."""
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    async def wait(self, rates: dict[str, Rate]) -> None:
        """Take a turn in each of these buckets, or none. Raises DeliveryRetry when it is far off."""
        while (after := self._take(rates)) > 0:
            if after > _LONGEST_SLEEP_S:
                raise DeliveryRetry(after, "its turn has not come")
            await asyncio.sleep(after)

    def close(self, name: str, seconds: float) -> None:
        """The platform wants nothing of this bucket for a time."""
        bucket = self._buckets.setdefault(name, _Bucket(level=0.0, at=self._now()))
        bucket.closed_until = max(bucket.closed_until, self._now() + seconds)

    def _take(self, rates: dict[str, Rate]) -> float:
        now = self._now()
        found = [(self._bucket(name, rate, now), rate) for name, rate in rates.items()]
        after = max(
            max(bucket.closed_until - now, (1.0 - bucket.level) / rate.per_s if bucket.level < 1.0 else 0.0)
            for bucket, rate in found
        )
        if after <= 0:
            for bucket, _ in found:
                bucket.level -= 1.0
        return after

    def _bucket(self, name: str, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _REMEMBERED:
                self._forget(now)
            bucket = self._buckets[name] = _Bucket(level=rate.burst, at=now)
        bucket.level = min(rate.burst, bucket.level + (now - bucket.at) * rate.per_s)
        bucket.at = now
        return bucket

    def _forget(self, now: float) -> None:
        """Forget what has rested longest; the platform answers 429 if that was too early."""
        idle = sorted((one for one in self._buckets.items() if one[1].closed_until <= now), key=lambda one: one[1].at)
        for name, _ in idle[: _REMEMBERED // 2]:
            del self._buckets[name]
