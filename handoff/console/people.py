"""Agents, as admins see and change them."""

from __future__ import annotations

import json

from aiohttp import web

from bridge.types import AgentId
from handoff.console.accounts import Accounts, NewAgent
from handoff.console.audit import Audit
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.guard import Caller, Refusal, answer, body
from handoff.console.sessions import Sessions
from handoff.console.views import agent_row
from handoff.console.wire import AddAgent, ChangeAgent
from handoff.roster import agent_by_id, all_agents


class People:
    """The handlers of the agents' accounts."""

    def __init__(self, deps: ConsoleDependencies, sessions: Sessions, accounts: Accounts, audit: Audit) -> None:
        """Works on accounts."""
        self._deps = deps
        self._sessions = sessions
        self._accounts = accounts
        self._audit = audit

    async def list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /console/api/agents"""
        async with self._deps.database.read() as connection:
            agents = await all_agents(connection, self._deps.clock.now(), self._deps.rules)
        return answer({"agents": [agent_row(agent) for agent in agents]})

    async def add(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/agents"""
        wanted = await body(request, AddAgent)
        new = NewAgent(
            name=wanted.name,
            display_name=wanted.display_name,
            role=wanted.role,
            languages=tuple(wanted.languages),
            capacity=wanted.capacity,
            password_hash=await self._deps.passwords.hash(wanted.password),
        )
        agent = await self._accounts.add(new)
        details = {"role": wanted.role, "languages": wanted.languages, "capacity": wanted.capacity}
        await self._audit.write(caller.session.agent.id, "agent_added", wanted.name, caller.address, details)
        return await self._changed(agent)

    async def change(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """PATCH /console/api/agents/{id}"""
        agent = AgentId(request.match_info["id"])
        wanted = await body(request, ChangeAgent)
        before = await self._accounts.by_id(agent)
        if before is None:
            raise Refusal(404, "not_found", "there is no such agent")
        values: dict[str, object] = wanted.model_dump(
            exclude_none=True, include={"display_name", "role", "capacity", "active"}
        )
        told = dict(values)
        if wanted.languages is not None:
            values["languages"] = json.dumps(wanted.languages)
            told["languages"] = wanted.languages
        if wanted.password is not None:
            values["password_hash"] = await self._deps.passwords.hash(wanted.password)
            told["password"] = "reset"
        if wanted.reset_totp:
            values |= {"totp_secret": None, "totp_pending": None}
            told["totp"] = "reset"
        if values:
            await self._accounts.change(agent, values)
        await self._audit.write(caller.session.agent.id, "agent_changed", before["name"], caller.address, told)
        if {"role", "active", "password_hash", "totp_secret"} & set(values):
            await self._sessions.end_all(agent, but=caller.session.key)
        return await self._changed(agent)

    async def _changed(self, agent: AgentId) -> web.StreamResponse:
        await self._deps.presences.changed()
        async with self._deps.database.read() as connection:
            found = await agent_by_id(connection, agent, self._deps.clock.now(), self._deps.rules)
        if found is None:
            raise Refusal(404, "not_found", "there is no such agent")
        return answer({"agent": agent_row(found)})
