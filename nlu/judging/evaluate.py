"""Judges an engine by the test set: today's report, what it gained and lost, and the gates it must pass."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError
from bridge.ports import Interpreter
from bridge.types import Intent, Utterance
from nlu.judging.noise import noisy
from nlu.judging.scores import TOTAL, Confusion, Judged, Scores, confusions, score
from nlu.judging.testset import FOLDER, Case

REPORT: Final = FOLDER / "report.json"
# As many as get a second opinion at once.
_AT_ONCE: Final = 4
_SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the configuration says of intents: the one that means out of scope, and those of security."""

    outside: Intent
    security: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an engine made of the test set. `noisy_accuracy` by language is of the same sentences with noise."""

    scores: Sequence[Scores]
    confusions: Sequence[Confusion]
    wrong: Mapping[str, str]
    noisy_accuracy: Mapping[str, float]

    def of(self, language: str) -> Scores:
        """One language's figures, or `all`. Raises StopIteration."""
        return next(one for one in self.scores if one.language == language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a report gained and lost against the one before: figures by language, and sentences."""

    figures: Mapping[str, Mapping[str, float]]
    gained: Sequence[str]
    lost: Sequence[str]


async def judge(
    engine: Interpreter, cases: Sequence[Case], progress: Callable[[float], None] = lambda _: None
) -> list[Judged]:
    """Let an engine interpret all cases. Raises NluUnavailable."""
    judged: list[Judged] = []
    for start in range(0, len(cases), _AT_ONCE):
        progress(start / len(cases))
        batch = cases[start : start + _AT_ONCE]
        understood = await engine.interpret([Utterance(text=case.text, language=case.language) for case in batch])
        judged += [Judged(case=case, understood=one) for case, one in zip(batch, understood, strict=True)]
    return judged


def with_noise(cases: Sequence[Case]) -> list[Case]:
    """The same cases as hurried customers would write them."""
    return [replace(case, text=noisy(case.text, case.language, _SEED)) for case in cases]


def report(judged: Sequence[Judged], noise: Sequence[Judged], named: Named) -> Report:
    """Put the figures together; without `noise` it says nothing of it."""
    return Report(
        scores=score(judged, named.outside, named.security),
        confusions=confusions(judged),
        wrong={_key(one.case): one.first for one in judged if not one.right},
        noisy_accuracy={one.language: one.accuracy for one in score(noise, named.outside, named.security)}
        if noise
        else {},
    )


def compare(now: Report, before: Report) -> Change:
    """Return what changed; only languages and figures that both have, the total only when it is of the same."""
    same = _languages(now) == _languages(before)
    both = _languages(now) & _languages(before)
    figures = {
        one.language: {
            name: value - earlier
            for name, value in _numbers(one).items()
            if (earlier := _numbers(old).get(name)) is not None
        }
        for one in now.scores
        for old in before.scores
        if old.language == one.language and (same or one.language != TOTAL)
    }
    return Change(
        figures=figures,
        gained=[key for key in sorted(before.wrong.keys() - now.wrong.keys()) if _language(key) in both],
        lost=[key for key in sorted(now.wrong.keys() - before.wrong.keys()) if _language(key) in both],
    )


def load_named(data: Path) -> Named:
    """Read which intents are which. Raises ConfigError."""
    try:
        nlu, policy = (
            tomllib.loads((data / "config" / name).read_text("utf-8")) for name in ("nlu.toml", "policy.toml")
        )
        return Named(outside=Intent(nlu["intents"]["out_of_scope"]), security=frozenset(policy["intents"]["security"]))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{data / 'config'}: {error}. It needs intents.out_of_scope and intents.security.") from error


def load_gates(data: Path) -> Mapping[str, float]:
    """Read the figures that each language must reach, by name. Raises ConfigError."""
    path = data / "config" / "nlu.toml"
    try:
        gates = dict(tomllib.loads(path.read_text("utf-8"))["gates"])
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: gates: {error}. It is a table of numbers from 0 to 1.") from error
    if not gates:
        raise ConfigError(f"{path}: gates: it is empty; known are {', '.join(sorted(GATES))}.")
    if odd := sorted(gates.keys() - GATES):
        raise ConfigError(f"{path}: gates.{odd[0]}: there is no such figure; known are {', '.join(sorted(GATES))}.")
    for name, value in gates.items():
        # True is a number to Python; a gate that is none, or out of reach, would let everything pass.
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise ConfigError(f"{path}: gates.{name}: it is a number from 0 to 1, as 0.9.")
    return {name: float(value) for name, value in gates.items()}


def missed(now: Report, gates: Mapping[str, float]) -> Iterator[str]:
    """Yield a line for each gate that a language does not pass."""
    for one in now.scores:
        numbers = _numbers(one)
        if one.language in now.noisy_accuracy:
            numbers["noise_fall"] = one.accuracy - now.noisy_accuracy[one.language]
        for name, gate in gates.items():
            value = numbers.get(name)
            if value is not None and (value > gate if name in _MOST else value < gate):
                yield f"{one.language}: {name} is {value:.3f}, {'at most' if name in _MOST else 'at least'} {gate:g}"


def to_json(found: Report) -> str:
    """Write a report as it is kept."""
    return json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Report:
    """Read a report that was kept. Raises ValueError when it is none."""
    try:
        raw = json.loads(text)
        return Report(
            scores=[Scores(**one) for one in raw["scores"]],
            confusions=[Confusion(**{**one, "sentences": tuple(one["sentences"])}) for one in raw["confusions"]],
            wrong=raw["wrong"],
            noisy_accuracy=raw["noisy_accuracy"],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a report: {error}") from error


def _languages(found: Report) -> set[str]:
    return {one.language for one in found.scores} - {TOTAL}


def _language(key: str) -> str:
    return key.partition(" ")[0]


def _key(case: Case) -> str:
    return f"{case.language} {case.intent}: {case.text}"


def _numbers(scores: Scores) -> dict[str, float]:
    values = ((one.name, getattr(scores, one.name)) for one in fields(scores) if one.name != "sentences")
    return {name: value for name, value in values if isinstance(value, float)}


_MOST: Final = frozenset({"false_alarms", "answered_wrongly", "calibration_error", "noise_fall"})
GATES: Final[Collection[str]] = _MOST | {
    "accuracy",
    "top_three",
    "macro_f1",
    "security_recall",
    "out_of_scope_recall",
    "answered",
}
