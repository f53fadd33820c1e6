"""The whole program on Telegram, Discord and X at once: what a customer meets there, and the person who answers him."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bots.settings import DATA
from tests.e2e.conftest import Start
from tests.e2e.program import Program
from tests.e2e.test_program import DOUBTFUL, Agent
from tests.fakes.discord.server import FakeDiscord
from tests.fakes.discord.state import ANN
from tests.fakes.telegram import FakeTelegram
from tests.fakes.x import FakeX
from tests.fixtures import telegram as updates

QUESTION: Final = "my withdrawal has been pending for 5 hours"
TOKEN: Final = "4242:fake-token-of-the-tests"
KEYS: Final = ("consumer", "fake-consumer-secret", "access", "fake-access-secret")
PATIENCE_S: Final = 60.0
ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Ann on one platform."""

    says: Callable[[str], Awaitable[object]]
    picks: Callable[[str], Awaitable[object]]
    shown: Callable[[], list[str]]

    async def sees(self, words: str) -> None:
        """Wait for words on her screen."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(words in text for text in self.shown()):
                await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The three of them."""

    telegram: FakeTelegram
    discord: FakeDiscord
    x: FakeX
    settings: dict[str, str]

    def customers(self) -> dict[str, Customer]:
        """Ann, three times."""

        async def types_number(label: str) -> None:
            shown = self.x.written[-1].text
            await self.x.dm("7001", next(line.partition(".")[0] for line in shown.splitlines() if line.endswith(label)))

        return {
            "telegram": Customer(
                says=lambda text: self.telegram.add(updates.message(self.telegram.next_message(7001), text)),
                picks=lambda label: self.telegram.press(self.telegram.sent[-1], updates.ANN, label, updates.PRIVATE),
                shown=lambda: [one.text for one in self.telegram.sent],
            ),
            "discord": Customer(
                says=lambda text: self.discord.dm(ANN, text),
                picks=lambda label: self.discord.press(ANN, self.discord.state.posted[-1], label),
                shown=lambda: [one.content for one in self.discord.state.posted],
            ),
            "x": Customer(
                says=lambda text: self.x.dm("7001", text),
                picks=types_number,
                shown=lambda: [one.text for one in self.x.written],
            ),
        }


