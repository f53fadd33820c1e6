"""Coins and networks as customers name them: reads `data/config/assets.toml`, finds the names in a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from bridge.errors import ConfigError

Kind = Literal["coin", "network"]

_SECTIONS: Final[Mapping[str, Kind]] = {"coins": "coin", "networks": "network"}
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*|(?<![\w.])\d+(?![\w.])")
_BESIDE_NUMBER: Final = re.compile(r"\d\s?$")
_MOST_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Named:
    """An asset at its place in a text: `name` is the one the exchange uses."""

    kind: Kind
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Assets:
    """What is known, by name in lower case; `careful` are names that are ordinary words too."""

    known: Mapping[str, tuple[Kind, str]]
    careful: frozenset[str]
    signs: re.Pattern[str] | None

    @classmethod
    def load(cls, path: Path) -> Assets:
        """Read a file. Raises ConfigError."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from error
        if odd := sorted(table.keys() - {*_SECTIONS, "careful"}):
            raise ConfigError(f"{path}: there is no part '{odd[0]}'; known are coins, networks and careful.")
        known: dict[str, tuple[Kind, str]] = {}
        for section, kind in _SECTIONS.items():
            for asset, names in _lists(path, table, section):
                for name in names:
                    before = known.setdefault(name.casefold(), (kind, asset))
                    if before != (kind, asset):
                        raise ConfigError(f"{path}: '{name}' stands for {before[1]} and for {asset}; one of them only.")
        careful = frozenset(name.casefold() for _, names in _lists(path, table, "careful") for name in names)
        if odd := sorted(careful - known.keys()):
            raise ConfigError(f"{path}: careful names '{odd[0]}', which no coin or network has.")
        return cls(known=known, careful=careful, signs=_signs(known))

    @property
    def names(self) -> frozenset[str]:
        """The exchange's names of all coins and networks."""
        return frozenset(name for _, name in self.known.values())

    def find(self, text: str) -> Iterator[Named]:
        """Yield what a text names, words before signs; they may overlap with nothing of their own kind."""
        words = list(_WORD.finditer(text))
        place = 0
        while place < len(words):
            found = self._at(text, words, place)
            if found is None:
                place += 1
                continue
            size, named = found
            yield named
            place += size
        for match in self.signs.finditer(text) if self.signs else ():
            kind, asset = self.known[match[0]]
            yield Named(kind, asset, match.start(), match.end())

    def _at(self, text: str, words: list[re.Match[str]], place: int) -> tuple[int, Named] | None:
        for size in range(min(_MOST_WORDS, len(words) - place), 0, -1):
            start, end = words[place].start(), words[place + size - 1].end()
            if (known := self.known.get(text[start:end].casefold())) is None or not self._meant(text, start, end):
                continue
            return size, Named(*known, start, end)
        return None

    def _meant(self, text: str, start: int, end: int) -> bool:
        """Whether a word that may be an ordinary one is meant as an asset's name."""
        name = text[start:end]
        return name.casefold() not in self.careful or name.isupper() or bool(_BESIDE_NUMBER.search(text[:start][-3:]))


def _lists(path: Path, table: Mapping[str, object], section: str) -> Iterator[tuple[str, list[str]]]:
    part = table.get(section, {})
    if not isinstance(part, dict):
        raise ConfigError(f"{path}: {section} must be a table of lists of names.")
    for asset, names in part.items():
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise ConfigError(f"{path}: {section}.{asset} must be a list of names, none of them empty.")
        yield asset, names


def _signs(known: Mapping[str, tuple[Kind, str]]) -> re.Pattern[str] | None:
    """Names in scripts without spaces between words, the longest first."""
    names = sorted((name for name in known if not name[0].isascii()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names))) if names else None
