"""The state behind the fake: one account, the people around it, and what was said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.fakes.x.shapes import Json, Written, maps

_EPOCH_MS: Final = 1_288_834_974_657
"""Where X's ids begin to count."""
_MENTION: Final = re.compile(r"(?<![\w@])@(\w{1,15})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something in a timeline. `place` rises, whatever its id is."""

    place: int
    value: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The bytes of a picture or film."""

    content: bytes
    content_type: str


class Account:
    """Newest things stand first in `events` and `mentions`."""

    def __init__(self, me: Json, clock: Callable[[], float]) -> None:
        """`me` is our user, with id, name and username."""
        self.me = me
        self.id = str(me["id"])
        self.clock = clock
        self.users: dict[str, Json] = {self.id: me}
        self.suspended: set[str] = set()
        self.closed: set[str] = set()
        self.media: dict[str, Json] = {}
        self.files: dict[str, File] = {}
        self.events: list[Item] = []
        self.mentions: list[Item] = []
        self.posts: dict[str, Json] = {}
        self.written: list[Written] = []
        self._last = 0
        self._place = 0

    def next_id(self) -> str:
        """A snowflake: the milliseconds in front, so that ids rise with time."""
        self._last = max(self._last + 1, (int(self.clock() * 1000) - _EPOCH_MS) << 22)
        return str(self._last)

    def now(self) -> str:
        """The time as X writes it."""
        at = datetime.fromtimestamp(self.clock(), UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def event_happens(self, event: Mapping[str, object]) -> Json:
        """Keep an event of direct messages; it gets an id if it has none."""
        value = {"id": self.next_id(), **event}
        self.events.insert(0, self._item(value))
        return value

    def post_appears(self, post: Mapping[str, object]) -> Json:
        """Keep somebody's post, in nobody's timeline yet."""
        value = {"id": self.next_id(), **post}
        self.posts[str(value["id"])] = value
        return value

    def mention_appears(self, post: Mapping[str, object]) -> Json:
        """Keep somebody's post among our mentions."""
        value = self.post_appears(post)
        self.mentions.insert(0, self._item(value))
        return value

    def said(self, author: str, text: str) -> Json:
        """A post as X fills it in by itself."""
        number = self.next_id()
        post: Json = {
            "id": number,
            "text": text,
            "author_id": author,
            "created_at": self.now(),
            "conversation_id": number,
            "edit_history_tweet_ids": [number],
            "lang": "en",
        }
        mentions = self._mentions(text)
        return {**post, "entities": {"mentions": mentions}} if mentions else post

    def message(self, sender: str, text: str, other: str) -> Json:
        """A direct message of `sender` in the conversation with `other`, as X fills it in."""
        return {
            "id": self.next_id(),
            "event_type": "MessageCreate",
            "text": text,
            "sender_id": sender,
            "dm_conversation_id": f"{other}-{self.id}",
            "created_at": self.now(),
        }

    def names_us(self, post: Mapping[str, object]) -> bool:
        """Whether a post mentions us."""
        entities = post.get("entities")
        named = maps(entities.get("mentions")) if isinstance(entities, dict) else []
        if any(one.get("id") == self.id for one in named):
            return True
        ours = str(self.me["username"]).casefold()
        return any(one.casefold() == ours for one in _MENTION.findall(str(post.get("text"))))

    def quotes_us(self, post: Mapping[str, object]) -> bool:
        """Whether a post quotes one of ours."""
        quoted = {one.get("id") for one in maps(post.get("referenced_tweets")) if one.get("type") == "quoted"}
        return any(one.id in quoted for one in self.written)

    def _mentions(self, text: str) -> list[Json]:
        by_name = {str(user["username"]).casefold(): number for number, user in self.users.items()}
        return [
            {
                "start": found.start(),
                "end": found.end(),
                "username": found[1],
                **({"id": by_name[found[1].casefold()]} if found[1].casefold() in by_name else {}),
            }
            for found in _MENTION.finditer(text)
        ]

    def _item(self, value: Json) -> Item:
        self._place += 1
        return Item(place=self._place, value=value)
