"""Texts with parse_mode MarkdownV2, read as Telegram reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tests.fakes.telegram.replies import Refused, bad
from tests.fakes.telegram.text import Entity, Written

_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
_SIGNS: Final = {
    "__": "underline",
    "||": "spoiler",
    "```": "pre",
    "_": "italic",
    "*": "bold",
    "~": "strikethrough",
    "`": "code",
    "![": "custom_emoji",
    "[": "text_link",
}
_LONGEST_FIRST: Final = sorted(_SIGNS, key=len, reverse=True)
_EMOJI: Final = re.compile(r"tg://emoji\?id=(\d+)")


def read_markdown(source: str) -> Written:
    """Return the text and its entities. Raises Refused as Telegram does."""
    return _Reading(source=source).read()


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One pass over the source, with what is open at the place."""

    source: str
    place: int = 0
    written: Written = field(default_factory=Written)
    opened: list[tuple[str, Entity, int]] = field(default_factory=list)

    def read(self) -> Written:
        while self.place < len(self.source):
            self._step()
        if self._in_quote():
            self._close_quote()
        if self.opened:
            _, entity, begun = self.opened[-1]
            raise self._unreadable(f"Can't find end of {_name(entity)} entity at byte offset {begun}")
        return self.written

    def _step(self) -> None:
        character = self.source[self.place]
        following = self.source[self.place + 1 : self.place + 2]
        if character == "\\" and following and ord(following) <= 126:
            self._take(following, 2)
        elif self._sign() in ("`", "```"):
            self._code(self._sign())
        elif self._at_line_start() and character == ">":
            self._quote()
        elif character == "\n" and self._in_quote() and following != ">":
            self._close_quote()
            self._take("\n", 1)
        elif self._closes(character):
            self._close(character)
        elif sign := self._sign():
            self._open(sign)
        elif character in _RESERVED:
            raise self._unreadable(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
        else:
            self._take(character, 1)

    def _take(self, text: str, length: int) -> None:
        self.written.add(text)
        self.place += length

    def _sign(self) -> str:
        return next((sign for sign in _LONGEST_FIRST if self.source.startswith(sign, self.place)), "")

    def _at_line_start(self) -> bool:
        return self.place == 0 or self.source[self.place - 1] == "\n"

    def _in_quote(self) -> bool:
        return any(sign == ">" for sign, _, _ in self.opened)

    def _byte(self) -> int:
        return len(self.source[: self.place].encode("utf-8", "surrogatepass"))

    def _open(self, sign: str) -> None:
        if any(one == sign for one, _, _ in self.opened):
            raise self._unreadable(
                f"Can't find end of {_name(self.opened[-1][1])} entity at byte offset {self._byte()}"
            )
        self.opened.append((sign, self.written.begin(_SIGNS[sign]), self._byte()))
        self.place += len(sign)

    def _closes(self, character: str) -> bool:
        if not self.opened:
            return False
        sign = self.opened[-1][0]
        return character == "]" if sign in ("[", "![") else sign != ">" and self._sign() == sign

    def _close(self, character: str) -> None:
        sign, entity, begun = self.opened.pop()
        if character == "]":
            self.place += 1
            self._address(sign, entity, begun)
        else:
            self.place += len(sign)
        self.written.end(entity)

    def _address(self, sign: str, entity: Entity, begun: int) -> None:
        found = re.compile(r"\(((?:\\.|[^)\\])*)\)").match(self.source, self.place)
        if found is None:
            if sign == "![" or self.source.startswith("(", self.place):
                raise self._unreadable(f"Can't find end of a URL at byte offset {begun}")
            # Without an address the words are their own.
            entity["url"] = self.written.text_since(entity)
            return
        self.place = found.end()
        url = re.sub(r"\\(.)", r"\1", found[1])
        if sign == "[":
            entity["url"] = url
        elif emoji := _EMOJI.fullmatch(url):
            entity["custom_emoji_id"] = emoji[1]
        else:
            raise self._unreadable("Custom emoji URL must have scheme tg")

    def _code(self, sign: str) -> None:
        """Inside only a backtick and a backslash mean something."""
        entity, begun = self.written.begin(_SIGNS[sign]), self._byte()
        self.place += len(sign)
        language = re.compile(r"([\w+#-]+)\n").match(self.source, self.place) if sign == "```" else None
        if language is not None:
            entity["language"] = language[1]
            self.place = language.end()
        while not self.source.startswith(sign, self.place):
            if self.place >= len(self.source):
                raise self._unreadable(f"Can't find end of {_name(entity)} entity at byte offset {begun}")
            escaped = self.source[self.place] == "\\" and self.source[self.place + 1 : self.place + 2] in ("\\", "`")
            if not escaped and self.source[self.place] == "`":
                raise self._unreadable("Character '`' is reserved and must be escaped with the preceding '\\'")
            self._take(self.source[self.place + escaped], 1 + escaped)
        self.place += len(sign)
        self.written.end(entity)

    def _quote(self) -> None:
        if not self._in_quote():
            if self.opened:
                raise self._unreadable("Character '>' is reserved and must be escaped with the preceding '\\'")
            self.opened.append((">", self.written.begin("blockquote"), self._byte()))
        self.place += 1

    def _close_quote(self) -> None:
        sign, entity, begun = self.opened.pop()
        if sign == "||" and self.opened and self.written.text_since(entity) == "":
            # A quotation that ends with `||` is one that unfolds.
            _, entity, _ = self.opened.pop()
            entity["type"] = "expandable_blockquote"
        elif sign != ">":
            raise self._unreadable(f"Can't find end of {_name(entity)} entity at byte offset {begun}")
        self.written.end(entity)

    def _unreadable(self, reason: str) -> Refused:
        return bad(f"can't parse entities: {reason}")


def _name(entity: Entity) -> str:
    return "".join(part.capitalize() for part in str(entity["type"]).split("_"))
