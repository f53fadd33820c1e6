"""What one chat that a platform slows down costs the others."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bridge.store import open_store
from tests.bench.table import Figure, milliseconds, percentile
from tests.integration.channels.crowd import Crowd, crowd
from tests.integration.stores import RealStore

CHATS: Final = 20
SLOW_S: Final = 30.0
_EACH_S: Final = 0.2


async def measure(share: float) -> list[Figure]:
    """Twenty chats, a hundred questions a second: half the time one of them is answered 429."""
    with tempfile.TemporaryDirectory() as folder:
        server = RealStore(Path(folder))
        server.start()
        server.ready()
        store = await open_store(server.url)
        try:
            async with crowd(store, CHATS) as people:
                return await _compared(people, SLOW_S * share)
        finally:
            await store.close()
            server.stop()


async def _compared(people: Crowd, seconds: float) -> list[Figure]:
    slow, *others = people.chats
    calm: list[float] = []
    await people.talks(2, _EACH_S)
    calm += await _phase(people, others, seconds / 2)
    people.fake.flood(slow, seconds)
    beside = await _phase(people, others, seconds)
    await people.all_answered(people.chats, 120)
    calm += await _phase(people, others, seconds / 2)
    before, during = percentile(calm, 95), percentile(beside, 95)
    return [
        Figure("p95 of the other chats, none slowed down", milliseconds(before), ""),
        Figure(f"p95 of the other chats, one answered 429 for {seconds:.0f} s", milliseconds(during), ""),
        Figure("the second against the first", f"{during / before:.2f} ×", "≤ 1.20 ×"),
    ]


async def _phase(people: Crowd, others: list[int], seconds: float) -> list[float]:
    """How long the others' questions of this phase waited."""
    before = {chat: len(people.asked[chat]) for chat in others}
    await people.talks(seconds, _EACH_S)
    await people.all_answered(others, 30)
    return [waited for chat in others for waited in people.waited(chat)[before[chat] :]]
