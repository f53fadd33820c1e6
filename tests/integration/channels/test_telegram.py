"""The Telegram channel on a strict Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bots.channel import Channel
from bots.telegram.channel import TelegramChannel
from bots.telegram.settings import TelegramSettings
from bridge.store import Store
from bridge.types import Address, ChannelName
from tests.contract.channel import DeliveryContract, Fault, Platform
from tests.fakes.telegram import FakeTelegram, Trouble
from tests.fixtures import telegram as updates
from tests.integration.channels.given import Files, surroundings

pytestmark = pytest.mark.parametrize("store", ["standalone"], indirect=True)

TOKEN = "4242:fake-token-of-the-tests"
FAST = TelegramSettings.model_validate({"pace": {"per_second": 1000, "chat_per_second": 30, "group_per_minute": 600}})
_TROUBLES = {
    Fault.SLOW_DOWN: Trouble.FLOOD,
    Fault.FORBIDDEN: Trouble.BLOCKED,
    Fault.BROKEN: Trouble.BROKEN,
    Fault.CUT_BEFORE: Trouble.CUT_BEFORE,
    Fault.CUT_AFTER: Trouble.CUT_AFTER,
}


class Telegram(Platform):
    """Ann in a private chat with the bot."""

    def __init__(self, fake: FakeTelegram, origin: str, store: Store, settings: TelegramSettings = FAST) -> None:
        self.fake = fake
        self.files = Files()
        self._origin = origin
        self._store = store
        self._settings = settings
        self.channel = self.restarted()

    @property
    def address(self) -> Address:
        return Address(channel=ChannelName("telegram"), key="7001")

    def restarted(self) -> Channel:
        credentials = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": self._origin}
        return TelegramChannel(credentials, self._settings, surroundings(self._store, "telegram", self.files))

    async def says(self, text: str) -> None:
        await self.fake.add(updates.message(self.fake.next_message(7001), text))

    async def others_write(self) -> None:
        for sender in (updates.BOT, updates.OTHER_BOT):
            await self.fake.add(updates.message(self.fake.next_message(7001), "from a bot", user=sender))

    async def sends_oddities(self) -> None:
        for odd in updates.oddities():
            await self.fake.add(odd)

    async def presses(self, label: str) -> None:
        await self.fake.press(self.fake.sent[-1], updates.ANN, label, updates.PRIVATE)

    async def shown(self, count: int) -> list[str]:
        await self.fake.until(lambda: len(self.fake.sent) >= count)
        return [one.text for one in self.fake.sent if one.chat == 7001]

    def fail(self, fault: Fault) -> None:
        if fault is Fault.UNAUTHORIZED:
            self.fake.unauthorized = True
        else:
            self.fake.trouble(7001, _TROUBLES[fault])

    async def drop(self) -> None:
        await self.fake.drop()


@pytest.fixture
async def platform(store: Store) -> AsyncIterator[Telegram]:
    fake = FakeTelegram(token=TOKEN)
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(fake.serving())
        made = Telegram(fake, origin, store)
        yield made
        await made.channel.close()
    assert fake.violations == []


class TestTelegram(DeliveryContract):
    """Everything that every channel promises."""
