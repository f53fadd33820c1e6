"""Writes the server's frames. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict

from bots.attachments.settings import FileLimits
from bridge.answering import OPENING
from bridge.attachments import AttachmentRow, Link, attachment_row
from bridge.ports import Standing
from bridge.types import Article, Line, Speaker, Status

_FROM: Final = {
    Speaker.CUSTOMER: "user",
    Speaker.BOT: "bot",
    Speaker.AGENT: "agent",
    Speaker.SYSTEM: "system",
}
WELCOME_ID: Final = 0


class ChoiceFrame(TypedDict):
    """A button."""

    id: str
    label: str


class ArticleFrame(TypedDict):
    """The article an answer was taken from."""

    slug: str
    version: int
    url: str
    reviewed: str


MessageFrame = TypedDict(
    "MessageFrame",
    {
        "type": str,
        "id": int,
        "client_id": str | None,
        "from": str,
        "text": str,
        "choices": list[ChoiceFrame],
        "article": ArticleFrame | None,
        "attachments": list[AttachmentRow],
        "agent": str | None,
        "at": str,
    },
)


def external(kind: str, client_id: str) -> str:
    """The external id of a client's frame: ids of different kinds never meet."""
    return f"{kind}:{client_id}"


class UploadFrame(TypedDict):
    """Which files may be uploaded."""

    max_bytes: int
    types: list[str]
    per_message: int


def message(line: Line, link: Link) -> MessageFrame:
    """A line as the widget shows it. Never called for a private one."""
    mine = line.speaker is Speaker.CUSTOMER and line.client_id is not None
    return {
        "type": "message",
        "id": line.id,
        "client_id": str(line.client_id).partition(":")[2] if mine else None,
        "from": _FROM[line.speaker],
        "text": line.text,
        "choices": [{"id": choice.id, "label": choice.label} for choice in line.choices],
        "article": None
        if line.article is None
        else {
            "slug": line.article.slug,
            "version": line.article.version,
            "url": line.article.url,
            "reviewed": line.article.reviewed,
        },
        "attachments": [attachment_row(one, line.conversation, link) for one in line.attachments],
        "agent": line.agent.name if line.agent is not None else None,
        "at": line.at.isoformat(),
    }


def welcome(text: str, opening: Sequence[Article], now: datetime) -> MessageFrame:
    """What stands at the top of a new conversation: a greeting and the questions most asked."""
    return {
        "type": "message",
        "id": WELCOME_ID,
        "client_id": None,
        "from": "bot",
        "text": text,
        "choices": [{"id": OPENING + article.intent, "label": article.title} for article in opening],
        "article": None,
        "attachments": [],
        "agent": None,
        "at": now.isoformat(),
    }


def upload(limits: FileLimits) -> UploadFrame:
    """What the widget need not send to be refused."""
    # A table is text, but browsers call it by a name of its own.
    tables = ["text/csv"] if "text/plain" in limits.types else []
    return {
        "max_bytes": limits.bytes,
        "types": sorted([*limits.types, *tables]),
        "per_message": limits.per_message,
    }


def status(standing: Standing) -> dict[str, object]:
    """Who answers now, and how long the line is."""
    frame: dict[str, object] = {"type": "status", "status": standing.status.value, "on_duty": standing.on_duty}
    if standing.status is Status.QUEUED:
        frame |= {"position": standing.position, "wait_s": standing.wait_s}
    if standing.agent is not None:
        frame["agent"] = standing.agent
    if standing.ticket is not None:
        frame["ticket"] = standing.ticket
    return frame


def error(code: str, detail: str, frame_id: str | None = None, retry_after: float | None = None) -> dict[str, object]:
    """What could not be done, and why."""
    frame: dict[str, object] = {"type": "error", "code": code, "detail": detail}
    if frame_id is not None:
        frame["id"] = frame_id
    if retry_after is not None:
        frame["retry_after"] = round(retry_after, 1)
    return frame
