"""The Discord channel on a strict REST interface and gateway."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bots.channel import Channel
from bots.discord.channel import DiscordChannel
from bots.discord.settings import DiscordSettings
from bots.errors import DeliveryRefused
from bridge.store import Store
from bridge.types import (
    Address,
    ChannelName,
    Chosen,
    Edited,
    ExternalId,
    Incoming,
    LanguageSet,
    Observed,
    PersonWanted,
)
from tests.contract.channel import CalledPlatform, DeliveryContract, Fault, Inbox, deliver, listening, say
from tests.fakes.discord.server import FakeDiscord, Places
from tests.fakes.discord.state import ANN, BEN, BOT, GENERAL, SUPPORT, Trouble
from tests.fixtures import discord as messages
from tests.integration.channels.given import Files, surroundings

pytestmark = pytest.mark.parametrize("store", ["standalone"], indirect=True)

TOKEN = "fake-bot-token"
DIRECT = "500000000000000001"
ANN_ID = str(ANN["id"])
_TROUBLES = {
    Fault.SLOW_DOWN: Trouble.SLOW_DOWN,
    Fault.FORBIDDEN: Trouble.FORBIDDEN,
    Fault.BROKEN: Trouble.BROKEN,
    Fault.CUT_BEFORE: Trouble.CUT_BEFORE,
    Fault.CUT_AFTER: Trouble.CUT_AFTER,
}


class Discord(CalledPlatform):
    """Ann, in a direct chat."""

    def __init__(self, fake: FakeDiscord, places: Places, store: Store, settings: Mapping[str, object]) -> None:
        self.fake = fake
        self.files = Files()
        self._places = places
        self._store = store
        self._settings = DiscordSettings.model_validate(settings)
        self.channel = self.restarted()

    @property
    def address(self) -> Address:
        return Address(channel=ChannelName("discord"), key=DIRECT)

    def restarted(self) -> Channel:
        credentials = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": self._places.api,
            "DISCORD_GATEWAY_URL": self._places.gateway,
        }
        return DiscordChannel(credentials, self._settings, surroundings(self._store, "discord", self.files))

    async def says(self, text: str) -> None:
        if self.fake.gateway.identified == 0:
            await self.fake.state.until(lambda: self.fake.gateway.identified > 0)
        await self.fake.dm(ANN, text)

    async def others_write(self) -> None:
        await self.says_as(BOT)
        await self.says_as(messages.OTHER_BOT)

    async def says_as(self, author: Mapping[str, object]) -> None:
        await self.fake.state.until(lambda: self.fake.gateway.identified > 0)
        await self.fake.say(DIRECT, dict(author), "from a bot")

    async def sends_oddities(self) -> None:
        await self.fake.state.until(lambda: self.fake.gateway.identified > 0)
        for odd in messages.odd_messages():
            await self.fake.gateway.tell("MESSAGE_CREATE", {"id": self.fake.state.next_id(), "channel_id": "1", **odd})
        await self.fake.gateway.tell("A_FUTURE_EVENT", {"x": 1})
        await self.fake.state.until(lambda: self.fake.gateway.identified > 1)

    async def presses(self, label: str) -> None:
        await self.fake.press(ANN, self.fake.state.posted[-1], label)

    async def shown(self, count: int) -> list[str]:
        await self.fake.state.until(lambda: len(self.fake.state.posted) >= count)
        return [one.content for one in self.fake.state.posted if one.channel == DIRECT]

    def fail(self, fault: Fault) -> None:
        if fault is Fault.UNAUTHORIZED:
            self.fake.state.unauthorized = True
        else:
            self.fake.state.troubles[DIRECT].append(_TROUBLES[fault])

    async def drop(self) -> None:
        self.fake.gateway.cut()
        self.fake.rest.cut()


@pytest.fixture
async def fake() -> AsyncIterator[tuple[FakeDiscord, Places]]:
    made = FakeDiscord(TOKEN)
    async with made.serving() as places:
        yield made, places
    assert made.state.violations == []


@pytest.fixture
async def opened(fake: tuple[FakeDiscord, Places], store: Store) -> AsyncIterator[Callable[..., Discord]]:
    """Opens platforms with settings of their own."""
    async with AsyncExitStack() as stack:

        def platform(**settings: object) -> Discord:
            made = Discord(fake[0], fake[1], store, settings)
            stack.push_async_callback(lambda: made.channel.close())
            return made

        yield platform


@pytest.fixture
def platform(opened: Callable[..., Discord]) -> Discord:
    return opened(support=[SUPPORT], private_threads=GENERAL)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class TestDiscord(DeliveryContract):
    """Everything that every channel promises."""

    broken = None
    twice_after_a_cut = None


# In a server


async def connected(platform: Discord) -> None:
    await platform.fake.state.until(lambda: platform.fake.gateway.identified > 0)


async def test_a_mention_gets_a_thread_of_its_own_and_its_asker_goes_on_there(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        number = await platform.fake.mention(GENERAL, ANN, "what are the fees?")
        assert await inbox.texts(1) == ["what are the fees?"]
        asked = inbox.messages[0]
        assert asked.address == Address(channel=ChannelName("discord"), key=number, public=True)
        assert platform.fake.state.channels[number]["name"] == "what are the fees?"
        await platform.channel.send(replace(say(asked.address, "0.1 %"), reply_to=asked.external_id))
        assert [(one.channel, one.content) for one in platform.fake.state.posted] == [(number, "0.1 %")]
        await platform.fake.say(number, ANN, "and for makers?")
        await platform.fake.say(number, BEN, "I think it is less")
        await inbox.until(lambda: len(inbox.entries) == 3)
    assert isinstance(inbox.entries[1], Incoming) and inbox.entries[1].address == asked.address
    assert isinstance(inbox.entries[2], Observed)


async def test_every_message_of_the_support_channel_is_a_question(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        number = await platform.fake.say(SUPPORT, BEN, "my deposit is missing")
        assert await inbox.texts(1) == ["my deposit is missing"]
    assert inbox.messages[0].address.key == number


async def test_where_no_thread_may_be_begun_the_answer_quotes_the_question(platform: Discord, inbox: Inbox) -> None:
    platform.fake.state.threads_forbidden = True
    async with listening(platform.channel, inbox):
        await connected(platform)
        number = await platform.fake.mention(GENERAL, ANN, "fees?")
        await inbox.texts(1)
        asked = inbox.messages[0]
        assert asked.address.key == f"{GENERAL}:{ANN_ID}"
        await platform.channel.send(replace(say(asked.address, "0.1 %"), reply_to=asked.external_id))
    assert [(one.channel, one.answers) for one in platform.fake.state.posted] == [(GENERAL, number)]


async def test_what_others_say_is_observed(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        await platform.fake.say(GENERAL, BEN, "good morning")
        await inbox.until(lambda: len(inbox.entries) == 1)
    (entry,) = inbox.entries
    assert isinstance(entry, Observed) and not entry.answerable and entry.address.public


async def test_a_command_in_public_is_answered_to_its_asker_alone(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        used = await platform.fake.slash(ANN, "ask", GENERAL, question="fees?")
        assert await inbox.texts(1) == ["fees?"]
        asked = inbox.messages[0]
        await platform.fake.state.until(lambda: used.kind == 5)
        offered = replace(say(asked.address, "Which?", "A", "B"), reply_to=asked.external_id)
        await deliver(platform.channel, offered)
        (shown,) = platform.fake.state.posted
        assert shown.hidden and shown.interaction == used.id
        pressed = await platform.fake.press(ANN, shown, "B")
        await inbox.until(lambda: len(inbox.entries) == 2)
        await platform.fake.state.until(lambda: pressed.kind == 7)
        assert all(one["disabled"] for one in shown.buttons)
        back = inbox.entries[1]
        assert isinstance(back, Chosen) and back.choice == "1.1" and back.address == asked.address
        await deliver(platform.channel, replace(say(back.address, "B it is.", number=2), reply_to=back.external_id))
    assert [(one.content, one.hidden) for one in platform.fake.state.posted[1:]] == [("B it is.", True)]


async def test_a_button_of_another_member_is_refused(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        address = Address(channel=ChannelName("discord"), key=f"{GENERAL}:{ANN_ID}", public=True)
        await platform.channel.send(say(address, "Which?", "A", "B"))
        pressed = await platform.fake.press(BEN, platform.fake.state.posted[0], "A")
        await platform.fake.state.until(lambda: pressed.kind == 4)
    assert "for the person who asked" in pressed.said and inbox.entries == []


async def test_a_person_is_asked_for_in_private_wherever_one_asks(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        used = await platform.fake.slash(ANN, "human", GENERAL)
        await inbox.until(lambda: len(inbox.entries) == 1)
        await platform.fake.state.until(lambda: used.kind == 4)
    assert isinstance(inbox.entries[0], PersonWanted) and inbox.entries[0].address == platform.address
    assert "in private" in used.said


async def test_the_way_to_the_private_chat_is_a_button(platform: Discord, inbox: Inbox) -> None:
    address = Address(channel=ChannelName("discord"), key=f"{GENERAL}:{ANN_ID}", public=True)
    async with listening(platform.channel, inbox):
        await connected(platform)
        await platform.channel.send(replace(say(address, "Not here."), leads_private=True))
        await platform.fake.press(ANN, platform.fake.state.posted[0], "Open the private chat")
        await inbox.until(lambda: len(inbox.entries) == 1)
    assert isinstance(inbox.entries[0], PersonWanted) and inbox.entries[0].address == platform.address


async def test_status_and_language_are_commands(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        asked = await platform.fake.slash(ANN, "status", GENERAL)
        await platform.fake.state.until(lambda: asked.kind == 4)
        await platform.fake.slash(ANN, "language", GENERAL, language="ja")
        await inbox.until(lambda: len(inbox.entries) == 1)
    assert "#5" in asked.said and "number 2 in line" in asked.said
    assert isinstance(inbox.entries[0], LanguageSet) and inbox.entries[0].language == "ja"


async def test_a_command_that_cannot_be_stored_is_refused_in_time(platform: Discord, inbox: Inbox) -> None:
    inbox.away = True
    async with listening(platform.channel, inbox):
        await connected(platform)
        used = await platform.fake.slash(ANN, "ask", GENERAL, question="fees?")
        await platform.fake.state.until(lambda: used.kind is not None)
    assert used.kind == 4 and "send it again" in used.said


async def test_many_choices_are_a_menu(platform: Discord, inbox: Inbox) -> None:
    labels = [f"Choice {number}" for number in range(9)]
    async with listening(platform.channel, inbox):
        await connected(platform)
        platform.fake.state.direct(ANN_ID)
        await platform.channel.send(say(platform.address, "Which?", *labels))
        await platform.fake.select(ANN, platform.fake.state.posted[0], "Choice 7")
        await inbox.until(lambda: len(inbox.entries) == 1)
    assert isinstance(inbox.entries[0], Chosen) and inbox.entries[0].choice == "1.7"


async def test_closed_direct_messages_lead_to_a_private_thread(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await connected(platform)
        await platform.fake.slash(ANN, "human", GENERAL)
        await platform.fake.state.until(lambda: len(platform.fake.state.posted) == 1)
        platform.fake.state.closed.add(DIRECT)
        await platform.channel.send(say(platform.address, "A person comes."))
        (_, shown) = platform.fake.state.posted
        thread = platform.fake.state.channels[shown.channel]
        assert (thread["type"], thread["members"]) == (12, [ANN_ID])
        await platform.fake.say(shown.channel, ANN, "thank you")
        assert await inbox.texts(1) == ["thank you"]
        assert inbox.messages[0].address == platform.address
        await platform.channel.send(say(platform.address, "Welcome.", number=2))
    assert [one.channel for one in platform.fake.state.posted[1:]] == [shown.channel] * 2


async def test_without_a_place_for_threads_closed_direct_messages_are_said_so(
    opened: Callable[..., Discord], inbox: Inbox
) -> None:
    platform = opened()
    platform.fake.state.direct(ANN_ID)
    platform.fake.state.closed.add(DIRECT)
    with pytest.raises(DeliveryRefused, match="private_threads"):
        await platform.channel.send(say(platform.address, "Hello"))


async def test_an_edit_is_put_and_a_file_fetched(platform: Discord, inbox: Inbox) -> None:
    file = {"id": "1", "filename": "a.png", "size": 9, "url": "https://cdn.discordapp.com/a.png", "proxy_url": "x"}
    async with listening(platform.channel, inbox):
        await connected(platform)
        number = await platform.fake.dm(ANN, "look", attachments=[file])
        await inbox.texts(1)
        await platform.fake.edit(DIRECT, number, "look here")
        await inbox.until(lambda: len(inbox.entries) == 2)
    assert [one.name for one in inbox.messages[0].attachments] == ["a.png"]
    edit = inbox.entries[1]
    assert isinstance(edit, Edited) and (edit.edits, edit.text) == (ExternalId(number), "look here")


@pytest.mark.parametrize("how", ["op 7", "op 9", "4009", "4000", "refused"])
async def test_every_end_of_a_session_misses_nothing(platform: Discord, inbox: Inbox, how: str) -> None:
    gateway = platform.fake.gateway
    async with listening(platform.channel, inbox):
        await platform.says("before")
        await inbox.texts(1)
        gateway.forget_sessions = how in ("op 9", "refused")
        gateway.refuse = 2 if how == "refused" else 0
        if how == "op 7":
            await gateway.reconnect()
        elif how.isdecimal():
            await gateway.close(int(how))
        else:
            gateway.cut()
        await platform.fake.dm(ANN, "meanwhile")
        assert await inbox.texts(2) == ["before", "meanwhile"]


async def test_a_missing_permission_is_named(opened: Callable[..., Discord]) -> None:
    platform = opened(support=["700000000000000099"])
    (missing,) = await platform.channel.examine()
    assert "700000000000000099" in missing


async def test_what_comes_live_does_not_overtake_what_was_missed(platform: Discord, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await platform.says("known")
        await inbox.texts(1)
    await platform.channel.close()
    await platform.says("missed")
    platform.fake.gateway.at_ready = functools.partial(platform.says, "live")
    platform.channel = platform.restarted()
    async with listening(platform.channel, inbox):
        assert await inbox.texts(3) == ["known", "missed", "live"]
