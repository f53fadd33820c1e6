"""Payloads gone wrong: every channel survives them, acknowledges them, and hears what comes after."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import cast

import pytest

from bots.discord.parse import changed, interaction, said, thread
from bots.errors import MalformedUpdate, UnsupportedUpdate
from bridge.store import Store
from tests.contract.channel import Inbox, listening
from tests.counts import count
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.state import ANN, BOT, Json
from tests.fakes.telegram import FakeTelegram
from tests.fakes.x import FakeX
from tests.fixtures import discord as discord_events
from tests.fixtures import telegram as telegram_updates
from tests.fixtures import x as x_items
from tests.integration.channels.mutations import Json as AnyJson
from tests.integration.channels.mutations import mutations
from tests.integration.channels.test_discord import DIRECT, Discord
from tests.integration.channels.test_discord import TOKEN as DISCORD_TOKEN
from tests.integration.channels.test_telegram import TOKEN as TELEGRAM_TOKEN
from tests.integration.channels.test_telegram import Telegram
from tests.integration.channels.test_x import CREDENTIALS, X

pytestmark = pytest.mark.parametrize("store", ["standalone"], indirect=True)

SEED = 20261123
PATIENCE_S = 200.0
HOW_MANY = count(1_000, 10_000)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(SEED)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_left_out(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What broke an adapter does not stop it: it is told in the log alone."""
    yield
    assert not [record for record in caplog.get_records("call") if record.message == "an update was left out"]


async def last_word(inbox: Inbox, text: str) -> None:
    """Wait for the message that came after all the others."""
    await inbox.until(lambda: any(one.text == text for one in inbox.messages), PATIENCE_S)


async def test_telegram(store: Store, inbox: Inbox, chance: random.Random, stack: AsyncExitStack) -> None:
    fake = FakeTelegram(token=TELEGRAM_TOKEN)
    origin = await stack.enter_async_context(fake.serving())
    platform = Telegram(fake, origin, store)
    stack.push_async_callback(platform.channel.close)
    async with listening(platform.channel, inbox):
        for payload in mutations(cast("list[AnyJson]", telegram_updates.fuzz_seeds()), HOW_MANY, chance):
            assert isinstance(payload, dict)
            last = await fake.add(payload)
        await platform.says("still there?")
        await last_word(inbox, "still there?")
        await fake.until(lambda: fake.confirmed >= last)


async def test_discord(store: Store, inbox: Inbox, chance: random.Random, stack: AsyncExitStack) -> None:
    fake = FakeDiscord(DISCORD_TOKEN)
    places = await stack.enter_async_context(fake.serving())
    platform = Discord(fake, places, store, {})
    stack.push_async_callback(platform.channel.close)
    async with listening(platform.channel, inbox):
        await platform.says("known")
        await inbox.texts(1)
    seeds = cast("list[AnyJson]", [data for event, data in discord_events.fuzz_seeds() if event == "MESSAGE_CREATE"])
    for payload in mutations(seeds, HOW_MANY, chance):
        assert isinstance(payload, dict)
        # What is fetched is as the server holds it, and has its own place in the channel.
        fake.state.messages[DIRECT].append({**payload, "id": fake.state.next_id()})
    fake.state.message(DIRECT, ANN, "still there?")
    platform.channel = platform.restarted()
    stack.push_async_callback(platform.channel.close)
    async with listening(platform.channel, inbox):
        await last_word(inbox, "still there?")


def test_discords_events_are_read_or_refused(chance: random.Random, store: Store) -> None:
    readers = {
        "MESSAGE_CREATE": lambda data: said(data, str(BOT["id"])),
        "MESSAGE_UPDATE": lambda data: changed(data, str(BOT["id"])),
        "INTERACTION_CREATE": interaction,
        "THREAD_CREATE": thread,
    }
    for event, seed in discord_events.fuzz_seeds():
        for payload in mutations([cast("AnyJson", seed)], HOW_MANY // 4, chance):
            if event in readers:
                try:
                    readers[event](cast("Json", payload))
                except (UnsupportedUpdate, MalformedUpdate):
                    continue


async def test_x(store: Store, inbox: Inbox, chance: random.Random, stack: AsyncExitStack) -> None:
    key, secret, token, token_secret = CREDENTIALS.values()
    fake = FakeX(key, secret, token, token_secret)
    origin = await stack.enter_async_context(fake.serving())
    platform = X(fake, origin, store, {})
    stack.push_async_callback(platform.channel.close)
    for payload in mutations(cast("list[AnyJson]", x_items.fuzz_seeds()), HOW_MANY, chance):
        assert isinstance(payload, dict)
        kept = {name: value for name, value in payload.items() if name != "id"}
        await (fake.add_post(kept) if "author_id" in payload else fake.add_event(kept))
    async with listening(platform.channel, inbox):
        await platform.says("still there?")
        await last_word(inbox, "still there?")
