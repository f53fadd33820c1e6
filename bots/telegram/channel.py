"""The Telegram channel: updates in, messages out."""

from __future__ import annotations

import asyncio
import functools
import hmac
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final, assert_never, cast
from urllib.parse import urlsplit

from aiohttp import web
from telegram import Bot, BotCommand, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bots.attachments.fetching import fetched
from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, Chunks
from bots.background import Background
from bots.channel import Channel, Limits, SentId, Surroundings
from bots.errors import (
    ChannelAuthError,
    DeliveryError,
    DeliveryRefused,
    DeliveryRetry,
    MalformedUpdate,
    UnsupportedUpdate,
)
from bots.languages import own_names
from bots.pacing import Pace, Rate
from bots.parts import send_parts
from bots.patience import patiently, taken
from bots.shape import shape
from bots.standing import standing_text
from bots.telegram.addresses import TELEGRAM, Place, place_of
from bots.telegram.errors import Moved, TopicGone, Unformatted, mapped
from bots.telegram.parse import ALLOWED, Asked, FileRef, Heard, Me, Migrated, Pressed, chat_of, read
from bots.telegram.render import LIMITS, Part, language_buttons, parts
from bots.telegram.settings import TelegramSettings
from bridge.errors import StoreError
from bridge.ports import Put
from bridge.types import (
    Address,
    Attachment,
    Ban,
    ChannelName,
    Delete,
    Edit,
    Incoming,
    Mute,
    Observed,
    Outgoing,
    Say,
    Typing,
)

log = logging.getLogger(__name__)

API: Final = "https://api.telegram.org"
_POLL_S: Final = 25
_ALBUM: Final = timedelta(hours=1)
_COMMANDS: Final = ("help", "human", "status", "language")
_SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"


class _Bot(Bot):
    """The library's, with updates as they were sent: its own way raises for a whole batch that holds an odd one."""

    async def updates(self, offset: int) -> list[object]:
        """What comes from `offset` on; waits for a while when there is nothing."""
        asked = {"offset": offset, "timeout": _POLL_S, "limit": 100, "allowed_updates": list(ALLOWED)}
        return cast("list[object]", await self._post("getUpdates", asked, read_timeout=_POLL_S + 10))


