"""Many customers on Telegram at once, through the whole way: update, mailbox, step, outbox, send."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from bots.delivery import Delivery
from bots.telegram.channel import TelegramChannel
from bots.telegram.settings import TelegramSettings
from bridge.later import run_later
from bridge.store import Store
from tests.fakes.telegram import FakeTelegram
from tests.fixtures import telegram as updates
from tests.fixtures.exchange import SystemClock
from tests.integration.bridge.core import assemble, working
from tests.integration.channels.given import Files, surroundings

TOKEN: Final = "4242:fake-token-of-the-tests"
# Far above what is asked: what is measured is how chats stand in each other's way, not our own restraint.
PACE: Final = {"pace": {"per_second": 1000, "chat_per_second": 30, "group_per_minute": 600}}


class Crowd:
    """Private chats of the numbers `chats`, each asking what is answered at once."""

    def __init__(self, fake: FakeTelegram, chats: Iterable[int]) -> None:
        self.fake = fake
        self.chats = tuple(chats)
        self.asked: defaultdict[int, list[float]] = defaultdict(list)

    async def asks(self, chat: int) -> None:
        """One question."""
        self.asked[chat].append(time.monotonic())
        person = {**updates.ANN, "id": chat}
        await self.fake.say("sure faq/x", chat={"id": chat, "type": "private"}, user=person)

    async def talks(self, seconds: float, each_s: float) -> None:
        """Everybody asks at an even pace, whatever is answered; not all at the same moment."""

        async def one(place: int, chat: int) -> None:
            begun = asyncio.get_running_loop().time() + each_s * place / len(self.chats)
            for number in range(int(seconds / each_s)):
                await asyncio.sleep(begun + number * each_s - asyncio.get_running_loop().time())
                await self.asks(chat)

        await asyncio.gather(*(one(place, chat) for place, chat in enumerate(self.chats)))

    def waited(self, chat: int) -> list[float]:
        """How long each of a chat's questions waited for its answer, in seconds, as far as they are answered."""
        answered = [sent.at for sent in self.fake.sent if sent.chat == chat]
        return [at - asked for asked, at in zip(self.asked[chat], answered, strict=False)]

    async def all_answered(self, chats: Iterable[int], patience_s: float) -> None:
        """Wait until nothing waits in these chats."""
        wanted = {chat: len(self.asked[chat]) for chat in chats}

        def answered() -> bool:
            found: defaultdict[int, int] = defaultdict(int)
            for sent in self.fake.sent:
                found[sent.chat] += 1
            return all(found[chat] >= count for chat, count in wanted.items())

        await self.fake.until(answered, patience_s)


@asynccontextmanager
async def crowd(store: Store, size: int) -> AsyncIterator[Crowd]:
    """Run the core and the channel on a fake platform."""
    fake, core, stop = FakeTelegram(token=TOKEN), assemble(store), asyncio.Event()
    async with fake.serving() as origin, working(core, stop=stop), asyncio.TaskGroup() as jobs:
        credentials = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": origin}
        given = surroundings(store, "telegram", Files())
        channel = TelegramChannel(credentials, TelegramSettings.model_validate(PACE), given)
        jobs.create_task(Delivery(store, channel, SystemClock()).run(stop))
        jobs.create_task(run_later(store, SystemClock(), stop))
        listening = asyncio.create_task(channel.listen(core.inbox))
        try:
            yield Crowd(fake, range(8000, 8000 + size))
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            stop.set()
        assert fake.violations == []
    await channel.close()
