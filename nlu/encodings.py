"""Keeps what was encoded, so that a training after a small edit encodes only what is new."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from nlu.encoder import Encoder
from nlu.features import Floats

_LONGEST: Final = 64
_ENDS_ONE_IN: Final = 24


class Encodings:
    """The encodings of one encoder, in one file below `folder`, kept by runs of texts.

    In a batch the last bits of an encoding depend on its neighbours, and so would the model's bytes. So texts are
    encoded in runs that depend on nothing but the texts themselves: a run ends with a text whose hash says so,
    and an edit changes the run it stands in and no other.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """A file that is missing or damaged counts as empty."""
        self._file = folder / f"{encoder.name}.npz"
        self._encoder = encoder
        self._known = self._load()

    def of(self, texts: Sequence[str], progress: Callable[[float], None]) -> Floats:
        """Return one row a text; encode and keep what is new. Forgets what no text needs any more."""
        runs = {_key(run): run for run in _runs(texts)}
        missing = [key for key in runs if key not in self._known]
        for done, key in enumerate(missing):
            progress(done / len(missing))
            self._known[key] = self._encoder.encode(runs[key])
        if missing or len(self._known) != len(runs):
            self._known = {key: self._known[key] for key in runs}
            self._save()
        return np.vstack([self._known[_key(run)] for run in _runs(texts)])

    def _load(self) -> dict[str, Floats]:
        try:
            with self._file.open("rb") as file, np.load(file) as stored:
                rows = np.split(stored["rows"], stored["ends"])
                return dict(zip(stored["keys"].tolist(), rows, strict=True))
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
            return {}

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(f".{os.getpid()}.npz")
        rows = list(self._known.values())
        ends = np.cumsum([len(run) for run in rows])[:-1]
        np.savez(draft, keys=np.array(list(self._known)), ends=ends, rows=np.vstack(rows))
        draft.replace(self._file)


def _runs(texts: Sequence[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for text in texts:
        run.append(text)
        if len(run) == _LONGEST or hashlib.sha256(text.encode()).digest()[0] % _ENDS_ONE_IN == 0:
            yield run
            run = []
    if run:
        yield run


def _key(run: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(run).encode()).hexdigest()
