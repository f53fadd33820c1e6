"""The fake Bot API, driven by python-telegram-bot: it is as strict as Telegram, and a little more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from telegram import (
    Bot,
    BotCommand,
    ChatPermissions,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from tests.fakes.telegram import EVERYWHERE, FakeTelegram, Json, Trouble
from tests.fixtures import telegram as updates

TOKEN = "4242:fake-token-of-the-tests"
ANN = 7001


def bot_at(origin: str, read_timeout: float = 5.0) -> Bot:
    requests = [HTTPXRequest(connection_pool_size=8, read_timeout=read_timeout) for _ in range(2)]
    return Bot(
        TOKEN,
        base_url=f"{origin}/bot",
        base_file_url=f"{origin}/file/bot",
        request=requests[0],
        get_updates_request=requests[1],
    )


@pytest.fixture
def fake() -> FakeTelegram:
    return FakeTelegram(token=TOKEN)


@pytest.fixture
async def origin(fake: FakeTelegram) -> AsyncIterator[str]:
    async with fake.serving() as address:
        yield address


@pytest.fixture
async def bot(origin: str, fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with bot_at(origin) as made:
        yield made
    assert fake.violations == []


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(one.upper(), callback_data=one)] for one in data])


# Who calls


async def test_a_wrong_token_is_unauthorized(origin: str) -> None:
    async with ClientSession() as session, session.get(f"{origin}/bot4242:another/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (401, "Unauthorized")


async def test_a_token_may_be_revoked(fake: FakeTelegram, bot: Bot) -> None:
    fake.unauthorized = True
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_a_token_that_is_none_is_not_found(origin: str) -> None:
    async with ClientSession() as session, session.get(f"{origin}/botnone/getMe") as response:
        assert (response.status, (await response.json())["description"]) == (404, "Not Found")


# Updates


async def test_updates_come_until_a_higher_offset_confirms_them(fake: FakeTelegram, bot: Bot) -> None:
    first = await fake.add(updates.message(1, "one"))
    second = await fake.add(updates.message(2, "two"))
    assert [one.update_id for one in await bot.get_updates()] == [first, second]
    assert [one.update_id for one in await bot.get_updates(offset=first, limit=1)] == [first]
    assert [one.update_id for one in await bot.get_updates(offset=second)] == [second]
    assert fake.confirmed == first


async def test_a_long_poll_is_woken(fake: FakeTelegram, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=4))
    await fake.until(lambda: [name for name, _ in fake.calls].count("getUpdates") == 1)
    await fake.say("hello", chat=updates.PRIVATE, user=updates.ANN)
    (update,) = await poll
    assert update.message is not None and update.message.text == "hello"


async def test_a_second_poll_ends_the_first(fake: FakeTelegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=4))
    await fake.until(lambda: [name for name, _ in fake.calls].count("getUpdates") == 1)
    second = asyncio.create_task(bot.get_updates(timeout=4))
    with pytest.raises(Conflict):
        await first
    await fake.add(updates.message(1, "one"))
    assert len(await second) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(fake: FakeTelegram, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await fake.add(updates.message(1, "one"))
    await fake.add(updates.pressed("a"))
    assert [one.message for one in await bot.get_updates()] == [None]


async def test_a_webhook_is_called_in_order_until_it_takes_each(fake: FakeTelegram, bot: Bot) -> None:
    got: list[tuple[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        got.append((body["message"]["text"], request.headers["X-Telegram-Bot-Api-Secret-Token"]))
        return web.Response(status=503 if len(got) == 1 else 200)

    application = web.Application()
    application.router.add_post("/hook", take)
    async with TestServer(application) as server:
        await bot.set_webhook(str(server.make_url("/hook")), secret_token="a-secret", max_connections=1)
        await fake.add(updates.message(1, "one"))
        last = await fake.add(updates.message(2, "two"))
        await fake.until(lambda: fake.confirmed == last)
        assert got == [("one", "a-secret"), ("one", "a-secret"), ("two", "a-secret")]
        with pytest.raises(Conflict):
            await bot.get_updates()
        assert (await bot.get_webhook_info()).pending_update_count == 0
        await bot.delete_webhook()
        assert (await bot.get_webhook_info()).url == ""


# Sends


async def test_a_message_is_recorded_and_its_button_pressed(fake: FakeTelegram, bot: Bot) -> None:
    sent = await bot.send_message(ANN, "Which?", reply_markup=keyboard("a", "b"))
    (shown,) = fake.sent
    assert (shown.chat, shown.text, shown.id) == (ANN, "Which?", sent.message_id)
    await fake.press(shown, updates.ANN, "B")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None and update.callback_query.data == "b"
    await bot.answer_callback_query(update.callback_query.id, "Thanks")
    assert fake.answered[0]["text"] == "Thanks"
    await bot.edit_message_reply_markup(ANN, sent.message_id, reply_markup=None)
    with pytest.raises(LookupError):
        await fake.press(shown, updates.ANN, "B")


async def test_data_that_is_on_no_button_cannot_be_pressed(fake: FakeTelegram, bot: Bot) -> None:
    await bot.send_message(ANN, "Which?", reply_markup=keyboard("a"))
    with pytest.raises(LookupError):
        await fake.press(fake.sent[0], updates.ANN, None, data="z")


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("😀" * 2049, {}, "message is too long"),
        (" \n", {}, "message text is empty"),
        ("x", {"reply_markup": keyboard("d" * 65)}, "button_data_invalid"),
        ("x", {"message_thread_id": 9}, "message thread not found"),
        ("x", {"reply_parameters": ReplyParameters(55)}, "message to be replied not found"),
        ("😀", {"entities": [MessageEntity("bold", 0, 3)]}, "outside of the text"),
        ("x", {"entities": [MessageEntity("text_link", 0, 1)]}, 'find field "url"'),
    ],
)
async def test_telegrams_limits_hold(bot: Bot, text: str, more: Json, words: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(ANN, text, **more)  # type: ignore[arg-type]
    assert words in str(refused.value).lower()


async def test_the_longest_text_is_sent_and_a_lost_reply_may_be_allowed(fake: FakeTelegram, bot: Bot) -> None:
    await bot.send_message(ANN, "😀" * 2048, reply_parameters=ReplyParameters(55, allow_sending_without_reply=True))
    assert len(fake.sent) == 1


async def test_a_topic_that_was_written_in_is_known(fake: FakeTelegram, bot: Bot) -> None:
    await fake.add(updates.in_topic(1, "hello", 7))
    await bot.send_message(-100123, "hello", message_thread_id=7)
    assert fake.sent[0].thread == 7


async def test_chats_may_be_unknown(fake: FakeTelegram, bot: Bot) -> None:
    fake.answers.only_chats = {ANN}
    await bot.send_message(ANN, "hello")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(8000, "hello")


@pytest.mark.parametrize(
    ("mode", "source", "text", "kinds"),
    [
        ("HTML", "<b>a <i>b</i></b> &lt;&#33;", "a b <!", ["bold", "italic"]),
        ("HTML", '<a href="https://a.example/?x&amp;y">a</a>', "a", ["text_link"]),
        ("HTML", '<span class="tg-spoiler">a</span><blockquote expandable>b</blockquote>', "ab", None),
        ("MarkdownV2", r"*a _b_* \.", "a b .", ["bold", "italic"]),
        ("MarkdownV2", r"[a](https://a.example/\)) ||b|| `c.`", "a b c.", ["text_link", "spoiler", "code"]),
        ("MarkdownV2", ">a\n>b\nc", "a\nb\nc", ["blockquote"]),
        ("MarkdownV2", "```python\na-b\n```", "a-b\n", ["pre"]),
    ],
)
async def test_markup_is_read(
    fake: FakeTelegram, bot: Bot, mode: str, source: str, text: str, kinds: list[str] | None
) -> None:
    await bot.send_message(ANN, source, parse_mode=mode)
    assert fake.sent[0].text == text
    assert kinds is None or [one["type"] for one in fake.sent[0].entities] == kinds


@pytest.mark.parametrize(
    ("mode", "source"),
    [
        ("HTML", "<b>a"),
        ("HTML", "<b><i>a</b></i>"),
        ("HTML", "<div>a</div>"),
        ("HTML", "1 < 2"),
        ("HTML", "<span>a</span>"),
        ("HTML", "a</b>"),
        ("MarkdownV2", "a."),
        ("MarkdownV2", "*a"),
        ("MarkdownV2", "[a](b"),
        ("MarkdownV2", "`a"),
    ],
)
async def test_wrong_markup_is_refused(bot: Bot, mode: str, source: str) -> None:
    with pytest.raises(BadRequest, match="Can't parse entities"):
        await bot.send_message(ANN, source, parse_mode=mode)


async def test_edits_and_deletions_change_what_is_shown(fake: FakeTelegram, bot: Bot) -> None:
    sent = await bot.send_message(ANN, "one")
    with pytest.raises(BadRequest, match="is not modified"):
        await bot.edit_message_text("one", ANN, sent.message_id)
    await bot.edit_message_text("two", ANN, sent.message_id)
    await bot.delete_message(ANN, sent.message_id)
    assert (fake.sent[0].text, fake.sent[0].deleted) == ("two", True)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("three", ANN, sent.message_id)


async def test_files_go_both_ways(fake: FakeTelegram, bot: Bot) -> None:
    name = fake.store_file(b"a log", "log.txt")
    assert bytes(await (await bot.get_file(name)).download_as_bytearray()) == b"a log"
    sent = await bot.send_document(ANN, b"a report", filename="report.txt", caption="<b>x</b>", parse_mode="HTML")
    assert sent.document is not None and fake.files[sent.document.file_id] == b"a report"
    await bot.send_photo(ANN, b"\x89PNG")
    assert [(one.method, one.text) for one in fake.sent] == [("sendDocument", "x"), ("sendPhoto", "")]


async def test_the_other_methods(fake: FakeTelegram, bot: Bot) -> None:
    await bot.send_chat_action(ANN, "typing")
    await bot.set_my_commands([BotCommand("human", "A person")], language_code="ja")
    await bot.delete_my_commands(language_code="ja")
    await bot.set_my_description("Helps")
    assert fake.actions == [(ANN, "typing")] and fake.answers.commands == {}
    assert (await bot.get_chat(-100123)).type == "supergroup"
    await bot.restrict_chat_member(-100123, ANN, ChatPermissions(can_send_messages=False))
    assert (await bot.get_chat_member(-100123, ANN)).status == "restricted"
    await bot.ban_chat_member(-100123, ANN)
    assert (await bot.get_chat_member(-100123, ANN)).status == "kicked"


# Troubles


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble.FLOOD, RetryAfter),
        (Trouble.BLOCKED, Forbidden),
        (Trouble.UNAUTHORIZED, InvalidToken),
        (Trouble.BROKEN, NetworkError),
        (Trouble.BAD_GATEWAY, TelegramError),
        (Trouble.ENTITIES, BadRequest),
        (Trouble.CUT_BEFORE, NetworkError),
    ],
)
@pytest.mark.parametrize("place", [ANN, "sendMessage", EVERYWHERE])
async def test_a_trouble_befalls_the_next_and_nothing_is_sent(
    fake: FakeTelegram, bot: Bot, place: int | str, trouble: Trouble, error: type[TelegramError]
) -> None:
    fake.trouble(place, trouble)
    with pytest.raises(error):
        await bot.send_message(ANN, "one")
    await bot.send_message(ANN, "two")
    assert [one.text for one in fake.sent] == ["two"]


async def test_a_cut_after_the_write_leaves_the_message_sent(fake: FakeTelegram, bot: Bot) -> None:
    fake.trouble(ANN, Trouble.CUT_AFTER)
    with pytest.raises(NetworkError):
        await bot.send_message(ANN, "one")
    assert [one.text for one in fake.sent] == ["one"]


async def test_a_call_may_hang_or_be_slow(fake: FakeTelegram, origin: str) -> None:
    async with bot_at(origin, read_timeout=0.2) as bot:
        fake.trouble(ANN, Trouble.HANG, Trouble.SLOW)
        for text in ("one", "two"):
            with pytest.raises(TimedOut):
                await bot.send_message(ANN, text)
    assert [one.text for one in fake.sent] == ["two"]


async def test_a_flood_is_of_one_chat_and_so_many_times(fake: FakeTelegram, bot: Bot) -> None:
    fake.flood(ANN, 30, times=1)
    with pytest.raises(RetryAfter) as told:
        await bot.send_message(ANN, "one")
    assert str(told.value).endswith("Retry in 30 seconds")
    await bot.send_message(8000, "other")
    await bot.send_message(ANN, "two")
    assert [one.text for one in fake.sent] == ["other", "two"]


async def test_a_lasting_trouble_ends_when_it_is_lifted(fake: FakeTelegram, bot: Bot) -> None:
    fake.lasting(ANN, Trouble.BLOCKED)
    for _ in range(2):
        with pytest.raises(Forbidden):
            await bot.send_message(ANN, "one")
    fake.lasting(ANN, None)
    await bot.send_message(ANN, "two")


async def test_a_group_that_moved_says_where(fake: FakeTelegram, bot: Bot) -> None:
    fake.migrated[-555] = -100555
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-555, "one")
    assert moved.value.new_chat_id == -100555


# Strictness


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x", "txet": "y"}, 400),
        ("sendMessage", {"chat_id": 1}, 400),
        ("sendMessage", {"chat_id": "one", "text": "x"}, 400),
        ("sendMessage", {"chat_id": 1, "text": 5}, 400),
        ("getUpdates", {"timeout": "soon"}, 400),
        ("deleteMessage", {"chat_id": 1, "message_id": True}, 400),
        ("sendMesage", {"chat_id": 1, "text": "x"}, 404),
    ],
)
async def test_what_no_client_may_say_is_a_violation(
    fake: FakeTelegram, origin: str, method: str, body: Json, status: int
) -> None:
    async with ClientSession() as session, session.post(f"{origin}/bot{TOKEN}/{method}", json=body) as response:
        assert response.status == status
    assert len(fake.violations) == 1


# Fixtures


def test_fixtures_are_read_by_the_library() -> None:
    made = [
        updates.video(1),
        updates.voice(2),
        updates.sticker(3),
        updates.location(4),
        updates.contact(5),
        updates.in_topic(6, "x", 7),
        updates.replying(7, "x", 101),
        *updates.album(8, 3, caption="x"),
        updates.captioned(11, "x", [{"type": "bold", "offset": 0, "length": 1}]),
        updates.edited(12, "x"),
        updates.channel_post(13, "x"),
        updates.pressed_inaccessible("a"),
        updates.pressed_without_data(),
        updates.member_changed(updates.BEN, "left", "member"),
        updates.joined(14, updates.BEN),
        *updates.migrated(15, updates.SMALL_GROUP, -100555),
        updates.by_anonymous_admin(16, "x"),
        updates.forwarded(17, "x"),
        updates.reaction(18),
        updates.poll(),
        updates.business(19, "x"),
    ]
    for payload in made:
        (kind,) = payload
        read = Update.de_json({"update_id": 1, **payload})
        assert getattr(read, kind) is not None
        assert read.api_kwargs == {} and getattr(read, kind).api_kwargs == {}
