"""What is said, as Telegram's messages: text with entities, buttons below the last. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bots.channel import Limits, Unit
from bots.markup import Kind, Span, Styled, split_styled, styled
from bots.rendering import measure, with_choices
from bots.telegram.addresses import Place
from bots.telegram.parse import AUTO, LANGUAGE, SEPARATOR
from bridge.types import Choice, Say

LIMITS: Final = Limits(text=4096, unit=Unit.UTF16, choices=12, attachments=10)
_DATA_BYTES: Final = 64
_KINDS: Final[dict[Kind, str]] = {
    "bold": MessageEntity.BOLD,
    "code": MessageEntity.CODE,
    "link": MessageEntity.TEXT_LINK,
}
_length: Final = measure(Unit.UTF16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a reply. The first quotes what it answers, the last carries the buttons."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    buttons: InlineKeyboardMarkup | None = None
    answers: int | None = None


def parts(say: Say, place: Place, private_link: tuple[str, str] | None) -> list[Part]:
    """One reply as messages. `private_link` are label and address of the way to the private chat, where it is shown.

    Choices that do not fit into Telegram's buttons are said as a numbered list.
    """
    rows = [_button(choice, place) for choice in say.choices]
    fits = all(len(data.encode()) <= _DATA_BYTES for _, data in rows) and len(rows) <= LIMITS.choices
    text = say.text if fits else with_choices(say.text, say.choices)
    keyboard = [[InlineKeyboardButton(label, callback_data=data)] for label, data in rows] if fits else []
    if private_link is not None:
        keyboard.append([InlineKeyboardButton(private_link[0], url=private_link[1])])
    whole = styled(_named(say, text))
    said = split_styled(whole, LIMITS.text, lambda part: _length(part.text))
    return [
        Part(
            text=one.text,
            entities=_entities(one),
            buttons=InlineKeyboardMarkup(keyboard) if keyboard and number == len(said) - 1 else None,
            answers=_answered(say, place) if number == 0 else None,
        )
        for number, one in enumerate(said)
    ]


def language_buttons(names: dict[str, str], auto: str, place: Place) -> InlineKeyboardMarkup:
    """A button for each language, in its own name, and one to follow what the customer writes."""
    rows = [*names.items(), (AUTO, auto)]
    mark = "" if place.member is None else f"{place.member}{SEPARATOR}"
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"{mark}{LANGUAGE}{tag}")] for tag, label in rows]
    )


def _button(choice: Choice, place: Place) -> tuple[str, str]:
    """In a group the data names the member it is for: others see the button too."""
    return choice.label, choice.id if place.member is None else f"{place.member}{SEPARATOR}{choice.id}"


def _named(say: Say, text: str) -> str:
    """An agent speaks under a name: in Telegram everything comes from the bot."""
    return f"**{_plain(say.agent.name)}**\n{text}" if say.agent is not None else text


def _plain(name: str) -> str:
    return "".join(sign for sign in name if sign not in "*`[]()\n")


def _answered(say: Say, place: Place) -> int | None:
    """In a group the bot quotes what it answers, else nobody knew whom it speaks to."""
    if place.member is None or say.reply_to is None or not say.reply_to.isdecimal():
        return None
    return int(say.reply_to)


def _entities(one: Styled) -> tuple[MessageEntity, ...]:
    return tuple(_entity(one.text, span) for span in one.spans)


def _entity(text: str, span: Span) -> MessageEntity:
    offset, length = _length(text[: span.start]), _length(text[span.start : span.end])
    return MessageEntity(_KINDS[span.kind], offset, length, url=span.url or None)
