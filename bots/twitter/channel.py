"""The X channel: messages and posts in, messages and posts out."""

from __future__ import annotations

import asyncio
import functools
import hmac
import logging
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final, assert_never, cast
from urllib.parse import urlsplit

from aiohttp import web
from oauthlib.oauth1 import Client as Signer
from tweepy.asynchronous import AsyncClient

from bots.attachments.fetching import fetched
from bots.channel import Channel, Limits, SentId, Surroundings
from bots.errors import (
    ChannelAuthError,
    DeliveryError,
    DeliveryRefused,
    DeliveryRetry,
    MalformedUpdate,
    UnsupportedUpdate,
)
from bots.parts import send_parts
from bots.patience import patiently, taken
from bots.shape import shape
from bots.twitter.addresses import Person, X, person_of
from bots.twitter.errors import mapped
from bots.twitter.parse import FileRef, Heard, Json, Me, Mentions, mention, message, number, snowflake
from bots.twitter.render import LIMITS, has_link, messages, posts
from bots.twitter.session import HOST, Session
from bots.twitter.settings import XSettings
from bots.twitter.spending import Spending
from bridge.errors import StoreError
from bridge.ports import Put
from bridge.tasks import end
from bridge.types import (
    Address,
    Attachment,
    Ban,
    ChannelName,
    Delete,
    Edit,
    Mute,
    Outgoing,
    PersonWanted,
    Say,
    Typing,
)

log = logging.getLogger(__name__)

_FIRST_LOOK: Final = timedelta(minutes=15)
"""At the very first start older messages are left alone: they were written to somebody else."""
_NAME_LIFE: Final = timedelta(days=31)
_NAMES: Final = 10_000
_WAKE: Final = timedelta(minutes=5)
_SIGNATURE: Final = "x-twitter-webhooks-signature"
_MESSAGES: Final = "/2/dm_events"


