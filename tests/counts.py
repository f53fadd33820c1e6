"""How long tests of chance run: briefly in `make test`, in full in `make soak`."""

from __future__ import annotations

import os

SOAK = os.environ.get("SOAK") == "1"


def count(short: int, full: int) -> int:
    """The number of repetitions for this run."""
    return full if SOAK else short
