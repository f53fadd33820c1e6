"""Every address of the console."""

from __future__ import annotations

from aiohttp import web

from handoff.console.accounts import Accounts
from handoff.console.audit import Audit
from handoff.console.cases import Cases
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.feed import Feed
from handoff.console.guard import Caller, Guard, Refusal, Signed
from handoff.console.people import People
from handoff.console.screen import OpenConsole
from handoff.console.sessions import Sessions
from handoff.console.shell import Shell
from handoff.console.signin import SignIn

_HEARTBEAT_S = 30.0
_LARGEST_FRAME = 4096


def routes(deps: ConsoleDependencies) -> list[web.RouteDef]:
    """The console, to be added to the application's router. The last one catches all below /console/."""
    sessions = Sessions(deps.database, deps.rules, deps.clock)
    accounts = Accounts(deps.database, deps.clock)
    audit = Audit(deps.database, deps.clock)
    guard = Guard(deps, sessions)
    return [
        *_own(guard, SignIn(deps, sessions, accounts, audit)),
        *_people(guard, People(deps, sessions, accounts, audit)),
        *_cases(guard, Cases(deps, audit)),
        web.get("/console/live", guard.agent(_live(deps, guard, sessions, audit))),
        *_pages(guard, Shell(deps)),
    ]


def _own(guard: Guard, own: SignIn) -> list[web.RouteDef]:
    return [
        web.post("/console/api/login", guard.anyone(own.login)),
        web.post("/console/api/logout", guard.half(own.logout)),
        web.get("/console/api/me", guard.half(own.me)),
        web.post("/console/api/password", guard.half(own.password)),
        web.post("/console/api/totp/start", guard.half(own.totp_start)),
        web.post("/console/api/totp/confirm", guard.half(own.totp_confirm)),
        web.post("/console/api/presence", guard.agent(own.presence)),
    ]


def _people(guard: Guard, people: People) -> list[web.RouteDef]:
    return [
        web.get("/console/api/agents", guard.admin(people.list)),
        web.post("/console/api/agents", guard.admin(people.add)),
        web.patch("/console/api/agents/{id}", guard.admin(people.change)),
    ]


def _cases(guard: Guard, cases: Cases) -> list[web.RouteDef]:
    one = "/console/api/tickets/{number}"
    return [
        web.get("/console/api/tickets", guard.agent(cases.list)),
        web.get(one, guard.agent(cases.show)),
        web.post(f"{one}/take", guard.agent(cases.take)),
        web.post(f"{one}/requeue", guard.agent(cases.requeue)),
        web.post(f"{one}/return", guard.agent(cases.return_to_bot)),
        web.post(f"{one}/resolve", guard.agent(cases.resolve)),
        web.post(f"{one}/reply", guard.agent(cases.reply)),
        web.post(f"{one}/note", guard.agent(cases.note)),
        web.post(f"{one}/typing", guard.agent(cases.typing)),
    ]


def _pages(guard: Guard, shell: Shell) -> list[web.RouteDef]:
    return [
        web.get("/console", shell.bare),
        web.get("/console/static/{name}", shell.file),
        web.route("*", "/console/api/{rest:.*}", guard.anyone(_nothing)),
        web.get("/console/{rest:.*}", shell.page),
    ]


async def _nothing(request: web.Request) -> web.StreamResponse:
    raise Refusal(404, "not_found", "there is no such address")


def _live(deps: ConsoleDependencies, guard: Guard, sessions: Sessions, audit: Audit) -> Signed:
    feed = Feed(deps)

    async def live(request: web.Request, caller: Caller) -> web.StreamResponse:
        """WS /console/live"""
        if not guard.own_origin(request):
            raise Refusal(403, "not_allowed", "this comes from another site")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=_LARGEST_FRAME)
        if not socket.can_prepare(request):
            raise Refusal(400, "bad_request", "this is for WebSockets")
        await socket.prepare(request)
        console = OpenConsole(deps, sessions, audit, caller, socket)
        feed.join(console)
        try:
            await console.run()
        finally:
            await feed.leave(console)
        return socket

    return live
