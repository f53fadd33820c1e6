"""How much one visitor and one address may do. Pure but for the counts it keeps."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Final

_REMEMBERED: Final = 100_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Buckets:
    """A token bucket for each name: `burst` at once, `rate` more each second."""

    def __init__(self, burst: int, rate: float) -> None:
        """Names not seen for long are forgotten, the oldest first."""
        self._burst = burst
        self._rate = rate
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, now: float) -> float:
        """Take one; return 0, or the seconds until there is one. `now` is monotonic, in seconds."""
        bucket = self._buckets.setdefault(name, _Bucket(left=float(self._burst), at=now))
        self._buckets.move_to_end(name)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if bucket.left >= 1:
            bucket.left -= 1
            return 0.0
        return (1 - bucket.left) / self._rate


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
