"""The Discord channel: events in, messages out."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, assert_never

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bots.attachments.fetching import fetched
from bots.background import Background
from bots.channel import Channel, Limits, SentId, Surroundings
from bots.discord.addresses import DISCORD, Place, place_of
from bots.discord.commands import slash_commands
from bots.discord.errors import INTENT, DirectClosed, ThreadExists
from bots.discord.gateway import stay_connected
from bots.discord.lanes import Lanes
from bots.discord.parse import (
    PRIVATE,
    Changed,
    Commanded,
    FileRef,
    Json,
    Pressed,
    Said,
    changed,
    interaction,
    said,
    thread,
)
from bots.discord.render import LIMITS, Part, disabled, parts
from bots.discord.rest import Rest
from bots.discord.settings import DiscordSettings
from bots.errors import (
    ChannelAuthError,
    DeliveryError,
    DeliveryRefused,
    DeliveryRetry,
    DeliveryUncertain,
    MalformedUpdate,
    UnsupportedUpdate,
)
from bots.parts import send_parts
from bots.patience import patiently
from bots.shape import shape
from bots.standing import standing_text
from bridge.errors import StoreError
from bridge.ports import Put
from bridge.types import (
    Address,
    Attachment,
    Ban,
    ChannelName,
    ChoiceId,
    Chosen,
    Delete,
    Edit,
    Edited,
    Entry,
    ExternalId,
    Incoming,
    LanguageSet,
    Mute,
    Observed,
    Outgoing,
    PersonWanted,
    Say,
    Typing,
)

log = logging.getLogger(__name__)

_PUT_S: Final = 2.0
"""Discord gives an interaction three seconds: what was not stored by then is refused, and the asker told so."""
_TOKEN_LIFE: Final = timedelta(minutes=14)
_RACE_S: Final = 10.0
_AGAIN: Final = 3
_PAUSE_S: Final = 1.0
_THREAD_NAME: Final = 80
_INTERACTION: Final = "i:"
_DISCORD_EPOCH_MS: Final = 1_420_070_400_000
_MESSAGE_CONTENT: Final = (1 << 18) | (1 << 19)


class DiscordChannel(Channel):
    """One bot. `credentials` are DISCORD_TOKEN and, if they are elsewhere, DISCORD_API_URL and DISCORD_GATEWAY_URL."""

    def __init__(self, credentials: Mapping[str, str], settings: DiscordSettings, given: Surroundings) -> None:
        """Connects to nothing yet. The library knows one place for the whole process."""
        self._token = credentials["DISCORD_TOKEN"]
        if "DISCORD_API_URL" in credentials:
            Route.BASE = credentials["DISCORD_API_URL"].rstrip("/")
        if "DISCORD_GATEWAY_URL" in credentials:
            DiscordWebSocket.DEFAULT_GATEWAY = URL(credentials["DISCORD_GATEWAY_URL"])
        self._settings = settings
        self._given = given
        self._memory = given.memory
        self._rest = Rest(self._token)
        self._side = Background(DISCORD)
        self._me = ""

    @property
    def name(self) -> ChannelName:
        """Its word in addresses, keys and configuration."""
        return DISCORD

    @property
    def limits(self) -> Limits:
        """What fits into one message."""
        return LIMITS

    async def close(self) -> None:
        """Let go of all connections."""
        await self._side.close()
        await self._rest.close()

    # In

    async def listen(self, put: Put) -> None:
        """Stay connected until cancelled, and fetch what was missed. Raises ChannelAuthError."""
        self._me = await patiently(DISCORD, "introduction", self._rest.me)
        self._side.start("commands", self._register_commands())
        lanes = Lanes(self._memory, self._rest.history, functools.partial(self._take, put))
        try:
            await stay_connected(self._token, self._settings.shards, functools.partial(self._heard, lanes, put))
        finally:
            await lanes.close()

    def _heard(self, lanes: Lanes, put: Put, event: str, data: Json) -> None:
        """Sort an event; nothing here waits."""
        match event:
            case "READY":
                lanes.session_began()
                self._side.start("missed", patiently(DISCORD, "missed", lanes.fetch_missed))
            case "GUILD_CREATE":
                self._side.start("channels", patiently(DISCORD, "channels", functools.partial(self._know, lanes, data)))
            case "MESSAGE_CREATE":
                channel = data.get("channel_id")
                if isinstance(channel, str) and channel.isdecimal():
                    lanes.offer(channel, data)
                else:
                    log.warning("Discord sent what cannot be read", extra={"shape": shape(data)})
            case "MESSAGE_UPDATE":
                self._side.start("edit", self._edited(put, data))
            case "THREAD_CREATE":
                self._side.start("thread", self._begun(data))
            case "INTERACTION_CREATE":
                self._side.start("interaction", self._interacted(put, data))

    async def _know(self, lanes: Lanes, guild: Json) -> None:
        """Know the support channels from their newest message on, so that their first one is not missed either."""
        channels = guild.get("channels")
        for one in channels if isinstance(channels, list) else []:
            if isinstance(one, Mapping) and one.get("id") in self._settings.support:
                await lanes.begin_at(str(one["id"]), str(one.get("last_message_id") or one["id"]))

    async def _begun(self, data: Json) -> None:
        """A thread below a support channel, such as a post of a forum, is its owner's question."""
        try:
            begun = thread(data)
        except MalformedUpdate:
            return
        if begun.parent in self._settings.support:
            await self._memory.advance(f"asker:{begun.id}", "", begun.owner)

    async def _take(self, put: Put, data: Json) -> None:
        """Put a message. Raises StoreError, DeliveryRetry, DeliveryUncertain."""
        try:
            message = said(data, self._me)
        except UnsupportedUpdate:
            return
        except MalformedUpdate as error:
            log.warning("Discord sent what cannot be read", extra={"reason": str(error), "shape": shape(data)})
            return
        place, asked = await self._place(message)
        files = tuple([await self._file(place.address, file) for file in message.files])
        await put(self._entry(message, place, files, asked=asked))

    def _entry(self, message: Said, place: Place, files: tuple[Attachment, ...], *, asked: bool) -> Incoming | Observed:
        external = ExternalId(message.id)
        if asked:
            return Incoming(
                address=place.address,
                external_id=external,
                text=message.text,
                at=message.at,
                name=message.name,
                attachments=files,
            )
        return Observed(
            address=place.address,
            external_id=external,
            text=message.text,
            at=message.at,
            name=message.name,
            attachments=files,
            answerable=self._settings.answer == "sure",
        )

    async def _place(self, message: Said) -> tuple[Place, bool]:
        """Where a message belongs, and whether it asks us. A question in public gets a thread."""
        if message.guild is None:
            await self._memory.advance(f"user_of:{message.channel}", "", message.author)
            return Place(message.channel), True
        private = await self._memory.position(f"direct_of:{message.channel}")
        if private:
            return Place(private), True
        asker = await self._memory.position(f"asker:{message.channel}")
        if asker == message.author:
            return Place(message.channel, public=True), True
        among = Place(message.channel, message.author, public=True)
        if asker or not (message.asked or message.channel in self._settings.support):
            return among, message.asked
        return (await self._thread(message)) or among, True

    async def _thread(self, message: Said) -> Place | None:
        name = " ".join(message.text.split())[:_THREAD_NAME] or message.name or "?"
        try:
            await self._rest.thread(message.channel, message.id, name)
        except ThreadExists:
            log.debug("the thread was there already")
        except DeliveryRefused as error:
            log.info("no thread can be begun here", extra={"channel": message.channel, "reason": str(error)})
            return None
        await self._memory.advance(f"asker:{message.id}", "", message.author)
        return Place(message.id, public=True)

    async def _file(self, address: Address, file: FileRef) -> Attachment:
        fetch = functools.partial(self._given.files.download, address.conversation, file.url, file.name)
        return await fetched(file.name, file.size, fetch)

    async def _edited(self, put: Put, data: Json) -> None:
        try:
            edit = changed(data, self._me)
        except (UnsupportedUpdate, MalformedUpdate):
            return
        place = await self._known_place(edit)
        entry = Edited(
            address=place.address,
            external_id=ExternalId(f"{edit.id}:{edit.at.timestamp():.0f}"),
            edits=ExternalId(edit.id),
            text=edit.text,
            at=edit.at,
        )
        await patiently(DISCORD, "edit", functools.partial(put, entry))

    async def _known_place(self, what: Changed | Pressed) -> Place:
        """Where something happened in a place that is known already."""
        if what.guild is None:
            return Place(what.channel)
        if private := await self._memory.position(f"direct_of:{what.channel}"):
            return Place(private)
        if await self._memory.position(f"asker:{what.channel}"):
            return Place(what.channel, public=True)
        return Place(what.channel, what.author, public=True)

    # Commands and buttons: they must be answered within three seconds

    async def _interacted(self, put: Put, data: Json) -> None:
        try:
            found = interaction(data)
        except UnsupportedUpdate:
            return
        except MalformedUpdate as error:
            log.warning("Discord sent what cannot be read", extra={"reason": str(error), "shape": shape(data)})
            return
        try:
            async with asyncio.timeout(_PUT_S):
                answer = (
                    await self._commanded(put, found)
                    if isinstance(found, Commanded)
                    else await self._pressed(put, found)
                )
        except (StoreError, DeliveryError, TimeoutError) as error:
            log.warning("an interaction was refused", extra={"reason": str(error)})
            await self._rest.respond(found.id, found.token, self._say("try_again", found.locale))
            return
        await answer()

    async def _commanded(self, put: Put, asked: Commanded) -> Callable[[], Awaitable[None]]:
        """Put what a command says, and return how Discord is answered."""
        hidden = asked.guild is not None
        place = Place(asked.channel, asked.author, public=True) if hidden else Place(asked.channel)
        external, now = ExternalId(f"{_INTERACTION}{asked.id}"), self._given.clock.now()
        language = asked.locale if asked.locale in self._given.phrases().languages else None
        entry: Entry
        match asked.command:
            case "status":
                standing = await self._given.standings.of((await self._direct(asked)).address.conversation)
                text = standing_text(standing, self._given.phrases(), language or "en")
                return functools.partial(self._rest.respond, asked.id, asked.token, text)
            case "human" if hidden:
                place = await self._direct(asked)
                await put(PersonWanted(address=place.address, external_id=external, at=now, language=language))
                said = self._say("continued_in_private", asked.locale)
                return functools.partial(self._rest.respond, asked.id, asked.token, said)
            case "human":
                entry = PersonWanted(address=place.address, external_id=external, at=now, language=language)
            case "language":
                chosen = asked.argument if asked.argument in self._given.phrases().languages else None
                entry = LanguageSet(address=place.address, external_id=external, language=chosen, at=now)
            case "ask":
                entry = Incoming(
                    address=place.address,
                    external_id=external,
                    text=asked.argument,
                    at=now,
                    language=language,
                    name=asked.name,
                )
        await put(entry)
        return functools.partial(self._defer, asked, hidden=hidden)

    async def _pressed(self, put: Put, pressed: Pressed) -> Callable[[], Awaitable[None]]:
        """Put what a button says, and return how Discord is answered."""
        if pressed.member not in (None, pressed.author):
            said = self._say("not_your_button", pressed.locale)
            return functools.partial(self._rest.respond, pressed.id, pressed.token, said)
        external, now = ExternalId(f"{_INTERACTION}{pressed.id}"), self._given.clock.now()
        language = pressed.locale if pressed.locale in self._given.phrases().languages else None
        if pressed.choice == PRIVATE:
            place = await self._direct(pressed)
            await put(PersonWanted(address=place.address, external_id=external, at=now, language=language))
            said = self._say("continued_in_private", pressed.locale)
            return functools.partial(self._rest.respond, pressed.id, pressed.token, said)
        place = await self._known_place(pressed)
        choice = ChoiceId(pressed.choice)
        await put(Chosen(address=place.address, external_id=external, choice=choice, at=now, language=language))
        return functools.partial(self._take_life, pressed)

    async def _defer(self, asked: Commanded, *, hidden: bool) -> None:
        await self._rest.defer(asked.id, asked.token, hidden=hidden)
        await self._keep_token(asked, hidden=hidden, original=True)

    async def _take_life(self, pressed: Pressed) -> None:
        """Show the used buttons without life. What only the presser sees is answered where only he sees it."""
        await self._rest.update(pressed.id, pressed.token, disabled(pressed.rows))
        if pressed.hidden:
            await self._keep_token(pressed, hidden=True, original=False)

    async def _keep_token(self, found: Commanded | Pressed, *, hidden: bool, original: bool) -> None:
        kept = {"token": found.token, "application": found.application, "hidden": hidden, "original": original}
        await self._memory.keep(f"{_INTERACTION}{found.id}", json.dumps(kept), _TOKEN_LIFE)

    async def _direct(self, found: Commanded | Pressed) -> Place:
        if found.guild is None:
            return Place(found.channel)
        channel = await self._rest.direct(found.author)
        await self._memory.advance(f"user_of:{channel}", "", found.author)
        return Place(channel)

    # Out

    async def send(self, outgoing: Outgoing) -> SentId:
        """Deliver one reply; raises as the contract says."""
        place = place_of(outgoing.address)
        try:
            match outgoing:
                case Say():
                    return await self._say_it(outgoing, place)
                case Edit():
                    await self._rest.edit(place.channel, outgoing.target, outgoing.text)
                case Delete():
                    await self._rest.delete(place.channel, outgoing.target)
                case Typing():
                    await self._rest.typing(place.channel)
                case Mute() | Ban():
                    raise DeliveryRefused("moderation is not part of this channel yet")
                case _:
                    assert_never(outgoing)
        except StoreError as error:
            raise DeliveryRetry(1.0, "the store is away") from error
        return SentId(outgoing.id)

    async def typing(self, address: Address) -> None:
        """Show for a few seconds that an answer is being written."""
        try:
            await self._rest.typing(place_of(address).channel)
        except (DeliveryError, ChannelAuthError) as error:
            log.debug("typing was not shown", extra={"error": type(error).__name__})

    async def _say_it(self, say: Say, place: Place) -> SentId:
        messages = parts(say, place, self._say("open_private", say.language))
        if say.reply_to is not None and say.reply_to.startswith(_INTERACTION):
            kept = await self._memory.kept(say.reply_to)
            if kept is not None:
                answer = functools.partial(self._answer, say, json.loads(kept))
                return await send_parts(messages, answer)
            if place.member is not None:
                if _age_s(say.reply_to.removeprefix(_INTERACTION), self._given.clock.now().timestamp()) < _RACE_S:
                    raise DeliveryRetry(0.3, "the command is just being acknowledged")
                raise DeliveryRefused("the command's time is over: Discord takes answers for 15 minutes")
        return await send_parts(messages, functools.partial(self._post, say, place))

    async def _answer(self, say: Say, kept: Mapping[str, object], number: int, part: Part) -> SentId:
        """Answer an interaction: the deferred answer first, which may be repeated; more of it once."""
        token, application = str(kept["token"]), str(kept["application"])
        first = f"first:{say.reply_to}"
        if kept["original"] and number == 0 and await self._memory.kept(first) in (None, say.id):
            await self._memory.keep(first, say.id, _TOKEN_LIFE)
            return SentId(await self._rest.answer(application, token, part))
        begun = f"more:{say.reply_to}:{say.id}:{number}"
        if await self._memory.kept(begun) is not None:
            raise DeliveryUncertain("it was begun before, and Discord cannot tell")
        await self._memory.keep(begun, "1", _TOKEN_LIFE)
        return SentId(await self._rest.follow_up(application, token, part, hidden=bool(kept["hidden"])))

    async def _post(self, say: Say, place: Place, number: int, part: Part) -> SentId:
        """Post a message; with its nonce it may be repeated for minutes when an answer was lost."""
        channel = await self._memory.position(f"thread_of:{place.channel}") or place.channel
        name = f"{say.address.conversation}:{say.id}:{number}"
        answers = say.reply_to if place.member is not None and number == 0 else None
        answers = answers if answers is not None and answers.isdecimal() else None
        for attempt in range(_AGAIN):
            try:
                return SentId(await self._rest.post(channel, part, name, answers))
            except DirectClosed:
                channel = await self._private_thread(place, say)
            except DeliveryUncertain:
                if attempt == _AGAIN - 1:
                    raise
                await asyncio.sleep(_PAUSE_S)
        raise DeliveryRefused("the member takes no direct messages, and no thread could be opened")

    async def _private_thread(self, place: Place, say: Say) -> str:
        """A thread for who takes no direct messages; from now on it stands for the direct chat."""
        member = await self._memory.position(f"user_of:{place.channel}")
        if self._settings.private_threads is None or not member:
            raise DeliveryRefused("the member takes no direct messages; private_threads in discord.toml offers threads")
        title = self._say("person", say.language)
        made = await self._rest.private_thread(self._settings.private_threads, member, title)
        await self._memory.advance(f"direct_of:{made}", "", place.channel)
        await self._memory.advance(f"thread_of:{place.channel}", "", made)
        return made

    # About itself

    async def examine(self) -> Sequence[str]:
        """Ask Discord who the bot is, whether it may read messages, and whether it sees its channels."""
        missing: list[str] = []
        try:
            flags = (await self._rest.application()).get("flags")
            if not (isinstance(flags, int) and flags & _MESSAGE_CONTENT):
                missing.append(f"messages: {INTENT}")
        except (ChannelAuthError, DeliveryError) as error:
            return (str(error),)
        named = [*self._settings.support, *filter(None, [self._settings.private_threads])]
        for channel in named:
            try:
                await self._rest.channel(channel)
            except (ChannelAuthError, DeliveryError) as error:
                missing.append(f"channel {channel} of discord.toml: {error}; let the bot see it")
        return missing

    async def _register_commands(self) -> None:
        application = str((await self._rest.application()).get("id", self._me))
        await self._rest.commands(application, slash_commands(self._given.phrases()))

    def _say(self, key: str, language: str) -> str:
        return self._given.phrases().say(key, language)


def _age_s(snowflake: str, now: float) -> float:
    """How long ago Discord made an id."""
    return now - ((int(snowflake) >> 22) + _DISCORD_EPOCH_MS) / 1000 if snowflake.isdecimal() else now
