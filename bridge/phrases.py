"""The bot's own words, in every language it speaks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Final

from bridge.errors import ConfigError

FALLBACK: Final = "en"


class Phrases:
    """Approved phrases by language and key; a missing language speaks English."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        """`texts` is language -> key -> text; values in braces are filled in by `say`."""
        self._texts = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have phrases."""
        return tuple(self._texts)

    def say(self, key: str, language: str, **values: str | int) -> str:
        """Return a phrase. Raises KeyError for a key that no language has: a defect, found by the tests."""
        texts = self._texts.get(language, self._texts[FALLBACK])
        return texts[key].format(**values)

    def wait(self, seconds: int, language: str) -> str:
        """Return "about 4 minutes" with the right plural; never less than one minute."""
        minutes = max(1, round(seconds / 60))
        return self.say("minutes_one" if minutes == 1 else "minutes_other", language, minutes=minutes)


def load_phrases(folder: Path, placeholders: Mapping[str, str]) -> Phrases:
    """Read `<folder>/<language>.toml`. Raises ConfigError when languages differ in keys or in values to fill in."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from error
        texts[path.stem] = {key: _fill(path, key, value, placeholders) for key, value in raw.items()}
    if FALLBACK not in texts:
        raise ConfigError(f"{folder}: there is no {FALLBACK}.toml; every missing language falls back to it.")
    for language, phrases in texts.items():
        _compare(folder / f"{language}.toml", phrases, texts[FALLBACK])
    return Phrases(texts)


def _fill(path: Path, key: str, value: object, placeholders: Mapping[str, str]) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{path}: {key}: a phrase is a text that is not empty.")
    for name, text in placeholders.items():
        value = value.replace("{{" + name + "}}", text.replace("{", "{{").replace("}", "}}"))
    if "{{" in value:
        raise ConfigError(f"{path}: {key}: unknown placeholder in '{value}'. Known ones are in exchange.toml.")
    return value


def _compare(path: Path, phrases: Mapping[str, str], model: Mapping[str, str]) -> None:
    odd = set(phrases) ^ set(model)
    if odd:
        raise ConfigError(f"{path}: {', '.join(sorted(odd))}: every language has the same keys as {FALLBACK}.toml.")
    for key, text in phrases.items():
        if _fields(text) != _fields(model[key]):
            raise ConfigError(
                f"{path}: {key}: fills in {sorted(_fields(text))}, "
                f"{FALLBACK}.toml fills in {sorted(_fields(model[key]))}."
            )


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
