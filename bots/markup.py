"""What is said, as text and its bold, code and links: platforms write these in ways of their own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bots.rendering import ranges

Kind: TypeAlias = Literal["bold", "code", "link"]

_BULLET: Final = "• "
_INDENT: Final = "  "
_LEADING_SOMEWHERE: Final = ("https://", "http://", "mailto:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a text, in code points. `url` is a link's."""

    start: int
    end: int
    kind: Kind
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """A text and its spans, in the order of their starts; they may lie within each other, never across."""

    text: str
    spans: tuple[Span, ...] = ()

    def part(self, start: int, end: int) -> Styled:
        """A stretch of it, with what of the spans lies in it; white space at its ends is left out."""
        inside = self.text[start:end]
        start += len(inside) - len(inside.lstrip())
        end = start + len(inside.strip())
        cut = (
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in self.spans
            if span.start < end and span.end > start
        )
        return Styled(text=self.text[start:end], spans=tuple(cut))


def styled(markdown: str) -> Styled:
    """Read the Markdown of articles and agents: paragraphs, lists, headings, bold, code, links.

    A line end stays one. Whatever else Markdown knows stays as it was typed.
    """
    reader = _Reader()
    for token in _MARKDOWN.parse(markdown):
        reader.read(token)
    return reader.result()


def split_styled(whole: Styled, limit: int, cost: Callable[[Styled], int]) -> list[Styled]:
    """Cut into parts that cost at most `limit` each, never inside a link, code or a character; none of a blank."""
    kept = [(span.start, span.end) for span in whole.spans if span.kind in ("link", "code")]
    found = ranges(whole.text, limit, lambda start, end: cost(whole.part(start, end)), kept)
    return [whole.part(start, end) for start, end in found]


def plain(whole: Styled) -> str:
    """The text alone, with each link's address behind its words."""
    written, at = [], 0
    for span in whole.spans:
        if span.kind == "link" and whole.text[span.start : span.end] != span.url:
            written += [whole.text[at : span.end], f" ({span.url})"]
            at = span.end
    return "".join((*written, whole.text[at:]))


_MARKDOWN: Final = MarkdownIt("zero", {"html": False, "breaks": True}).enable(
    ["emphasis", "link", "backticks", "list", "heading", "newline", "escape", "balance_pairs", "fragments_join"]
)


class _Reader:
    """Collects the text of one parse."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._length = 0
        self._spans: list[Span] = []
        self._open: list[tuple[int, Kind, str]] = []
        self._numbers: list[int | None] = []
        self._before_item = 1
        self._item_is_new = False
        self._untrue: list[str] = []

    def result(self) -> Styled:
        ordered = sorted(self._spans, key=lambda span: (span.start, -span.end))
        return Styled(text="".join(self._written), spans=tuple(span for span in ordered if span.start < span.end))

    def read(self, token: Token) -> None:
        match token.type:
            case "ordered_list_open":
                self._list(int(token.attrGet("start") or 1))
            case "bullet_list_open":
                self._list(None)
            case "ordered_list_close" | "bullet_list_close":
                self._numbers.pop()
            case "list_item_open":
                self._item()
            case "paragraph_open":
                self._paragraph()
            case "heading_open":
                self._paragraph()
                self._begin("bold")
            case "heading_close":
                self._end()
            case "inline":
                self._inline(token.children or ())
            case _:
                return

    def _list(self, start: int | None) -> None:
        self._before_item = 1 if self._numbers else 2
        self._numbers.append(start)

    def _item(self) -> None:
        self._apart(self._before_item)
        self._before_item = 1
        number = self._numbers[-1]
        self._write(_INDENT * (len(self._numbers) - 1))
        self._write(_BULLET if number is None else f"{number}. ")
        self._numbers[-1] = None if number is None else number + 1
        self._item_is_new = True

    def _paragraph(self) -> None:
        if not self._numbers:
            self._apart(2)
        elif not self._item_is_new:
            self._apart(1)
            self._write(_INDENT * len(self._numbers))
        self._item_is_new = False

    def _inline(self, children: Sequence[Token]) -> None:
        for child in children:
            match child.type:
                case "softbreak" | "hardbreak":
                    self._write("\n" + _INDENT * len(self._numbers))
                case "code_inline":
                    self._begin("code")
                    self._write(child.content)
                    self._end()
                case "strong_open":
                    self._begin("bold")
                case "em_open" | "em_close":
                    # Single stars and underlines are arithmetic and names more often than they are meant so.
                    self._write(child.markup)
                case "link_open":
                    self._link(str(child.attrGet("href") or ""))
                case "link_close":
                    self._end_link()
                case "strong_close":
                    self._end()
                case _:
                    self._write(child.content)

    def _link(self, url: str) -> None:
        """Begin a link, if it leads anywhere; an address that is none stays as it was typed."""
        if url.startswith(_LEADING_SOMEWHERE):
            self._begin("link", url)
        else:
            self._write("[")
            self._untrue.append(url)

    def _end_link(self) -> None:
        if self._open and self._open[-1][1] == "link":
            self._end()
        elif self._untrue:
            self._write(f"]({self._untrue.pop()})")

    def _apart(self, lines: int) -> None:
        if self._written:
            self._write("\n" * lines)

    def _write(self, text: str) -> None:
        self._written.append(text)
        self._length += len(text)

    def _begin(self, kind: Kind, url: str = "") -> None:
        self._open.append((self._length, kind, url))

    def _end(self) -> None:
        start, kind, url = self._open.pop()
        self._spans.append(Span(start=start, end=self._length, kind=kind, url=url))
