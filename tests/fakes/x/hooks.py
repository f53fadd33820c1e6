"""The webhook side: the challenge at registration, and events that are signed, posted and tried again."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final

import aiohttp

from tests.fakes.x.account import Account
from tests.fakes.x.shapes import Delivery, Json, maps, texts

SIGNATURE: Final = "x-twitter-webhooks-signature"
MENTIONED: Final = "post.mention.create"
RECEIVED: Final = "dm.received"


class Hook:
    """One webhook of the app."""

    def __init__(self, account: Account, secret: str, changed: Callable[[], Awaitable[None]]) -> None:
        """`secret` is the app's consumer secret; `changed` is told of every attempt."""
        self.challenge_within_s = 3.0
        self.answer_within_s = 10.0
        self.retries = 3
        self.backoff_s = 0.05
        self.deliveries: list[Delivery] = []
        self.lost: list[Json] = []
        """Events that were given up."""
        self.refusal: str | None = None
        """Why the last challenge failed, in X's words."""
        self._account = account
        self._secret = secret.encode()
        self._changed = changed
        self._url: str | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def sign(self, what: bytes) -> str:
        """The signature of a challenge or body."""
        return "sha256=" + b64encode(hmac.new(self._secret, what, sha256).digest()).decode()

    async def register(self, url: str) -> bool:
        """Challenge a url; only one that knows the secret is called from then on."""
        token = self._account.next_id()
        self.refusal = await self._challenge(url, token)
        self._url = url if self.refusal is None else None
        return self.refusal is None

    async def _challenge(self, url: str, token: str) -> str | None:
        try:
            async with (
                asyncio.timeout(self.challenge_within_s),
                aiohttp.ClientSession() as session,
                session.get(url, params={"crc_token": token}, allow_redirects=False) as response,
            ):
                answer = json.loads(await response.read())
        except TimeoutError:
            return "CrcValidationFailed: no answer in time"
        except (aiohttp.ClientError, ValueError) as error:
            return f"CrcValidationFailed: {type(error).__name__}"
        if response.status != 200 or response.content_type != "application/json":
            return f"CrcValidationFailed: {response.status} {response.content_type}"
        right = isinstance(answer, dict) and answer.get("response_token") == self.sign(token.encode())
        return None if right else "CrcValidationFailed: a wrong response_token"

    def tell(self, kind: str, payload: Json, includes: Json | None = None) -> None:
        """Bring an event to the webhook, if there is one; others do not wait for it."""
        if self._url is None:
            return
        event: Json = {
            "event_uuid": self._account.next_id(),
            "filter": {"user_id": self._account.id},
            "event_type": kind,
            "payload": payload,
        }
        if includes:
            event["includes"] = includes
        task = asyncio.create_task(self._bring(self._url, event))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _bring(self, url: str, event: Json) -> None:
        for attempt in range(1 + self.retries):
            if attempt:
                await asyncio.sleep(self.backoff_s * 2 ** (attempt - 1))
            delivery = await self._attempt(url, event, attempt + 1)
            self.deliveries.append(delivery)
            await self._changed()
            if delivery.taken:
                return
        self.lost.append(event)
        await self._changed()

    async def _attempt(self, url: str, event: Json, attempt: int) -> Delivery:
        body = json.dumps({"data": event}, ensure_ascii=False, default=str).encode()
        headers = {SIGNATURE: self.sign(body), "Content-Type": "application/json"}
        status: int | None = None
        try:
            async with (
                asyncio.timeout(self.answer_within_s),
                aiohttp.ClientSession() as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = None
        return Delivery(
            event_type=str(event["event_type"]), event_uuid=str(event["event_uuid"]), attempt=attempt, status=status
        )


def received(account: Account, event: Mapping[str, object]) -> Json | None:
    """The payload of `dm.received`; None for what it does not tell of (groups, joins, what cannot be read)."""
    sender, text, conversation = event.get("sender_id"), event.get("text"), event.get("dm_conversation_id")
    if event.get("event_type") != "MessageCreate" or not isinstance(sender, str) or not isinstance(text, str):
        return None
    if sender == account.id or not isinstance(conversation, str) or "-" not in conversation:
        return None
    said: Json = {"text": text, "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}}
    attachment = _attachment(account, event)
    if attachment is not None:
        said["attachment"] = attachment
    legacy = {
        "type": "message_create",
        "id": str(event.get("id")),
        "created_timestamp": _milliseconds(event),
        "message_create": {"target": {"recipient_id": account.id}, "sender_id": sender, "message_data": said},
    }
    people = {number: {"data": account.users[number]} for number in (sender, account.id) if number in account.users}
    return {"direct_message_events": [legacy], "users": people}


def with_mention(account: Account, post: Json) -> Json:
    """The includes of `post.mention.create`: the author, ourselves and the post."""
    people = [account.users[number] for number in (str(post.get("author_id")), account.id) if number in account.users]
    return {"users": people, "tweets": [post]}


def _attachment(account: Account, event: Mapping[str, object]) -> Json | None:
    attachments = event.get("attachments")
    keys = texts(attachments.get("media_keys")) if isinstance(attachments, dict) else ()
    media = next((account.media[key] for key in keys if key in account.media), None)
    if media is None:
        return None
    address = media.get("url", media.get("preview_image_url"))
    shown: Json = {"id_str": str(media["media_key"]).rpartition("_")[2], "type": media["type"]}
    shown |= {"media_url": address, "media_url_https": address}
    if "variants" in media:
        variants = [
            {("bitrate" if name == "bit_rate" else name): value for name, value in one.items()}
            for one in maps(media["variants"])
        ]
        shown["video_info"] = {"variants": variants}
    return {"type": "media", "media": shown}


def _milliseconds(event: Mapping[str, object]) -> str:
    try:
        at = datetime.fromisoformat(str(event.get("created_at")))
    except ValueError:
        return str(event.get("created_at"))
    return str(int(at.timestamp() * 1000))
