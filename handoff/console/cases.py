"""Tickets, as agents see them and act on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import time

from aiohttp import web

from bridge.types import AgentRef, LineId
from handoff.console.audit import Audit
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.guard import Caller, answer, body, number_of
from handoff.console.views import shown_lines, standing_row, ticket_rows
from handoff.console.wire import BadRequest, Write
from handoff.tickets import earlier_tickets, held_tickets, solved_since, ticket_by_number, waiting_tickets
from handoff.types import Ticket

_LINES = 500


class Cases:
    """The handlers of tickets."""

    def __init__(self, deps: ConsoleDependencies, audit: Audit) -> None:
        """Acts through the desk."""
        self._deps = deps
        self._audit = audit

    async def list(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /console/api/tickets"""
        agent = caller.session.agent
        async with self._deps.database.read() as connection:
            match request.query.get("view", "waiting"):
                case "waiting":
                    found = await waiting_tickets(connection)
                case "mine":
                    found = await held_tickets(connection, agent.id)
                case "solved":
                    now = self._deps.clock.now()
                    found = await solved_since(connection, now.combine(now.date(), time(tzinfo=now.tzinfo)))
                case _:
                    raise BadRequest("view: it is waiting, mine or solved")
            rows = await ticket_rows(connection, found, agent.languages, self._deps.rules)
        return answer({"tickets": rows})

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """GET /console/api/tickets/{number}; a look at a customer's words, so it is written down."""
        agent = caller.session.agent
        async with self._deps.database.read() as connection:
            ticket = await ticket_by_number(connection, number_of(request))
            (row,) = await ticket_rows(connection, [ticket], agent.languages, self._deps.rules)
            before = await earlier_tickets(connection, ticket)
            earlier = await ticket_rows(connection, before, agent.languages, self._deps.rules)
        await self._audit.write(agent.id, "ticket_viewed", str(ticket.number), caller.address)
        lines = await self._deps.history.lines(ticket.conversation, after=LineId(0), limit=_LINES)
        standing = await self._deps.standings.of(ticket.conversation)
        return answer(
            {
                "ticket": row,
                "details": [{"name": detail.name, "value": detail.value} for detail in ticket.details],
                "lines": shown_lines(lines, self._deps.link),
                "standing": standing_row(standing),
                "earlier": earlier,
            }
        )

    async def take(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/take"""
        return await self._act(request, caller, "ticket_taken", self._deps.desk.take)

    async def requeue(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/requeue"""
        return await self._act(request, caller, "ticket_requeued", self._deps.desk.requeue)

    async def return_to_bot(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/return"""
        return await self._act(request, caller, "ticket_returned", self._deps.desk.return_to_bot)

    async def resolve(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/resolve"""
        return await self._act(request, caller, "ticket_resolved", self._deps.desk.resolve)

    async def reply(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/reply"""
        wanted = await body(request, Write)
        number = number_of(request)
        await self._deps.desk.reply(caller.session.agent.ref, number, wanted.id, wanted.text)
        await self._audit.write(caller.session.agent.id, "ticket_replied", str(number), caller.address)
        return answer({})

    async def note(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/note"""
        wanted = await body(request, Write)
        number = number_of(request)
        await self._deps.desk.note(caller.session.agent.ref, number, wanted.id, wanted.text)
        await self._audit.write(caller.session.agent.id, "ticket_noted", str(number), caller.address)
        return answer({})

    async def typing(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """POST /console/api/tickets/{number}/typing"""
        await self._deps.desk.typing(caller.session.agent.ref, number_of(request))
        return answer({})

    async def _act(
        self,
        request: web.Request,
        caller: Caller,
        action: str,
        act: Callable[[AgentRef, int], Awaitable[Ticket]],
    ) -> web.StreamResponse:
        agent = caller.session.agent
        ticket = await act(agent.ref, number_of(request))
        await self._audit.write(agent.id, action, str(ticket.number), caller.address)
        async with self._deps.database.read() as connection:
            (row,) = await ticket_rows(connection, [ticket], agent.languages, self._deps.rules)
        return answer({"ticket": row})
