"""One chat that Telegram slows down keeps no other waiting, and is itself left alone as long as it was told."""

from __future__ import annotations

import pytest

from bridge.store import Store
from tests.integration.channels.crowd import crowd

pytestmark = pytest.mark.parametrize("store", ["standalone"], indirect=True)


async def test_one_slow_chat_delays_no_other(store: Store) -> None:
    async with crowd(store, 20) as people:
        slow, *others = people.chats
        people.fake.flood(slow, 6)
        for _ in range(10):
            for chat in people.chats:
                await people.asks(chat)
        await people.all_answered(others, 30)
        assert not people.waited(slow)
        await people.all_answered([slow], 60)
        assert max(max(people.waited(chat)) for chat in others) < min(people.waited(slow))
        assert all(len(people.waited(chat)) == 10 for chat in people.chats)
        # Told to wait, it was not tried again before.
        assert len(people.fake.refused) <= 3
