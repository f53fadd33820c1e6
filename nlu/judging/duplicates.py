"""Finds training data that a script or a hurry has made: sentences that differ in one word, few words in all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from nlu.examples import Example
from nlu.features import pieces
from nlu.text import normal, threes

_NEAR: Final = 0.7
_MOST_NEAR: Final = 0.1
_LEAST_WORDS: Final = 1.2
"""New words (in scripts without spaces: pairs of characters) an example; hand-written data have two to five."""
_ENOUGH: Final = 10


def repeated(examples: Iterable[Example]) -> Iterator[str]:
    """Yield a problem for each intent and language of which the examples repeat each other."""
    for (intent, language), group in groupby(sorted(examples, key=_group), key=_group):
        own = sorted(group, key=lambda example: (example.file, example.line))
        if len(own) < _ENOUGH:
            continue
        near = list(_near(own))
        if len(near) > _MOST_NEAR * len(own):
            pairs = ", ".join(f"{second.file}:{second.line} and {first.file}:{first.line}" for first, second in near)
            yield (
                f"{near[0][1].file}:{near[0][1].line}: of {len(own)} examples of {intent} in {language}, {len(near)} "
                f"nearly repeat another. Write what customers say in other words: {pairs}."
            )
        words = {piece for example in own for piece in _words(example.text)}
        if len(words) < _LEAST_WORDS * len(own):
            yield (
                f"{own[0].file}:{own[0].line}: the {len(own)} examples of {intent} in {language} have {len(words)} "
                "different words between them. Write what customers say in other words."
            )


def _group(example: Example) -> tuple[str, str]:
    return example.intent, example.language


def _near(examples: list[Example]) -> Iterator[tuple[Example, Example]]:
    holders: defaultdict[str, list[int]] = defaultdict(list)
    known: list[frozenset[str]] = []
    for place, example in enumerate(examples):
        own, shared = threes(example.text), Counter[int]()
        for piece in own:
            shared.update(holders[piece])
            holders[piece].append(place)
        known.append(own)
        alike = [other for other, count in shared.items() if count / (len(own) + len(known[other]) - count) >= _NEAR]
        if alike:
            yield examples[alike[0]], example


def _words(text: str) -> Iterator[str]:
    for piece in pieces(normal(text)):
        if (piece.startswith("w ") and piece.count(" ") == 1) or (len(piece) == 2 and not piece.isascii()):
            yield piece
