"""A console server that speaks the desk's HTTP and live feed, strictly, and does what a test tells it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote

from aiohttp import WSMsgType, web

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Row: TypeAlias = dict[str, Json]

STATIC: Final = Path(__file__).parents[2] / "handoff/console/static"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark"><title>Switchboard</title>
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/console/static/app.css">
<script src="/console/static/app.js" type="module"></script></head><body><div id="app"></div></body></html>"""
QR: Final = (
    '<svg width="116" height="116" class="segno"><path transform="scale(4)" class="qrline" stroke="#000" '
    'd="M2 2.5h7m1 0h2m8 0h7m-25 1h1m5 0h1m2 0h3m5 0h1m5 0h1"/><script>alert(1)</script></svg>'
)
CODE: Final = "123456"
PASSWORD: Final = "correct horse battery"
_COOKIE: Final = "switchboard_session"
_STATUS: Final = {
    "wrong_login": 401,
    "totp_needed": 401,
    "not_signed_in": 401,
    "totp_enroll_needed": 403,
    "csrf": 403,
    "not_allowed": 403,
    "not_found": 404,
    "taken": 409,
    "not_yours": 409,
    "full": 409,
    "bad_request": 400,
    "rate_limited": 429,
    "unavailable": 503,
}
_AGENT: Final[Mapping[str, type]] = {
    "display_name": str,
    "role": str,
    "languages": list,
    "capacity": int,
    "password": str,
}
_BODIES: Final[Mapping[str, tuple[Mapping[str, type], Mapping[str, type]]]] = {
    "login": ({"name": str, "password": str}, {"totp": str}),
    "logout": ({}, {}),
    "password": ({"old": str, "new": str}, {}),
    "totp/start": ({}, {}),
    "totp/confirm": ({"code": str}, {}),
    "presence": ({"state": str}, {}),
    "agents": ({"name": str, **_AGENT}, {}),
    "agents/*": ({}, {**_AGENT, "active": bool, "reset_totp": bool}),
    "tickets/*/take": ({}, {}),
    "tickets/*/requeue": ({}, {}),
    "tickets/*/return": ({}, {}),
    "tickets/*/resolve": ({}, {}),
    "tickets/*/typing": ({}, {}),
    "tickets/*/reply": ({"id": str, "text": str}, {}),
    "tickets/*/note": ({"id": str, "text": str}, {}),
}
"""Of each address: what a body must have, what it may have; nothing else."""


