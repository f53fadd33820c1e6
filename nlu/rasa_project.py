"""Writes a Rasa project from our own data, so that a Rasa server learns what the embedded engine does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from nlu.examples import Example, load_examples
from nlu.rasa_reply import to_rasa
from nlu.text import clean

PIPELINE: Final = Path(__file__).parent / "rasa" / "config.yml"
_VERSION: Final = 'version: "3.1"\n'


def write_project(data: Path, folder: Path) -> int:
    """Write domain, pipeline and training data of a Rasa server below `folder`; return the number of examples.

    Raises ConfigError when the data are not in order; then nothing is written.
    """
    examples = load_examples(data)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PIPELINE, folder / "config.yml")
    _write(folder / "domain.yml", _domain(examples))
    write_nlu([(to_rasa(one.intent), clean(one.text)) for one in examples], folder / "data" / "nlu.yml")
    _write(folder / "data" / "rules.yml", _rules(examples))
    return len(examples)


def _domain(examples: Iterable[Example]) -> str:
    # Rasa has one reply, since none of its own is ever said; without one its validation finds nothing to be right.
    names = "".join(f"  - {to_rasa(intent)}\n" for intent in _intents(examples))
    return f"{_VERSION}intents:\n{names}responses:\n  utter_handled:\n  - text: Switchboard answers.\n"


def _rules(examples: Iterable[Example]) -> str:
    steps = (
        f"- rule: {name}\n  steps:\n  - intent: {name}\n  - action: utter_handled\n"
        for name in map(to_rasa, _intents(examples))
    )
    return f"{_VERSION}rules:\n{''.join(steps)}"


def write_nlu(examples: Iterable[tuple[str, str]], file: Path) -> None:
    """Write training data of intents, as Rasa names them, and texts."""
    blocks = []
    for intent, group in groupby(sorted(examples, key=itemgetter(0)), key=itemgetter(0)):
        # JSON's strings are YAML's too, whatever signs are in them.
        lines = "".join(f"  - text: {json.dumps(text, ensure_ascii=False)}\n" for _, text in group)
        blocks.append(f"- intent: {intent}\n  examples:\n{lines}")
    _write(file, f"{_VERSION}nlu:\n{''.join(blocks)}")


def _intents(examples: Iterable[Example]) -> list[str]:
    return sorted({example.intent for example in examples})


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
