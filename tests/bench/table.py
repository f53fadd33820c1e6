"""Figures, and how they are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RESULTS: Final = Path(__file__).parent / "results.md"
"""One chapter for each command that measures."""
_CHAPTER: Final = re.compile(r"^(?=# )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, with the aim beside it where there is one."""

    what: str
    value: str
    aim: str


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` percent of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def milliseconds(seconds: float) -> str:
    """A time as it is read best."""
    return f"{seconds * 1000:.1f} ms"


def markdown(title: str, how: str, figures: Sequence[Figure]) -> str:
    """One section of the results."""
    rows = "\n".join(f"| {figure.what} | {figure.value} | {figure.aim} |" for figure in figures)
    return f"## {title}\n\n{how}\n\n| | measured | aim |\n|---|---|---|\n{rows}\n"


def keep(chapter: str, text: str) -> None:
    """Write a chapter of the results in place of the one of that title, or after the others."""
    chapters = _CHAPTER.split(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    title, mine = f"# {chapter}\n", f"# {chapter}\n\n{text.strip()}\n\n"
    found = [one if not one.startswith(title) else mine for one in chapters if one.strip()]
    whole = "".join(found if mine in found else [*found, mine])
    RESULTS.write_text(whole.rstrip() + "\n", encoding="utf-8")
