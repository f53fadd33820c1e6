"""A real Rasa server that has learned the toy's examples."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bots.settings import DATA
from nlu.rasa_project import PIPELINE, write_project
from tests.integration.nlu.toy import write_toy

RASA: Final = PIPELINE.parent / "rasa.sh"
TRAIN: Final = ("train", "nlu", "--config", "config.yml", "--nlu", "data", "--domain", "domain.yml")
EPOCHS: Final = 60
"""More than our data need, since thirty sentences are few."""
_START_S: Final = 180.0


def rasa(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Rasa's command in a project."""
    return subprocess.run([RASA, *arguments], cwd=folder, capture_output=True, text=True, timeout=_START_S, check=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy as a Rasa project."""
    assert (RASA.parent / ".venv").is_dir(), "Rasa's environment is missing: use `make test-rasa`"
    folder = tmp_path_factory.mktemp("rasa")
    write_project(write_toy(folder / "data-of-ours"), folder)
    pipeline = (folder / "config.yml").read_text(encoding="utf-8")
    assert "epochs: 10" in pipeline
    (folder / "config.yml").write_text(pipeline.replace("epochs: 10", f"epochs: {EPOCHS}"), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def real_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own data as a Rasa project."""
    folder = tmp_path_factory.mktemp("real")
    write_project(DATA, folder)
    return folder


@pytest.fixture(scope="session")
def server(project: Path) -> Iterator[str]:
    """The address of the running server."""
    trained = rasa(project, *TRAIN)
    assert trained.returncode == 0, trained.stderr
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with (project / "server.log").open("w") as log:
        command = [str(RASA), "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(command, cwd=project, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(url, process, project / "server.log")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)
            shutil.rmtree(project)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    patience = time.monotonic() + _START_S
    while time.monotonic() < patience and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/status", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.5)
    raise AssertionError(f"the Rasa server did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
