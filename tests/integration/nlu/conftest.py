"""One trained toy model for all tests, and the real encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nlu.encoder import SentenceEncoder
from nlu.training import train
from tests.integration.nlu.toy import write_toy


def silent(_: str, __: float) -> None:
    """Progress that nobody looks at."""


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    """The real encoder, loaded once."""
    return SentenceEncoder()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data` and `var` of a trained toy; only read it."""
    folder = tmp_path_factory.mktemp("toy")
    train(write_toy(folder / "data"), folder / "var", silent)
    return folder


@pytest.fixture
def toy(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained toy to change."""
    return Path(shutil.copytree(trained, tmp_path / "toy"))
