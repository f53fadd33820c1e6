"""A chat server that speaks the widget's protocol, strictly, and does what a test tells it."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

from aiohttp import BodyPartReader, WSCloseCode, WSMsgType, web

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Frame: TypeAlias = dict[str, Json]

WIDGET: Final = Path(__file__).parents[2] / "bots/web/static/widget.js"
MORE: Final = WIDGET.with_name("widget-more.js")

_FIELDS: Final[Mapping[str, tuple[Mapping[str, type], Mapping[str, type]]]] = {
    "hello": ({}, {"token": str, "language": str, "identity": str, "after": int}),
    "message": ({"id": str, "text": str}, {"attachments": list}),
    "choose": ({"id": str, "choice": str}, {}),
    "typing": ({}, {}),
    "read": ({"upto": int}, {}),
    "human": ({"id": str}, {}),
    "leave": ({"id": str}, {}),
    "rate": ({"id": str, "score": int}, {"comment": str}),
}
"""Of each frame of a client: what it must have, what it may have; nothing else."""


_MAGIC: Final[Mapping[bytes, str]] = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"%PDF-": "application/pdf",
}
_REFUSED: Final = {"too_large": 413, "type_refused": 415, "infected": 422, "rate_limited": 429, "unavailable": 503}
_GIVEN: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=3600",
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file that the server has."""

    token: str
    """Whose it is."""
    name: str
    media_type: str
    content: bytes

    def frame(self, *, until: int) -> Frame:
        """The file as lines carry it, with a link that ends."""
        path = f"/attachments/{hashlib.sha256(self.content).hexdigest()}/{quote(self.name, safe='')}"
        query = {"for": _sign(self.token), "until": str(until)}
        return {
            "name": self.name,
            "media_type": self.media_type,
            "size": len(self.content),
            "url": f"{path}?{urlencode({**query, 'sign': _sign(path, *query.values())})}",
            "image": self.media_type.startswith("image/"),
        }


