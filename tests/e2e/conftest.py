"""The whole program for end-to-end tests, with a model that is trained once a run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bots.settings import DATA
from nlu.training import train
from tests.e2e.program import Program


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `var` folder that holds nothing but the model of the repository's own data."""
    var = tmp_path_factory.mktemp("trained")
    train(DATA, var, lambda step, done: None)
    return var


Start = Callable[..., Program]


@pytest.fixture
def start(trained: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts processes of the program on one `var`; ends them all afterwards."""
    var = tmp_path / "var"
    shutil.copytree(trained, var)
    started: list[Program] = []

    def start(*roles: str, **options: object) -> Program:
        program = Program(var, roles=roles, **options)  # type: ignore[arg-type]
        started.append(program)
        return program

    yield start
    for program in reversed(started):
        program.stop()
