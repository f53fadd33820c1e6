"""Reads the sentences by which understanding is judged, in Rasa's test format, strictly."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import yaml

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.examples import Example, known_intents
from nlu.text import fingerprint, threes

FOLDER: Final = Path("nlu") / "test"
"""Below `data`: a file a language."""
_NEAR: Final = 0.8
_LANGUAGE: Final = re.compile(r"[a-z]{2}")


class Grade(StrEnum):
    """How much a sentence asks of whoever reads it."""

    EASY = "easy"
    FULL = "full"
    HARD = "hard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One sentence and what it means."""

    text: str
    intent: Intent
    language: str
    grade: Grade
    file: str
    line: int


def load_testset(data: Path, languages: Collection[str] = ()) -> list[Case]:
    """Return the cases of these languages (none named: of all). Raises ConfigError with the first problem."""
    cases, problems = read_testset(data)
    if problems:
        raise ConfigError(problems[0])
    wanted = [case for case in cases if not languages or case.language in languages]
    if not wanted:
        raise ConfigError(f"{data / FOLDER}: there are no test sentences for {', '.join(languages) or 'any language'}.")
    return wanted


def read_testset(data: Path) -> tuple[list[Case], list[str]]:
    """Return all cases that can be read, and every problem, each with file and line."""
    cases: list[Case] = []
    problems: list[str] = []
    known, seen = known_intents(data), dict[tuple[str, str], Case]()
    for file in sorted((data / FOLDER).glob("*.yml")):
        name = file.relative_to(data.parent).as_posix()
        for found in _file(file, name, known):
            if isinstance(found, str):
                problems.append(found)
                continue
            before = seen.setdefault((found.language, fingerprint(found.text)), found)
            if before is found:
                cases.append(found)
            else:
                problems.append(f"{name}:{found.line}: '{found.text[:40]}' stands at line {before.line} too. Keep one.")
    return cases, problems


def _file(file: Path, name: str, known: Collection[str]) -> Iterator[Case | str]:
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        yield f"{name}:{mark.line + 1 if mark else 1}: it is not YAML: {str(error).splitlines()[0]}."
        return
    if not _LANGUAGE.fullmatch(file.stem):
        yield f"{name}:1: a test set is named after its language, as en.yml."
        return
    blocks = _fields(root).get("nlu")
    if not isinstance(blocks, yaml.SequenceNode) or not _has(root, "version", "nlu"):
        yield f"{name}:1: expected exactly `version` and a list `nlu` at the top, each once."
        return
    for block in blocks.value:
        yield from _block(block, file.stem, name, known)


def _block(block: yaml.Node, language: str, name: str, known: Collection[str]) -> Iterator[Case | str]:
    fields = _fields(block)
    intent, examples = fields.get("intent"), fields.get("examples")
    if not _has(block, "intent", "examples") or not isinstance(examples, yaml.SequenceNode):
        yield f"{name}:{_line(block)}: expected `intent`, and `examples` as a list of `text` and `metadata`."
        return
    if not isinstance(intent, yaml.ScalarNode) or intent.value not in known:
        yield f"{name}:{_line(intent or block)}: there is no intent '{_scalar(intent)[:40]}'."
        return
    for node in examples.value:
        example = _fields(node)
        strict = _has(node, "text", "metadata") and _has(example["metadata"], "grade")
        grade = _scalar(_fields(example.get("metadata")).get("grade"))
        text = _scalar(example.get("text")).strip()
        if not strict or not text or grade not in set(Grade):
            yield f"{name}:{_line(node)}: expected a `text`, and `metadata` with the grade easy, full or hard."
            continue
        yield Case(
            text=text, intent=Intent(intent.value), language=language, grade=Grade(grade), file=name, line=_line(node)
        )


def copied(cases: Iterable[Case], examples: Sequence[Example]) -> Iterator[str]:
    """Yield a problem for each case that stands among the training examples, or nearly so."""
    # By shared pieces: comparing each with each would take minutes.
    pieces = [threes(example.text) for example in examples]
    holders: Mapping[str, list[int]] = defaultdict(list)
    for place, own in enumerate(pieces):
        for piece in own:
            holders[piece].append(place)
    for case in cases:
        own = threes(case.text)
        shared = Counter(place for piece in own for place in holders.get(piece, ()))
        # A longer example may share more pieces than a nearer one.
        alike = [(count / (len(own) + len(pieces[place]) - count), -place) for place, count in shared.items()]
        nearness, place = max(alike, default=(0.0, 0))
        if nearness >= _NEAR:
            near = examples[-place]
            yield f"{case.file}:{case.line}: '{case.text[:40]}' is nearly {near.file}:{near.line}. Write another."


def _fields(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {str(key.value): value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def _has(node: yaml.Node | None, *keys: str) -> bool:
    """Whether a mapping has exactly these keys, each once: of two alike YAML would forget the first."""
    return isinstance(node, yaml.MappingNode) and sorted(str(key.value) for key, _ in node.value) == sorted(keys)


def _scalar(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
