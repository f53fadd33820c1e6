"""An agent's typing, told by the desk and shown by an adapter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from bots.agent_typing import show_typing
from bridge.live import Live, typing_on
from bridge.store import Store
from bridge.tasks import end
from bridge.types import Address, ChannelName

TEST = ChannelName("test")


class Platform:
    """Shows typing; to `slow` it takes forever."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.changed = asyncio.Event()

    async def typing(self, address: Address) -> None:
        self.shown.append(address.key)
        self.changed.set()
        if address.key == "slow":
            await asyncio.Event().wait()


@pytest.fixture
async def live(store: Store) -> AsyncIterator[Live]:
    made, stop = Live(store), asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    yield made
    stop.set()
    await running


async def test_it_is_shown_once_in_a_while_and_one_slow_send_delays_nobody(live: Live) -> None:
    platform = Platform()
    showing = asyncio.create_task(show_typing(TEST, platform, live))

    async def told(key: str) -> None:
        await live.publish(typing_on(TEST), json.dumps({"key": key}))

    async with asyncio.timeout(10):
        # Nothing keeps what is told before it listens.
        while "slow" not in platform.shown:
            await told("slow")
            await asyncio.sleep(0.01)
        for key in ("slow", "ann", "ann", "ben"):
            await told(key)
        while "ben" not in platform.shown:
            platform.changed.clear()
            await platform.changed.wait()
    await end(showing)
    assert platform.shown == ["slow", "ann", "ben"]
