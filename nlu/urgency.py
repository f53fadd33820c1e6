"""How pressing a message sounds, beside what it is about: reads `data/config/urgency.toml`, scores a text. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from nlu.text import normal

_PARTS: Final = ("money_at_risk", "deadline", "distress")


@dataclass(frozen=True, slots=True)
class Urgency:
    """Each part's phrases as one pattern, and what it adds. Without parts nothing is urgent."""

    parts: tuple[tuple[float, re.Pattern[str]], ...] = ()

    @classmethod
    def load(cls, path: Path) -> Urgency:
        """Read a file. Raises ConfigError."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from error
        if table.keys() != set(_PARTS):
            raise ConfigError(f"{path}: it must have the parts {', '.join(_PARTS)} and no other.")
        return cls(tuple((_weight(path, name, table[name]), _pattern(path, name, table[name])) for name in _PARTS))

    def of(self, text: str) -> float:
        """Return a text's urgency from 0 to 1: parts that it has add up as chances of independent causes would."""
        heard, calm = normal(text), 1.0
        for weight, phrases in self.parts:
            if phrases.search(heard):
                calm *= 1 - weight
        return round(1 - calm, 2)


CALM: Final = Urgency()


def _weight(path: Path, name: str, part: object) -> float:
    weight = part.get("weight") if isinstance(part, Mapping) else None
    if not isinstance(weight, float) or not 0 < weight < 1:
        raise ConfigError(f"{path}: {name}.weight must be a number between 0 and 1.")
    return weight


def _pattern(path: Path, name: str, part: Mapping[str, object]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(set(_phrases(path, name, part)), key=len, reverse=True)))


def _phrases(path: Path, name: str, part: Mapping[str, object]) -> Iterator[str]:
    for language, phrases in part.items():
        if language == "weight":
            continue
        if not isinstance(phrases, list) or not phrases or not all(isinstance(one, str) and one for one in phrases):
            raise ConfigError(f"{path}: {name}.{language} must be a list of phrases, none of them empty.")
        for phrase in phrases:
            plain = re.escape(normal(phrase))
            # A phrase of words must not be found within other words; scripts without spaces have no such edges.
            yield rf"(?<![a-z0-9]){plain}(?![a-z0-9])" if phrase.isascii() else plain
