"""A choice that a customer makes in words: its number in the list he was shown, or its label. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from bridge.types import Choice, Conversation

_LINES_LATER: Final = 3
"""So many lines later a bare number is still meant for the choices: the desk's word may come between."""


def named(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice a customer names by its number (from 1) or its label; None when he says something else."""
    said = _plain(text)
    for number, choice in enumerate(choices, start=1):
        if said in (str(number), _plain(choice.label)):
            return choice
    return None


def picked(text: str, conversation: Conversation) -> Choice | None:
    """The choice among those shown last that a message names; None when it names none."""
    if not conversation.offers:
        return None
    line = conversation.offers[-1].choice.id.partition(".")[0]
    if not line.isdecimal() or conversation.last_line - int(line) > _LINES_LATER:
        return None
    shown = [offer.choice for offer in conversation.offers if offer.choice.id.partition(".")[0] == line]
    return named(text, shown)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().rstrip(".").casefold()
