"""Figures, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
