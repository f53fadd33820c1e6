"""Stands before every handler: who asks, from where, with which right; and every refusal in one form."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from bridge.errors import HandoffError, NotAllowed, StoreError, TicketNotFound, TicketTaken
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.passwords import TooManyAtOnce
from handoff.console.sessions import Session, Sessions
from handoff.console.wire import BadRequest, Body, read_body
from handoff.errors import AgentFull, NotHeld
from handoff.types import Role

COOKIE: Final = "switchboard_session"
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NO_STORE: Final = {"Cache-Control": "no-store"}
_LARGEST_BODY: Final = 65_536
_READS: Final = ("GET", "HEAD")

B = TypeVar("B", bound=Body)


class Refusal(Exception):
    """What the page is told instead of an answer."""

    def __init__(self, status: int, code: str, detail: str, retry_after: int | None = None) -> None:
        """`code` is for the page, `detail` for people."""
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and from where."""

    session: Session
    address: str


Open = Callable[[web.Request], Awaitable[web.StreamResponse]]
Signed = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]


class Guard:
    """Wraps handlers: `anyone` for the sign-in, `half` also before the one-time code is set up, `agent`, `admin`."""

    def __init__(self, deps: ConsoleDependencies, sessions: Sessions) -> None:
        """Checks sessions, origins and rights."""
        self._deps = deps
        self._sessions = sessions

    def anyone(self, handler: Open) -> Open:
        """Whoever comes from our own page."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await _answered(self._checked(request, handler))

        return guarded

    def half(self, handler: Signed) -> Open:
        """Any signed-in agent, one who must set up his one-time code first included."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            return await handler(request, await self.caller(request))

        return self.anyone(guarded)

    def agent(self, handler: Signed) -> Open:
        """Any signed-in agent."""

        async def guarded(request: web.Request, caller: Caller) -> web.StreamResponse:
            if must_enroll(caller):
                raise Refusal(403, "totp_enroll_needed", "set up your one-time code first")
            return await handler(request, caller)

        return self.half(guarded)

    def admin(self, handler: Signed) -> Open:
        """Admins only."""

        async def guarded(request: web.Request, caller: Caller) -> web.StreamResponse:
            if caller.session.agent.role is not Role.ADMIN:
                raise Refusal(403, "not_allowed", "only admins may do this")
            return await handler(request, caller)

        return self.agent(guarded)

    async def caller(self, request: web.Request) -> Caller:
        """Who asks. Raises Refusal when nobody is signed in, or a change lacks its token."""
        cookie = request.cookies.get(COOKIE)
        session = await self._sessions.find(cookie) if cookie else None
        if session is None:
            raise Refusal(401, "not_signed_in", "sign in first")
        token = request.headers.get("X-CSRF-Token", "")
        if request.method not in _READS and not compare_digest(token.encode(), session.csrf.encode()):
            raise Refusal(403, "csrf", "the X-CSRF-Token is missing or of another session")
        await self._deps.presences.seen(session.agent.id)
        return Caller(session=session, address=self._deps.address_of(request))

    def own_origin(self, request: web.Request) -> bool:
        """Whether a request names our own page as where it comes from."""
        origin = request.headers.get("Origin", "")
        if self._deps.public_url is not None and origin == _origin(self._deps.public_url):
            return True
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc == request.host

    async def _checked(self, request: web.Request, handler: Open) -> web.StreamResponse:
        # A browser always names the origin of a change; who names none is no page of somebody else's.
        if request.method not in _READS and "Origin" in request.headers and not self.own_origin(request):
            raise Refusal(403, "not_allowed", "this comes from another site")
        return await handler(request)


def must_enroll(caller: Caller) -> bool:
    """Whether an admin must set up his one-time code before anything else: always, but on this very machine."""
    agent = caller.session.agent
    return agent.role is Role.ADMIN and not agent.totp_enrolled and not is_loopback(caller.address)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


async def body(request: web.Request, model: type[B]) -> B:
    """Read the request's JSON. Raises BadRequest."""
    if request.content_type != "application/json":
        raise BadRequest("send it as application/json")
    if (request.content_length or 0) > _LARGEST_BODY:
        raise BadRequest("it is too large")
    read = await request.content.read(_LARGEST_BODY + 1)
    while len(read) <= _LARGEST_BODY and (more := await request.content.read(_LARGEST_BODY + 1 - len(read))):
        read += more
    if len(read) > _LARGEST_BODY:
        raise BadRequest("it is too large")
    try:
        return read_body(model, read.decode())
    except UnicodeDecodeError:
        raise BadRequest("it is not UTF-8") from None


def number_of(request: web.Request) -> int:
    """The ticket's number in the path. Raises TicketNotFound."""
    digits = request.match_info["number"]
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise TicketNotFound(f"there is no ticket {digits[:20]!r}")
    return int(digits)


def answer(value: object, status: int = 200) -> web.Response:
    """A JSON answer."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return web.Response(text=text, status=status, content_type="application/json", headers=HEADERS | _NO_STORE)


async def _answered(act: Awaitable[web.StreamResponse]) -> web.StreamResponse:
    try:
        return await act
    except (Refusal, BadRequest, HandoffError, StoreError, TooManyAtOnce) as error:
        refusal = _refusal(error)
    told: dict[str, object] = {"code": refusal.code, "detail": refusal.detail}
    response = answer(told, refusal.status)
    if refusal.retry_after is not None:
        response = answer(told | {"retry_after": refusal.retry_after}, refusal.status)
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _refusal(error: Refusal | BadRequest | HandoffError | StoreError | TooManyAtOnce) -> Refusal:
    match error:
        case Refusal():
            return error
        case BadRequest():
            return Refusal(400, "bad_request", str(error))
        case TicketNotFound():
            return Refusal(404, "not_found", str(error))
        case AgentFull():
            return Refusal(409, "full", str(error))
        case TicketTaken():
            return Refusal(409, "taken", str(error))
        case NotHeld():
            return Refusal(409, "not_yours", str(error))
        case NotAllowed():
            return Refusal(403, "not_allowed", str(error))
        case TooManyAtOnce():
            return Refusal(429, "rate_limited", "too many sign-ins at once", retry_after=2)
        case _:
            return Refusal(503, "unavailable", "a store is away; nothing was lost, try again")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
