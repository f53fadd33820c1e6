"""Signing in and out, one's own password and one-time code."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.engine import RowMapping

from bridge.types import AgentId
from handoff.console.accounts import Accounts
from handoff.console.attempts import Attempts
from handoff.console.audit import Audit
from handoff.console.codes import new_secret, qr_svg, step_of, uri
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.guard import COOKIE, Caller, Refusal, answer, body, must_enroll
from handoff.console.sessions import LONGEST, Session, Sessions
from handoff.console.views import agent_row
from handoff.console.wire import ChangePassword, ConfirmCode, Login, SetPresence
from handoff.types import Presence


class SignIn:
    """The handlers of one's own account."""

    def __init__(self, deps: ConsoleDependencies, sessions: Sessions, accounts: Accounts, audit: Audit) -> None:
        """Works on accounts and sessions."""
        self._deps = deps
        self._sessions = sessions
        self._accounts = accounts
        self._audit = audit
        self._attempts = Attempts(deps.database, deps.clock)

    async def login(self, request: web.Request) -> web.StreamResponse:
        """POST /console/api/login"""
        login = await body(request, Login)
        address = self._deps.address_of(request)
        wait = await self._attempts.count(login.name, address)
        if wait is not None:
            raise Refusal(429, "rate_limited", "too many attempts", retry_after=wait)
        row = await self._proven(login, address)
        agent = AgentId(row["id"])
        await self._attempts.forgive(login.name, address, 1 if login.totp is None else 2)
        session_id = await self._sessions.begin(agent, address)
        await self._audit.write(agent, "login", row["name"], address)
        await self._deps.presences.set(agent, Presence.ONLINE)
        session = await self._sessions.find(session_id)
        if session is None:
            raise Refusal(401, "wrong_login", _WRONG)
        response = answer(_me(Caller(session=session, address=address)))
        self._set_cookie(request, response, session_id)
        return response

    async def logout(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/logout"""
        await self._sessions.end(caller.session)
        await self._audit.write(caller.session.agent.id, "logout", caller.session.agent.name, caller.address)
        await self._deps.presences.set(caller.session.agent.id, Presence.OFFLINE)
        response = answer({})
        response.del_cookie(COOKIE, path="/console")
        return response

    async def me(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /console/api/me"""
        return answer(_me(caller))

    async def presence(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/presence"""
        state = (await body(request, SetPresence)).state
        await self._deps.presences.set(caller.session.agent.id, state)
        await self._wrote(caller, f"presence_{state}")
        return answer({})

    async def password(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/password"""
        change = await body(request, ChangePassword)
        row = await self._own_row(caller)
        wait = await self._attempts.count(row["name"], caller.address)
        if wait is not None:
            raise Refusal(429, "rate_limited", "too many attempts", retry_after=wait)
        if not await self._deps.passwords.fits(row["password_hash"], change.old):
            await self._wrote(caller, "password_refused")
            raise Refusal(401, "wrong_login", "the old password is wrong")
        await self._attempts.forgive(row["name"], caller.address, 1)
        agent = caller.session.agent.id
        await self._accounts.change(agent, {"password_hash": await self._deps.passwords.hash(change.new)})
        await self._sessions.end_all(agent, but=caller.session.key)
        await self._wrote(caller, "password_changed")
        return answer({})

    async def totp_start(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/totp/start"""
        agent = caller.session.agent
        if agent.totp_enrolled:
            raise Refusal(403, "not_allowed", "your one-time code is set up; an admin can reset it")
        secret = new_secret()
        await self._accounts.change(agent.id, {"totp_pending": secret})
        shown = uri(secret, agent.name)
        return answer({"secret": secret, "uri": shown, "qr_svg": qr_svg(shown)})

    async def totp_confirm(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/totp/confirm"""
        code = (await body(request, ConfirmCode)).code
        row = await self._own_row(caller)
        agent = caller.session.agent
        if row["totp_pending"] is None or agent.totp_enrolled:
            raise Refusal(403, "not_allowed", "start setting up your one-time code first")
        step = step_of(row["totp_pending"], code, self._deps.clock.now(), row["totp_step"])
        if step is None:
            raise Refusal(400, "bad_request", "this code does not fit; is your phone's clock right?")
        enrolled = {"totp_secret": row["totp_pending"], "totp_pending": None, "totp_step": step}
        await self._accounts.change(agent.id, enrolled)
        await self._sessions.end_all(agent.id, but=caller.session.key)
        await self._wrote(caller, "totp_enrolled")
        return answer({})

    async def _proven(self, login: Login, address: str) -> RowMapping:
        """The row of whoever this is, or Refusal. Unknown names cost and look the same as wrong passwords."""
        row = await self._accounts.find(login.name)
        stored = None if row is None else row["password_hash"]
        if not await self._deps.passwords.fits(stored, login.password) or row is None:
            # Not the name that was typed: it is a password now and then.
            await self._audit.write(None if row is None else row["id"], "login_refused", "", address)
            raise Refusal(401, "wrong_login", _WRONG)
        if row["totp_secret"] is None:
            return row
        if login.totp is None:
            raise Refusal(401, "totp_needed", "enter the code of your authenticator app")
        step = step_of(row["totp_secret"], login.totp, self._deps.clock.now(), row["totp_step"])
        if step is None or not await self._accounts.use_code(AgentId(row["id"]), step):
            await self._audit.write(row["id"], "totp_refused", row["name"], address)
            raise Refusal(401, "wrong_login", _WRONG)
        return row

    async def _own_row(self, caller: Caller) -> RowMapping:
        row = await self._accounts.by_id(caller.session.agent.id)
        if row is None:
            raise Refusal(401, "not_signed_in", "sign in first")
        return row

    async def _wrote(self, caller: Caller, action: str) -> None:
        await self._audit.write(caller.session.agent.id, action, caller.session.agent.name, caller.address)

    def _set_cookie(self, request: web.Request, response: web.Response, session_id: str) -> None:
        response.set_cookie(
            COOKIE,
            session_id,
            max_age=int(LONGEST.total_seconds()),
            path="/console",
            httponly=True,
            samesite="Strict",
            secure=request.secure or (self._deps.public_url or "").startswith("https://"),
        )


_WRONG = "name, password or code is wrong"


def _me(caller: Caller) -> dict[str, object]:
    session: Session = caller.session
    return {
        "agent": agent_row(session.agent),
        "csrf": session.csrf,
        "totp_enrolled": session.agent.totp_enrolled,
        "must_enroll_totp": must_enroll(caller),
    }
