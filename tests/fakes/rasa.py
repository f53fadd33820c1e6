"""A Rasa server: its HTTP interface, strictly, with meanings by shared pairs of letters, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Final, TypeAlias

from aiohttp import web

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"

_VERSION: Final = "3.6.21"
_SHARPNESS: Final = 14.0
_HUGE: Final = 1_100_000
_RANKED: Final = 10


class Trouble(Enum):
    """How it fails."""

    SILENT = auto()
    """Takes the question and never answers."""
    SLOW_BODY = auto()
    """Begins its answer and never ends it."""
    CUT = auto()
    """Hangs up within its answer."""
    ERROR = auto()
    """Status 500, with Rasa's body."""
    NO_MODEL = auto()
    """Status 409: it has loaded none yet."""
    REDIRECT = auto()
    """Sends to another place, which would answer well."""
    NOT_JSON = auto()
    """A page of a proxy, with status 200."""
    HUGE = auto()
    """A good answer with more than a megabyte of spaces behind it."""


class FakeRasa:
    """One server. `reply` stands for what it would say; `asked` is all it was asked."""

    def __init__(self, examples: Mapping[str, Sequence[str]], *, token: str | None = None) -> None:
        """`examples` by intent, in Rasa's names; with a `token` it wants `?token=`."""
        self.trouble: Trouble | None = None
        self.reply: Json = None
        self.model_file: str | None = "nlu-20261123-061253-sour-mitt.tar.gz"
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._examples = {intent: [_pairs(text) for text in texts] for intent, texts in examples.items()}
        self._token = token
        self._released = asyncio.Event()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port of loopback; yields the address."""
        app = web.Application(client_max_size=1 << 20)
        app.add_routes(
            [
                web.get("/version", self._tell_version),
                web.get("/status", self._tell_status),
                web.post("/model/parse", self._parse),
                web.post("/elsewhere", self._answer_well),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            self._released.set()
            await runner.cleanup()

    async def _tell_version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": _VERSION, "minimum_compatible_version": _VERSION})

    async def _tell_status(self, request: web.Request) -> web.StreamResponse:
        self._authorise(request)
        if self.model_file is None:
            return _failure(409, "Conflict", "No agent loaded. To continue processing, a model must be loaded.")
        if self.trouble is not None:
            return await self._fail(request, self.trouble, {})
        status = {"model_file": self.model_file, "model_id": "6160f4260a2c", "num_active_training_jobs": 0}
        return web.json_response(status)

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        self._authorise(request)
        text = await self._read(request)
        self.asked.append(text)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            # Others may come in meanwhile.
            await asyncio.sleep(0)
            answer = self.reply if self.reply is not None else self._meaning(text)
            if self.trouble is not None:
                return await self._fail(request, self.trouble, answer)
            return web.json_response(answer)
        finally:
            self._at_once -= 1

    def _authorise(self, request: web.Request) -> None:
        allowed = {} if self._token is None else {"token": self._token}
        if dict(request.query) != allowed:
            raise self._refusal(401, "NotAuthenticated", f"query: {sorted(request.query)}")

    async def _read(self, request: web.Request) -> str:
        """Stricter than Rasa, which takes any content type and any key, and answers 500 to the rest."""
        if request.headers.get("Content-Type") != "application/json":
            raise self._refusal(415, "BadRequest", "the content type is not exactly application/json")
        try:
            body = await request.json()
        except ValueError:
            raise self._refusal(400, "BadRequest", "the body is not JSON") from None
        if not isinstance(body, dict) or body.keys() != {"text"} or not isinstance(body["text"], str):
            raise self._refusal(400, "BadRequest", "the body is not exactly a text")
        return str(body["text"])

    def _refusal(self, status: int, reason: str, message: str) -> web.HTTPException:
        self.refused.append(message)
        response = _failure(status, reason, message)
        kinds = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 415: web.HTTPUnsupportedMediaType}
        return kinds[status](text=response.text, content_type="application/json")

    async def _answer_well(self, request: web.Request) -> web.Response:
        return web.json_response(self._meaning(await self._read(request)))

    async def _fail(self, request: web.Request, trouble: Trouble, answer: Json) -> web.StreamResponse:
        match trouble:
            case Trouble.SILENT:
                await self._released.wait()
                return web.Response()
            case Trouble.SLOW_BODY | Trouble.CUT:
                return await self._half(request, trouble, json.dumps(answer).encode())
            case Trouble.ERROR:
                return _failure(500, "ParsingError", "An unexpected error occurred. Error: out of memory")
            case Trouble.NO_MODEL:
                return _failure(409, "Conflict", "No agent loaded. To continue processing, a model must be loaded.")
            case Trouble.REDIRECT:
                return web.Response(status=307, headers={"Location": "/elsewhere"})
            case Trouble.NOT_JSON:
                return web.Response(text="<h1>Welcome to the proxy</h1>", content_type="text/html")
            case Trouble.HUGE:
                return web.Response(text=json.dumps(answer) + " " * _HUGE, content_type="application/json")

    async def _half(self, request: web.Request, trouble: Trouble, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if trouble is Trouble.SLOW_BODY:
            await self._released.wait()
        elif request.transport is not None:
            request.transport.abort()
        return response

    def _meaning(self, text: str) -> Json:
        """What it understands; a text that begins with `/` is an intent's own name, as with Rasa."""
        if text.strip().startswith("/"):
            intent: Json = {"name": text.strip()[1:], "confidence": 1.0}
            return {"text": text, "intent": intent, "entities": [], "intent_ranking": [intent]}
        pairs = _pairs(text)
        weights = {
            intent: math.exp(_SHARPNESS * max(_alike(pairs, one) for one in texts))
            for intent, texts in self._examples.items()
        }
        whole = sum(weights.values())
        best = sorted(weights, key=lambda intent: -weights[intent])[:_RANKED]
        ranking: list[Json] = [{"name": intent, "confidence": weights[intent] / whole} for intent in best]
        first = {"text": text, "intent": ranking[0], "entities": []}
        return {**first, "text_tokens": [[0, len(text)]], "intent_ranking": ranking}


def _failure(status: int, reason: str, message: str) -> web.Response:
    body = {"version": _VERSION, "status": "failure", "message": message, "reason": reason, "details": {}}
    return web.json_response({**body, "help": None, "code": status}, status=status)


def _pairs(text: str) -> frozenset[str]:
    text = f" {text.casefold().strip()} "
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))
