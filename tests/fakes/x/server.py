"""The server: checks who asks, counts, fails on command, and passes on to what reads and writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.x import bodies, problems, reading, writing
from tests.fakes.x.account import Account
from tests.fakes.x.endpoints import Endpoint, check_number, check_query, find
from tests.fakes.x.failing import fail
from tests.fakes.x.hooks import Hook
from tests.fakes.x.limits import DAY, DAY_S, Windows
from tests.fakes.x.oauth import Credentials, Signatures
from tests.fakes.x.people import People
from tests.fakes.x.prices import Reading
from tests.fakes.x.problems import Misused, Refused
from tests.fakes.x.shapes import Call, Json, Trouble, Written

ME: Final[Json] = {"id": "900", "name": "Demo Exchange", "username": "DemoExchange"}
SIGNED_HOST: Final = "https://api.twitter.com"
"""The host that clients sign, wherever they go."""
_PATIENCE_S: Final = 15.0
_PRIVATE_FILES: Final = "/1.1/ton/data/dm/"
_UNKNOWN_LIMIT: Final = 900


class FakeX(People):
    """One app and its account. `violations` is what no client should have sent."""

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        access_token: str,
        access_secret: str,
        *,
        me: Json = ME,
        signed_host: str = SIGNED_HOST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells the time for windows, ids and look-back; signatures are of real time."""
        self.account = Account(me, clock)
        self._changed = asyncio.Condition()
        self.hook = Hook(self.account, consumer_secret, self.changed)
        self.violations: list[str] = []
        self.calls: list[Call] = []
        self.troubles: list[Trouble] = []
        """What befalls the next writes, one each."""
        self.read_troubles: list[Trouble] = []
        """What befalls the next reads, one each."""
        self.unauthorized = False
        """Refuses every signature, as after the app's access was taken away."""
        self.limits: dict[str, int] = {}
        """Other limits than the documented ones, by path or by template."""
        self.day_limit: int | None = None
        """How much may be written in 24 hours, where X is to tell so."""
        self.origin = ""
        self._signed_host = signed_host
        credentials = Credentials(
            consumer_key=consumer_key,
            consumer_secret=consumer_secret,
            access_token=access_token,
            access_secret=access_secret,
        )
        self._signatures = Signatures(credentials)
        self._windows = Windows()
        self._reading = Reading()
        self._open: dict[int, web.Request] = {}
        self._closing = asyncio.Event()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Serve on a free port of loopback; yields the address."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.origin = f"http://{host}:{port}"
        try:
            yield self.origin
        finally:
            self._closing.set()
            await self.hook.close()
            await runner.cleanup()

    # What tests look at

    @property
    def written(self) -> list[Written]:
        """Posts and messages of ours, in their order."""
        return self.account.written

    @property
    def posts(self) -> list[Written]:
        """Posts of ours."""
        return [one for one in self.written if one.to is None]

    @property
    def dms(self) -> list[Written]:
        """Direct messages of ours."""
        return [one for one in self.written if one.to is not None]

    @property
    def spent(self) -> Decimal:
        """Dollars, for all calls."""
        return sum((one.cost for one in self.calls), Decimal(0))

    async def register(self, url: str) -> bool:
        """Register a webhook as X does: by a challenge that only who knows the secret answers."""
        return await self.hook.register(url)

    async def until(self, true: Callable[[], bool], patience: float = _PATIENCE_S) -> None:
        """Wait for something to be so; looks again whenever anything changed."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(true)

    async def changed(self) -> None:
        """Wake who waits."""
        async with self._changed:
            self._changed.notify_all()

    async def drop(self) -> None:
        """Every connection breaks."""
        for request in list(self._open.values()):
            _hang_up(request)

    # What we do

    async def _call(self, request: web.Request) -> web.StreamResponse:
        self._open[id(request)] = request
        call = Call(method=request.method, path=request.path)
        self.calls.append(call)
        await self.changed()
        try:
            return await self._answered(request, call)
        finally:
            del self._open[id(request)]
            await self.changed()

    async def _answered(self, request: web.Request, call: Call) -> web.StreamResponse:
        if request.method == "GET" and request.path in self.account.files:
            return await self._file(request, call)
        trouble = self._trouble(request.method)
        if trouble is Trouble.CUT_BEFORE:
            # Nothing was read: no nonce is used up, nothing is counted.
            return await self._vanish(request, trouble)
        headers: dict[str, str] = {}
        try:
            await self._signed(request, self._signed_host)
            endpoint, varying = self._known(request, headers)
            if trouble is Trouble.HANG:
                return await self._vanish(request, trouble)
            fail(trouble, headers, int(self.account.clock()))
            status, body = await self._done(request, endpoint, varying, call)
        except Refused as refused:
            status, body = refused.status, refused.body
            if isinstance(refused, Misused):
                self.violations.append(f"{request.method} {request.path}: {refused} {body.get('errors', '')}".strip())
            trouble = None
        if trouble is Trouble.CUT_AFTER:
            return await self._vanish(request, trouble)
        call.status = status
        return web.json_response(body, status=status, headers=headers)

    async def _done(
        self, request: web.Request, endpoint: Endpoint, varying: Mapping[str, str], call: Call
    ) -> tuple[int, Json]:
        if request.method == "GET":
            page = self._read(endpoint, varying, check_query(endpoint, _query(request)))
            call.cost = self._reading.price(page.kind, page.ids, self.account.clock())
            return 200, page.body
        check_query(endpoint, _query(request))
        raw, content_type = await request.read(), request.content_type
        if endpoint.name == "delete":
            call.cost = writing.delete(self.account, check_number("id", varying["id"]))
            return 200, {"data": {"deleted": True}}
        if endpoint.name == "post":
            made = writing.publish(self.account, bodies.post(raw, content_type))
            body: Json = {"id": made.id, "text": made.text, "edit_history_tweet_ids": [made.id]}
        else:
            to, conversation = self._meant(varying)
            made = writing.send(self.account, bodies.message(raw, content_type), to, conversation)
            body = {"dm_conversation_id": conversation, "dm_event_id": made.id}
        call.cost = made.price
        return 201, {"data": body}

    def _read(self, endpoint: Endpoint, varying: Mapping[str, str], query: reading.Query) -> reading.Page:
        match endpoint.name:
            case "me":
                return reading.user(self.account, query, lambda one: one is self.account.me, self.account.id)
            case "user":
                number = check_number("id", varying["id"])
                return reading.user(self.account, query, lambda one: one["id"] == number, number)
            case "named":
                name = varying["username"]
                return reading.user(
                    self.account, query, lambda one: str(one["username"]).casefold() == name.casefold(), name
                )
            case "mentions":
                if check_number("id", varying["id"]) != self.account.id:
                    raise problems.forbidden("This fake knows the mentions of its own account alone.")
                return reading.mentions(self.account, query)
            case "events_with":
                pair = {varying["participant"], self.account.id}
                return reading.events(self.account, query, lambda one: _pair(one) == pair)
            case "events_in":
                conversation = varying["conversation"]
                return reading.events(self.account, query, lambda one: one.get("dm_conversation_id") == conversation)
            case _:
                return reading.events(self.account, query, lambda _: True)

    def _meant(self, varying: Mapping[str, str]) -> tuple[str, str]:
        """Whom a message goes to, and its conversation."""
        if "participant" in varying:
            to = check_number("participant_id", varying["participant"])
            return to, f"{to}-{self.account.id}"
        conversation = varying["conversation"]
        if all(one.value.get("dm_conversation_id") != conversation for one in self.account.events):
            raise problems.forbidden("You are not a participant of this conversation.")
        others = [one for one in conversation.split("-") if one != self.account.id]
        return others[0] if len(others) == 1 and "-" in conversation else conversation, conversation

    # Who asks, and how often

    async def _signed(self, request: web.Request, host: str) -> None:
        form: list[tuple[str, str]] = []
        if request.content_type == "application/x-www-form-urlencoded":
            form = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        header = request.headers.get("Authorization", "")
        query = request.rel_url.raw_query_string
        problem = self._signatures.problem(request.method, f"{host}{request.rel_url.raw_path}", query, form, header)
        if self.unauthorized:
            raise problems.unauthorized()
        if problem is not None:
            self.violations.append(f"{request.method} {request.path}: {problem}")
            raise problems.unauthorized()

    def _known(self, request: web.Request, headers: dict[str, str]) -> tuple[Endpoint, Mapping[str, str]]:
        """Find the endpoint, and count; every answer tells the limits, that of an unknown path too."""
        try:
            endpoint, varying = find(request.method, request.path)
        except Misused:
            headers |= self._windows.count("unknown", _UNKNOWN_LIMIT, self.account.clock()).headers
            raise
        limit = self.limits.get(request.path, self.limits.get(endpoint.template, endpoint.limit))
        counted = [self._windows.count(f"{request.method} {endpoint.template}", limit, self.account.clock())]
        if self.day_limit is not None and request.method == "POST":
            counted.append(self._windows.count(DAY, self.day_limit, self.account.clock(), DAY, DAY_S))
        for one in counted:
            headers |= one.headers
        if any(one.met for one in counted):
            raise problems.slow_down()
        return endpoint, varying

    # Failing on command

    def _trouble(self, method: str) -> Trouble | None:
        waiting = self.read_troubles if method == "GET" else self.troubles
        return waiting.pop(0) if waiting else None

    async def _vanish(self, request: web.Request, trouble: Trouble) -> web.StreamResponse:
        if trouble is Trouble.HANG:
            await self.changed()
            await self._closing.wait()
        _hang_up(request)
        return web.Response()

    # Pictures and films

    async def _file(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Files of direct messages go to who signs for them; those of posts to everybody."""
        if request.path.startswith(_PRIVATE_FILES):
            try:
                await self._signed(request, self.origin)
            except Refused as refused:
                call.status = refused.status
                return web.json_response(refused.body, status=refused.status)
        file = self.account.files[request.path]
        call.status = 200
        return web.Response(body=file.content, content_type=file.content_type)


def _query(request: web.Request) -> list[tuple[str, str]]:
    return parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)


def _pair(event: Json) -> set[str]:
    return set(str(event.get("dm_conversation_id")).split("-"))


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
