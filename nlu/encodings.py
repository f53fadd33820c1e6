"""Keeps what was encoded, so that a training after a small edit encodes only what is new."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from nlu.encoder import Encoder
from nlu.features import Floats

_STEP: Final = 256


class Encodings:
    """The encodings of one encoder, in one file below `folder`."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """A file that is missing or damaged counts as empty."""
        self._file = folder / f"{encoder.name}.npz"
        self._encoder = encoder
        self._known = self._load()

    def of(self, texts: Sequence[str], progress: Callable[[float], None]) -> Floats:
        """Return one row a text; encode and keep what is new. Forgets what no text needs any more."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        todo = list(missing.items())
        for start in range(0, len(todo), _STEP):
            progress(start / len(todo))
            for key, text in todo[start : start + _STEP]:
                # One by one: in a batch the last bits depend on the neighbours, and so would the model's bytes.
                self._known[key] = self._encoder.encode([text])[0]
        if todo or len(self._known) != len(set(keys)):
            self._known = {key: self._known[key] for key in keys}
            self._save()
        return np.stack([self._known[key] for key in keys])

    def _load(self) -> dict[str, Floats]:
        try:
            with self._file.open("rb") as file, np.load(file) as stored:
                return dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return {}

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f".{os.getpid()}.npz")
        np.savez(draft, keys=np.array(list(self._known)), rows=np.stack(list(self._known.values())))
        draft.replace(self._file)
