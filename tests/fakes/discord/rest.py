"""The REST interface, as far as a support bot may use it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NoReturn

from aiohttp import web

from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.state import APPLICATION, BOT, GUILD, Interaction, Json, Posted, State, Trouble

_MESSAGE: Final = frozenset(
    "content components allowed_mentions flags nonce enforce_nonce message_reference embeds tts attachments".split()
)
_TEXT: Final = 2000
_HIDDEN: Final = 1 << 6


class Rest:
    """All paths below /api/v10."""

    def __init__(self, state: State, gateway: Gateway) -> None:
        """Messages that the bot posts are told on the gateway too, as Discord does."""
        self._state = state
        self._gateway = gateway
        self.open: dict[int, web.Request] = {}

    def routes(self) -> list[web.RouteDef]:
        """The paths; any other is a violation."""
        api = "/api/v10"
        found = [
            web.get(f"{api}/users/@me", self._me),
            web.get(f"{api}/applications/@me", self._application),
            web.get(f"{api}/oauth2/applications/@me", self._application),
            web.get(f"{api}/gateway/bot", self._gateway_bot),
            web.post(f"{api}/users/@me/channels", self._direct),
            web.get(f"{api}/channels/{{channel}}", self._channel),
            web.get(f"{api}/channels/{{channel}}/messages", self._history),
            web.post(f"{api}/channels/{{channel}}/messages", self._post),
            web.patch(f"{api}/channels/{{channel}}/messages/{{message}}", self._edit),
            web.delete(f"{api}/channels/{{channel}}/messages/{{message}}", self._delete),
            web.post(f"{api}/channels/{{channel}}/typing", self._typing),
            web.post(f"{api}/channels/{{channel}}/messages/{{message}}/threads", self._thread),
            web.post(f"{api}/channels/{{channel}}/threads", self._private_thread),
            web.put(f"{api}/channels/{{channel}}/thread-members/{{member}}", self._join),
            web.put(f"{api}/applications/{{application}}/commands", self._commands),
            web.post(f"{api}/interactions/{{id}}/{{token}}/callback", self._callback),
            web.patch(f"{api}/webhooks/{{application}}/{{token}}/messages/@original", self._original),
            web.post(f"{api}/webhooks/{{application}}/{{token}}", self._follow_up),
            web.route("*", f"{api}/{{path:.*}}", self._unknown),
        ]
        return [web.route(one.method, one.path, self._guarded(one.handler)) for one in found]

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self._state.calls.append((request.method, request.path))
            if self._state.unauthorized or request.headers.get("Authorization") != f"Bot {self._state.token}":
                return _error(401, 0, "401: Unauthorized")
            self.open[id(request)] = request
            try:
                return await handler(request)
            finally:
                del self.open[id(request)]
                await self._state.note()

        return guarded

    def cut(self) -> None:
        """Every connection breaks."""
        for request in list(self.open.values()):
            if request.transport is not None:
                request.transport.abort()

    # Reading

    async def _me(self, request: web.Request) -> web.StreamResponse:
        return _ok(BOT)

    async def _application(self, request: web.Request) -> web.StreamResponse:
        return _ok(
            {
                "id": APPLICATION,
                "name": "Demo",
                "icon": None,
                "description": "",
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "x",
                "flags": 1 << 19,
                "owner": {"id": "1", "username": "o", "discriminator": "0", "avatar": None},
                "team": None,
                "summary": "",
            }
        )

    async def _gateway_bot(self, request: web.Request) -> web.StreamResponse:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
        return _ok({"url": self._gateway.origin, "shards": 1, "session_start_limit": limit})

    async def _channel(self, request: web.Request) -> web.StreamResponse:
        found = self._state.channels.get(request.match_info["channel"])
        return _ok(found) if found is not None else _error(404, 10003, "Unknown Channel")

    async def _history(self, request: web.Request) -> web.StreamResponse:
        channel = request.match_info["channel"]
        if channel not in self._state.channels:
            return _error(404, 10003, "Unknown Channel")
        if unknown := request.query.keys() - {"limit", "after", "before", "around"}:
            self._violated(f"history: {sorted(unknown)}")
        limit, after = int(request.query.get("limit", "50")), int(request.query.get("after", "0"))
        if not 1 <= limit <= 100:
            self._violated(f"history: limit {limit}")
        newer = [one for one in self._state.messages[channel] if int(str(one["id"])) > after]
        # With `after` Discord gives the oldest of them, written newest first.
        return _ok(list(reversed(newer[:limit] if after else newer[-limit:])))

    # Writing

    async def _direct(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body.keys() != {"recipient_id"}:
            self._violated(f"direct: {sorted(body)}")
        return _ok(self._state.channels[self._state.direct(str(body["recipient_id"]))])

    async def _post(self, request: web.Request) -> web.StreamResponse:
        channel, body = request.match_info["channel"], await request.json()
        if (problem := _message_problem(body)) is not None:
            return self._refused(problem)
        if "allowed_mentions" not in body or body["allowed_mentions"].get("parse") != []:
            self._violated("a message that may mention")
        if channel not in self._state.channels:
            return _error(404, 10003, "Unknown Channel")
        trouble = self._state.troubles[channel].pop(0) if self._state.troubles[channel] else None
        match trouble:
            case Trouble.SLOW_DOWN:
                late = {"message": "You are being rate limited.", "retry_after": 31.0, "global": False}
                headers = {"Via": "1.1 google", "Retry-After": "31"}
                return _ok(late, 429, headers)
            case Trouble.FORBIDDEN:
                return _error(403, 50013, "Missing Permissions")
            case Trouble.BROKEN:
                return _error(503, 0, "Service Unavailable")
            case Trouble.CUT_BEFORE:
                _hang_up(request)
            case _:
                pass
        if trouble is Trouble.CLOSED or channel in self._state.closed:
            return _error(403, 50007, "Cannot send messages to this user")
        made = self._posted(channel, body)
        await self._gateway.tell("MESSAGE_CREATE", made)
        await self._state.note()
        if trouble is Trouble.CUT_AFTER:
            _hang_up(request)
        return _ok(made)

    def _posted(self, channel: str, body: Json) -> Json:
        nonce = str(body.get("nonce", ""))
        if nonce and body.get("enforce_nonce"):
            at, known = self._state.nonces.get(nonce, (0.0, ""))
            if known and time.monotonic() - at < self._state.nonce_life_s:
                return next(one for one in self._state.messages[channel] if one["id"] == known)
        made = self._state.message(channel, BOT, str(body.get("content", "")), components=body.get("components", []))
        if nonce:
            self._state.nonces[nonce] = (time.monotonic(), str(made["id"]))
        reference = body.get("message_reference")
        components = body.get("components", [])
        self._state.posted.append(
            Posted(
                id=str(made["id"]),
                channel=channel,
                content=str(made["content"]),
                components=components if isinstance(components, list) else [],
                answers=str(reference["message_id"]) if isinstance(reference, dict) else None,
            )
        )
        return made

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for one in self._state.posted:
            if one.id == request.match_info["message"]:
                one.content = str(body.get("content", one.content))
                return _ok({"id": one.id})
        return _error(404, 10008, "Unknown Message")

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=204)

    async def _typing(self, request: web.Request) -> web.StreamResponse:
        self._state.typing.append(request.match_info["channel"])
        return web.Response(status=204)

    async def _thread(self, request: web.Request) -> web.StreamResponse:
        channel, message, body = request.match_info["channel"], request.match_info["message"], await request.json()
        if body.keys() - {"name", "auto_archive_duration", "rate_limit_per_user"} or not 1 <= len(body["name"]) <= 100:
            return self._refused(f"thread: {body}")
        if channel not in self._state.channels:
            return _error(404, 10003, "Unknown Channel")
        if self._state.threads_forbidden or self._state.channels[channel]["type"] in (11, 12):
            return _error(403, 50013, "Missing Permissions")
        if message in self._state.channels:
            return _error(400, 160004, "A thread has already been created for this message")
        made: Json = {
            "id": message,
            "type": 11,
            "guild_id": GUILD,
            "parent_id": channel,
            "name": body["name"],
            "owner_id": BOT["id"],
        }
        self._state.channels[message] = made
        await self._gateway.tell("THREAD_CREATE", _thread_event(made))
        return _ok(made, 201)

    async def _private_thread(self, request: web.Request) -> web.StreamResponse:
        channel, body = request.match_info["channel"], await request.json()
        if body.keys() - {"name", "type", "auto_archive_duration", "invitable"} or body.get("type") != 12:
            return self._refused(f"private thread: {body}")
        number = self._state.next_id()
        made: Json = {
            "id": number,
            "type": 12,
            "guild_id": GUILD,
            "parent_id": channel,
            "name": body["name"],
            "owner_id": BOT["id"],
        }
        self._state.channels[number] = made
        return _ok(made, 201)

    async def _join(self, request: web.Request) -> web.StreamResponse:
        thread = self._state.channels.get(request.match_info["channel"])
        if thread is None:
            return _error(404, 10003, "Unknown Channel")
        thread["members"] = [request.match_info["member"]]
        return web.Response(status=204)

    async def _commands(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for one in body:
            if not 1 <= len(str(one.get("name", ""))) <= 32 or not 1 <= len(str(one.get("description", ""))) <= 100:
                return self._refused(f"command: {one}")
            for text in one.get("description_localizations", {}).values():
                if not 1 <= len(text) <= 100:
                    return self._refused(f"command: {text}")
        self._state.commands = body
        return _ok(body)

    # Interactions

    async def _callback(self, request: web.Request) -> web.StreamResponse:
        found = self._state.interactions.get(request.match_info["id"])
        body = await request.json()
        if found is None or found.token != request.match_info["token"] or time.monotonic() - found.at > 3:
            return _error(404, 10062, "Unknown interaction")
        if found.kind is not None:
            return _error(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body.get("type"), body.get("data") or {}
        if kind not in (4, 5, 6, 7) or body.keys() - {"type", "data"}:
            return self._refused(f"callback: {body}")
        found.kind, found.said = kind, str(data.get("content", ""))
        if kind == 4:
            if (problem := _message_problem(data)) is not None:
                return self._refused(problem)
            self._answered(found, data, hidden=bool(data.get("flags", 0) & _HIDDEN))
        if kind == 7:
            for one in self._state.posted:
                if one.channel == found.channel and "components" in data:
                    one.components = data["components"]
        return web.Response(status=204)

    async def _original(self, request: web.Request) -> web.StreamResponse:
        found, body = self._by_token(request.match_info["token"]), await request.json()
        if found is None or found.kind != 5:
            return _error(404, 10015, "Unknown Webhook")
        if (problem := _message_problem(body)) is not None:
            return self._refused(problem)
        for one in self._state.posted:
            if one.id == f"original:{found.id}":
                one.content = str(body.get("content"))
                return _ok({"id": one.id})
        return _ok({"id": self._answered(found, body, hidden=True, number=f"original:{found.id}").id})

    async def _follow_up(self, request: web.Request) -> web.StreamResponse:
        found, body = self._by_token(request.match_info["token"]), await request.json()
        if found is None or found.kind is None:
            return _error(404, 10015, "Unknown Webhook")
        if (problem := _message_problem(body)) is not None:
            return self._refused(problem)
        return _ok({"id": self._answered(found, body, hidden=bool(body.get("flags", 0) & _HIDDEN)).id})

    def _answered(self, found: Interaction, data: Mapping[str, object], *, hidden: bool, number: str = "") -> Posted:
        components = data.get("components", [])
        made = Posted(
            id=number or self._state.next_id(),
            channel=found.channel,
            content=str(data.get("content", "")),
            components=components if isinstance(components, list) else [],
            hidden=hidden,
            interaction=found.id,
        )
        self._state.posted.append(made)
        return made

    def _by_token(self, token: str) -> Interaction | None:
        return next((one for one in self._state.interactions.values() if one.token == token), None)

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        self._violated(f"{request.method} {request.path}")
        return _error(404, 0, "404: Not Found")

    def _refused(self, problem: str) -> web.Response:
        self._violated(problem)
        return _error(400, 50035, "Invalid Form Body")

    def _violated(self, what: str) -> None:
        self._state.violations.append(what)


def _message_problem(body: Mapping[str, object]) -> str | None:
    """What is wrong with a message, in Discord's own rules."""
    if unknown := body.keys() - _MESSAGE:
        return f"unknown fields: {sorted(unknown)}"
    content = body.get("content", "")
    if not isinstance(content, str) or len(content) > _TEXT:
        return f"content of {len(str(content))} characters"
    if not content.strip() and not body.get("components"):
        return "an empty message"
    if len(str(body.get("nonce", ""))) > 25:
        return "a long nonce"
    rows = body.get("components", [])
    if not isinstance(rows, list) or len(rows) > 5:
        return "rows"
    seen: set[str] = set()
    for row in rows:
        inside = row.get("components", []) if isinstance(row, dict) and row.get("type") == 1 else None
        if not inside or len(inside) > 5:
            return f"a row of {inside}"
        for one in inside:
            custom = str(one.get("custom_id", ""))
            if not 1 <= len(custom) <= 100 or custom in seen:
                return f"custom_id {custom!r}"
            seen.add(custom)
            if one.get("type") == 2 and not 1 <= len(str(one.get("label", ""))) <= 80:
                return "a label"
            if one.get("type") == 3 and not 1 <= len(one.get("options", [])) <= 25:
                return "options"
    return None


def _thread_event(made: Json) -> Json:
    meta = {
        "archived": False,
        "auto_archive_duration": 1440,
        "archive_timestamp": "2026-11-23T00:00:00+00:00",
        "locked": False,
    }
    return {
        **made,
        "thread_metadata": meta,
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "last_message_id": None,
    }


def _ok(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    # Discord names no charset, and the library looks at that.
    kind = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind)


def _error(status: int, code: int, message: str) -> web.Response:
    return _ok({"code": code, "message": message}, status)


def _hang_up(request: web.Request) -> NoReturn:
    assert request.transport is not None
    request.transport.abort()
    raise asyncio.CancelledError
