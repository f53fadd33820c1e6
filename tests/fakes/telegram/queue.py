"""Updates that wait until they are confirmed: fetched by a long poll, or brought to a webhook one after the other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web

from tests.fakes.telegram.methods import Params
from tests.fakes.telegram.replies import Refused, bad, done
from tests.fakes.telegram.state import Json

KINDS: Final = frozenset(
    (
        "message edited_message channel_post edited_channel_post business_connection business_message "
        "edited_business_message deleted_business_messages message_reaction message_reaction_count inline_query "
        "chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll poll_answer "
        "my_chat_member chat_member chat_join_request chat_boost removed_chat_boost"
    ).split()
)
_BY_DEFAULT: Final = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
_BACKOFF_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Where updates are brought."""

    url: str
    secret: str
    max_connections: int


@dataclass(slots=True)
class Queue:
    """The updates of one bot; `changed` is told of whatever happens."""

    changed: asyncio.Condition
    waiting: list[Json] = field(default_factory=list)
    confirmed: int = 0
    hook: Hook | None = None
    allowed: frozenset[str] = _BY_DEFAULT
    last_error: str | None = None
    _number: int = 1000
    _poll: int = 0

    async def add(self, payload: Mapping[str, object]) -> int:
        """An update comes; kinds that the bot did not ask for are left out, as Telegram does."""
        self._number += 1
        number = payload.get("update_id", self._number)
        if isinstance(number, int):
            self._number = max(self._number, number)
        async with self.changed:
            if not (payload.keys() & KINDS) or payload.keys() & self.allowed:
                self.waiting.append({**payload, "update_id": self._number})
            self.changed.notify_all()
        return self._number

    async def fetch(self, params: Params) -> web.Response:
        """One poll; a later one ends it."""
        if self.hook is not None:
            words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise Refused(409, f"Conflict: {words}")
        offset, limit = params.get("offset", 0), params.get("limit", 100)
        timeout = params.get("timeout", 0)
        assert isinstance(offset, int) and isinstance(limit, int) and isinstance(timeout, int)
        self._allow(params)
        async with self.changed:
            self._poll += 1
            mine = self._poll
            self._confirm_before(offset)
            self.changed.notify_all()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self.changed.wait_for(lambda: bool(self.waiting) or self._poll != mine)
            if self._poll != mine:
                words = "terminated by other getUpdates request; make sure that only one bot instance is running"
                raise Refused(409, f"Conflict: {words}")
            return done(self.waiting[: max(1, min(limit, 100))])

    async def set_hook(self, params: Params) -> web.Response:
        """Bring updates to an address from now on, or to none."""
        url, secret = str(params.get("url", "")), str(params.get("secret_token", ""))
        if url and not re.match(r"https?://[^/]+", url):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if "secret_token" in params and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad("secret token contains unallowed characters")
        connections = params.get("max_connections", 40)
        assert isinstance(connections, int)
        if not 1 <= connections <= 100:
            raise bad("max_connections must be between 1 and 100")
        self._allow(params)
        async with self.changed:
            if params.get("drop_pending_updates"):
                self.waiting.clear()
            self.hook = Hook(url=url, secret=secret, max_connections=connections) if url else None
            self.changed.notify_all()
        return done(True)

    def told(self) -> Json:
        """The answer to getWebhookInfo."""
        made: Json = {
            "url": self.hook.url if self.hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
        }
        if self.hook is not None:
            made |= {"max_connections": self.hook.max_connections, "allowed_updates": sorted(self.allowed)}
            if self.last_error is not None:
                made |= {"last_error_date": 1_700_000_000, "last_error_message": self.last_error}
        return made

    async def bring(self) -> None:
        """Bring updates to the webhook until cancelled, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                async with self.changed:
                    await self.changed.wait_for(lambda: self.hook is not None and bool(self.waiting))
                    update, hook = self.waiting[0], self.hook
                assert hook is not None
                self.last_error = await _post(session, hook, update)
                if self.last_error is not None:
                    await asyncio.sleep(_BACKOFF_S)
                    continue
                async with self.changed:
                    # A webhook set anew may have dropped it meanwhile.
                    if update in self.waiting:
                        self.waiting.remove(update)
                        self.confirmed = int(str(update["update_id"]))
                    self.changed.notify_all()

    def _allow(self, params: Params) -> None:
        if "allowed_updates" not in params:
            return
        kinds = params["allowed_updates"]
        assert isinstance(kinds, list)
        if unknown := {str(one) for one in kinds} - KINDS:
            raise bad(f"unknown kinds of update: {sorted(unknown)}")
        self.allowed = frozenset(str(one) for one in kinds) or _BY_DEFAULT

    def _confirm_before(self, offset: int) -> None:
        if offset < 0:
            self.waiting = self.waiting[offset:]
            return
        self.confirmed = max(self.confirmed, offset - 1)
        self.waiting = [one for one in self.waiting if int(str(one["update_id"])) >= offset]


async def _post(session: aiohttp.ClientSession, hook: Hook, update: Json) -> str | None:
    """What went wrong, if anything."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
    try:
        async with session.post(hook.url, json=update, headers=headers) as response:
            return None if 200 <= response.status < 300 else f"Wrong response from the webhook: {response.status}"
    except (aiohttp.ClientError, OSError) as broken:
        return f"Connection failed: {type(broken).__name__}"
