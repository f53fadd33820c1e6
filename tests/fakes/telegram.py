"""Telegram's Bot API server, strictly: updates wait until they are confirmed, limits and errors are the real ones."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, TypeAlias

import aiohttp
from aiohttp import web

Json: TypeAlias = dict[str, object]

BOT: Final[Json] = {"id": 4242, "is_bot": True, "first_name": "Help", "username": "DemoHelpBot"}
_TEXT: Final = 4096
_DATA: Final = 64
_PATIENCE_S: Final = 15.0
_KINDS: Final = frozenset(
    (
        "mention hashtag bot_command url bold italic underline strikethrough spoiler code pre text_link text_mention"
    ).split()
)
# Each method's parameters: those it needs, and those it may have.
_METHODS: Final[Mapping[str, tuple[str, str]]] = {
    "getMe": ("", ""),
    "getUpdates": ("", "offset limit timeout allowed_updates"),
    "setWebhook": ("url", "allowed_updates secret_token max_connections drop_pending_updates certificate ip_address"),
    "deleteWebhook": ("", "drop_pending_updates"),
    "getWebhookInfo": ("", ""),
    "sendMessage": (
        "chat_id text",
        "message_thread_id parse_mode entities link_preview_options disable_notification protect_content "
        "reply_parameters reply_markup business_connection_id message_effect_id allow_paid_broadcast",
    ),
    "sendChatAction": ("chat_id action", "message_thread_id business_connection_id"),
    "editMessageText": ("chat_id message_id text", "parse_mode entities link_preview_options reply_markup"),
    "editMessageReplyMarkup": ("chat_id message_id", "reply_markup"),
    "deleteMessage": ("chat_id message_id", ""),
    "answerCallbackQuery": ("callback_query_id", "text show_alert url cache_time"),
    "getFile": ("file_id", ""),
    "setMyCommands": ("commands", "scope language_code"),
}
_SENDS: Final = frozenset(("sendMessage",))


class Trouble(Enum):
    """How a send fails."""

    FLOOD = auto()
    """429, with `retry_after`."""
    BLOCKED = auto()
    """403: the customer has blocked the bot."""
    BROKEN = auto()
    """500."""
    REFUSED = auto()
    """400 without a reason that we know."""
    ENTITIES = auto()
    """400: can't parse entities."""
    CUT_BEFORE = auto()
    """Hangs up, and nothing was sent."""
    CUT_AFTER = auto()
    """Hangs up, and the message was sent."""


