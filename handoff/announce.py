"""Tells the core of new tickets, and screens and customers of what changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import select, update

from bridge.ports import Clock, Live, Put
from bridge.types import ConversationId, ExternalId, Opened
from handoff.database import Database
from handoff.intake import Changes
from handoff.queues import DeskRules
from handoff.roster import Duty, OnDuty
from handoff.tables import tickets
from handoff.tickets import behind, open_numbers, position_of, tickets_of, unopened_tickets
from handoff.types import Ticket, TicketStatus
from handoff.waiting import forecast

DESK: Final = ConversationId("desk")
"""Who listens to this is told of tickets and agents."""
_AT_ONCE: Final = 50


class Announcer:
    """Says what has been stored. Everything it says is either said again or found by whoever missed it."""

    def __init__(self, database: Database, put: Put, live: Live, duty: Duty, rules: DeskRules, clock: Clock) -> None:
        """`put` reaches the core, `live` the screens."""
        self._database = database
        self._put = put
        self._live = live
        self._duty = duty
        self._rules = rules
        self._clock = clock

    async def open_tickets(self) -> None:
        """Tell the core of every ticket it does not know of. Raises StoreError; then call it again.

        The core takes each once, by its external id, so this may be interrupted anywhere.
        """
        while True:
            async with self._database.read() as connection:
                new = await unopened_tickets(connection, _AT_ONCE)
            if not new:
                return
            duty = await self._duty.now()
            for ticket in new:
                await self._open(ticket, duty)
            known = update(tickets).where(tickets.c.number.in_([ticket.number for ticket in new]))
            async with self._database.write() as connection:
                await connection.execute(known.values(opened_at=self._clock.now()))

    async def tell(self, changes: Changes) -> None:
        """Tell screens and customers what a batch changed. Raises StoreError; then screens find out by themselves."""
        async with self._database.read() as connection:
            changed = await tickets_of(connection, changes.tickets | changes.line) if changes.any_ticket else []
            numbers = {ticket.number for ticket in changed}
            if changes.spoken:
                numbers.update(await open_numbers(connection, changes.spoken))
            in_line = [ticket for ticket in changed if ticket.hand_off in changes.line]
            moved = await behind(connection, in_line)
        moved.update(ticket.conversation for ticket in in_line)
        frames = [{"type": "ticket", "number": number} for number in sorted(numbers)]
        frames += [
            {"type": "understood", "conversation": conversation, "line": line}
            for conversation, line in changes.understood
        ]
        await self._publish([(DESK, json.dumps(frame)) for frame in frames])
        await self._status(moved)

    async def agents_changed(self) -> None:
        """Tell screens that an agent came, went or was changed, and who waits that this may concern him."""
        await self._publish([(DESK, json.dumps({"type": "agents"}))])
        waiting = select(tickets.c.conversation).where(tickets.c.status == TicketStatus.WAITING)
        async with self._database.read() as connection:
            await self._status([ConversationId(one) for one in (await connection.execute(waiting)).scalars()])

    async def _open(self, ticket: Ticket, duty: OnDuty) -> None:
        async with self._database.read() as connection:
            position = await position_of(connection, ticket)
        ahead = forecast(position, ticket.language, duty.agents, duty.recent, self._rules)
        await self._put(
            Opened(
                address=ticket.address,
                external_id=ExternalId(f"opened:{ticket.hand_off}"),
                hand_off=ticket.hand_off,
                ticket=ticket.number,
                position=ahead.position,
                wait_s=ahead.wait_s,
                on_duty=ahead.on_duty,
                at=self._clock.now(),
            )
        )

    async def _status(self, conversations: Collection[ConversationId]) -> None:
        frame = json.dumps({"type": "status"})
        await self._publish([(conversation, frame) for conversation in conversations])

    async def _publish(self, frames: Iterable[tuple[ConversationId, str]]) -> None:
        todo = list(frames)
        for start in range(0, len(todo), _AT_ONCE):
            await asyncio.gather(*(self._live.publish(to, frame) for to, frame in todo[start : start + _AT_ONCE]))