def _sign(*what: str) -> str:
    return hashlib.sha256("\n".join(("a fake's key", *what)).encode()).hexdigest()[:32]


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
        self.upload: Frame | None = {
            "max_bytes": 10 * 1024 * 1024,
            "types": ["image/png", "image/jpeg", "video/mp4", "application/pdf", "text/plain"],
            "per_message": 5,
        }
        """What `ready` says of files; None: this server takes none."""
        self.upload_refusals: list[Frame] = []
        """Codes (and more) to answer the next uploads with, in order; nothing is kept then."""
        self.cut_uploads = False
        """Whether uploads lose their connection before an answer; browsers themselves try once more."""
        self.reading = asyncio.Event()
        """While it is not set, what is uploaded stays unread: the way is full."""
        self.reading.set()
        self.origins: set[str] = set()
        """Pages of other origins that may upload."""
        self.uploads: dict[str, Kept] = {}
        """What was kept, by id."""
        self.upload_tries = 0
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
        return [
            web.get("/chat", self._chat),
            web.get("/widget.js", self._widget),
            web.get("/widget-more.js", self._more),
            web.post("/chat/attachments", self._upload),
            web.options("/chat/attachments", self._preflight),
            web.get("/attachments/{digest}/{name}", self._attachment),
        ]

    def keep(self, name: str, media_type: str, content: bytes, *, until: int | None = None) -> Frame:
        """Have a file of the newest conversation; returns it as lines carry it."""
        kept = Kept(token=self.talk.token, name=name, media_type=media_type, content=content)
        self.uploads[f"kept-{next(self._numbers)}"] = kept
        return kept.frame(until=until if until is not None else int(time.time()) + 3600)

    async def _widget(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET, headers={"Content-Type": "text/javascript; charset=utf-8"})

    async def _more(self, _: web.Request) -> web.StreamResponse:
        # A module is fetched across origins only where the server allows it.
        headers = {"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*"}
        return web.FileResponse(MORE, headers=headers)

    async def _preflight(self, request: web.Request) -> web.Response:
        asked = request.headers.get("Access-Control-Request-Headers", "")
        if request.headers.get("Access-Control-Request-Method") != "POST" or asked != "authorization":
            self.violations.append(f"a preflight for {asked}")
        allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "authorization"}
        return web.Response(status=204, headers=self._cors(request) | allowed)

    def _cors(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin", "")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin in self.origins else {}

    async def _upload(self, request: web.Request) -> web.Response:
        self.upload_tries += 1
        await self.reading.wait()
        if self.cut_uploads:
            assert isinstance(request.transport, asyncio.WriteTransport)
            request.transport.abort()
            raise web.HTTPServiceUnavailable
        name, content = await self._part(request)
        status, body = self._judge(request, name, content)
        return web.json_response(body, status=status, headers=self._cors(request))

    async def _part(self, request: web.Request) -> tuple[str, bytes]:
        """Read the one part; whatever else the body holds is a fault of the client."""
        parts = await request.multipart()
        part = await parts.next()
        if not isinstance(part, BodyPartReader) or part.name != "file" or part.filename is None:
            self.violations.append("an upload without a file")
            return "", b""
        if "Content-Type" not in part.headers:
            self.violations.append("a file without a content type")
        content = bytes(await part.read())
        if await parts.next() is not None:
            self.violations.append("an upload of two parts")
        return part.filename, content

    def _judge(self, request: web.Request, name: str, content: bytes) -> tuple[int, Frame]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.cookies:
            self.violations.append("a cookie with an upload")
        if request.headers.get("Origin") not in {f"http://{request.host}", *self.origins}:
            return 403, {"code": "bad_origin", "detail": "not allowed"}
        if token not in self.talks:
            return 401, {"code": "bad_token", "detail": "unknown"}
        if self.upload_refusals:
            refusal = self.upload_refusals.pop(0)
            return _REFUSED[str(refusal["code"])], {"detail": "", **refusal}
        assert self.upload is not None
        if len(content) > int(str(self.upload["max_bytes"])):
            return 413, {"code": "too_large", "detail": "too large"}
        media_type = _sniffed(content)
        if media_type is None:
            return 415, {"code": "type_refused", "detail": "not a type of ours"}
        kept = Kept(token=token, name=name, media_type=media_type, content=content)
        self.uploads[found := f"upload-{next(self._numbers)}"] = kept
        return 201, {"id": found, "name": name, "media_type": media_type, "size": len(content)}

    async def _attachment(self, request: web.Request) -> web.Response:
        digest, query = request.match_info["digest"], request.query
        path = request.rel_url.raw_path
        if query.get("sign") != _sign(path, query.get("for", ""), query.get("until", "")):
            return web.Response(status=403, text="This link is not complete.")
        if int(query["until"]) < time.time():
            return web.Response(status=410, text="This link has ended. Open the conversation again for a new one.")
        for kept in self.uploads.values():
            if hashlib.sha256(kept.content).hexdigest() == digest:
                saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"}
                headers = {**_GIVEN, **saved, "Content-Type": kept.media_type}
                return web.Response(body=kept.content, headers=headers)
        return web.Response(status=404, text="This file is no longer kept.")

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
                **({} if self.upload is None else {"upload": self.upload}),
            }
        )
        await socket.send_json(talk.standing)

    async def _act(self, socket: web.WebSocketResponse, talk: Talk, frame: Frame) -> None:
        if self.refusals:
            await socket.send_json({"type": "error", "id": frame["id"], "detail": "", **self.refusals.pop(0)})
            return
        if self.deaf:
            return
        files = self._files(talk, frame)
        if files is None:
            refusal: Frame = {"type": "error", "id": frame["id"], "code": "bad_attachment", "detail": "no such file"}
            await socket.send_json(refusal)
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
        until = int(time.time()) + 3600
        more: Frame = {"attachments": [file.frame(until=until) for file in files]} if files else {}
        await self._add(talk, "user", said, None, client_id=frame["id"], **more)
        answer = self.answers.get(said)
        if answer is not None:
            await self._add(talk, "bot", answer.text, answer)

    def _files(self, talk: Talk, frame: Frame) -> list[Kept] | None:
        """The files of a message, in its order; None when one of them is not this visitor's."""
        ids = frame.get("attachments", [])
        assert isinstance(ids, list)
        most = int(str(self.upload["per_message"])) if self.upload is not None else 0
        if len(ids) > most or len(set(map(str, ids))) < len(ids) or ("attachments" in frame and not ids):
            self.violations.append(f"{len(ids)} attachments: {ids}")
        if frame["type"] == "message" and not str(frame["text"]).strip() and not ids:
            self.violations.append("an empty message")
        found = [self.uploads.get(str(one)) for one in ids]
        files = [file for file in found if file is not None and file.token == talk.token]
        return files if len(files) == len(ids) else None

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


def _sniffed(content: bytes) -> str | None:
    """What the bytes are; None for what is not taken."""
    known = next((kind for magic, kind in _MAGIC.items() if content.startswith(magic)), None)
    if known is not None or not content or b"\0" in content or content.startswith(b"<"):
        return known
    return "text/plain"


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
    app = web.Application(client_max_size=32 * 1024 * 1024)
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
