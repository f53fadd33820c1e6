"""Which line a case waits in, and the desk's other settings: data/config/queues.toml, read strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Never

from bridge.errors import ConfigError
from handoff.types import speaks

_TOP: Final = ("desk", "queues")
_DESK: Final = ("default_queue", "first_guess_s", "shortest_s", "reservation_s", "presence_s", "vanish_grace_s")
_QUEUE: Final = ("title", "languages", "urgent")
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One line. It takes the cases of its languages (none: all), only urgent ones if `urgent` is set."""

    name: str
    title: str
    languages: tuple[str, ...] = ()
    urgent: bool = False

    def takes(self, language: str, *, urgent: bool) -> bool:
        """Whether a case belongs here."""
        return (urgent or not self.urgent) and speaks(self.languages, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """The desk's settings. The first queue that takes a case gets it, else the default queue."""

    queues: tuple[Queue, ...]
    default_queue: str
    first_guess: timedelta = timedelta(minutes=5)
    """How long one case is thought to take before there is experience."""
    shortest: timedelta = timedelta(seconds=30)
    """The least wait that is ever promised."""
    reservation: timedelta = timedelta(seconds=30)
    """How long an unanswered take keeps others away."""
    presence: timedelta = timedelta(seconds=60)
    """How long an agent who gives no sign counts as there."""
    vanish_grace: timedelta = timedelta(seconds=90)
    """How long after that his tickets stay his."""

    def queue_for(self, language: str, *, urgent: bool) -> str:
        """The name of the queue that a case waits in."""
        return next((q.name for q in self.queues if q.takes(language, urgent=urgent)), self.default_queue)

    def queue(self, name: str) -> Queue:
        """A queue by name; the default one for a name that is no longer configured."""
        by_name = {queue.name: queue for queue in self.queues}
        return by_name.get(name, by_name[self.default_queue])


def load_rules(path: Path) -> DeskRules:
    """Read the desk's settings. Raises ConfigError, naming file and key."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: it cannot be read: {error}") from error
    return _Reader(path).rules(table)


_DEFAULTS: Final = DeskRules(queues=(), default_queue="")


class _Reader:
    """Turns the file's tables into values, saying where anything is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rules(self, table: Mapping[str, object]) -> DeskRules:
        self._known(table, _TOP, "")
        desk = self._table(table, "desk", "desk")
        self._known(desk, _DESK, "desk.")
        queues = tuple(self._queue(name, value) for name, value in self._table(table, "queues", "queues").items())
        names = [queue.name for queue in queues]
        default = desk.get("default_queue")
        if not isinstance(default, str) or default not in names:
            self._wrong("desk.default_queue", f"there is no queue {default!r}.{_meant(str(default), names)}")
        return DeskRules(
            queues=queues,
            default_queue=default,
            first_guess=self._seconds(desk, "first_guess_s", _DEFAULTS.first_guess),
            shortest=self._seconds(desk, "shortest_s", _DEFAULTS.shortest),
            reservation=self._seconds(desk, "reservation_s", _DEFAULTS.reservation),
            presence=self._seconds(desk, "presence_s", _DEFAULTS.presence),
            vanish_grace=self._seconds(desk, "vanish_grace_s", _DEFAULTS.vanish_grace),
        )

    def _queue(self, name: str, value: object) -> Queue:
        key = f"queues.{name}"
        if not isinstance(value, dict):
            self._wrong(key, "a queue is a table, for example [queues.general].")
        self._known(value, _QUEUE, f"{key}.")
        if not 0 < len(name) <= _LONGEST_NAME:
            self._wrong(key, f"a queue's name has 1 to {_LONGEST_NAME} characters.")
        title, languages, urgent = value.get("title"), value.get("languages", []), value.get("urgent", False)
        if not isinstance(title, str) or not title.strip():
            self._wrong(f"{key}.title", "it must be a text that agents see.")
        if not isinstance(languages, list) or not all(isinstance(one, str) and one for one in languages):
            self._wrong(f"{key}.languages", 'it must be a list of language codes, for example ["zh", "en"].')
        if not isinstance(urgent, bool):
            self._wrong(f"{key}.urgent", "it must be true or false.")
        return Queue(name=name, title=title, languages=tuple(languages), urgent=urgent)

    def _table(self, table: Mapping[str, object], name: str, key: str) -> Mapping[str, object]:
        value = table.get(name)
        if not isinstance(value, dict) or not value:
            self._wrong(key, f"there must be a table [{key}].")
        return value

    def _seconds(self, table: Mapping[str, object], name: str, default: timedelta) -> timedelta:
        value = table.get(name, default.total_seconds())
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
            self._wrong(f"desk.{name}", f"{value!r} is no number of seconds between 0 and 86400.")
        return timedelta(seconds=value)

    def _known(self, table: Mapping[str, object], names: tuple[str, ...], prefix: str) -> None:
        for name in table:
            if name not in names:
                self._wrong(f"{prefix}{name}", f"there is no such key.{_meant(name, names)}")

    def _wrong(self, key: str, what: str) -> Never:
        raise ConfigError(f"{self._path}: {key}: {what}")


def _meant(name: str, names: Iterable[str]) -> str:
    known = sorted(names)
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(known)}."