class TelegramChannel(Channel):
    """One bot. `credentials` are TELEGRAM_TOKEN and, if it is elsewhere, TELEGRAM_API_URL."""

    def __init__(self, credentials: Mapping[str, str], settings: TelegramSettings, given: Surroundings) -> None:
        """Connects to nothing yet."""
        api = credentials.get("TELEGRAM_API_URL", API).rstrip("/")
        self._bot = _Bot(
            credentials["TELEGRAM_TOKEN"],
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            request=HTTPXRequest(connection_pool_size=64, read_timeout=20, pool_timeout=10),
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=_POLL_S + 10),
        )
        self._settings = settings
        self._given = given
        self._memory = given.memory
        self._pace = Pace()
        self._side = Background(TELEGRAM)
        self._me: Me | None = None
        self._hook_secret = hmac.new(given.secret, b"hook", sha256).hexdigest()

    @property
    def name(self) -> ChannelName:
        """Its word in addresses, keys and configuration."""
        return TELEGRAM

    @property
    def limits(self) -> Limits:
        """What fits into one message."""
        return LIMITS

    async def close(self) -> None:
        """Let go of all connections."""
        await self._side.close()
        for request in self._bot._request:  # the library closes them only for bots that it initialized itself
            await request.shutdown()

    # In

    async def listen(self, put: Put) -> None:
        """Poll, or see to it that Telegram calls us, until cancelled. Raises ChannelAuthError."""
        me = await patiently(TELEGRAM, "introduction", self._introduce)
        self._side.start("commands", self._show_commands())
        if self._settings.receive == "webhook":
            await patiently(TELEGRAM, "webhook", self._ask_for_calls)
            await asyncio.Event().wait()
        await patiently(TELEGRAM, "webhook", self._end_calls)
        await self._poll(put, me)

    async def hook(self, request: web.Request, put: Put) -> web.StreamResponse:
        """Take one update that Telegram brings; it comes again unless 200 is answered."""
        if self._settings.receive != "webhook":
            raise web.HTTPNotFound(text="This bot polls.")
        if not hmac.compare_digest(request.headers.get(_SECRET, "").encode(), self._hook_secret.encode()):
            raise web.HTTPForbidden(text="The secret is not ours.")
        try:
            raw = json.loads(await request.read())
        except ValueError:
            log.warning("Telegram brought what is no JSON")
            return web.Response()
        try:
            await self._take(raw if isinstance(raw, dict) else {}, put, await self._introduce())
        except (StoreError, DeliveryError):
            raise web.HTTPServiceUnavailable(text="Not stored; bring it again.", headers={"Retry-After": "2"}) from None
        return web.Response()

    async def _poll(self, put: Put, me: Me) -> None:
        """Fetch, put, and only then move on: Telegram forgets an update when the next ones are asked for."""
        while True:
            position = await patiently(TELEGRAM, "position", functools.partial(self._memory.position, "updates"))
            updates = await patiently(TELEGRAM, "updates", functools.partial(self._updates, int(position or 0)))
            if not updates:
                continue
            await self._take_all(updates, put, me)
            after = str(max(_number(update) for update in updates) + 1)
            await patiently(TELEGRAM, "position", functools.partial(self._memory.advance, "updates", position, after))

    async def _updates(self, offset: int) -> list[Mapping[str, object]]:
        async with mapped():
            found = await self._bot.updates(offset)
        return [update for update in found if isinstance(update, Mapping)]

    async def _take_all(self, updates: Sequence[Mapping[str, object]], put: Put, me: Me) -> None:
        """Take a batch: each chat's in order, the chats side by side."""
        chats: dict[str, list[Mapping[str, object]]] = defaultdict(list)
        for update in updates:
            chats[chat_of(update)].append(update)

        async def one_chat(theirs: Sequence[Mapping[str, object]]) -> None:
            for update in theirs:
                await taken(TELEGRAM, update, functools.partial(self._take, update, put, me))

        async with asyncio.TaskGroup() as tasks:
            for theirs in chats.values():
                tasks.create_task(one_chat(theirs))

    async def _take(self, raw: Mapping[str, object], put: Put, me: Me) -> None:
        """Put what an update says. Raises StoreError."""
        try:
            found = read(raw, me, self._given.clock.now())
        except UnsupportedUpdate:
            return
        except MalformedUpdate as error:
            log.warning("Telegram sent what cannot be read", extra={"reason": str(error), "shape": shape(raw)})
            return
        match found:
            case Heard():
                await put((await self._complete(found)).entry)
            case Pressed():
                if found.entry is not None:
                    await put(found.entry)
                self._side.start("press", self._acknowledge(found))
            case Asked():
                self._side.start(found.command, self._answer(found))
            case Migrated():
                await self._memory.advance(f"moved:{found.before}", "", str(found.after))
            case _:
                assert_never(found)

    async def _complete(self, heard: Heard) -> Heard:
        """Fetch the files of a message. Of an album the first message asks, the others are only shown."""
        entry = heard.entry
        if not isinstance(entry, Incoming | Observed):
            return heard
        files = [await self._file(entry.address, one) for one in heard.files]
        entry = replace(entry, attachments=(*entry.attachments, *files))
        if heard.album is not None and isinstance(entry, Incoming) and not entry.text:
            first = await self._memory.kept(f"album:{heard.album}")
            if first is None:
                await self._memory.keep(f"album:{heard.album}", entry.external_id, _ALBUM)
            elif first != entry.external_id:
                entry = _shown(entry)
        return replace(heard, entry=entry)

    async def _file(self, address: Address, file: FileRef) -> Attachment:
        opened = functools.partial(self._open, file.file_id)
        fetch = functools.partial(self._given.files.fetch, address.conversation, file.name, opened)
        return await fetched(file.name, file.size, fetch)

    @asynccontextmanager
    async def _open(self, file_id: str) -> AsyncIterator[Chunks]:
        try:
            async with mapped():
                data = await (await self._bot.get_file(file_id)).download_as_bytearray()
        except DeliveryRefused as error:
            raise AttachmentRefused("too_large", "Telegram gives bots no files over 20 MB") from error
        except (DeliveryError, ChannelAuthError) as error:
            raise AttachmentUnavailable("Telegram does not give the file now") from error
        yield _once(bytes(data))

    async def _acknowledge(self, pressed: Pressed) -> None:
        """Answer a press always: the customer's app waits for it. What was used is taken away."""
        language = pressed.language or "en"
        said = self._given.phrases().say("not_your_button", language) if pressed.foreign else None
        async with mapped():
            await self._bot.answer_callback_query(pressed.query, text=said)
            if pressed.shown is not None and pressed.entry is not None:
                chat, message = pressed.shown
                await self._bot.edit_message_reply_markup(chat, message, reply_markup=None)

    async def _answer(self, asked: Asked) -> None:
        """Answer a command that no conversation is needed for."""
        phrases, language = self._given.phrases(), asked.language or "en"
        buttons: InlineKeyboardMarkup | None = None
        match asked.command:
            case "help":
                text = phrases.say("help", language)
            case "language":
                text = phrases.say("language_ask", language)
                auto = phrases.say("language_auto", language)
                buttons = language_buttons(own_names(phrases.languages), auto, asked.place)
            case "status" if asked.place.member is not None:
                text = phrases.say("in_private", language)
            case "status":
                standing = await self._given.standings.of(asked.place.address.conversation)
                text = standing_text(standing, phrases, language)
        answers = asked.message if asked.place.member is not None else None
        await self._message(asked.place, Part(text=text, buttons=buttons, answers=answers))

    # Out

    async def send(self, outgoing: Outgoing) -> SentId:
        """Deliver one reply; raises as the contract says."""
        place = place_of(outgoing.address)
        match outgoing:
            case Say():
                link = await self._private_link(outgoing) if outgoing.leads_private else None
                said = parts(outgoing, place, link)
                return await send_parts(said, lambda number, part: self._message(place, part))
            case Edit():
                async with mapped():
                    await self._bot.edit_message_text(outgoing.text, place.chat, int(outgoing.target))
            case Delete():
                async with mapped():
                    await self._bot.delete_message(place.chat, int(outgoing.target))
            case Mute() | Ban():
                raise DeliveryRefused("moderation is not part of this channel yet")
            case Typing():
                await self.typing(outgoing.address)
            case _:
                assert_never(outgoing)
        return SentId(outgoing.id)

    async def typing(self, address: Address) -> None:
        """Show for a few seconds that an answer is being written."""
        place = place_of(address)
        try:
            await self._bot.send_chat_action(place.chat, "typing", message_thread_id=place.topic)
        except TelegramError as error:
            log.debug("typing was not shown", extra={"error": type(error).__name__})

    async def _message(self, place: Place, part: Part) -> SentId:
        """Send one message at its turn: plain when Telegram does not take the formatting, else as it is."""
        chat = await self._moved(place.chat)
        await self._pace.wait(self._rates(chat))
        try:
            return await self._post(chat, place.topic, part)
        except Unformatted:
            return await self._post(chat, place.topic, replace(part, entities=()))
        except TopicGone:
            return await self._post(chat, None, part)
        except Moved as moved:
            await self._memory.advance(f"moved:{chat}", "", str(moved.chat))
            raise
        except DeliveryRetry as later:
            self._pace.close(f"chat:{chat}", later.after)
            raise

    async def _post(self, chat: int, topic: int | None, part: Part) -> SentId:
        answers = None
        if part.answers is not None:
            answers = ReplyParameters(part.answers, allow_sending_without_reply=True)
        async with mapped():
            sent = await self._bot.send_message(
                chat,
                part.text,
                entities=list(part.entities) or None,
                message_thread_id=topic,
                reply_markup=part.buttons,
                reply_parameters=answers,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return SentId(str(sent.message_id))

    async def _private_link(self, say: Say) -> tuple[str, str]:
        me = await self._introduce()
        return self._given.phrases().say("open_private", say.language), f"https://t.me/{me.username}?start=human"

    async def _moved(self, chat: int) -> int:
        """A group's id now: it changes once in its life, when it becomes a supergroup."""
        return chat if chat > 0 else int(await self._memory.position(f"moved:{chat}") or chat)

    def _rates(self, chat: int) -> dict[str, Rate]:
        pace = self._settings.pace
        own = Rate(3, pace.chat_per_second) if chat > 0 else Rate(5, pace.group_per_minute / 60)
        return {"all": Rate(pace.per_second, pace.per_second), f"chat:{chat}": own}

    # About itself

    async def examine(self) -> Sequence[str]:
        """Ask Telegram who the bot is and whether it may see what it should."""
        try:
            async with mapped():
                me, hook = await self._bot.get_me(), await self._bot.get_webhook_info()
        except (ChannelAuthError, DeliveryError) as error:
            return (str(error),)
        missing = []
        if not me.can_read_all_group_messages:
            missing.append("groups: the bot sees only what is said to it; /setprivacy at @BotFather lets it see all")
        if self._settings.receive == "webhook" and urlsplit(self._given.public_url).scheme != "https":
            missing.append('webhook: SWITCHBOARD_PUBLIC_URL must be https; or set receive = "polling" in telegram.toml')
        if self._settings.receive == "webhook" and hook.last_error_message:
            missing.append(f"webhook: Telegram could not deliver: {hook.last_error_message}")
        return missing

    async def _introduce(self) -> Me:
        if self._me is None:
            async with mapped():
                user = await self._bot.get_me()
            self._me = Me(
                id=user.id,
                username=user.username or "",
                languages=frozenset(self._given.phrases().languages),
                answers_unasked=lambda chat: self._settings.answers(chat) == "sure",
            )
        return self._me

    async def _ask_for_calls(self) -> None:
        async with mapped():
            await self._bot.set_webhook(
                f"{self._given.public_url}/hooks/{TELEGRAM}",
                allowed_updates=list(ALLOWED),
                secret_token=self._hook_secret,
            )

    async def _end_calls(self) -> None:
        async with mapped():
            await self._bot.delete_webhook()

    async def _show_commands(self) -> None:
        phrases = self._given.phrases()
        for language in phrases.languages:
            commands = [BotCommand(name, phrases.say(f"command_{name}", language)) for name in _COMMANDS]
            async with mapped():
                # English is what Telegram shows to speakers of all other languages.
                await self._bot.set_my_commands(commands, language_code=None if language == "en" else language)


def _number(update: Mapping[str, object]) -> int:
    number = update.get("update_id")
    return number if isinstance(number, int) else 0


def _shown(entry: Incoming) -> Observed:
    return Observed(
        address=entry.address,
        external_id=entry.external_id,
        text=entry.text,
        at=entry.at,
        language=entry.language,
        name=entry.name,
        attachments=entry.attachments,
    )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
