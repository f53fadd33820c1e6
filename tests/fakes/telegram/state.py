"""What the server knows: chats, topics, messages with their present state, files."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.fakes.telegram.replies import bad
from tests.fakes.telegram.text import Entity

Json: TypeAlias = dict[str, object]

BOT: Final[Json] = {"id": 4242, "is_bot": True, "first_name": "Help", "username": "DemoHelpBot"}
_MESSAGES: Final = ("message", "edited_message", "channel_post", "edited_channel_post", "business_message")


@dataclass(slots=True, kw_only=True)
class Sent:
    """A message of the bot's as it stands now; `params` is what the bot asked for."""

    method: str
    chat: int
    thread: int | None
    id: int
    text: str
    entities: list[Entity]
    parse_mode: str | None
    markup: Json | None
    buttons: list[Entity]
    answers: int | None
    at: float
    params: Json
    file: str | None = None
    deleted: bool = False

    def shown(self, chat: Json) -> Json:
        """As a Message of the Bot API."""
        words, marks = ("text", "entities") if self.file is None else ("caption", "caption_entities")
        made: Json = {"message_id": self.id, "date": int(time.time()), "chat": chat, "from": BOT}
        if self.text:
            made[words] = self.text
        if self.entities:
            made[marks] = self.entities
        if self.thread is not None:
            made |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.markup is not None and "inline_keyboard" in self.markup:
            made["reply_markup"] = self.markup
        return made | self._file_shown()

    def _file_shown(self) -> Json:
        if self.file is None:
            return {}
        file: Json = {"file_id": self.file, "file_unique_id": f"u{self.file}"}
        if self.method == "sendPhoto":
            return {"photo": [{**file, "width": 90, "height": 60}]}
        return {"document": file}


@dataclass(slots=True)
class State:
    """Learns from updates which chats, topics and messages there are."""

    sent: list[Sent] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    chats: dict[int, Json] = field(default_factory=dict)
    topics: set[tuple[int, int]] = field(default_factory=set)
    heard: set[tuple[int, int]] = field(default_factory=set)
    queries: set[str] = field(default_factory=set)
    standing: dict[tuple[int, int], Json] = field(default_factory=dict)
    _last: dict[int, int] = field(default_factory=lambda: defaultdict(lambda: 100))

    def next_message(self, chat: int) -> int:
        """The number of a chat's next message."""
        self._last[chat] += 1
        return self._last[chat]

    def next_file(self, data: bytes, name: str) -> str:
        """Keep a file; returns its file_id."""
        file_id = f"{len(self.files) + 1}-{name}"
        self.files[file_id] = data
        return file_id

    def learn(self, payload: Mapping[str, object]) -> None:
        """Take note of what an update tells; malformed ones tell less."""
        query = payload.get("callback_query")
        if isinstance(query, dict):
            self.queries.add(str(query.get("id")))
            self._learn_message(query.get("message"))
        for kind in _MESSAGES:
            self._learn_message(payload.get(kind))

    def chat(self, number: int) -> Json:
        """A chat as it was told of, or as its number says."""
        if number in self.chats:
            return self.chats[number]
        kind = "private" if number > 0 else "supergroup" if str(number).startswith("-100") else "group"
        return {"id": number, "type": kind, **({"first_name": "Someone"} if number > 0 else {"title": "Some group"})}

    def message(self, chat: int, number: int) -> Sent | None:
        """A message of the bot's that is not deleted."""
        return next((one for one in self.sent if (one.chat, one.id) == (chat, number) and not one.deleted), None)

    def knows(self, chat: int, number: int) -> bool:
        """Whether there is such a message, of anybody's."""
        return (chat, number) in self.heard or self.message(chat, number) is not None

    def topic(self, chat: int, thread: int | None) -> int | None:
        """The topic, if there is one of that number."""
        if thread is not None and (chat, thread) not in self.topics:
            raise bad("message thread not found")
        return thread

    def _learn_message(self, message: object) -> None:
        if not isinstance(message, dict) or not isinstance(message.get("chat"), dict):
            return
        chat, number, thread = message["chat"], message.get("message_id"), message.get("message_thread_id")
        if not isinstance(chat.get("id"), int):
            return
        self.chats[chat["id"]] = chat
        # What is no number of a message says nothing of the next one's.
        if isinstance(number, int) and 0 < number < 1 << 31:
            self.heard.add((chat["id"], number))
            self._last[chat["id"]] = max(self._last[chat["id"]], number)
        if isinstance(thread, int) and message.get("is_topic_message") is True:
            self.topics.add((chat["id"], thread))
