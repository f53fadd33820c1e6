"""Reads training examples in Rasa's NLU YAML, strictly: every fault is named with file and line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.text import fingerprint

_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_MARKUP: Final = re.compile(r"\[([^\[\]]+)\](?:\([^()]+\)|\{[^{}]+\})")
_HALF_MARKED: Final = re.compile(r"\[[^\[\]]*\][({]|\[[^\[\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sentence as a customer wrote it."""

    text: str
    intent: Intent
    language: str
    file: str
    line: int


@dataclass(slots=True)
class _Reading:
    """What was read so far, and what was wrong with it."""

    known: Collection[str]
    examples: list[Example] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: dict[tuple[str, str], Example] = field(default_factory=dict)


def load_examples(data: Path) -> list[Example]:
    """Return all examples below `data/nlu/<language>/`. Raises ConfigError with the first problem."""
    examples, problems = read_examples(data)
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ConfigError(problems[0] + more)
    if not examples:
        raise ConfigError(f"{data / 'nlu'}: there are no training examples.")
    return examples


def read_examples(data: Path) -> tuple[list[Example], list[str]]:
    """Return all examples that can be read, and every problem, each with file and line."""
    reading = _Reading(known=known_intents(data))
    for file in sorted((data / "nlu").glob("*/*.yml")):
        if _LANGUAGE.fullmatch(file.parent.name):
            _file(reading, file, file.relative_to(data.parent).as_posix(), file.parent.name)
    return reading.examples, reading.problems


def known_intents(data: Path) -> frozenset[str]:
    """Every intent there is: one for each article, and those of nlu.toml that have none. Raises ConfigError."""
    articles = {f"faq/{file.stem.replace('-', '_')}" for file in (data / "faq").glob("*/*.md")}
    path = data / "config" / "nlu.toml"
    try:
        others = tomllib.loads(path.read_text(encoding="utf-8"))["intents"]["without_article"]
        return frozenset(articles.union(others))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: intents.without_article: {error}. It is a list of intents.") from error


def _file(reading: _Reading, file: Path, name: str, language: str) -> None:
    try:
        root = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        line = mark.line + 1 if mark else 1
        reading.problems.append(f"{name}:{line}: it is not YAML: {str(error).splitlines()[0]}.")
        return
    if not isinstance(root, yaml.MappingNode):
        reading.problems.append(f"{name}:1: expected `version` and `nlu` at the top.")
        return
    seen: set[str] = set()
    for key, value in root.value:
        word = str(key.value)
        if word not in ("version", "nlu"):
            reading.problems.append(f"{name}:{_line(key)}: '{word[:40]}' is not known here; only version and nlu are.")
        elif word in seen:
            reading.problems.append(f"{name}:{_line(key)}: '{word}' stands twice. Keep one.")
        elif word == "nlu" and not isinstance(value, yaml.SequenceNode):
            reading.problems.append(f"{name}:{_line(key)}: nlu is a list of blocks: `- intent: …`.")
        elif word == "nlu":
            for block in value.value:
                _block(reading, block, name, language)
        seen.add(word)


def _block(reading: _Reading, block: yaml.Node, name: str, language: str) -> None:
    pairs = block.value if isinstance(block, yaml.MappingNode) else []
    fields: dict[str, yaml.Node] = {str(key.value): value for key, value in pairs}
    if len(pairs) != 2 or set(fields) != {"intent", "examples"}:
        reading.problems.append(f"{name}:{_line(block)}: expected exactly `intent` and `examples`, each once.")
        return
    if not isinstance(fields["intent"], yaml.ScalarNode):
        reading.problems.append(f"{name}:{_line(fields['intent'])}: an intent is one name: `- intent: greet`.")
        return
    intent = str(fields["intent"].value)
    if intent not in reading.known:
        near = difflib.get_close_matches(intent, reading.known, 1)
        hint = f" Did you mean '{near[0]}'?" if near else " It needs an article, or a place in nlu.toml."
        reading.problems.append(f"{name}:{_line(fields['intent'])}: there is no intent '{intent}'.{hint}")
        return
    node = fields["examples"]
    if not isinstance(node, yaml.ScalarNode) or node.style != "|":
        reading.problems.append(f"{name}:{_line(node)}: examples are a block of lines: `examples: |`.")
        return
    if not node.value.strip():
        reading.problems.append(f"{name}:{_line(node)}: {intent} has no examples; write some, or delete the block.")
    for text, line in _lines(reading, node, name):
        _add(reading, Example(text=text, intent=Intent(intent), language=language, file=name, line=line))


def _lines(reading: _Reading, node: yaml.ScalarNode, name: str) -> Iterator[tuple[str, int]]:
    for place, raw in enumerate(node.value.splitlines()):
        # The block begins on the line after its mark.
        line = _line(node) + 1 + place
        if not raw.strip():
            continue
        if not raw.startswith("- "):
            reading.problems.append(f"{name}:{line}: an example begins with '- ': {raw[:40]}")
            continue
        text = _MARKUP.sub(r"\1", raw[2:]).strip()
        if _HALF_MARKED.search(text):
            reading.problems.append(f"{name}:{line}: an entity is written '[text](entity)': {raw[2:42]}")
            continue
        if not text:
            reading.problems.append(f"{name}:{line}: an empty example; delete the line.")
            continue
        yield text, line


def _add(reading: _Reading, example: Example) -> None:
    mark = fingerprint(example.text)
    before = reading.seen.setdefault((example.language, mark), example)
    if before is not example:
        where = "twice" if before.intent == example.intent else f"under {before.intent} too"
        reading.problems.append(
            f"{example.file}:{example.line}: '{example.text[:40]}' stands {where}, at {before.file}:{before.line}. "
            "Keep one."
        )
        return
    reading.examples.append(example)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