class Refusal(Exception):
    """An answer that is no success."""

    def __init__(self, code: str, detail: str = "", retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.body: Row = {"code": code, "detail": detail}
        if retry_after is not None:
            self.body["retry_after"] = retry_after


def earlier(seconds: float = 0) -> str:
    """A time so many seconds ago, as the console's server writes it."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def agent(name: str, display: str, **more: Json) -> Row:
    """An agent's row."""
    return {
        "id": f"a-{name}",
        "name": name,
        "display_name": display,
        "role": "agent",
        "languages": ["en", "zh"],
        "capacity": 5,
        "active": True,
        "totp_enrolled": False,
        "state": "online",
        "held": 0,
        **more,
    }


@dataclass(kw_only=True)
class Case:
    """A ticket and everything about it."""

    row: Row
    lines: list[Row] = field(default_factory=list)
    details: Sequence[Row] = ()
    earlier: Sequence[Row] = ()

    @property
    def number(self) -> int:
        """Its number."""
        return int(str(self.row["number"]))


class FakeConsole:
    """One desk: accounts, tickets, and sockets that are told of every change."""

    def __init__(self) -> None:
        self.agents: dict[str, Row] = {}
        self.passwords: dict[str, str] = {}
        self.must_enroll: set[str] = set()
        self.cases: dict[int, Case] = {}
        self.sessions: dict[str, str] = {}
        self.refusals: dict[str, list[Refusal]] = {}
        """What the next calls of an address, such as `tickets/*/take`, are refused with."""
        self.gate = asyncio.Event()
        """Takes are decided only while this is set."""
        self.gate.set()
        self.road = asyncio.Event()
        """A case that was fetched arrives only while this is set, as it was when it was fetched."""
        self.road.set()
        self.deaf = False
        """Let no new socket in, and answer no request."""
        self.files: dict[str, tuple[str, bytes]] = {}
        """Type and content of what customers sent, by the signed address."""
        self.calls: list[tuple[str, Row]] = []
        self.frames: list[Row] = []
        self.violations: list[str] = []
        self._sockets: dict[web.WebSocketResponse, str] = {}
        self._transports: dict[web.WebSocketResponse, asyncio.WriteTransport] = {}
        self._numbers = itertools.count(1)
        self._written: set[str] = set()
        self.add_agent(agent("mei", "Mei Lin"))

    # What a test tells it

    def add_agent(self, row: Row, password: str = PASSWORD) -> None:
        """Let somebody sign in."""
        self.agents[str(row["name"])] = row
        self.passwords[str(row["name"])] = password

    def case(self, number: int, **more: Json) -> Case:
        """Add a ticket that waits, before anybody looks."""
        row: Row = {
            "number": number,
            "status": "waiting",
            "queue": "General",
            "language": "en",
            "channel": "web",
            "subject": f"Subject {number}",
            "reason": "asked",
            "intent": "faq/withdrawal_pending",
            "urgent": False,
            "customer_name": f"Customer {number}",
            "waiting_since": earlier(240),
            "taken_at": None,
            "ended_at": None,
            "ending": None,
            "rating": None,
            "agent": None,
            "last": None,
            "rank": number,
            "why": ["language", "waiting"],
            **more,
        }
        self.cases[number] = Case(row=row)
        return self.cases[number]

    def line(self, case: Case, speaker: str, text: str, **more: Json) -> Row:
        """Add something that was said, before anybody looks."""
        line: Row = {
            "id": next(self._numbers),
            "from": speaker,
            "text": text,
            "at": earlier(),
            "private": False,
            "choices": [],
            "article": None,
            "attachments": [],
            "agent": None,
            "understood": None,
            "edited": False,
            **more,
        }
        case.lines.append(line)
        if not line["private"]:
            case.row["last"] = {"from": speaker, "text": text, "at": line["at"]}
        return line

    def keep(self, name: str, media_type: str, content: bytes) -> Row:
        """Have a file; returns it as lines carry it, with its signed address."""
        digest = hashlib.sha256(content).hexdigest()
        url = f"/attachments/{digest}/{quote(name, safe='')}?for=f0c1&until=1900000000&sign={digest[:32]}"
        self.files[url] = (media_type, content)
        image = media_type.startswith("image/")
        return {"name": name, "media_type": media_type, "size": len(content), "url": url, "image": image}

    async def arrive(self, case: Case) -> None:
        """Tell every page of a ticket that is new or has changed."""
        await self._tell({"type": "ticket", "ticket": case.row})

    async def say(self, case: Case, speaker: str, text: str, **more: Json) -> Row:
        """Add something that is said while pages look."""
        line = self.line(case, speaker, text, **more)
        await self._tell({"type": "line", "number": case.number, "line": line})
        await self.arrive(case)
        return line

    async def tell(self, frame: Row) -> None:
        """Send a frame to every page."""
        await self._tell(frame)

    async def drop(self) -> None:
        """Cut every live feed without a word."""
        for transport in list(self._transports.values()):
            transport.abort()
        while self._transports:
            await asyncio.sleep(0.01)

    def of(self, address: str) -> list[Row]:
        """The bodies that were sent to an address."""
        return [body for called, body in self.calls if called == address]

    def give(self, case: Case, holder: str) -> None:
        """Let an agent hold a ticket."""
        who = self.agents[holder]
        case.row |= {
            "status": "held",
            "taken_at": earlier(),
            "agent": {"id": who["id"], "name": who["display_name"]},
        }

    # What it serves

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        return [
            web.get("/console/static/{name}", self._static),
            web.get("/console/live", self._live),
            web.route("*", "/console/api/{path:.*}", self._api),
            web.get("/console/{rest:.*}", self._page),
            web.get("/attachments/{digest}/{name}", self._attachment),
            web.get("/icon.svg", self._icon),
        ]

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html", headers=HEADERS)

    async def _attachment(self, request: web.Request) -> web.Response:
        if request.rel_url.raw_path_qs not in self.files:
            return web.Response(status=403, text="This link is not complete.")
        media_type, content = self.files[request.rel_url.raw_path_qs]
        headers = {
            "Content-Type": media_type,
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=content, headers=headers)

    async def _icon(self, _: web.Request) -> web.Response:
        return web.Response(text='<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        kind = {".js": "text/javascript", ".css": "text/css"}[Path(request.match_info["name"]).suffix]
        headers = {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}
        return web.FileResponse(STATIC / request.match_info["name"], headers=headers)

    async def _api(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        address = re.sub(r"(?<=tickets/)\d+|(?<=agents/)[^/]+", "*", path)
        if self.deaf:
            return web.json_response({"code": "unavailable", "detail": ""}, status=503)
        try:
            body = await self._body(request, address)
            if request.method != "GET":
                self.calls.append((address, body))
            if self.refusals.get(address):
                raise self.refusals[address].pop(0)
            return await self._answer(request, path, address, body)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=_STATUS[str(refusal.body["code"])])

    async def _body(self, request: web.Request, address: str) -> Row:
        if request.method == "GET":
            return {}
        if request.headers.get("Origin") != f"http://{request.host}":
            self.violations.append(f"{address}: Origin {request.headers.get('Origin')}")
        if request.content_type != "application/json":
            self.violations.append(f"{address}: {request.content_type}")
        body: Row = await request.json()
        must, may = _BODIES.get(address, ({}, {}))
        allowed = {**must, **may}
        wrong = [key for key, value in body.items() if type(value) is not allowed.get(key)]
        if address not in _BODIES or must.keys() - body.keys() or wrong:
            self.violations.append(f"{address}: {json.dumps(body)}")
        return body

    async def _answer(self, request: web.Request, path: str, address: str, body: Row) -> web.Response:
        if address == "login":
            return self._login(body)
        me = self._caller(request)
        if request.method != "GET" and request.headers.get("X-CSRF-Token") != f"csrf-{me['name']}":
            self.violations.append(f"{address}: no token")
        if request.method == "POST" and address.startswith("tickets/"):
            _, number, act = path.split("/")
            return web.json_response(await self._act(me, self._case(int(number)), act, body))
        if request.method == "GET" and re.fullmatch(r"tickets/\d+", path):
            fetched = web.json_response(self._file(self._case(int(path.split("/")[1]))))
            await self.road.wait()
            return fetched
        answers: Mapping[str, Callable[[], Awaitable[Json]]] = {
            "me": lambda: _now(self._session(me)),
            "logout": lambda: self._logout(request),
            "presence": lambda: self._presence(me, body),
            "password": lambda: self._password(me, body),
            "totp/start": lambda: _now({"secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/x", "qr_svg": QR}),
            "totp/confirm": lambda: self._confirm(me, body),
            "tickets": lambda: _now({"tickets": self._view(me, request.query["view"])}),
            "agents": lambda: self._add(body) if body else _now({"agents": list(self.agents.values())}),
            "agents/*": lambda: self._change(path.split("/")[1], body),
        }
        if address not in answers:
            self.violations.append(f"{request.method} {path}")
            raise Refusal("not_found")
        return web.json_response(await answers[address]())

    def _login(self, body: Row) -> web.Response:
        name = str(body["name"])
        who = self.agents.get(name)
        if who is None or not who["active"] or self.passwords[name] != body["password"]:
            raise Refusal("wrong_login")
        if who["totp_enrolled"] and "totp" not in body:
            raise Refusal("totp_needed")
        if who["totp_enrolled"] and body["totp"] != CODE:
            raise Refusal("wrong_login")
        token = f"session-{next(self._numbers)}"
        self.sessions[token] = name
        response = web.json_response(self._session(who))
        response.set_cookie(_COOKIE, token, path="/console", httponly=True, samesite="Strict")
        return response

    def _caller(self, request: web.Request) -> Row:
        name = self.sessions.get(request.cookies.get(_COOKIE, ""))
        if name is None:
            raise Refusal("not_signed_in")
        return self.agents[name]

    def _session(self, me: Row) -> Row:
        return {
            "agent": me,
            "csrf": f"csrf-{me['name']}",
            "totp_enrolled": me["totp_enrolled"],
            "must_enroll_totp": me["name"] in self.must_enroll and not me["totp_enrolled"],
        }

    async def _logout(self, request: web.Request) -> Json:
        del self.sessions[request.cookies[_COOKIE]]
        return {}

    async def _presence(self, me: Row, body: Row) -> Json:
        me["state"] = body["state"]
        await self._tell({"type": "agents", "agents": self._colleagues()})
        return {}

    async def _password(self, me: Row, body: Row) -> Json:
        if self.passwords[str(me["name"])] != body["old"]:
            raise Refusal("wrong_login")
        self.passwords[str(me["name"])] = str(body["new"])
        return {}

    async def _confirm(self, me: Row, body: Row) -> Json:
        if body["code"] != CODE:
            raise Refusal("bad_request")
        me["totp_enrolled"] = True
        return {}

    async def _add(self, body: Row) -> Json:
        row = agent(str(body["name"]), str(body["display_name"]), **{k: body[k] for k in ("role", "capacity")})
        self.add_agent(row | {"languages": body["languages"]}, str(body["password"]))
        return {"agent": row}

    async def _change(self, id: str, body: Row) -> Json:
        row = next(one for one in self.agents.values() if one["id"] == id)
        row |= {key: value for key, value in body.items() if key not in ("password", "reset_totp")}
        if "reset_totp" in body:
            row["totp_enrolled"] = False
        return {"agent": row}

    def _view(self, me: Row, view: str) -> list[Row]:
        status = {"waiting": "waiting", "mine": "held", "solved": "solved"}[view]
        rows = [case.row for case in self.cases.values() if case.row["status"] == status]
        return [row for row in rows if view != "mine" or _holder(row) == me["id"]]

    def _case(self, number: int) -> Case:
        if number not in self.cases:
            raise Refusal("not_found")
        return self.cases[number]

    def _file(self, case: Case) -> Row:
        standing: Row = {"status": "queued", "position": 1, "wait_s": 240, "on_duty": True}
        return {
            "ticket": case.row,
            "details": case.details,
            "lines": case.lines,
            "standing": standing,
            "earlier": case.earlier,
        }

    async def _act(self, me: Row, case: Case, act: str, body: Row) -> Json:
        if act == "take":
            await self.gate.wait()
            if case.row["status"] != "waiting":
                raise Refusal("taken")
            self.give(case, str(me["name"]))
        elif _holder(case.row) != me["id"] or case.row["status"] != "held":
            raise Refusal("not_yours")
        elif act in ("reply", "note"):
            return await self._write(me, case, act, body)
        elif act == "requeue":
            case.row |= {"status": "waiting", "agent": None, "taken_at": None}
        elif act in ("return", "resolve"):
            ending = {"return": "to_bot", "resolve": "resolved"}[act]
            case.row |= {"status": "solved", "ended_at": earlier(), "ending": ending}
        if act != "typing":
            await self.arrive(case)
        return {"ticket": case.row}

    async def _write(self, me: Row, case: Case, kind: str, body: Row) -> Json:
        if str(body["id"]) not in self._written:
            self._written.add(str(body["id"]))
            author: Row = {"id": me["id"], "name": me["display_name"]}
            await self.say(case, "agent", str(body["text"]), private=kind == "note", agent=author)
        return {}

    def _colleagues(self) -> list[Row]:
        held = [_holder(case.row) for case in self.cases.values() if case.row["status"] == "held"]
        return [
            {
                "id": one["id"],
                "name": one["display_name"],
                "state": one["state"],
                "held": held.count(one["id"]),
                "capacity": one["capacity"],
            }
            for one in self.agents.values()
            if one["active"]
        ]

    async def _live(self, request: web.Request) -> web.StreamResponse:
        try:
            me = self._caller(request)
        except Refusal:
            return web.Response(status=401)
        if self.deaf:
            return web.Response(status=503)
        if request.headers.get("Origin") != f"http://{request.host}":
            self.violations.append("live: Origin")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.WriteTransport)
        self._transports[socket] = request.transport
        await self._snapshot(socket, me)
        self._sockets[socket] = str(me["name"])
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(json.loads(message.data))
        finally:
            self._sockets.pop(socket, None)
            self._transports.pop(socket, None)
        return socket

    async def _snapshot(self, socket: web.WebSocketResponse, me: Row) -> None:
        await socket.send_json(
            {
                "type": "snapshot",
                "waiting": self._view(me, "waiting"),
                "mine": self._view(me, "mine"),
                "agents": self._colleagues(),
                "at": earlier(),
            }
        )

    def _hear(self, frame: Row) -> None:
        self.frames.append(frame)
        keys = {"watch": {"type", "number"}, "unwatch": {"type", "number"}, "alive": {"type"}}.get(str(frame["type"]))
        if frame.keys() != keys:
            self.violations.append(json.dumps(frame))

    async def _tell(self, frame: Row) -> None:
        for socket in list(self._sockets):
            if not socket.closed:
                await socket.send_json(frame)


async def _now(value: Json) -> Json:
    return value


def _holder(row: Row) -> Json:
    holder = row["agent"]
    return holder["id"] if isinstance(holder, Mapping) else None


@asynccontextmanager
async def serving(console: FakeConsole) -> AsyncIterator[str]:
    """Serve on a free port of loopback; yields the origin."""
    app = web.Application()
    app.add_routes(console.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
