"""One open console: a snapshot first, then every change, in order, to a page that may be slow."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from bridge.errors import StoreError, TicketNotFound
from bridge.tasks import end
from bridge.types import ConversationId, Line, LineId
from handoff.console.audit import Audit
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.feed import Changed
from handoff.console.guard import Caller
from handoff.console.sessions import Sessions
from handoff.console.views import Json, colleague_rows, iso, shown_lines, ticket_row, ticket_rows, understood_row
from handoff.console.wire import Alive, BadRequest, Unwatch, Watch, read_frame
from handoff.roster import all_agents
from handoff.tickets import held_tickets, ticket_by_number, waiting_tickets
from handoff.types import Ticket, TicketStatus

log = logging.getLogger(__name__)

_WAITING: Final = 500
"""So many frames may wait for a slow page; one more and it must come again."""
_MOST_WATCHED: Final = 10
_BACK_FILL: Final = 200


class OpenConsole:
    """Implements `feed.Screen` for one socket."""

    def __init__(
        self, deps: ConsoleDependencies, sessions: Sessions, audit: Audit, caller: Caller, socket: web.WebSocketResponse
    ) -> None:
        """`caller` may see the desk; that is asked again whenever it may have changed."""
        self._deps = deps
        self._sessions = sessions
        self._audit = audit
        self._caller = caller
        self._socket = socket
        self._agent = caller.session.agent
        self._news: asyncio.Queue[Changed | Json] = asyncio.Queue(_WAITING)
        self._shown: set[int] = set()
        self._watching: dict[int, tuple[ConversationId, asyncio.Task[None]]] = {}
        self._over = asyncio.Event()

    def offer(self, changed: Changed) -> None:
        """Take news in without waiting."""
        self._push(changed)

    async def run(self) -> None:
        """Serve until the page goes, is too slow, or its agent is signed out."""
        tasks = [
            asyncio.create_task(work()) for work in (self._send, self._receive, self._over.wait, self._deps.stop.wait)
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (error := task.exception()) is not None and not isinstance(error, ConnectionError):
                    log.error("a console's feed broke", exc_info=error)
        finally:
            tasks += [task for _, task in self._watching.values()]
            await end(*tasks)
            with suppress(ConnectionError):
                await self._socket.close(code=self._why())

    def _why(self) -> WSCloseCode:
        if self._over.is_set():
            return WSCloseCode.TRY_AGAIN_LATER
        return WSCloseCode.GOING_AWAY if self._deps.stop.is_set() else WSCloseCode.OK

    def _push(self, news: Changed | Json) -> None:
        try:
            self._news.put_nowait(news)
        except asyncio.QueueFull:
            self._over.set()

    async def _send(self) -> None:
        await self._snapshot()
        while True:
            news = await self._news.get()
            if isinstance(news, dict):
                await self._frame(news)
            elif not await self._tell(news):
                return

    async def _tell(self, changed: Changed) -> bool:
        """Send what of the news is for this agent; False when he is signed out."""
        if changed.recheck and not await self._still_in():
            return False
        if changed.lost:
            await self._snapshot()
        else:
            for ticket in changed.tickets:
                await self._ticket(ticket, changed)
            if changed.agents is not None:
                await self._frame({"type": "agents", "agents": colleague_rows(changed.agents)})
        for line in changed.lines:
            await self._understood(line)
        return True

    async def _understood(self, line: Line) -> None:
        meant = understood_row(line.understood)
        for number, (conversation, _) in list(self._watching.items()):
            if conversation == line.conversation:
                await self._frame({"type": "understood", "number": number, "line_id": line.id, "understood": meant})

    async def _ticket(self, ticket: Ticket, changed: Changed) -> None:
        last = changed.last.get(ticket.conversation)
        row = ticket_row(ticket, last, self._agent.languages, self._deps.rules)
        listed = ticket.status is TicketStatus.WAITING or (
            ticket.status is TicketStatus.HELD and ticket.agent is not None and ticket.agent.id == self._agent.id
        )
        was_listed = ticket.number in self._shown
        if listed or was_listed or ticket.number in self._watching:
            await self._frame({"type": "ticket", "ticket": row})
        if listed:
            self._shown.add(ticket.number)
        elif was_listed:
            self._shown.discard(ticket.number)
            await self._frame({"type": "gone", "number": ticket.number})

    async def _snapshot(self) -> None:
        now = self._deps.clock.now()
        languages = self._agent.languages
        async with self._deps.database.read() as connection:
            waiting = await ticket_rows(connection, await waiting_tickets(connection), languages, self._deps.rules)
            held = await held_tickets(connection, self._agent.id)
            mine = await ticket_rows(connection, held, languages, self._deps.rules)
            agents = await all_agents(connection, now, self._deps.rules)
        self._shown = {int(str(row["number"])) for row in (*waiting, *mine)}
        await self._frame(
            {
                "type": "snapshot",
                "waiting": waiting,
                "mine": mine,
                "agents": colleague_rows(agents),
                "at": iso(now),
            }
        )

    async def _still_in(self) -> bool:
        session = await self._sessions.again(self._caller.session)
        if session is None:
            await self._frame({"type": "signed_out"})
            return False
        self._agent = session.agent
        return True

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                return
            try:
                await self._handle(read_frame(message.data))
            except (BadRequest, TicketNotFound) as error:
                code = "bad_request" if isinstance(error, BadRequest) else "not_found"
                self._push({"type": "error", "code": code, "detail": str(error)})
            except StoreError:
                self._push({"type": "error", "code": "unavailable", "detail": "a store is away; try again"})

    async def _handle(self, frame: Watch | Unwatch | Alive) -> None:
        match frame:
            case Alive():
                await self._deps.presences.seen(self._agent.id)
                self._push(_RECHECK)
            case Watch(number=number):
                await self._watch(number)
            case Unwatch(number=number):
                watched = self._watching.pop(number, None)
                if watched is not None:
                    await end(watched[1])

    async def _watch(self, number: int) -> None:
        if number in self._watching:
            return
        if len(self._watching) >= _MOST_WATCHED:
            raise BadRequest(f"number: at most {_MOST_WATCHED} tickets are watched at once")
        async with self._deps.database.read() as connection:
            ticket = await ticket_by_number(connection, number)
        await self._audit.write(self._agent.id, "ticket_watched", str(number), self._caller.address)
        task = asyncio.create_task(self._follow(number, ticket.conversation))
        self._watching[number] = (ticket.conversation, task)

    async def _follow(self, number: int, conversation: ConversationId) -> None:
        """Send the lines of a conversation as they come: the history tells them, frames only wake."""
        last = LineId(0)
        async for frame in self._deps.live.listen(conversation):
            match _kind(frame):
                case "typing":
                    self._push({"type": "typing", "number": number})
                case "lines":
                    last = await self._lines(number, conversation, last)
                case "lost":
                    # Edits and meanings may have been missed too: show everything again.
                    last = await self._lines(number, conversation, LineId(0))
                case _:
                    pass

    async def _lines(self, number: int, conversation: ConversationId, last: LineId) -> LineId:
        try:
            lines = await self._deps.history.lines(conversation, after=last, limit=_BACK_FILL)
            if any(line.edits is not None for line in lines):
                # An edit is shown where the edited line stands.
                lines = await self._deps.history.lines(conversation, after=LineId(0), limit=_BACK_FILL)
        except StoreError:
            return last  # the next frame asks for the same again
        for row in shown_lines(lines, self._deps.link):
            self._push({"type": "line", "number": number, "line": row})
        return lines[-1].id if lines else last

    async def _frame(self, frame: Json) -> None:
        await self._socket.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


_RECHECK: Final = Changed(tickets=(), last={}, lines=(), agents=None, lost=False, recheck=True)
"""Asks for nothing but whether the agent still is signed in."""


def _kind(frame: str) -> str:
    if not frame:
        return "lost"
    try:
        match json.loads(frame):
            case {"type": "typing", "from": "user"}:
                return "typing"
            case {"type": "lines"}:
                return "lines"
    except ValueError:
        pass
    return ""
