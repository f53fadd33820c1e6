"""What was spent on X today, against the day's cap; counted before it is sent, since what is uncertain may cost."""

from __future__ import annotations

from typing import Final

from bots.errors import DeliveryRefused
from bots.twitter.settings import XSettings
from bridge.memory import Memory
from bridge.ports import Clock

_MICRO: Final = 1_000_000


class Spending:
    """Adds up in the store, for all processes. Days are those of UTC."""

    def __init__(self, memory: Memory, settings: XSettings, clock: Clock) -> None:
        """`settings` hold the prices and the cap."""
        self._memory = memory
        self._prices = settings.prices
        self._cap = settings.spend_per_day
        self._clock = clock

    async def message(self) -> None:
        """Spend for a direct message. Raises DeliveryRefused over the cap, StoreError."""
        await self._spend(self._prices.message)

    async def post(self, *, with_link: bool, summoned: bool) -> None:
        """Spend for a post; `summoned` ones answer a post that names us. Raises DeliveryRefused, StoreError."""
        price = self._prices.summoned_reply if summoned else self._prices.post
        await self._spend(self._prices.post_with_link if with_link else price)

    async def today(self) -> float:
        """Dollars spent today. Raises StoreError."""
        return int(await self._memory.position(self._name()) or 0) / _MICRO

    async def _spend(self, dollars: float) -> None:
        name = self._name()
        while True:
            before = await self._memory.position(name)
            spent = int(before or 0) + round(dollars * _MICRO)
            if self._cap and spent > self._cap * _MICRO:
                raise DeliveryRefused(
                    f"today's ${self._cap:g} for X are spent; spend_per_day in x.toml sets the limit, and it begins "
                    "anew at 00:00 UTC"
                )
            if await self._memory.advance(name, before, str(spent)):
                return

    def _name(self) -> str:
        return f"spent:{self._clock.now():%Y-%m-%d}"
