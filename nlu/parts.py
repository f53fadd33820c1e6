"""Cuts a long message into parts that are judged each by itself, and finds the part that decides. Pure.

A story hides its question among sentences that mean other things, and a greeting or a signature means nothing here:
the part with the best evidence stands for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from nlu.text import MOST_CHARACTERS, clean

_END: Final = re.compile(r"[\n\r。！？!?；;…]+|(?<=[^\W\d]{2})\.(?=\s|$)")
_LETTER: Final = re.compile(r"[^\W\d_]")
_SHORT_CHARACTERS: Final = 48
"""A message up to this long is one part: cut further, nothing would be left to judge."""
WHOLE_CHARACTERS: Final = 240
"""What is read of a whole message at once; of a longer one the sentences tell more."""
_PART_CHARACTERS: Final = 120
# With these no text takes more than 50 ms.
_FIRST_PARTS: Final = 3
_LAST_PARTS: Final = 4


def parts_of(text: str) -> list[str]:
    """Return the whole of a message as far as one vector can hold it, then its sentences if there are several.

    Of very many sentences the first and the last ones are kept: a question is asked before or after its story.
    """
    text = text[:MOST_CHARACTERS]
    whole = clean(text)
    if len(whole) <= _SHORT_CHARACTERS:
        return [whole]
    cut = [clean(part)[:_PART_CHARACTERS] for part in _END.split(text)]
    told = [part for part in dict.fromkeys(cut) if _tells(part)]
    if len(told) < 2:
        return [whole[:WHOLE_CHARACTERS]]
    if len(told) > _FIRST_PARTS + _LAST_PARTS:
        told = told[:_FIRST_PARTS] + told[-_LAST_PARTS:]
    return [whole[:WHOLE_CHARACTERS], *told]


def _tells(part: str) -> bool:
    """Whether a part may tell something; not if it is mostly signs, each of which takes as long to read as a word."""
    signs = sum(not one.isalnum() and not one.isspace() for one in part)
    return bool(_LETTER.search(part)) and 2 * signs <= len(part)


@dataclass(frozen=True, slots=True)
class Decided:
    """Which part decides, and which other part asks something else as clearly; None when none does."""

    part: int
    rival: int | None = None


def decide(best: Sequence[int], trust: Sequence[float], idle: Collection[int], outside: int, sure: float) -> Decided:
    """Choose among a message's parts, the whole first.

    `best` and `trust` are each part's first class and the probability that it is right; `idle` are the classes that
    ask nothing, such as a greeting. A sentence outdoes a whole that asks something only when it is `sure`.
    """
    least = 0.0 if best[0] in idle and best[0] != outside else sure
    asking = [place for place in range(len(best)) if best[place] not in idle and (not place or trust[place] >= least)]
    if not asking:
        return Decided(0)
    part = max(asking, key=lambda place: (trust[place], -place))
    clear = [place for place in asking if place and trust[place] >= sure and best[place] != best[part]]
    rival = max(clear, key=lambda place: trust[place], default=None)
    return Decided(part, rival)
