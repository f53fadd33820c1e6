"""What X charges, in dollars.

The source is the figures in libraries.md (a post, one with a URL, a summoned reply) and, for the rest, X's page
of prices as stored publicly: a direct message, a deletion, and what is read, once a resource and UTC day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

POST: Final = Decimal("0.015")
POST_WITH_URL: Final = Decimal("0.20")
SUMMONED_REPLY: Final = Decimal("0.01")
MESSAGE: Final = Decimal("0.015")
DELETION: Final = Decimal("0.010")
READ: Final = {"user": Decimal("0.010"), "dm_event": Decimal("0.010"), "post": Decimal("0.005")}


class Reading:
    """Adds up what is read: what was read before on the same UTC day is free."""

    def __init__(self) -> None:
        self._read: set[tuple[str, str, str]] = set()

    def price(self, kind: str, ids: list[str], now: float) -> Decimal:
        """Charge for resources of one kind."""
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        new = {(day, kind, one) for one in ids} - self._read
        self._read |= new
        return READ[kind] * len(new)
