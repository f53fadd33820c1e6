"""What an update of Telegram's means to us. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update, User

from bots.errors import MalformedUpdate, UnsupportedUpdate
from bots.telegram.addresses import Place
from bridge.types import (
    Attachment,
    Began,
    ChoiceId,
    Chosen,
    Edited,
    ExternalId,
    Incoming,
    LanguageSet,
    Observed,
    PersonWanted,
    Unreachable,
)

ALLOWED: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of updates that Telegram is asked for."""
SEPARATOR: Final = "|"
"""Stands in a button's data between the member it is for and the choice."""
LANGUAGE: Final = "language:"
"""Begins the data of a button that sets the language; nothing behind it: the one the customer writes."""
AUTO: Final = "auto"

_HUMAN: Final = "human"

Command: TypeAlias = Literal["help", "status", "language"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file at Telegram, not fetched yet."""

    file_id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something to put. `album` names the album that a message is a part of."""

    entry: Incoming | Observed | Edited | Began | LanguageSet | PersonWanted | Unreachable
    files: tuple[FileRef, ...] = ()
    album: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button. `entry` is None when it carries nothing of ours; `foreign`: it is for another member.

    `shown` is the chat and the message it stands below.
    """

    query: str
    entry: Chosen | LanguageSet | None
    foreign: bool = False
    language: str | None = None
    shown: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command that is answered at once, without the conversation."""

    command: Command
    place: Place
    message: int
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """A group became a supergroup, with another id."""

    before: int
    after: int


Read: TypeAlias = Heard | Pressed | Asked | Migrated


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself, the languages it speaks, and which groups want sure answers unasked."""

    id: int
    username: str
    languages: Set[str]
    answers_unasked: Callable[[int], bool]


def read(raw: Mapping[str, object], me: Me, now: datetime) -> Read:
    """Read one update. Raises UnsupportedUpdate, and MalformedUpdate for what Telegram does not document."""
    try:
        return _read(Update.de_json(dict(raw), None), me, now)
    except (UnsupportedUpdate, MalformedUpdate):
        raise
    except Exception as error:
        # The library raises whatever its classes do when fields are missing or of another type.
        raise MalformedUpdate(f"an update cannot be read: {type(error).__name__}") from error


def chat_of(raw: Mapping[str, object]) -> str:
    """The chat an update is of, as far as one can tell: updates of one chat are handled in order."""
    for kind in ALLOWED:
        inner = raw.get(kind)
        if isinstance(inner, Mapping):
            shown = inner.get("message", inner)
            chat = shown.get("chat") if isinstance(shown, Mapping) else None
            return str(chat.get("id")) if isinstance(chat, Mapping) else ""
    return ""


def _read(update: Update, me: Me, now: datetime) -> Read:
    if update.message is not None:
        return _message(update.message, me)
    if update.edited_message is not None:
        return _edited(update.edited_message, me)
    if update.callback_query is not None:
        return _pressed(update.callback_query, me, now)
    if update.my_chat_member is not None:
        return _member(update.my_chat_member, update.update_id)
    raise UnsupportedUpdate("no message of a customer")


def _message(message: Message, me: Me) -> Read:
    if message.migrate_to_chat_id is not None:
        return Migrated(before=_id(message.chat.id), after=_id(message.migrate_to_chat_id))
    place, said = _place(message, me), _said(message)
    command, argument = _command(message, me)
    if command is not None and (found := _commanded(command, argument, place, message, me)) is not None:
        return found
    text = argument if command == "ask" else _without_mention(said.text, me)
    return Heard(
        entry=_entry(message, place, text, said.odd, me, asked=command is not None or _asks(message, place, me)),
        files=said.files,
        album=f"{message.chat.id}:{message.media_group_id}" if message.media_group_id else None,
    )


def _entry(
    message: Message, place: Place, text: str, odd: tuple[Attachment, ...], me: Me, *, asked: bool
) -> Incoming | Observed:
    external = ExternalId(str(_id(message.message_id)))
    language, name = _language(message.from_user, me), _name(message)
    if asked:
        return Incoming(
            address=place.address,
            external_id=external,
            text=text,
            at=message.date,
            language=language,
            name=name,
            attachments=odd,
        )
    return Observed(
        address=place.address,
        external_id=external,
        text=text,
        at=message.date,
        language=language,
        name=name,
        attachments=odd,
        answerable=me.answers_unasked(place.chat),
    )


def _edited(message: Message, me: Me) -> Heard:
    place, said = _place(message, me), _said(message)
    at = message.edit_date or message.date
    return Heard(
        entry=Edited(
            address=place.address,
            external_id=ExternalId(f"{_id(message.message_id)}:{at.timestamp():.0f}"),
            edits=ExternalId(str(_id(message.message_id))),
            text=_without_mention(said.text, me),
            at=at,
        )
    )


def _pressed(query: CallbackQuery, me: Me, now: datetime) -> Pressed:
    language, shown = _language(query.from_user, me), query.message
    if shown is None or not query.data:
        return Pressed(query=query.id, entry=None, language=language)
    member, mark, choice = query.data.rpartition(SEPARATOR)
    place = Place(_id(shown.chat.id))
    if shown.chat.type != Chat.PRIVATE:
        topic = shown.message_thread_id if isinstance(shown, Message) and shown.is_topic_message else None
        place = _among(shown.chat, topic, query.from_user)
        if mark and member != str(query.from_user.id):
            return Pressed(query=query.id, entry=None, foreign=True, language=language)
    external = ExternalId(f"press:{query.id}")
    entry: Chosen | LanguageSet
    if choice.startswith(LANGUAGE):
        wanted = choice.removeprefix(LANGUAGE)
        chosen = wanted if wanted in me.languages else None
        entry = LanguageSet(address=place.address, external_id=external, language=chosen, at=now)
    else:
        entry = Chosen(address=place.address, external_id=external, choice=ChoiceId(choice), at=now, language=language)
    return Pressed(query=query.id, entry=entry, language=language, shown=(place.chat, _id(shown.message_id)))


def _member(update: ChatMemberUpdated, number: int) -> Heard:
    if update.chat.type != Chat.PRIVATE or update.new_chat_member.status != ChatMember.BANNED:
        raise UnsupportedUpdate("the bot's own standing in a chat")
    address = Place(_id(update.chat.id)).address
    return Heard(entry=Unreachable(address=address, external_id=ExternalId(f"blocked:{number}"), at=update.date))


def _place(message: Message, me: Me) -> Place:
    """Where a message stands; raises UnsupportedUpdate for those of bots and channels."""
    chat, sender = message.chat, message.from_user
    if chat.type == Chat.CHANNEL:
        raise UnsupportedUpdate("a channel's post")
    if chat.type == Chat.PRIVATE:
        if sender is None or sender.is_bot:
            raise UnsupportedUpdate("another bot")
        return Place(_id(chat.id))
    topic = message.message_thread_id if message.is_topic_message else None
    if message.sender_chat is not None:
        # An anonymous admin, or a channel that speaks in its group: Telegram names a bot as its sender.
        return _among(chat, topic, message.sender_chat)
    if sender is None or sender.is_bot or sender.id == me.id:
        raise UnsupportedUpdate("another bot")
    return _among(chat, topic, sender)


def _among(chat: Chat, topic: int | None, member: User | Chat) -> Place:
    return Place(_id(chat.id), None if topic is None else _id(topic), _id(member.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str
    files: tuple[FileRef, ...] = ()
    odd: tuple[Attachment, ...] = ()


def _said(message: Message) -> _Said:
    """What a message brings; raises UnsupportedUpdate when it is none of a person's."""
    text = _text(message.text or message.caption or "")
    if message.photo:
        largest = message.photo[-1]
        return _Said(
            text=text, files=(FileRef(file_id=_text(largest.file_id), name="photo.jpg", size=_size(largest.file_size)),)
        )
    for kept, name in ((message.document, "document"), (message.video, "video.mp4"), (message.animation, "video.mp4")):
        if kept is not None:
            named = _text(kept.file_name or name)
            return _Said(
                text=text, files=(FileRef(file_id=_text(kept.file_id), name=named, size=_size(kept.file_size)),)
            )
    for heard, name in ((message.voice, "voice"), (message.audio, "audio"), (message.video_note, "video note")):
        if heard is not None:
            return _Said(text=text, odd=(_not_kept(name, _size(heard.file_size)),))
    if message.sticker is not None:
        return _Said(text=_text(message.sticker.emoji or ""))
    if message.location is not None:
        return _Said(text=f"📍 {message.location.latitude}, {message.location.longitude}")
    if text or message.contact is not None or message.poll is not None or message.dice is not None:
        return _Said(text=text)
    raise UnsupportedUpdate("a service message")


def _text(value: object) -> str:
    """The library believes what it is sent; raises MalformedUpdate for what is no text."""
    if not isinstance(value, str):
        raise MalformedUpdate("a text that is none")
    return value


def _id(value: object) -> int:
    """Telegram's ids have at most 52 bits; raises MalformedUpdate for what is none."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 1 << 52:
        raise MalformedUpdate("an id that is none")
    return value


def _size(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 50 else 0


def _not_kept(name: str, size: int) -> Attachment:
    return Attachment(name=name, media_type="application/octet-stream", size=size, url="", refused="type_refused")


def _command(message: Message, me: Me) -> tuple[str | None, str]:
    """The command a message begins with, if it is the bot's, and what stands behind it."""
    text = message.text or ""
    entity = message.entities[0] if message.entities else None
    if entity is None or entity.type != MessageEntity.BOT_COMMAND or entity.offset != 0:
        return None, ""
    # A command is ASCII, so that Telegram's units and ours are the same.
    word, rest = text[1 : entity.length], text[entity.length :].strip()
    name, _, bot = word.partition("@")
    if bot and bot.casefold() != me.username.casefold():
        return None, ""
    return (name.casefold(), rest) if name.casefold() in _COMMANDS else (None, "")


_COMMANDS: Final = frozenset(("start", "help", "human", "status", "language", "ask"))


def _commanded(command: str, argument: str, place: Place, message: Message, me: Me) -> Heard | Asked | None:
    """What a command does; None when what stands behind it is a question."""
    external, at, language = ExternalId(str(_id(message.message_id))), message.date, _language(message.from_user, me)
    private = place.member is None
    if command == "human" or (command == "start" and private and argument == _HUMAN):
        return Heard(entry=PersonWanted(address=place.address, external_id=external, at=at, language=language))
    if command == "start" and private:
        name = _name(message)
        return Heard(entry=Began(address=place.address, external_id=external, at=at, language=language, name=name))
    if command == "language" and argument.casefold() in {*me.languages, AUTO}:
        chosen = None if argument.casefold() == AUTO else argument.casefold()
        return Heard(entry=LanguageSet(address=place.address, external_id=external, language=chosen, at=at))
    if command == "ask" and argument:
        return None
    asked: Command = "status" if command == "status" else "language" if command == "language" else "help"
    return Asked(command=asked, place=place, message=_id(message.message_id), language=language)


def _asks(message: Message, place: Place, me: Me) -> bool:
    """Whether a message is meant for the bot: in private each is."""
    if place.member is None:
        return True
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me.id:
        return True
    entities = message.parse_entities() | message.parse_caption_entities()
    for entity, words in entities.items():
        if entity.type == MessageEntity.MENTION and words.casefold() == f"@{me.username}".casefold():
            return True
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == me.id:
            return True
    return False


def _without_mention(text: str, me: Me) -> str:
    return re.sub(rf"@{re.escape(me.username)}\b", "", text, flags=re.IGNORECASE).strip()


def _language(user: User | None, me: Me) -> str | None:
    tag = (user.language_code or "").partition("-")[0].lower() if user is not None else ""
    return tag if tag in me.languages else None


def _name(message: Message) -> str | None:
    if message.sender_chat is not None:
        return _text(message.sender_chat.title or "")
    return _text(message.from_user.full_name) if message.from_user is not None else None
