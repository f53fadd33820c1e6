"""The whole program for end-to-end tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program

Start = Callable[..., Program]


@pytest.fixture
def start(real_model: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts processes of the program on one `var`; ends them all afterwards."""
    var = tmp_path / "var"
    shutil.copytree(real_model, var)
    started: list[Program] = []

    def start(*roles: str, **options: object) -> Program:
        program = Program(var, roles=roles, **options)  # type: ignore[arg-type]
        started.append(program)
        return program

    yield start
    for program in reversed(started):
        program.stop()
