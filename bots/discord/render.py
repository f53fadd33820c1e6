"""What is said, as Discord's messages: its Markdown, buttons or a menu below the last. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bots.channel import Limits, Unit
from bots.discord.addresses import Place
from bots.discord.parse import MARK, PICK, PRIVATE
from bots.markup import Span, Styled, split_styled, styled
from bots.rendering import with_choices
from bridge.types import Choice, Say

LIMITS: Final = Limits(text=2000, unit=Unit.CODE_POINTS, choices=25, attachments=10, remembered=timedelta(minutes=2))
"""`remembered`: a nonce is known for minutes; two are certain."""
_LABEL: Final = 80
_CUSTOM_ID: Final = 100
_BUTTONS: Final = 5
_ROW, _BUTTON, _MENU = 1, 2, 3
_GREY = 2
# What Discord would take for formatting or a mention.
_MEANT: Final = re.compile(r"([\\*_~`|<>\[\]]|@(?=everyone|here)|^(?:#{1,3}|-#|-|\+)(?= ))", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a reply. The last carries the components."""

    content: str
    components: Sequence[Mapping[str, object]] = ()


def parts(say: Say, place: Place, open_private: str) -> list[Part]:
    """One reply as messages. `open_private` is the label of the button that opens a direct chat.

    Choices that do not fit into Discord's buttons or menu are said as a numbered list.
    """
    rows = _components(say.choices, place.member)
    text = say.text if rows is not None else with_choices(say.text, say.choices)
    components = [*(rows or ())]
    if say.leads_private:
        components.append(_row([_button(f"{place.member or ''}{MARK}{PRIVATE}", open_private)]))
    whole = styled(f"**{_plain(say.agent.name)}**\n{text}" if say.agent is not None else text)
    said = split_styled(whole, LIMITS.text, lambda part: len(written(part)))
    return [
        Part(content=written(one), components=components if number == len(said) - 1 else ())
        for number, one in enumerate(said)
    ]


def written(one: Styled) -> str:
    """A text in Discord's Markdown; what only looks like formatting is escaped."""
    out, at, ends = [], 0, list[tuple[int, str]]()
    for place in sorted({0, len(one.text), *(s.start for s in one.spans), *(s.end for s in one.spans)}):
        code = any(s.kind == "code" and s.start < place <= s.end for s in one.spans)
        out.append(one.text[at:place] if code else _MEANT.sub(r"\\\1", one.text[at:place]))
        while ends and ends[-1][0] == place:
            out.append(ends.pop()[1])
        for span in one.spans:
            if span.start == place:
                opening, closing = _marks(span, one.text)
                out.append(opening)
                ends.append((span.end, closing))
        at = place
    return "".join(out)


def _marks(span: Span, text: str) -> tuple[str, str]:
    match span.kind:
        case "bold":
            return "**", "**"
        case "code":
            fence = "``" if "`" in text[span.start : span.end] else "`"
            return fence, fence
        case "link":
            # In angle brackets Discord shows no preview.
            return "[", f"](<{span.url}>)"


def _components(choices: Sequence[Choice], member: str | None) -> list[Mapping[str, object]] | None:
    """Buttons, or a menu where they are too many; None when neither holds them."""
    if any(len(choice.id) + 24 > _CUSTOM_ID for choice in choices) or len(choices) > LIMITS.choices:
        return None
    if not choices:
        return []
    if len(choices) <= _BUTTONS:
        return [_row([_button(f"{member or ''}{MARK}{choice.id}", choice.label)]) for choice in choices]
    options = [{"label": choice.label[:100], "value": choice.id} for choice in choices]
    return [_row([{"type": _MENU, "custom_id": f"{member or ''}{MARK}{PICK}", "options": options}])]


def _row(inside: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    return {"type": _ROW, "components": list(inside)}


def _button(custom_id: str, label: str) -> Mapping[str, object]:
    short = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
    return {"type": _BUTTON, "style": _GREY, "label": short, "custom_id": custom_id}


def disabled(rows: Sequence[object]) -> list[object]:
    """The same components without life: they were used."""
    found: list[object] = []
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("components"), list):
            inside = [{**one, "disabled": True} for one in row["components"] if isinstance(one, Mapping)]
            found.append({**row, "components": inside})
    return found


def _plain(name: str) -> str:
    return "".join(sign for sign in name if sign not in "*`[]()\n")