class XChannel(Channel):
    """One account. `credentials` are X_CONSUMER_KEY and its three companions, and X_API_URL if it is elsewhere."""

    def __init__(self, credentials: Mapping[str, str], settings: XSettings, given: Surroundings) -> None:
        """Connects to nothing yet."""
        self._session = Session(credentials.get("X_API_URL", HOST))
        keys = [
            credentials[f"X_{name}"] for name in ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
        ]
        self._client = AsyncClient(
            consumer_key=keys[0],
            consumer_secret=keys[1],
            access_token=keys[2],
            access_token_secret=keys[3],
            return_type=dict,
        )
        self._client.session = self._session
        self._signer = Signer(*keys[:2], *keys[2:])
        self._consumer_secret = keys[1].encode()
        self._settings = settings
        self._given = given
        self._memory = given.memory
        self._spending = Spending(given.memory, settings, given.clock)
        self._me: Me | None = None
        self._names: dict[str, str] = {}

    @property
    def name(self) -> ChannelName:
        """Its word in addresses, keys and configuration."""
        return X

    @property
    def limits(self) -> Limits:
        """What fits into one direct message."""
        return LIMITS

    async def close(self) -> None:
        """Let go of all connections."""
        await self._session.close()

    # In

    async def listen(self, put: Put) -> None:
        """Read messages and mentions until cancelled. Raises ChannelAuthError."""
        me = await patiently(X, "introduction", self._introduce)
        sources = {_MESSAGES: functools.partial(self._new_messages, put, me)}
        if self._settings.mentions != "off":
            sources[f"/2/users/{me.id}/mentions"] = functools.partial(self._new_mentions, put, me)
        reading = [asyncio.create_task(self._read_on(path, read)) for path, read in sources.items()]
        try:
            await asyncio.gather(*reading)
        finally:
            await end(*reading)

    async def hook(self, request: web.Request, put: Put) -> web.StreamResponse:
        """Prove to X that we are who we are; or learn that there is something to read.

        What came is read from X's documented API, by `listen`: it stays there for 30 days, so that nothing rests on
        this call, and its shape, which X calls a beta, does not matter.
        """
        if self._settings.receive != "webhook":
            raise web.HTTPNotFound(text="This account is polled.")
        if request.method == "GET":
            token = request.query.get("crc_token", "")
            if not token:
                raise web.HTTPBadRequest(text="crc_token is missing.")
            return web.json_response({"response_token": self._sign(token.encode())})
        signature = request.headers.get(_SIGNATURE, "")
        if not hmac.compare_digest(signature.encode(), self._sign(await request.read()).encode()):
            raise web.HTTPForbidden(text="The signature is not X's.")
        try:
            await self._memory.keep("wake", self._given.clock.now().isoformat(), _WAKE)
        except StoreError:
            raise web.HTTPServiceUnavailable(text="Not stored; call again.", headers={"Retry-After": "2"}) from None
        return web.Response()

    def _sign(self, what: bytes) -> str:
        return "sha256=" + b64encode(hmac.new(self._consumer_secret, what, sha256).digest()).decode()

    async def _read_on(self, path: str, read: Callable[[], Awaitable[bool]]) -> None:
        """Look again and again: soon while something comes, slower when all is quiet, never faster than X allows."""
        reading = self._settings.reading
        pause, woken = reading.soon, ""
        while True:
            came = await patiently(X, path, read)
            pause = reading.soon if came else min(reading.quiet, pause * 1.5)
            woken = await self._rest(max(pause, self._session.pause(path)), self._session.pause(path), woken)

    async def _rest(self, seconds: float, least: float, woken: str) -> str:
        """Wait for the next look; a call of X's cuts it short. Returns the call that was heard last."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while (rested := loop.time() - begun) < seconds:
            await asyncio.sleep(min(1.0, seconds - rested))
            if self._settings.receive == "webhook" and rested >= least:
                called = await patiently(X, "wake", functools.partial(self._memory.kept, "wake"))
                if called is not None and called != woken:
                    return called
        return woken

    async def _new_messages(self, put: Put, me: Me) -> bool:
        async def page(token: str | None) -> Json:
            async with mapped():
                found = await self._client.get_direct_message_events(
                    max_results=100,
                    pagination_token=token,
                    dm_event_fields=[
                        "id",
                        "text",
                        "event_type",
                        "created_at",
                        "sender_id",
                        "dm_conversation_id",
                        "attachments",
                    ],
                    expansions=["sender_id", "attachments.media_keys"],
                    media_fields=["url", "type", "variants", "preview_image_url"],
                    user_fields=["name", "username"],
                )
            return cast("Json", found)

        return await self._new("messages", page, put, lambda item, includes: message(item, includes, me))

    async def _new_mentions(self, put: Put, me: Me) -> bool:
        mode: Mentions = "invite" if self._settings.mentions == "invite" else "answer"
        since = await self._memory.position("mentions") or None

        async def page(token: str | None) -> Json:
            async with mapped():
                found = await self._client.get_users_mentions(
                    me.id,
                    user_auth=True,
                    max_results=100,
                    since_id=since,
                    pagination_token=token,
                    tweet_fields=[
                        "created_at",
                        "author_id",
                        "in_reply_to_user_id",
                        "referenced_tweets",
                        "lang",
                        "attachments",
                        "note_tweet",
                    ],
                    expansions=["author_id", "attachments.media_keys"],
                    media_fields=["url", "type", "variants", "preview_image_url"],
                    user_fields=["name", "username"],
                )
            return cast("Json", found)

        return await self._new(
            "mentions",
            page,
            put,
            lambda item, includes: mention(item, includes, me, mode),
        )

    async def _new(
        self,
        source: str,
        page: Callable[[str | None], Awaitable[Json]],
        put: Put,
        read: Callable[[Json, Json], Heard],
    ) -> bool:
        """Put what is newer than the stored position, oldest first, and only then move on; whether anything was.

        X answers the newest first, page by page.
        """
        position = await self._memory.position(source)
        floor = int(position) if position else snowflake(self._given.clock.now() - _FIRST_LOOK)
        found: list[tuple[int, Json, Json]] = []
        token: str | None = None
        while True:
            answer = await patiently(X, source, functools.partial(page, token))
            items = _numbered(answer)
            found += [item for item in items if item[0] > floor]
            token = _next(answer)
            if token is None or any(item[0] <= floor for item in items):
                break
        found.sort(key=lambda item: item[0])
        for _, item, includes in found:
            await taken(X, item, functools.partial(self._take, item, includes, put, read))
        if found:
            await self._memory.advance(source, position, str(found[-1][0]))
        return bool(found)

    async def _take(self, item: Json, includes: Json, put: Put, read: Callable[[Json, Json], Heard]) -> None:
        try:
            heard = read(item, includes)
        except UnsupportedUpdate:
            return
        except MalformedUpdate as error:
            log.warning("X sent what cannot be read", extra={"reason": str(error), "shape": shape(item)})
            return
        entry = heard.entry
        await self._remember(person_of(entry.address).id, heard.username)
        if not isinstance(entry, PersonWanted):
            files = tuple([await self._file(entry.address, file) for file in heard.files])
            entry = replace(entry, attachments=files)
        await put(entry)

    async def _remember(self, author: str, username: str | None) -> None:
        """Keep how somebody is called, for the beginning of public answers."""
        if username is None or self._names.get(author) == username:
            return
        await self._memory.keep(f"name:{author}", username, _NAME_LIFE)
        if len(self._names) >= _NAMES:
            self._names.clear()
        self._names[author] = username

    async def _file(self, address: Address, file: FileRef) -> Attachment:
        signed = self._signed(file.url)
        fetch = functools.partial(self._given.files.download, address.conversation, file.url, file.name, signed)
        return await fetched(file.name, 0, fetch)

    def _signed(self, url: str) -> Mapping[str, str]:
        """Files of direct messages are given only to who may read them; our signature goes to X's hosts alone."""
        host = urlsplit(url).hostname or ""
        if not host.endswith((".twitter.com", ".x.com")) and not url.startswith(self._session.origin):
            return {}
        _, headers, _ = self._signer.sign(url, "GET")
        return {str(name): str(value) for name, value in headers.items()}

    # Out

    async def send(self, outgoing: Outgoing) -> SentId:
        """Deliver one reply; raises as the contract says."""
        person = person_of(outgoing.address)
        match outgoing:
            case Say() if person.public:
                return await self._in_public(outgoing, person)
            case Say():
                return await send_parts(messages(outgoing), lambda _, text: self._message(person, text))
            case Delete():
                async with mapped():
                    await self._client.delete_tweet(outgoing.target)
                return SentId(outgoing.target)
            case Typing():
                return SentId(outgoing.id)
            case Edit() | Mute() | Ban():
                raise DeliveryRefused(f"X knows no {outgoing.kind}")
            case _:
                assert_never(outgoing)

    async def _message(self, person: Person, text: str) -> SentId:
        await self._affordable(self._spending.message())
        async with mapped():
            answer = await self._client.create_direct_message(participant_id=person.id, text=text)
        return _sent(answer, "dm_event_id")

    async def _in_public(self, say: Say, person: Person) -> SentId:
        """Answer the post as a short thread; what is too long for it is left to a direct message."""
        if say.reply_to is None or not say.reply_to.isdecimal():
            raise DeliveryRefused("in public only posts that name us are answered")
        username = await self._username(person)
        links = self._settings.links or (say.leads_private and self._settings.dm_link)
        thread = posts(await self._with_link(say), username, links=links)
        if len(thread) > self._settings.thread:
            short = replace(
                say, text=self._given.phrases().say("in_private", say.language), leads_private=True, choices=()
            )
            thread = posts(await self._with_link(short), username, links=self._settings.dm_link)
        answered = say.reply_to

        async def one(place: int, text: str) -> SentId:
            nonlocal answered
            await self._affordable(self._spending.post(with_link=has_link(text), summoned=place == 0))
            async with mapped():
                answer = await self._client.create_tweet(text=text, in_reply_to_tweet_id=answered, user_auth=True)
            sent = _sent(answer, "id")
            answered = type(answered)(sent)
            return sent

        return await send_parts(thread, one)

    async def _with_link(self, say: Say) -> Say:
        if not (say.leads_private and self._settings.dm_link):
            return say
        me = await self._introduce()
        return replace(say, text=f"{say.text}\n\nhttps://x.com/messages/compose?recipient_id={me.id}")

    async def _username(self, person: Person) -> str | None:
        try:
            return await self._memory.kept(f"name:{person.id}")
        except StoreError as error:
            raise DeliveryRetry(1.0, "the store is away") from error

    async def _affordable(self, spent: Awaitable[None]) -> None:
        try:
            await spent
        except StoreError as error:
            raise DeliveryRetry(1.0, "the store is away") from error

    # About itself

    async def examine(self) -> Sequence[str]:
        """Ask X who we are and whether we may read messages."""
        try:
            await self._introduce()
            async with mapped():
                await self._client.get_direct_message_events(max_results=1)
        except (ChannelAuthError, DeliveryError) as error:
            return (str(error),)
        missing = []
        if self._settings.receive == "webhook" and urlsplit(self._given.public_url).scheme != "https":
            missing.append('webhook: SWITCHBOARD_PUBLIC_URL must be https; or set receive = "polling" in x.toml')
        return missing

    async def _introduce(self) -> Me:
        if self._me is None:
            async with mapped():
                answer = cast("Json", await self._client.get_me())
            data = answer.get("data")
            found = data if isinstance(data, Mapping) else {}
            self._me = Me(
                id=str(found.get("id", "")),
                username=str(found.get("username", "")),
                languages=frozenset(self._given.phrases().languages),
            )
        return self._me


def _numbered(answer: Json) -> list[tuple[int, Json, Json]]:
    """The items of a page with their numbers; what has none cannot be answered, and is only noted."""
    data, includes = answer.get("data"), answer.get("includes")
    known = includes if isinstance(includes, Mapping) else {}
    found: list[tuple[int, Json, Json]] = []
    for item in data if isinstance(data, list) else []:
        try:
            if not isinstance(item, Mapping):
                raise MalformedUpdate("an item that is none")
            found.append((number(item), item, known))
        except MalformedUpdate as error:
            log.warning("X sent what cannot be read", extra={"reason": str(error), "shape": shape(item)})
    return found


def _next(answer: Json) -> str | None:
    meta = answer.get("meta")
    token = meta.get("next_token") if isinstance(meta, Mapping) else None
    return token if isinstance(token, str) else None


def _sent(answer: object, key: str) -> SentId:
    data = answer.get("data") if isinstance(answer, Mapping) else None
    return SentId(str(data.get(key, "")) if isinstance(data, Mapping) else "")