@dataclass(slots=True, kw_only=True)
class Sent:
    """A message of the bot's."""

    chat: int
    thread: int | None
    id: int
    text: str
    entities: list[Json]
    buttons: list[Json]
    answers: int | None
    at: float
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class FakeTelegram:
    """One server with one bot. `violations` is what a real server would not have understood."""

    token: str
    sent: list[Sent] = field(default_factory=list)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    answered: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    unauthorized: bool = False
    away: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    migrated: dict[int, int] = field(default_factory=dict)
    _updates: list[Json] = field(default_factory=list)
    _confirmed: int = 0
    _number: int = 1000
    _message: dict[int, int] = field(default_factory=lambda: defaultdict(lambda: 100))
    _troubles: dict[int, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    _floods: dict[int, float] = field(default_factory=dict)
    _hook: tuple[str, str] | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _polls: int = 0
    _open: dict[int, web.Request] = field(default_factory=dict)
    _posting: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port of loopback; yields the address."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path}", self._file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self._posting = asyncio.create_task(self._post_updates())
        try:
            yield f"http://{host}:{port}"
        finally:
            self._posting.cancel()
            await asyncio.gather(self._posting, return_exceptions=True)
            await runner.cleanup()

    # What people do

    async def add(self, payload: Mapping[str, object]) -> int:
        """An update comes; returns its number."""
        self._number += 1
        async with self._changed:
            self._updates.append({"update_id": self._number, **payload})
            self._changed.notify_all()
        return self._number

    def next_message(self, chat: int) -> int:
        """The number of a chat's next message."""
        self._message[chat] += 1
        return self._message[chat]

    async def press(self, message: Sent, user: Json, label: str, chat: Json) -> None:
        """A person presses a button of a message."""
        data = next(button["callback_data"] for button in message.buttons if button["text"] == label)
        shown = {"message_id": message.id, "date": int(time.time()), "chat": chat, "from": BOT, "text": message.text}
        if message.thread is not None:
            shown |= {"message_thread_id": message.thread, "is_topic_message": True}
        query = {"id": str(self._number + 7), "from": user, "message": shown, "chat_instance": "1", "data": data}
        await self.add({"callback_query": query})

    def trouble(self, chat: int, *kinds: Trouble) -> None:
        """The next sends to a chat fail so, one after the other."""
        self._troubles[chat] += kinds

    def flood(self, chat: int, seconds: float) -> None:
        """For a time every send to a chat is answered 429."""
        self._floods[chat] = time.monotonic() + seconds

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for what was seen to be so."""
        async with asyncio.timeout(_PATIENCE_S), self._changed:
            await self._changed.wait_for(true)

    async def drop(self) -> None:
        """Every connection breaks."""
        for request in list(self._open.values()):
            if request.transport is not None:
                request.transport.abort()

    @property
    def hook_secret(self) -> str:
        """What the bot wants its calls to carry; "" while it has no webhook."""
        return self._hook[1] if self._hook is not None else ""

    @property
    def confirmed(self) -> int:
        """Updates up to this one will not come again."""
        return self._confirmed

    # What the bot does

    async def _call(self, request: web.Request) -> web.StreamResponse:
        self._open[id(request)] = request
        try:
            return await self._called(request)
        finally:
            del self._open[id(request)]

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if self.away:
            _hang_up(request)
        if request.match_info["token"] != self.token or self.unauthorized:
            return _error(401, "Unauthorized")
        params = await _params(request)
        self.calls.append((method, params))
        problem = _problem(method, params)
        if problem is not None:
            self.violations.append(f"{method}: {problem}")
            return _error(404 if method not in _METHODS else 400, f"Bad Request: {problem}")
        if method in _SENDS:
            return await self._send(request, params)
        answer = await self._answer(method, params)
        async with self._changed:
            self._changed.notify_all()
        return answer

    async def _answer(self, method: str, params: Json) -> web.StreamResponse:
        match method:
            case "getMe":
                return _ok({**BOT, "can_join_groups": True, "can_read_all_group_messages": True})
            case "getUpdates":
                return await self._poll(params)
            case "setWebhook":
                self._hook = (str(params["url"]), str(params.get("secret_token", "")))
                return _ok(True)
            case "deleteWebhook":
                self._hook = None
                return _ok(True)
            case "getWebhookInfo":
                return _ok(
                    {
                        "url": self._hook[0] if self._hook else "",
                        "has_custom_certificate": False,
                        "pending_update_count": len(self._updates),
                    }
                )
            case "answerCallbackQuery":
                self.answered.append(params)
                return _ok(True)
            case "editMessageReplyMarkup" | "editMessageText" | "deleteMessage":
                return self._change(method, params)
            case "getFile":
                name = str(params["file_id"])
                if name not in self.files:
                    return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
                return _ok(
                    {"file_id": name, "file_unique_id": name, "file_size": len(self.files[name]), "file_path": name}
                )
        return _ok(True)

    async def _poll(self, params: Json) -> web.StreamResponse:
        if self._hook is not None:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook")
        if self._polls:
            self.violations.append("two polls at once")
            return _error(409, "Conflict: terminated by other getUpdates request")
        offset, limit = int(str(params.get("offset", 0))), int(str(params.get("limit", 100)))
        if "callback_query" not in json.loads(str(params.get("allowed_updates", "[]"))):
            self.violations.append("getUpdates without callback_query")
        self._polls += 1
        try:
            async with self._changed:
                self._confirmed = max(self._confirmed, offset - 1)
                self._updates = [one for one in self._updates if int(str(one["update_id"])) >= offset]
                self._changed.notify_all()
                if not self._updates:
                    wait = min(float(str(params.get("timeout", 0))), 1.0)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait_for(lambda: bool(self._updates) or self.away), wait)
                return _ok(self._updates[:limit])
        finally:
            self._polls -= 1

    async def _post_updates(self) -> None:
        """Bring updates to the webhook, one after the other, each until it is taken."""
        async with aiohttp.ClientSession() as session:
            while True:
                async with self._changed:
                    await self._changed.wait_for(lambda: self._hook is not None and bool(self._updates))
                    update, hook = self._updates[0], self._hook
                assert hook is not None
                try:
                    headers = {"X-Telegram-Bot-Api-Secret-Token": hook[1]}
                    async with session.post(hook[0], json=update, headers=headers) as response:
                        taken = 200 <= response.status < 300
                except (aiohttp.ClientError, OSError):
                    taken = False
                if not taken:
                    await asyncio.sleep(0.05)
                    continue
                async with self._changed:
                    self._updates.remove(update)
                    self._confirmed = int(str(update["update_id"]))
                    self._changed.notify_all()

    async def _send(self, request: web.Request, params: Json) -> web.StreamResponse:
        chat = int(str(params["chat_id"]))
        if chat in self.migrated:
            return _error(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.migrated[chat]
            )
        if (left := self._floods.get(chat, 0) - time.monotonic()) > 0:
            return _error(429, "Too Many Requests: retry after 1", retry_after=max(1, round(left)))
        trouble = self._troubles[chat].pop(0) if self._troubles[chat] else None
        match trouble:
            case Trouble.FLOOD:
                return _error(429, "Too Many Requests: retry after 3", retry_after=3)
            case Trouble.BLOCKED:
                return _error(403, "Forbidden: bot was blocked by the user")
            case Trouble.BROKEN:
                return _error(500, "Internal Server Error")
            case Trouble.REFUSED:
                return _error(400, "Bad Request: have no rights to send a message")
            case Trouble.ENTITIES:
                return _error(400, "Bad Request: can't parse entities: unsupported start tag")
            case Trouble.CUT_BEFORE:
                _hang_up(request)
            case _:
                pass
        sent = self._store(chat, params)
        async with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()
        if trouble is Trouble.CUT_AFTER:
            _hang_up(request)
        said = {
            "message_id": sent.id,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "from": BOT,
            "text": sent.text,
        }
        return _ok(said)

    def _store(self, chat: int, params: Json) -> Sent:
        markup = _json(params.get("reply_markup"))
        rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
        reply = _json(params.get("reply_parameters"))
        thread = params.get("message_thread_id")
        entities = _json(params.get("entities"))
        return Sent(
            chat=chat,
            thread=None if thread is None else int(str(thread)),
            id=self.next_message(chat),
            text=str(params["text"]),
            entities=entities if isinstance(entities, list) else [],
            buttons=[button for row in rows for button in row] if isinstance(rows, list) else [],
            answers=int(str(reply["message_id"])) if isinstance(reply, dict) else None,
            at=time.monotonic(),
        )

    def _change(self, method: str, params: Json) -> web.StreamResponse:
        chat, number = int(str(params["chat_id"])), int(str(params["message_id"]))
        found = next((one for one in self.sent if (one.chat, one.id) == (chat, number)), None)
        if found is None:
            return _error(400, "Bad Request: message to edit not found")
        match method:
            case "editMessageReplyMarkup":
                markup = _json(params.get("reply_markup"))
                rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
                found.buttons = [button for row in rows for button in row] if isinstance(rows, list) else []
            case "editMessageText":
                if found.text == params["text"]:
                    return _error(
                        400, "Bad Request: message is not modified: specified new message content is the same"
                    )
                found.text = str(params["text"])
            case "deleteMessage":
                found.deleted = True
                return _ok(True)
        return _ok({"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private"}})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        data = self.files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or data is None:
            raise web.HTTPNotFound
        return web.Response(body=data)


def _problem(method: str, params: Json) -> str | None:
    """What is wrong with a call, in Telegram's own rules."""
    if method not in _METHODS:
        return "method not found"
    needed, allowed = (set(names.split()) for names in _METHODS[method])
    if missing := needed - params.keys():
        return f"parameters are missing: {sorted(missing)}"
    if unknown := params.keys() - needed - allowed:
        return f"unknown parameters: {sorted(unknown)}"
    if method == "sendMessage":
        text = str(params["text"])
        if not text.strip():
            return "message text is empty"
        if _units(text) > _TEXT:
            return "message is too long"
        return _entity_problem(text, _json(params.get("entities"))) or _button_problem(
            _json(params.get("reply_markup"))
        )
    if method == "answerCallbackQuery" and len(str(params.get("text", ""))) > 200:
        return "MESSAGE_TOO_LONG"
    return None


def _entity_problem(text: str, entities: object) -> str | None:
    for one in entities if isinstance(entities, list) else []:
        if one.get("type") not in _KINDS:
            return f"entity type {one.get('type')}"
        if not 0 <= one["offset"] < one["offset"] + one["length"] <= _units(text):
            return "entity is outside of the text"
        if one["type"] == "text_link" and not str(one.get("url", "")).startswith(
            ("http://", "https://", "tg://", "mailto:")
        ):
            return "a link without an address"
    return None


def _button_problem(markup: object) -> str | None:
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    for button in [button for row in rows for button in row]:
        if not button.get("text"):
            return "a button without text"
        if len({"callback_data", "url"} & button.keys()) != 1:
            return "a button does one thing"
        if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= _DATA:
            return "BUTTON_DATA_INVALID"
    return None


async def _params(request: web.Request) -> Json:
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    return {**request.query, **{name: value for name, value in (await request.post()).items()}}


def _json(value: object) -> Json | list[Json] | None:
    if isinstance(value, str):
        value = json.loads(value)
    return value if isinstance(value, dict | list) else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(status: int, description: str, **parameters: int) -> web.Response:
    body: Json = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=status)


def _hang_up(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
    raise asyncio.CancelledError