@pytest.fixture
async def platforms() -> AsyncIterator[Platforms]:
    telegram, discord, x = FakeTelegram(token=TOKEN), FakeDiscord("fake-bot-token"), FakeX(*KEYS)
    x.person("7001", "Ann Lee", "annlee")
    x.limits = {"/2/dm_events": 1_000_000, "/2/users/900/mentions": 1_000_000}
    async with AsyncExitStack() as stack:
        telegram_url = await stack.enter_async_context(telegram.serving())
        places = await stack.enter_async_context(discord.serving())
        x_url = await stack.enter_async_context(x.serving())
        names = ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
        settings = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram_url,
            "DISCORD_TOKEN": "fake-bot-token",
            "DISCORD_API_URL": places.api,
            "DISCORD_GATEWAY_URL": places.gateway,
            "X_API_URL": x_url,
            **{f"X_{name}": value for name, value in zip(names, KEYS, strict=True)},
        }
        yield Platforms(telegram=telegram, discord=discord, x=x, settings=settings)
    assert (telegram.violations, discord.state.violations, x.violations) == ([], [], [])


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    """Our data, with X asked more often than its limits would bear."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    config = data / "config" / "x.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("soon = 5", "soon = 0.2").replace("quiet = 60", "quiet = 0.4"), encoding="utf-8")
    return data


async def started(start: Start, platforms: Platforms, data: Path) -> Program:
    """The program, listening everywhere: it runs in processes of its own while our fakes serve it."""
    program = await asyncio.to_thread(lambda: start(data=data, settings=platforms.settings))
    await platforms.discord.state.until(lambda: platforms.discord.gateway.identified > 0)
    return program


async def test_question_answer_choice_hand_off_and_an_agents_reply(
    start: Start, platforms: Platforms, quick: Path
) -> None:
    program = await started(start, platforms, quick)
    customers, doubt = platforms.customers(), await asyncio.to_thread(_doubtful, program)
    for customer in customers.values():
        await customer.says(doubt)
        await customer.sees("Which of these is it about?")
        await customer.picks("None of these")
        await customer.sees("in other words")
        await customer.says(QUESTION)
        await customer.sees("Under review")
        await customer.says("I want to talk to a human please")
        await customer.sees("bringing in a person")
        await customer.sees("Your ticket is #")
    agent = await asyncio.to_thread(Agent, program.url)
    waiting = await asyncio.to_thread(agent.waiting)
    assert len(waiting) == 3
    for place, number in enumerate(waiting):
        await asyncio.to_thread(agent.ask, f"tickets/{number}/take", {})
        await asyncio.to_thread(agent.ask, f"tickets/{number}/typing", {})
        reply = {"id": f"r{place}", "text": "I am looking **into** it"}
        await asyncio.to_thread(agent.ask, f"tickets/{number}/reply", reply)
    for customer in customers.values():
        await customer.sees("has joined the conversation")
        await customer.sees("I am looking")
    async with asyncio.timeout(PATIENCE_S):
        while not (platforms.telegram.actions and platforms.discord.state.typing):
            await asyncio.sleep(0.05)
    found = await asyncio.to_thread(program.command, "doctor")
    assert found.returncode == 0, found.stdout


async def test_a_kill_loses_nothing_and_doubles_nothing(start: Start, platforms: Platforms, quick: Path) -> None:
    program = await started(start, platforms, quick)
    telegram, discord = platforms.telegram, platforms.discord
    people = range(8000, 8005)

    async def all_ask() -> None:
        for number in people:
            chat, user = {"id": number, "type": "private"}, {**updates.ANN, "id": number}
            await telegram.add(updates.message(telegram.next_message(number), QUESTION, chat=chat, user=user))
            await discord.dm({**ANN, "id": f"60000000000000{number}"}, QUESTION)

    await all_ask()
    # A first direct message while nothing runs cannot be fetched from Discord: from here on all are known.
    await discord.state.until(lambda: len(discord.state.posted) == len(people))
    for round_ in range(1, ROUNDS):
        await all_ask()
        # Each time a little later, so that the kill meets another step.
        await asyncio.sleep(0.03 * round_)
        await asyncio.to_thread(program.kill)
        program.again()
        await asyncio.to_thread(program.ready)
    asked = ROUNDS * len(people)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(discord.state.posted) < asked or len(telegram.sent) + _uncertain(program) < asked:
                await asyncio.sleep(0.2)
    except TimeoutError:
        answered = {"discord": len(discord.state.posted), "telegram": len(telegram.sent), "asked": asked}
        raise AssertionError(f"{answered}\n{program.log.read_text()[-5000:]}") from None
    # Discord knows a send by its nonce; of Telegram's at most the one in flight is in doubt, and that is recorded.
    assert len(discord.state.posted) == asked
    for number in people:
        assert len([one for one in telegram.sent if one.chat == number]) <= ROUNDS
    assert len(telegram.sent) <= asked <= len(telegram.sent) + _uncertain(program)
    found = await asyncio.to_thread(program.command, "doctor", "--ledger")
    assert found.returncode == 0, found.stdout


def _doubtful(program: Program) -> str:
    """Words that the bot asks back about."""
    for text in DOUBTFUL:
        body = json.dumps({"text": text}).encode()
        request = urllib.request.Request(f"{program.url}/model/parse", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            if json.load(response)["decision"] == "clarify":
                return text
    raise AssertionError("nothing is in doubt")


def _uncertain(program: Program) -> int:
    """The sends of which it is recorded that nobody knows."""
    with sqlite3.connect(f"file:{program.var / 'switchboard.db'}?mode=ro", uri=True) as connection:
        query = "SELECT count(*) FROM delivery_cases WHERE kind = 'uncertain'"
        return int(connection.execute(query).fetchone()[0])
