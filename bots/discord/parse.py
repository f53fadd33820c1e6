"""What Discord's events and messages say. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from bots.errors import MalformedUpdate, UnsupportedUpdate

Json: TypeAlias = Mapping[str, object]
Command: TypeAlias = Literal["ask", "human", "status", "language"]

MARK: Final = "|"
"""Stands in a button's id between the member it is for ("": whoever sees it) and the choice."""
PICK: Final = "pick"
"""The choice in the id of a menu, whose values are the choices."""
PRIVATE: Final = "private"
"""The choice that opens a direct chat."""
_EPHEMERAL: Final = 1 << 6
_SAID: Final = (0, 19)
"""The types of messages that people write: plain ones and replies."""
_COMMANDS: Final[Mapping[str, Command]] = {"ask": "ask", "human": "human", "status": "status", "language": "language"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file at Discord, not fetched yet."""

    url: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's message. `guild` is None in a direct chat; `asked`: it names us, or answers us."""

    id: str
    channel: str
    guild: str | None
    author: str
    name: str
    text: str
    at: datetime
    asked: bool
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A message of a person's was edited."""

    id: str
    channel: str
    guild: str | None
    author: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """A slash command. `argument` is what was typed behind it."""

    id: str
    token: str
    application: str
    channel: str
    guild: str | None
    author: str
    name: str
    command: Command
    argument: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button or a menu. `member` is whom it is for, None for whoever sees it; `hidden`: only its presser sees it.

    `rows` are the message's components, to be shown again without life.
    """

    id: str
    token: str
    application: str
    channel: str
    guild: str | None
    author: str
    choice: str
    member: str | None
    hidden: bool
    rows: Sequence[object]
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A thread was begun below a channel."""

    id: str
    parent: str
    owner: str


def said(data: Json, me: str) -> Said:
    """Read a message, from an event or from a channel's history. Raises UnsupportedUpdate, MalformedUpdate."""
    author = _map(data, "author")
    if author.get("bot") or author.get("system") or data.get("webhook_id") or author.get("id") == me:
        raise UnsupportedUpdate("a bot's")
    if data.get("type") not in _SAID:
        raise UnsupportedUpdate("no message of a person's")
    text = _text(data, "content")
    forwarded = [_text(_map(one, "message"), "content") for one in _maps(data.get("message_snapshots"))]
    files = tuple(_file(one) for one in _maps(data.get("attachments")))
    stickers = [str(one.get("name", "")) for one in _maps(data.get("sticker_items"))]
    whole = "\n".join(filter(None, (_without(text, me), *forwarded, *stickers)))
    named = any(one.get("id") == me for one in _maps(data.get("mentions")))
    referenced = data.get("referenced_message")
    answers = isinstance(referenced, Mapping) and _maybe(referenced, "author").get("id") == me
    return Said(
        id=_id(data, "id"),
        channel=_id(data, "channel_id"),
        guild=_id(data, "guild_id") if data.get("guild_id") is not None else None,
        author=_id(author, "id"),
        name=_name(data, author),
        text=whole,
        at=_time(data, "timestamp"),
        asked=named or answers,
        files=files,
    )


def changed(data: Json, me: str) -> Changed:
    """Read an edit. Raises UnsupportedUpdate for those that change no words, MalformedUpdate."""
    if not data.get("edited_timestamp") or not isinstance(data.get("author"), Mapping):
        raise UnsupportedUpdate("no edit of a person's")
    now = said(data, me)
    at = _time(data, "edited_timestamp")
    return Changed(id=now.id, channel=now.channel, guild=now.guild, author=now.author, text=now.text, at=at)


def interaction(data: Json) -> Commanded | Pressed:
    """Read a command or a press. Raises UnsupportedUpdate, MalformedUpdate."""
    member = _maybe(data, "member")
    user = _map(member, "user") if member else _map(data, "user")
    common = {
        "id": _id(data, "id"),
        "token": _text(data, "token"),
        "application": _id(data, "application_id"),
        "channel": _id(data, "channel_id"),
        "author": _id(user, "id"),
        "locale": str(data.get("locale", "")).partition("-")[0],
    }
    guild = _id(data, "guild_id") if data.get("guild_id") is not None else None
    inner = _map(data, "data")
    match data.get("type"):
        case 2:
            name = inner.get("name")
            if not isinstance(name, str) or name not in _COMMANDS:
                raise UnsupportedUpdate("a command that is not ours")
            options = _maps(inner.get("options"))
            argument = next((str(one.get("value", "")) for one in options), "")
            return Commanded(**common, guild=guild, name=_name(data, user), command=_COMMANDS[name], argument=argument)
        case 3:
            custom = _text(inner, "custom_id")
            whose, mark, choice = custom.partition(MARK)
            if not mark:
                raise UnsupportedUpdate("a button that is not ours")
            values = inner.get("values")
            if choice == PICK and isinstance(values, list) and values:
                choice = str(values[0])
            shown = _maybe(data, "message")
            flags, rows = shown.get("flags"), shown.get("components")
            return Pressed(
                **common,
                guild=guild,
                choice=choice,
                member=whose or None,
                hidden=isinstance(flags, int) and bool(flags & _EPHEMERAL),
                rows=rows if isinstance(rows, list) else [],
            )
    raise UnsupportedUpdate("another kind of interaction")


def thread(data: Json) -> Thread:
    """Read that a thread was begun. Raises MalformedUpdate."""
    return Thread(id=_id(data, "id"), parent=_id(data, "parent_id"), owner=_id(data, "owner_id"))


def _without(text: str, me: str) -> str:
    return re.sub(rf"<@!?{re.escape(me)}>", "", text).strip()


def _file(data: Json) -> FileRef:
    size = data.get("size")
    return FileRef(url=_text(data, "url"), name=_text(data, "filename"), size=size if isinstance(size, int) else 0)


def _name(data: Json, user: Json) -> str:
    nick = _maybe(data, "member").get("nick")
    for name in (nick, user.get("global_name"), user.get("username")):
        if isinstance(name, str) and name:
            return name
    return ""


def _id(data: Json, key: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not found.isdecimal() or len(found) > 20:
        raise MalformedUpdate(f"{key} is not an id of Discord's")
    return found


def _text(data: Json, key: str) -> str:
    found = data.get(key, "")
    if not isinstance(found, str):
        raise MalformedUpdate(f"{key} is no text")
    return found


def _time(data: Json, key: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(data, key))
    except ValueError as error:
        raise MalformedUpdate(f"{key} is no time") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _map(data: Json, key: str) -> Json:
    found = data.get(key)
    if not isinstance(found, Mapping):
        raise MalformedUpdate(f"{key} is missing")
    return found


def _maybe(data: Json, key: str) -> Json:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def _maps(value: object) -> Sequence[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
