"""The embedded engine on the repository's own data, trained once for all benchmarks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nlu.engine import EmbeddedEngine

VARIABLE: Final = "BENCH_VAR"


def engine() -> EmbeddedEngine:
    """The engine whose model the benchmark's main process has trained."""
    return EmbeddedEngine(Path(os.environ[VARIABLE]) / "models")
