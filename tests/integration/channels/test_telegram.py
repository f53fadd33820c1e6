"""The Telegram channel on a strict Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, make_mocked_request

from bots.channel import Channel
from bots.errors import DeliveryRetry
from bots.telegram.channel import TelegramChannel
from bots.telegram.settings import TelegramSettings
from bridge.store import Store
from bridge.types import (
    Address,
    Began,
    ChannelName,
    Choice,
    ChoiceId,
    Chosen,
    Edited,
    ExternalId,
    Incoming,
    LanguageSet,
    Observed,
    PersonWanted,
    Unreachable,
)
from tests.contract.channel import CalledPlatform, DeliveryContract, Fault, Inbox, deliver, listening, say
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


class Telegram(CalledPlatform):
    """Ann in a private chat with the bot."""

    def __init__(
        self,
        fake: FakeTelegram,
        origin: str,
        store: Store,
        settings: TelegramSettings = FAST,
        public_url: str = "https://support.demo-exchange.example",
    ) -> None:
        self.fake = fake
        self.files = Files()
        self._origin = origin
        self._store = store
        self._settings = settings
        self._public_url = public_url
        self.channel = self.restarted()

    @property
    def address(self) -> Address:
        return Address(channel=ChannelName("telegram"), key="7001")

    def restarted(self) -> Channel:
        credentials = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": self._origin}
        given = replace(surroundings(self._store, "telegram", self.files), public_url=self._public_url)
        return TelegramChannel(credentials, self._settings, given)

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
async def fake() -> AsyncIterator[tuple[FakeTelegram, str]]:
    made = FakeTelegram(token=TOKEN)
    async with made.serving() as origin:
        yield made, origin
    assert made.violations == []


@pytest.fixture
async def platform(fake: tuple[FakeTelegram, str], store: Store) -> AsyncIterator[Telegram]:
    made = Telegram(*fake, store)
    yield made
    await made.channel.close()


class TestTelegram(DeliveryContract):
    """Everything that every channel promises."""


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def group(member: int, topic: int = 0) -> Address:
    return Address(channel=ChannelName("telegram"), key=f"-100123:{topic}:{member}", public=True)


async def put(platform: Telegram, inbox: Inbox, *payloads: updates.Json) -> None:
    """The updates come, and all that is to be put is put."""
    async with listening(platform.channel, inbox):
        for payload in payloads:
            last = await platform.fake.add(payload)
        await platform.fake.until(lambda: platform.fake.confirmed >= last)


# Groups


async def test_in_a_group_only_what_is_meant_for_the_bot_asks_it(platform: Telegram, inbox: Inbox) -> None:
    reply = {"message_id": 3, "date": 1, "chat": updates.GROUP, "from": updates.BOT, "text": "?"}
    await put(
        platform,
        inbox,
        updates.message(10, "good morning", chat=updates.GROUP, user=updates.BEN),
        updates.mentioning(11, "😀 @DemoHelpBot what are the fees?", chat=updates.GROUP),
        updates.message(12, "and for makers?", chat=updates.GROUP, reply_to_message=reply),
        updates.command(13, "/ask@DemoHelpBot and now?", chat=updates.GROUP),
        updates.command(14, "/ban@ModBot", chat=updates.GROUP),
        updates.message(15, "by an admin", chat=updates.GROUP, sender_chat=updates.GROUP, user=updates.OTHER_BOT),
    )
    said = [(type(one).__name__, getattr(one, "text", ""), one.address) for one in inbox.entries]
    assert said == [
        ("Observed", "good morning", group(7002)),
        ("Incoming", "😀  what are the fees?", group(7001)),
        ("Incoming", "and for makers?", group(7001)),
        ("Incoming", "and now?", group(7001)),
        ("Observed", "/ban@ModBot", group(7001)),
        ("Observed", "by an admin", group(-100123)),
    ]


async def test_a_group_may_want_sure_answers_unasked(
    fake: tuple[FakeTelegram, str], store: Store, inbox: Inbox
) -> None:
    settings = TelegramSettings.model_validate({"groups": {"-100123": "sure"}})
    platform = Telegram(*fake, store, settings)
    await put(
        platform,
        inbox,
        updates.message(10, "what are the fees?", chat=updates.GROUP),
        updates.message(11, "hello friends", chat=updates.SMALL_GROUP),
    )
    await platform.channel.close()
    assert [one.answerable for one in inbox.entries if isinstance(one, Observed)] == [True, False]


async def test_topics_are_conversations_of_their_own_and_answers_stay_in_them(platform: Telegram, inbox: Inbox) -> None:
    asked = updates.mentioning(20, "@DemoHelpBot fees?", chat=updates.GROUP, message_thread_id=7, is_topic_message=True)
    await put(platform, inbox, asked)
    assert inbox.messages[0].address == group(7001, 7)
    await platform.channel.send(replace(say(group(7001, 7), "0.1 %", "More"), reply_to=ExternalId("20")))
    (shown,) = platform.fake.sent
    assert (shown.chat, shown.thread, shown.answers) == (-100123, 7, 20)
    assert shown.buttons == [{"text": "More", "callback_data": "7001|1.0"}]


async def test_a_button_is_for_the_member_who_asked(platform: Telegram, inbox: Inbox) -> None:
    await platform.channel.send(say(group(7001), "Which?", "A", "B"))
    (shown,) = platform.fake.sent
    async with listening(platform.channel, inbox):
        await platform.fake.press(shown, updates.BEN, "A", updates.GROUP)
        await platform.fake.until(lambda: len(platform.fake.answered) == 1)
        assert platform.fake.answered[0]["text"] == "这些按钮是给提问者用的。" and inbox.entries == []
        await platform.fake.press(shown, updates.ANN, "B", updates.GROUP)
        await platform.fake.until(lambda: shown.buttons == [])
    assert [one.choice for one in inbox.entries if isinstance(one, Chosen)] == ["1.1"]


async def test_the_way_to_the_private_chat_is_a_button(platform: Telegram, inbox: Inbox) -> None:
    await platform.channel.send(replace(say(group(7001), "Not here."), leads_private=True))
    (button,) = platform.fake.sent[0].buttons
    assert button == {"text": "Open the private chat", "url": "https://t.me/DemoHelpBot?start=human"}
    await put(platform, inbox, updates.command(30, "/start human"))
    assert isinstance(inbox.entries[0], PersonWanted) and inbox.entries[0].address == platform.address


async def test_a_group_that_becomes_a_supergroup_is_followed(platform: Telegram) -> None:
    address = Address(channel=ChannelName("telegram"), key="-555:0:7001", public=True)
    platform.fake.migrated[-555] = -100555
    await deliver(platform.channel, say(address, "Hello"))
    assert [one.chat for one in platform.fake.sent] == [-100555]
    await platform.channel.send(say(address, "Again", number=2))
    assert [one.chat for one in platform.fake.sent] == [-100555, -100555]


# Private chats


async def test_commands_do_what_they_say(platform: Telegram, inbox: Inbox) -> None:
    await put(
        platform,
        inbox,
        updates.command(40, "/start"),
        updates.command(41, "/human"),
        updates.command(42, "/language ja"),
        updates.command(43, "/language auto"),
        updates.command(44, "/unknown thing"),
    )
    (began, person, japanese, followed, unknown) = inbox.entries
    assert isinstance(began, Began) and (began.name, began.language) == ("Ann Lee", "en")
    assert isinstance(person, PersonWanted)
    assert isinstance(japanese, LanguageSet) and japanese.language == "ja"
    assert isinstance(followed, LanguageSet) and followed.language is None
    assert isinstance(unknown, Incoming) and unknown.text == "/unknown thing"


async def test_help_status_and_language_are_answered_at_once(platform: Telegram, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await platform.fake.add(updates.command(50, "/help"))
        await platform.fake.until(lambda: len(platform.fake.sent) == 1)
        await platform.fake.add(updates.command(51, "/status"))
        await platform.fake.until(lambda: len(platform.fake.sent) == 2)
        await platform.fake.add(updates.command(52, "/language"))
        await platform.fake.until(lambda: len(platform.fake.sent) == 3)
        await platform.fake.press(platform.fake.sent[2], updates.ANN, "한국어", updates.PRIVATE)
        await inbox.until(lambda: len(inbox.entries) == 1)
    assert "/human" in platform.fake.sent[0].text and "#5" in platform.fake.sent[1].text
    assert isinstance(inbox.entries[0], LanguageSet) and inbox.entries[0].language == "ko"


async def test_commands_are_shown_in_every_language(platform: Telegram, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await platform.fake.until(lambda: sum(name == "setMyCommands" for name, _ in platform.fake.calls) == 4)
    told = [str(params.get("language_code", "")) for name, params in platform.fake.calls if name == "setMyCommands"]
    assert sorted(told) == ["", "ja", "ko", "zh"]


async def test_an_album_asks_once_and_is_shown_whole(platform: Telegram, inbox: Inbox) -> None:
    platform.fake.files["large"] = b"\x89PNG"
    album = {"media_group_id": "77"}
    await put(platform, inbox, updates.photo(60, **album), updates.photo(61, **album), updates.photo(62, **album))
    assert [type(one).__name__ for one in inbox.entries] == ["Incoming", "Observed", "Observed"]
    assert all(getattr(one, "attachments", ()) for one in inbox.entries)
    assert platform.files.kept == {"photo.jpg": b"\x89PNG"}


async def test_a_file_that_telegram_does_not_give_is_said_to_be_missing(platform: Telegram, inbox: Inbox) -> None:
    await put(platform, inbox, updates.document(70, "log.txt", caption="my log"))
    (entry,) = inbox.messages
    assert entry.text == "my log" and [one.refused for one in entry.attachments] == ["too_large"]


async def test_what_is_no_text_is_said_as_far_as_it_can_be(platform: Telegram, inbox: Inbox) -> None:
    await put(platform, inbox, *updates.fuzz_seeds()[-3:])
    (sticker, place, voice) = inbox.messages
    assert (sticker.text, place.text, voice.text) == ("👍", "📍 1.5, 2.5", "")
    assert [one.refused for one in voice.attachments] == ["type_refused"]


async def test_an_edit_and_a_block_are_put(platform: Telegram, inbox: Inbox) -> None:
    changed = updates.message(80, "what I meant")["message"]
    assert isinstance(changed, dict)
    await put(
        platform, inbox, {"edited_message": {**changed, "edit_date": 1_700_000_000}}, updates.membership("kicked")
    )
    (edit, gone) = inbox.entries
    assert isinstance(edit, Edited) and (edit.edits, edit.text) == ("80", "what I meant")
    assert isinstance(gone, Unreachable) and gone.address == platform.address


async def test_formatting_that_telegram_refuses_is_left_out(platform: Telegram) -> None:
    platform.fake.trouble(7001, Trouble.ENTITIES)
    await platform.channel.send(say(platform.address, "**Bold** and [fees](https://a.example/f)"))
    assert [(one.text, one.entities) for one in platform.fake.sent] == [("Bold and fees", [])]


async def test_choices_whose_data_is_too_long_are_a_numbered_list(platform: Telegram) -> None:
    long = Choice(id=ChoiceId("x" * 65), label="Long")
    await platform.channel.send(replace(say(platform.address, "Which?"), choices=(long,)))
    assert [(one.text, one.buttons) for one in platform.fake.sent] == [("Which?\n\n1. Long", [])]


async def test_a_chat_that_must_wait_holds_up_no_other(platform: Telegram) -> None:
    platform.fake.flood(7001, 30)
    with pytest.raises(DeliveryRetry):
        await platform.channel.send(say(platform.address, "Hello"))
    for number in range(20):
        other = Address(channel=ChannelName("telegram"), key=str(8000 + number))
        await platform.channel.send(say(other, "Hello"))
    assert len(platform.fake.sent) == 20


# Webhook


@pytest.fixture
async def hooked(fake: tuple[FakeTelegram, str], store: Store, inbox: Inbox) -> AsyncIterator[tuple[Telegram, str]]:
    """A channel that Telegram calls, and its address."""
    opened: list[TelegramChannel] = []

    async def call(request: web.Request) -> web.StreamResponse:
        return await opened[0].hook(request, put=inbox)

    application = web.Application()
    application.router.add_post("/hooks/telegram", call)
    async with TestServer(application) as server:
        url = str(server.make_url("")).rstrip("/")
        platform = Telegram(*fake, store, TelegramSettings.model_validate({"receive": "webhook"}), url)
        assert isinstance(platform.channel, TelegramChannel)
        opened.append(platform.channel)
        yield platform, f"{url}/hooks/telegram"
        await platform.channel.close()


async def test_telegram_may_call_us_and_brings_again_what_was_not_stored(
    hooked: tuple[Telegram, str], inbox: Inbox
) -> None:
    platform, _ = hooked
    inbox.away = True
    async with listening(platform.channel, inbox):
        await platform.says("first")
        await inbox.until(lambda: len(inbox.refused) >= 2)
        inbox.away = False
        for odd in updates.oddities():
            await platform.fake.add(odd)
        await platform.says("second")
        await inbox.until(lambda: any(one.text == "second" for one in inbox.messages))
    assert inbox.messages[0].text == "first"


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [("", "{}", 403), ("wrong", "{}", 403), ("right", "no json", 200), ("right", "[]", 200)],
)
async def test_a_call_proves_that_it_is_telegrams(
    hooked: tuple[Telegram, str], inbox: Inbox, secret: str, body: str, status: int
) -> None:
    platform, url = hooked
    async with listening(platform.channel, inbox):
        await platform.fake.until(lambda: platform.fake.hook_secret != "")
        sent = platform.fake.hook_secret if secret == "right" else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": sent} if sent else {}
        async with ClientSession() as session, session.post(url, data=body, headers=headers) as response:
            assert response.status == status
    assert inbox.entries == []


async def test_who_polls_takes_no_calls(platform: Telegram, inbox: Inbox) -> None:
    assert isinstance(platform.channel, TelegramChannel)
    with pytest.raises(web.HTTPNotFound):
        await platform.channel.hook(make_mocked_request("POST", "/hooks/telegram"), put=inbox)
