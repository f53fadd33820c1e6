"""Texts with parse_mode HTML, read as Telegram reads them."""

from __future__ import annotations

import re
from typing import Final

from tests.fakes.telegram.replies import Refused, bad
from tests.fakes.telegram.text import Entity, Written

_KINDS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_TAG: Final = re.compile(r"<(/?)([a-zA-Z-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w.-]+))?)*)\s*>")
_ATTRIBUTE: Final = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+)))?")


def read_html(source: str) -> Written:
    """Return the text and its entities. Raises Refused as Telegram does."""
    written = Written()
    opened: list[tuple[str, Entity]] = []
    place = 0
    while place < len(source):
        if source[place] == "<":
            place = _tag(source, place, written, opened)
        elif source[place] == "&" and (found := _REFERENCE.match(source, place)):
            written.add(_character(found))
            place = found.end()
        else:
            written.add(source[place])
            place += 1
    if opened:
        raise _unreadable(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return written


def _tag(source: str, place: int, written: Written, opened: list[tuple[str, Entity]]) -> int:
    at = f"at byte offset {len(source[:place].encode('utf-8', 'surrogatepass'))}"
    found = _TAG.match(source, place)
    if found is None:
        name = re.match(r"/?([a-zA-Z-]*)", source[place + 1 :])
        if name is None or name[1].lower() not in _KINDS:
            raise _unreadable(f'Unsupported start tag "{name[1].lower() if name else ""}" {at}')
        raise _unreadable(f"Unclosed start tag {at}")
    closes, name_, attributes = found[1], found[2].lower(), found[3]
    if closes:
        _close(name_, at, written, opened)
        return found.end()
    if name_ not in _KINDS:
        raise _unreadable(f'Unsupported start tag "{name_}" {at}')
    opened.append((name_, _entity(name_, _attributes(attributes), at, written)))
    return found.end()


def _close(name: str, at: str, written: Written, opened: list[tuple[str, Entity]]) -> None:
    if not opened:
        raise _unreadable(f"Unexpected end tag {at}")
    expected, entity = opened.pop()
    if name and name != expected:
        raise _unreadable(f'Unmatched end tag {at}, expected "</{expected}>", found "</{name}>"')
    if entity["type"] == "text_link" and "url" not in entity:
        entity["url"] = written.text_since(entity)
    written.end(entity)


def _entity(name: str, attributes: dict[str, str], at: str, written: Written) -> Entity:
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _unreadable(f'Tag "span" must have class "tg-spoiler" {at}')
    if name == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
        raise _unreadable(f'Tag "tg-emoji" must have valid "emoji-id" {at}')
    entity = written.begin(_KINDS[name])
    if name == "a" and "href" in attributes:
        entity["url"] = attributes["href"]
    if name == "tg-emoji":
        entity["custom_emoji_id"] = attributes["emoji-id"]
    if name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _attributes(source: str) -> dict[str, str]:
    found = {one[1].lower(): one[2] or one[3] or one[4] or "" for one in _ATTRIBUTE.finditer(source)}
    return {name: _REFERENCE.sub(_character, value) for name, value in found.items()}


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 0 < code <= 0x10FFFF else found[0]


def _unreadable(reason: str) -> Refused:
    return bad(f"can't parse entities: {reason}")
