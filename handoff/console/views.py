"""How tickets, lines and agents look to the console's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bridge.attachments import Link, attachment_row
from bridge.ports import Standing
from bridge.types import AgentRef, ArticleRef, ExternalId, Interpretation, Line
from handoff import transcripts
from handoff.assignment import place
from handoff.queues import DeskRules
from handoff.types import Agent, Ticket

Json = dict[str, object]


async def ticket_rows(
    connection: AsyncConnection, tickets: Sequence[Ticket], languages: tuple[str, ...], rules: DeskRules
) -> list[Json]:
    """Tickets as an agent with these languages sees them, in the order in which to take them."""
    last = await transcripts.last_lines(connection, [ticket.number for ticket in tickets])
    ranked = sorted(tickets, key=lambda ticket: (place(ticket, languages).rank, ticket.number))
    return [ticket_row(ticket, last.get(ticket.conversation), languages, rules) for ticket in ranked]


def ticket_row(ticket: Ticket, last: Line | None, languages: tuple[str, ...], rules: DeskRules) -> Json:
    """One ticket as an agent with these languages sees it."""
    at = place(ticket, languages)
    return {
        "number": ticket.number,
        "status": ticket.status,
        "queue": rules.queue(ticket.queue).title,
        "language": ticket.language,
        "channel": ticket.address.channel,
        "subject": ticket.subject,
        "reason": ticket.reason,
        "intent": ticket.intent,
        "urgent": ticket.urgent,
        "customer_name": ticket.customer_name,
        "waiting_since": iso(ticket.requested_at),
        "taken_at": iso(ticket.taken_at),
        "ended_at": iso(ticket.ended_at),
        "ending": ticket.ending,
        "rating": ticket.rating,
        "agent": _agent_ref(ticket.agent),
        "last": None if last is None else {"from": last.speaker, "text": last.text, "at": iso(last.at)},
        "rank": at.rank,
        "why": list(at.why),
    }


def shown_lines(lines: Iterable[Line], link: Link) -> list[Json]:
    """Lines with their edits folded in: an edited line keeps its place and shows its newest text."""
    shown: list[Json] = []
    by_client_id: dict[ExternalId, Json] = {}
    for line in lines:
        original = by_client_id.get(line.edits) if line.edits is not None else None
        if original is not None:
            original |= {"text": line.text, "edited": True}
            continue
        row = line_row(line, link)
        shown.append(row)
        if line.client_id is not None:
            by_client_id[line.client_id] = row
    return shown


def line_row(line: Line, link: Link) -> Json:
    """One line; its files have addresses that work for a while."""
    return {
        "id": line.id,
        "from": line.speaker,
        "text": line.text,
        "at": iso(line.at),
        "private": line.private,
        "choices": [{"id": choice.id, "label": choice.label} for choice in line.choices],
        "article": _article(line.article),
        "attachments": [attachment_row(one, line.conversation, link) for one in line.attachments],
        "agent": _agent_ref(line.agent),
        "understood": understood_row(line.understood),
        "edited": line.edits is not None,
    }


def understood_row(meaning: Interpretation | None) -> Json | None:
    """What the bot made of a line."""
    if meaning is None:
        return None
    return {
        "language": meaning.language,
        "certainty": meaning.certainty,
        "ranking": [{"intent": one.intent, "confidence": one.confidence} for one in meaning.ranking],
        "entities": [
            {"entity": one.entity, "value": one.value, "start": one.start, "end": one.end} for one in meaning.entities
        ],
    }


def standing_row(standing: Standing) -> Json:
    """Where the customer stands, as he is told."""
    return {
        "status": standing.status,
        "position": standing.position,
        "wait_s": standing.wait_s,
        "on_duty": standing.on_duty,
        "agent": standing.agent,
        "ticket": standing.ticket,
    }


def agent_row(agent: Agent) -> Json:
    """An agent, for admins and himself."""
    return {
        "id": agent.id,
        "name": agent.name,
        "display_name": agent.display_name,
        "role": agent.role,
        "languages": list(agent.languages),
        "capacity": agent.capacity,
        "active": agent.active,
        "totp_enrolled": agent.totp_enrolled,
        "state": agent.presence,
        "held": agent.held,
    }


def colleague_rows(agents: Iterable[Agent]) -> list[Json]:
    """Active agents, as colleagues see them."""
    return [
        {
            "id": agent.id,
            "name": agent.display_name,
            "state": agent.presence,
            "held": agent.held,
            "capacity": agent.capacity,
        }
        for agent in agents
        if agent.active
    ]


def iso(at: datetime | None) -> str | None:
    """A time in ISO 8601, in UTC."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _agent_ref(agent: AgentRef | None) -> Json | None:
    return None if agent is None else {"id": agent.id, "name": agent.name}


def _article(article: ArticleRef | None) -> Json | None:
    return None if article is None else {"slug": article.slug, "version": article.version, "url": article.url}
