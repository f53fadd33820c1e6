"""A chat server that speaks the widget's protocol, strictly, and does what a test tells it."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from aiohttp import WSCloseCode, WSMsgType, web

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Frame: TypeAlias = dict[str, Json]

WIDGET: Final = Path(__file__).parents[2] / "bots/web/static/widget.js"

_FIELDS: Final[Mapping[str, tuple[Mapping[str, type], Mapping[str, type]]]] = {
    "hello": ({}, {"token": str, "language": str, "identity": str, "after": int}),
    "message": ({"id": str, "text": str}, {}),
    "choose": ({"id": str, "choice": str}, {}),
    "typing": ({}, {}),
    "read": ({"upto": int}, {}),
    "human": ({"id": str}, {}),
    "leave": ({"id": str}, {}),
    "rate": ({"id": str, "score": int}, {"comment": str}),
}
"""Of each frame of a client: what it must have, what it may have; nothing else."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the bot says to a text."""

    text: str
    choices: Sequence[tuple[str, str]] = ()
    article: Mapping[str, Json] | None = None


@dataclass(kw_only=True)
class Talk:
    """One visitor's conversation."""

    token: str
    lines: list[Frame] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    standing: Frame = field(default_factory=lambda: {"type": "status", "status": "bot", "on_duty": True})


