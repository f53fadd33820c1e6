"""Payloads gone wrong in every way that JSON allows."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_ODD: Final[tuple[Json, ...]] = (
    None,
    True,
    0,
    -1,
    2**70,
    1e308,
    "",
    "\x00",
    "lone \ud800",
    "‮evil",
    "9" * 400,
    "word " * 2000,
    [],
    {},
    [None, {}, "x"],
    {"id": None},
)


def mutations(seeds: Sequence[Json], count: int, chance: random.Random) -> Iterator[Json]:
    """So many payloads, each made of a seed by one to three changes."""
    for _ in range(count):
        payload = copy.deepcopy(chance.choice(seeds))
        for _ in range(chance.randint(1, 3)):
            _change(payload, chance)
        yield payload


def _change(payload: Json, chance: random.Random) -> None:
    places = list(_places(payload))
    if not places:
        return
    holder, key = chance.choice(places)
    match chance.randrange(4):
        case 0 if isinstance(holder, dict):
            del holder[str(key)]
        case 1:
            other, place = chance.choice(places)
            holder[key] = copy.deepcopy(other[place])  # type: ignore[index]
        case 2 if isinstance(holder, dict):
            holder[f"new_{chance.randrange(9)}"] = copy.deepcopy(chance.choice(_ODD))
        case _:
            holder[key] = copy.deepcopy(chance.choice(_ODD))  # type: ignore[index]


def _places(value: Json) -> Iterator[tuple[dict[str, Json] | list[Json], str | int]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from _places(inner)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield value, place
            yield from _places(one)
