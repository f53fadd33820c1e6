"""The JSON bodies that are understood: every key known, every value of its type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tests.fakes.x.problems import Misused, invalid
from tests.fakes.x.shapes import Json

Check: TypeAlias = Callable[[object], bool]

MESSAGE_MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A direct message to send."""

    text: str
    media: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post to publish."""

    text: str
    answers: str | None = None
    quotes: str | None = None
    media: tuple[str, ...] = ()


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _yes_or_no(value: object) -> bool:
    return isinstance(value, bool)


def _id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value) is not None


def _ids(most: int) -> Check:
    return lambda value: isinstance(value, list) and 0 < len(value) <= most and all(_id(one) for one in value)


def _object(needed: Mapping[str, Check], others: Mapping[str, Check]) -> Check:
    def check(value: object) -> bool:
        if not isinstance(value, dict) or not needed.keys() <= value.keys() <= needed.keys() | others.keys():
            return False
        return all(({**needed, **others})[name](one) for name, one in value.items())

    return check


def _options(value: object) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= 4 and all(_text(one) and len(one) <= 25 for one in value)


def _minutes(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 5 <= value <= 10_080


def _attachments(value: object) -> bool:
    return isinstance(value, list) and len(value) == 1 and _object({"media_id": _id}, {})(value[0])


_MESSAGE: Final[Mapping[str, Check]] = {"text": _text, "attachments": _attachments}
_POST: Final[Mapping[str, Check]] = {
    "text": _text,
    "reply": _object({"in_reply_to_tweet_id": _id}, {"exclude_reply_user_ids": _ids(10)}),
    "quote_tweet_id": _id,
    "reply_settings": lambda value: value in ("following", "mentionedUsers", "subscribers", "verified"),
    "media": _object({"media_ids": _ids(4)}, {"tagged_user_ids": _ids(10)}),
    "poll": _object({"options": _options, "duration_minutes": _minutes}, {}),
    "geo": _object({}, {"place_id": _text}),
    "direct_message_deep_link": _text,
    "for_super_followers_only": _yes_or_no,
}


def message(raw: bytes, content_type: str) -> Message:
    """Read the body of a direct message. Raises Misused."""
    body = _known(raw, content_type, _MESSAGE)
    attachments = body.get("attachments")
    if "text" not in body and attachments is None:
        raise invalid({"text": []}, "One of `text` and `attachments` is required")
    text = str(body.get("text", ""))
    if len(text) > MESSAGE_MOST:
        raise invalid({"text": [f"{len(text)} characters"]}, f"A message has at most {MESSAGE_MOST} characters")
    media = [one["media_id"] for one in attachments] if isinstance(attachments, list) else []
    return Message(text=text, media=tuple(media))


def post(raw: bytes, content_type: str) -> Post:
    """Read the body of a post. Raises Misused."""
    body = _known(raw, content_type, _POST)
    if not body.keys() & {"text", "media", "poll", "quote_tweet_id"}:
        raise invalid({"text": []}, "A post needs text, media, a poll or a quoted post")
    reply, media, quoted = body.get("reply"), body.get("media"), body.get("quote_tweet_id")
    return Post(
        text=str(body.get("text", "")),
        answers=str(reply["in_reply_to_tweet_id"]) if isinstance(reply, dict) else None,
        quotes=str(quoted) if quoted is not None else None,
        media=tuple(media["media_ids"]) if isinstance(media, dict) else (),
    )


def _known(raw: bytes, content_type: str, checks: Mapping[str, Check]) -> Json:
    if content_type != "application/json":
        raise Misused(400, "Invalid Request", f"The content type [{content_type}] is not application/json")
    try:
        body = json.loads(raw)
    except ValueError:
        raise Misused(400, "Invalid Request", "The body is no JSON") from None
    if not isinstance(body, dict):
        raise Misused(400, "Invalid Request", "The body is no JSON object")
    for name, value in body.items():
        if name not in checks or not checks[name](value):
            raise invalid({f"$.{name}": [json.dumps(value)[:80]]}, f"$.{name}: unknown, or not of its form")
    return body
