"""How much one visitor and one address may do. Pure but for the counts it keeps."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Final

_REMEMBERED: Final = 100_000


class Bucket:
    """A token bucket: `burst` at once, `rate` more each second."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, burst: int, rate: float, now: float) -> None:
        """Full at `now`, which is monotonic and in seconds here and below."""
        self._burst = burst
        self._rate = rate
        self._left = float(burst)
        self._at = now

    def take(self, now: float) -> float:
        """Take one; return 0, or the seconds until there is one."""
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._rate


class Buckets:
    """A token bucket for each name."""

    def __init__(self, burst: int, rate: float) -> None:
        """Names not seen for long are forgotten, the oldest first."""
        self._burst = burst
        self._rate = rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> float:
        """Take one; return 0, or the seconds until there is one."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(self._burst, self._rate, now)
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        return bucket.take(now)


class Connections:
    """Open connections by name."""

    def __init__(self, most: int) -> None:
        """`most` connections of one name may be open."""
        self._most = most
        self._open: defaultdict[str, int] = defaultdict(int)

    def open(self, name: str) -> bool:
        """Count one more; False when there are too many, and then it is not counted."""
        if self._open[name] >= self._most:
            return False
        self._open[name] += 1
        return True

    def close(self, name: str) -> None:
        """Count one less."""
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]