class FakeChat:
    """Many conversations; each stores a client's act once, by its id, and echoes it as a line."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.opening: Sequence[tuple[str, str]] = ()
        self.welcome = "Hello! Ask me anything."
        self.deaf = False
        """Take acts and do nothing with them."""
        self.mute = False
        """Store acts, but tell nobody: the ack and the line are lost on the way."""
        self.refuse = False
        """Let no new socket in."""
        self.refusals: list[Frame] = []
        """Errors to answer the next acts with, in order; nothing is stored then."""
        self.received: list[Frame] = []
        self.violations: list[str] = []
        self.talks: dict[str, Talk] = {}
        self.sockets: dict[web.WebSocketResponse, Talk] = {}
        self._numbers = itertools.count(1)
        self._choices: dict[str, Sequence[tuple[str, str]]] = {}
        self._transports: dict[web.WebSocketResponse, asyncio.WriteTransport] = {}

    @property
    def talk(self) -> Talk:
        """The newest conversation."""
        return list(self.talks.values())[-1]

    def texts(self) -> list[str]:
        """What the customer said in the newest conversation, in the order it was stored."""
        return [str(line["text"]) for line in self.talk.lines if line["from"] == "user"]

    def of(self, kind: str) -> list[Frame]:
        """The frames of a kind that clients sent."""
        return [frame for frame in self.received if frame["type"] == kind]

    async def say(self, text: str, *, speaker: str = "bot", answer: Answer | None = None, **more: Json) -> None:
        """Add a line to the newest conversation."""
        await self._add(self.talk, speaker, text, answer, **more)

    async def status(self, status: str, **more: Json) -> None:
        """Change who owns the newest conversation."""
        self.talk.standing = {"type": "status", "status": status, **more}
        await self._tell(self.talk, self.talk.standing)

    async def tell(self, frame: Frame) -> None:
        """Send a frame to all sockets of the newest conversation."""
        await self._tell(self.talk, frame)

    async def drop(self) -> None:
        """Cut every connection without a word."""
        for socket in list(self._transports):
            self._transports[socket].abort()
        while self._transports:
            await asyncio.sleep(0.01)

    def routes(self) -> list[web.RouteDef]:
        """What the fake serves; a test adds its own pages."""
        return [web.get("/chat", self._chat), web.get("/widget.js", self._widget)]

    async def _widget(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET, headers={"Content-Type": "text/javascript; charset=utf-8"})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=65536)
        await socket.prepare(request)
        assert isinstance(request.transport, asyncio.WriteTransport)
        self._transports[socket] = request.transport
        try:
            async for raw in socket:
                if raw.type is not WSMsgType.TEXT:
                    self.violations.append(f"a {raw.type.name} frame")
                    break
                await self._frame(socket, raw.data)
        finally:
            self.sockets.pop(socket, None)
            self._transports.pop(socket, None)
        return socket

    async def _frame(self, socket: web.WebSocketResponse, text: str) -> None:
        frame: Frame = json.loads(text)
        self._check(frame)
        self.received.append(frame)
        talk = self.sockets.get(socket)
        if frame["type"] == "hello":
            if talk is not None:
                self.violations.append("a second hello")
            await self._hello(socket, frame)
        elif talk is None:
            self.violations.append(f"{frame['type']} before hello")
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        elif "id" in frame:
            await self._act(socket, talk, frame)

    def _check(self, frame: Frame) -> None:
        must, may = _FIELDS.get(str(frame.get("type")), ({}, {}))
        allowed = {**must, **may, "type": str}
        missing = must.keys() - frame.keys()
        wrong = [name for name, value in frame.items() if not isinstance(value, allowed.get(name, type(None)))]
        if frame.get("type") not in _FIELDS or missing or wrong:
            self.violations.append(json.dumps(frame))

    async def _hello(self, socket: web.WebSocketResponse, hello: Frame) -> None:
        token = hello.get("token")
        if isinstance(token, str) and token not in self.talks:
            await socket.send_json({"type": "error", "code": "bad_token", "detail": "unknown"})
            await socket.close()
            return
        talk = self.talks[token] if isinstance(token, str) else Talk(token=f"token-{next(self._numbers)}")
        self.talks[talk.token] = talk
        self.sockets[socket] = talk
        after = hello.get("after", 0)
        assert isinstance(after, int)
        lines = [line for line in talk.lines if int(str(line["id"])) > after]
        await socket.send_json(
            {
                "type": "ready",
                "token": talk.token,
                "conversation": f"web:{talk.token}",
                "language": hello.get("language", "en"),
                "messages": lines if talk.lines else [self._welcome()],
            }
        )
        await socket.send_json(talk.standing)

    async def _act(self, socket: web.WebSocketResponse, talk: Talk, frame: Frame) -> None:
        if self.refusals:
            await socket.send_json({"type": "error", "id": frame["id"], "detail": "", **self.refusals.pop(0)})
            return
        if self.deaf:
            return
        new = str(frame["id"]) not in talk.seen
        talk.seen.add(str(frame["id"]))
        if not self.mute:
            await socket.send_json({"type": "ack", "id": frame["id"]})
        if not new:
            return
        said = self._words(talk, frame)
        if said is None:
            return
        await self._add(talk, "user", said, None, client_id=frame["id"])
        answer = self.answers.get(said)
        if answer is not None:
            await self._add(talk, "bot", answer.text, answer)

    def _words(self, talk: Talk, frame: Frame) -> str | None:
        match frame["type"]:
            case "message":
                return str(frame["text"])
            case "human":
                return "Talk to a person"
            case "choose":
                choices = [*self.opening, *self._offered(talk)]
                return dict(choices)[str(frame["choice"])]
            case _:
                return None

    def _offered(self, talk: Talk) -> list[tuple[str, str]]:
        return [choice for line in talk.lines for choice in self._choices.get(str(line["text"]), ())]

    def _welcome(self) -> Frame:
        return {
            "type": "message",
            "id": 0,
            "from": "bot",
            "text": self.welcome,
            "choices": [{"id": choice, "label": label} for choice, label in self.opening],
            "at": datetime.now(UTC).isoformat(),
        }

    async def _add(self, talk: Talk, speaker: str, text: str, answer: Answer | None, **more: Json) -> None:
        line: Frame = {
            "type": "message",
            "id": len(talk.lines) + 1,
            "from": speaker,
            "text": text,
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        if answer is not None and answer.choices:
            self._choices[text] = answer.choices
            line["choices"] = [{"id": choice, "label": label} for choice, label in answer.choices]
        if answer is not None and answer.article is not None:
            line["article"] = answer.article
        talk.lines.append(line)
        await self._tell(talk, line)

    async def _tell(self, talk: Talk, frame: Frame) -> None:
        for socket, theirs in [] if self.mute else list(self.sockets.items()):
            if theirs is talk and not socket.closed:
                await socket.send_json(frame)


def earlier(minutes: int) -> str:
    """A time so many minutes ago, as the protocol writes it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def page(script: str, *, attributes: str = "", language: str = "en", direction: str = "ltr") -> str:
    """A page that carries the widget and nothing else that could hide its faults."""
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover"><title>Exchange</title>'
        f'<link rel="icon" href="/icon.svg"><script src="{script}" defer {attributes}></script></head>'
        "<body><h1>Exchange</h1><p><a href='#'>A link of the page</a></p></body></html>"
    )


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """Serve on a free port of loopback; yields the origin."""
    app = web.Application()
    app.add_routes([*routes, web.get("/icon.svg", _icon)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _icon(_: web.Request) -> web.Response:
    return web.Response(text='<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")
