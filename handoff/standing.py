"""Where a customer stands: with the bot, in line, with a person, or done."""

from __future__ import annotations

from bridge.ports import Standing
from bridge.types import ConversationId, Ending, Status
from handoff import transcripts
from handoff.database import Database
from handoff.queues import DeskRules
from handoff.roster import Duty
from handoff.tickets import newest_ticket, position_of
from handoff.types import Ticket, TicketStatus
from handoff.waiting import forecast


class StoredStandings:
    """Implements `ports.Standings` from the newest ticket of a conversation."""

    def __init__(self, database: Database, duty: Duty, rules: DeskRules) -> None:
        """Reads `database`."""
        self._database = database
        self._duty = duty
        self._rules = rules

    async def of(self, conversation: ConversationId) -> Standing:
        """Return it as it is now. Raises StoreError."""
        async with self._database.read() as connection:
            ticket = await newest_ticket(connection, conversation)
            if ticket is None:
                return Standing(status=Status.BOT)
            match ticket.status:
                case TicketStatus.WAITING:
                    position = await position_of(connection, ticket)
                case TicketStatus.HELD:
                    name = ticket.agent.name if ticket.agent else None
                    return Standing(status=Status.HUMAN, agent=name, ticket=ticket.number)
                case TicketStatus.SOLVED:
                    began_anew = ticket.ending is not Ending.RESOLVED or await transcripts.customer_spoke_since(
                        connection, conversation, ticket.ended_at or ticket.requested_at
                    )
                    return Standing(status=Status.BOT if began_anew else Status.RESOLVED, ticket=ticket.number)
        return await self._in_line(ticket, position)

    async def _in_line(self, ticket: Ticket, position: int) -> Standing:
        duty = await self._duty.now()
        ahead = forecast(position, ticket.language, duty.agents, duty.recent, self._rules)
        return Standing(
            status=Status.QUEUED,
            position=ahead.position,
            wait_s=ahead.wait_s,
            on_duty=ahead.on_duty,
            ticket=ticket.number,
        )
