"""Texts and what is said about them: UTF-16 units, entities and their bounds, buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.fakes.telegram.replies import bad

Entity: TypeAlias = dict[str, object]

_DATA: Final = 64
_KINDS: Final = frozenset(
    (
        "mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler "
        "blockquote expandable_blockquote code pre text_link text_mention custom_emoji"
    ).split()
)
_NEEDS: Final = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}
_ENTITY_FIELDS: Final = frozenset(("type", "offset", "length", "url", "user", "language", "custom_emoji_id"))
_ACTIONS: Final = frozenset(
    (
        "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
        "switch_inline_query_chosen_chat copy_text callback_game pay"
    ).split()
)
_KEYBOARDS: Final = frozenset(("inline_keyboard", "keyboard", "remove_keyboard", "force_reply"))
_LINKS: Final = ("http://", "https://", "tg://")


@dataclass(slots=True)
class Written:
    """A text as it is read, with its entities."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)

    def add(self, text: str) -> None:
        """More of the text."""
        self.text += text

    def begin(self, kind: str) -> Entity:
        """An entity that begins here."""
        return {"type": kind, "offset": units(self.text), "length": 0}

    def text_since(self, entity: Entity) -> str:
        """What stands between an entity's beginning and here."""
        encoded = self.text.encode("utf-16-le", "surrogatepass")
        return encoded[2 * int(str(entity["offset"])) :].decode("utf-16-le", "surrogatepass")

    def end(self, entity: Entity) -> None:
        """It ends here; an empty one is none."""
        entity["length"] = units(self.text) - int(str(entity["offset"]))
        if entity["length"]:
            self.entities.append(entity)
            self.entities.sort(key=lambda one: (int(str(one["offset"])), -int(str(one["length"]))))


def units(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_entities(text: str, entities: Sequence[object]) -> list[Entity]:
    """The entities, if each is one of Telegram's and lies inside of the text."""
    whole, checked = units(text), []
    for one in entities:
        if not isinstance(one, dict) or not one.keys() <= _ENTITY_FIELDS:
            raise bad(f"can't parse MessageEntity: unknown fields in {one!r}")
        kind, offset, length = one.get("type"), one.get("offset"), one.get("length")
        if kind not in _KINDS:
            raise bad(f"can't parse MessageEntity: unknown type {kind!r}")
        if not isinstance(offset, int) or not isinstance(length, int):
            raise bad('can\'t parse MessageEntity: Field "offset" must be of type Number')
        if not 0 <= offset < offset + length <= whole:
            raise bad(f"entity {kind} at {offset} of length {length} is outside of the text")
        if (needed := _NEEDS.get(kind)) and not one.get(needed):
            raise bad(f"can't parse MessageEntity: Can't find field \"{needed}\"")
        checked.append(one)
    return checked


def buttons_of(markup: object) -> list[Entity]:
    """All buttons below a message, one row after the other. Raises Refused for those that Telegram refuses."""
    if markup is None:
        return []
    if not isinstance(markup, Mapping) or not _KEYBOARDS & markup.keys():
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" must be an Array of Arrays')
    buttons = [button for row in rows for button in row]
    for button in buttons:
        _check_button(button)
    return buttons


def _check_button(button: object) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"]:
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    actions = _ACTIONS & button.keys()
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1 or not button.keys() <= {*_ACTIONS, "text", "style", "icon_custom_emoji_id"}:
        raise bad(f"a button does one thing: {sorted(button)}")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= _DATA:
        raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(_LINKS):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Unsupported URL protocol")
