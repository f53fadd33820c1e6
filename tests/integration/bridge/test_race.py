"""A take against the bot's own deliveries: with a person holding a conversation, no bot line's send ever begins."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

import bridge.store
from bots.channel import Channel, Limits, SentId, Unit
from bots.delivery import Delivery
from bridge.ports import Put
from bridge.store import SOURCES, Store
from bridge.types import (
    AgentId,
    AgentRef,
    ChannelName,
    Entry,
    ExternalId,
    HandOffId,
    HandOffRequested,
    Outgoing,
    TakeDecided,
    Taken,
)
from tests.counts import count
from tests.fixtures.exchange import SystemClock, message
from tests.integration.bridge.core import Core, assemble, working

AT_ONCE = 50
# Watches the moment itself: whoever begins a bot line's send while the state says `human` is written down.
WATCH = """
local function watch(head)
  local state = redis.call('HGET', KEYS[1], 'state') or ''
  if string.find(state, '"status":"human"', 1, true) and string.find(head, '^[^|]*|b|') then
    redis.call('RPUSH', '{0}:violations', head)
  end
  redis.call('INCR', '{0}:begun')
end
"""


def watched(script: str, mark: str) -> str:
    """A script that reports each begun send."""
    assert script.count(mark) == 1
    return WATCH + script.replace(mark, f"watch(head)\n{mark}")


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = dict(SOURCES)
    sources["begin"] = watched(sources["begin"], "redis.call('HSET', KEYS[1], 'sending', mark)")
    next_mark = "redis.call('HSET', KEYS[1], 'sending', string.match(head, '^[^|]*') .. ' ' .. ARGV[2])"
    sources["sent"] = watched(sources["sent"], next_mark)
    monkeypatch.setattr(bridge.store, "SOURCES", sources)


class SlowPlatform(Channel):
    """A platform that takes a moment for each message."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    @property
    def name(self) -> ChannelName:
        return ChannelName("test")

    @property
    def limits(self) -> Limits:
        return Limits(text=4096, unit=Unit.CODE_POINTS, choices=0, attachments=0)

    async def examine(self) -> Sequence[str]:
        return ()

    async def listen(self, put: Put) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        return

    async def send(self, outgoing: Outgoing) -> SentId:
        await asyncio.sleep(self._chance.choice([0, 0, 0.001, 0.004, 0.03]))
        return SentId(outgoing.id)


@pytest.fixture
def chance() -> Iterator[random.Random]:
    yield random.Random(7)


async def _interleave(core: Core, chance: random.Random, key: str) -> None:
    """A waiting customer writes, two agents take, in a random order and at random moments."""
    asked = message(key, "ask", "sure human")
    number = await core.inbox(asked)
    acts = [message(key, f"m{place}", "sure faq/x") for place in range(4)]
    entries: list[Entry] = [
        *acts,
        *(
            Taken(
                address=asked.address,
                external_id=ExternalId(f"take:{name}"),
                hand_off=HandOffId(f"test:{key}#{number}"),
                agent=AgentRef(id=AgentId(name), name=name),
                at=datetime.now(UTC),
            )
            for name in ("ann", "ben")
        ),
    ]
    chance.shuffle(entries)
    for entry in entries:
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.003]))
        await core.inbox(entry)


async def _race(store: Store, chance: random.Random, interleavings: int, first: int = 0) -> Core:
    core = assemble(store)
    stop = asyncio.Event()
    delivery = Delivery(store, SlowPlatform(chance), SystemClock())
    delivering = asyncio.create_task(delivery.run(stop))
    async with working(core):
        for start in range(first, first + interleavings, AT_ONCE):
            keys = [f"r{place}" for place in range(start, start + AT_ONCE)]
            await asyncio.gather(*(_interleave(core, chance, key) for key in keys))
        await _until_still(store)
    stop.set()
    await delivering
    return core


async def _until_still(store: Store) -> None:
    async with asyncio.timeout(60):
        while [key async for key in store.client.scan_iter("{*}:[mo]:*", count=1000)]:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("store", ["standalone"], indirect=True)
@pytest.mark.usefixtures("watching")
async def test_no_bot_line_is_begun_while_a_person_holds_the_conversation(store: Store, chance: random.Random) -> None:
    interleavings = count(1000, 20_000)
    core = await _race(store, chance, interleavings)
    assert await store.client.lrange("{0}:violations", 0, 5) == []
    records = await core.records()
    decided = [record for record in records if isinstance(record, TakeDecided)]
    owners = [record.hand_off for record in decided if record.accepted]
    assert len(owners) == len(set(owners)) == interleavings
    assert len([record for record in records if isinstance(record, HandOffRequested)]) == interleavings
    begun = int(await store.client.get("{0}:begun") or 0)
    assert begun > interleavings, "the race needs deliveries to be one"


class HeldPlatform(SlowPlatform):
    """A platform whose first send takes as long as it is held."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.asked = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def send(self, outgoing: Outgoing) -> SentId:
        self.asked.set()
        await self.goes_on.wait()
        return await super().send(outgoing)


async def _take_while_sending(store: Store, chance: random.Random) -> None:
    """A person takes while one bot line is on its way and others wait behind it."""
    core = assemble(store)
    stop = asyncio.Event()
    platform = HeldPlatform(chance)
    delivering = asyncio.create_task(Delivery(store, platform, SystemClock()).run(stop))
    async with working(core):
        asked = message("held", "ask", "sure human")
        number = await core.inbox(asked)
        for place in range(3):
            await core.inbox(message("held", f"m{place}", "sure faq/x"))
        await platform.asked.wait()
        taken = Taken(
            address=asked.address,
            external_id=ExternalId("take:ann"),
            hand_off=HandOffId(f"test:held#{number}"),
            agent=AgentRef(id=AgentId("ann"), name="ann"),
            at=datetime.now(UTC),
        )
        await core.inbox(taken)
        async with asyncio.timeout(30):
            while not any(isinstance(record, TakeDecided) for record in await core.records()):
                await asyncio.sleep(0.01)
        platform.goes_on.set()
        await _until_still(store)
    stop.set()
    await delivering


@pytest.mark.parametrize("store", ["standalone"], indirect=True)
@pytest.mark.usefixtures("watching")
async def test_lines_that_wait_behind_a_slow_send_are_withdrawn_by_a_take(store: Store, chance: random.Random) -> None:
    await _take_while_sending(store, chance)
    assert await store.client.lrange("{0}:violations", 0, 5) == []


@pytest.mark.parametrize("store", ["standalone"], indirect=True)
@pytest.mark.usefixtures("watching")
async def test_the_watch_notices_a_take_that_withdraws_nothing(
    store: Store, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = bridge.store.SOURCES["commit"]
    assert commit.count("if ARGV[8] == '1' then") == 1
    broken = commit.replace("if ARGV[8] == '1' then", "if false then")
    monkeypatch.setattr(bridge.store, "SOURCES", {**bridge.store.SOURCES, "commit": broken})
    await _take_while_sending(store, chance)
    assert await store.client.lrange("{0}:violations", 0, 5) != []
