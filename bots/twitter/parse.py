"""What X's direct messages and posts mean to us. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from bots.errors import MalformedUpdate, UnsupportedUpdate
from bots.twitter.addresses import Person
from bridge.types import ExternalId, Incoming, Observed, PersonWanted

Json: TypeAlias = Mapping[str, object]
Mentions: TypeAlias = Literal["answer", "invite"]

_EPOCH_MS: Final = 1_288_834_974_657
_MEDIA_LINK: Final = re.compile(r"\s*https://t\.co/\w+\s*$")
_LEADING: Final = re.compile(r"^(?:\s*@\w{1,15}\b[,:]?)+\s*")
_HANDLE: Final = re.compile(r"@(\w{1,15})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file at X, not fetched yet."""

    url: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something to put. `username` is the author's, where X told it."""

    entry: Incoming | Observed | PersonWanted
    files: tuple[FileRef, ...] = ()
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Our account, and the languages the bot speaks."""

    id: str
    username: str
    languages: Set[str]


def number(item: Json) -> int:
    """The id of a message or post: ids rise with time. Raises MalformedUpdate."""
    found = item.get("id")
    if not isinstance(found, str) or not found.isdecimal() or len(found) > 20:
        raise MalformedUpdate("an item without a number of X's")
    return int(found)


def snowflake(at: datetime) -> int:
    """The least id that X gives at a time: its ids count milliseconds since its own epoch, in 2010."""
    return (int(at.timestamp() * 1000) - _EPOCH_MS) << 22


def message(event: Json, includes: Json, me: Me) -> Heard:
    """Read a direct message. Raises UnsupportedUpdate, MalformedUpdate."""
    if event.get("event_type") != "MessageCreate":
        raise UnsupportedUpdate("no message")
    sender = _id(event, "sender_id")
    if sender == me.id:
        raise UnsupportedUpdate("our own")
    conversation = event.get("dm_conversation_id")
    if isinstance(conversation, str) and "-" not in conversation:
        raise UnsupportedUpdate("a group's")
    user = _included(includes, "users", "id", sender)
    files = _files(event, includes)
    text = _text(event)
    return Heard(
        entry=Incoming(
            address=Person(sender).address,
            external_id=ExternalId(str(number(event))),
            text=_MEDIA_LINK.sub("", text) if files else text,
            at=_time(event),
            name=_maybe(user, "name"),
        ),
        files=files,
        username=_maybe(user, "username"),
    )


def mention(post: Json, includes: Json, me: Me, mentions: Mentions) -> Heard:
    """Read a post that names us. Raises UnsupportedUpdate, MalformedUpdate.

    Who only carries our name along in a reply to somebody else asks us nothing.
    """
    author = _id(post, "author_id")
    if author == me.id:
        raise UnsupportedUpdate("our own")
    if any(one.get("type") == "retweeted" for one in _maps(post.get("referenced_tweets"))):
        raise UnsupportedUpdate("a repost")
    user = _included(includes, "users", "id", author)
    said = _text(post)
    address, external, at = Person(author, public=True).address, ExternalId(str(number(post))), _time(post)
    files, name, username = _files(post, includes), _maybe(user, "name"), _maybe(user, "username")
    tag = _maybe(post, "lang") or ""
    language = tag if tag in me.languages else None
    text = _without(said, me)
    entry: Incoming | Observed | PersonWanted
    if not _asks(post, said, me):
        entry = Observed(address=address, external_id=external, text=said, at=at, language=language, name=name)
    elif mentions == "invite":
        entry = PersonWanted(address=address, external_id=external, at=at, language=language)
    else:
        entry = Incoming(address=address, external_id=external, text=text, at=at, language=language, name=name)
    return Heard(entry=entry, files=files, username=username)


def _asks(post: Json, said: str, me: Me) -> bool:
    if post.get("in_reply_to_user_id") in (None, me.id):
        return True
    behind = _LEADING.sub("", said)
    return any(one.casefold() == me.username.casefold() for one in _HANDLE.findall(behind))


def _without(said: str, me: Me) -> str:
    """What is left without the names a reply begins with, and without ours."""
    text = _LEADING.sub("", said)
    return re.sub(rf"@{re.escape(me.username)}\b", "", text, flags=re.IGNORECASE).strip()


def _files(item: Json, includes: Json) -> tuple[FileRef, ...]:
    attachments = item.get("attachments")
    keys = attachments.get("media_keys") if isinstance(attachments, Mapping) else None
    found = [
        _included(includes, "media", "media_key", key)
        for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, str)
    ]
    return tuple(file for media in found if (file := _file(media)) is not None)


def _file(media: Json) -> FileRef | None:
    kind = media.get("type")
    url = media.get("url") if kind == "photo" else _best_variant(media)
    if not isinstance(url, str):
        return None
    return FileRef(url=url, name="photo.jpg" if kind == "photo" else "video.mp4")


def _best_variant(media: Json) -> object:
    rated = [
        (rate, variant.get("url"))
        for variant in _maps(media.get("variants"))
        if isinstance(rate := variant.get("bit_rate", variant.get("bitrate", 0)), int)
        and variant.get("content_type") == "video/mp4"
    ]
    return max(rated, key=lambda one: one[0])[1] if rated else media.get("preview_image_url")


def _included(includes: Json, kind: str, key: str, value: str) -> Json:
    return next((one for one in _maps(includes.get(kind)) if one.get(key) == value), {})


def _maps(value: object) -> Sequence[Json]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _id(item: Json, key: str) -> str:
    found = item.get(key)
    if not isinstance(found, str) or not found.isdecimal():
        raise MalformedUpdate(f"{key} is not an id of X's")
    return found


def _text(item: Json) -> str:
    note = item.get("note_tweet")
    long = note.get("text") if isinstance(note, Mapping) else None
    text = long if isinstance(long, str) else item.get("text", "")
    if not isinstance(text, str):
        raise MalformedUpdate("text is none")
    # X writes these three signs as entities, in posts and messages alike.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _time(item: Json) -> datetime:
    """X writes milliseconds mostly, not always."""
    found = item.get("created_at")
    try:
        at = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        at = None
    if at is None:
        raise MalformedUpdate("created_at is no time")
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _maybe(item: Json, key: str) -> str | None:
    found = item.get(key)
    return found if isinstance(found, str) and found else None
