"""Keeps what the second encoder said, which takes minutes for all examples: shipped with them, and cached."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu.encoder import Encoder
from nlu.features import Floats

SHIPPED: Final = Path("nlu") / "encodings.npz"
"""Below `data`; `switchboard encode` writes it. Examples that it lacks are encoded when they are needed."""
_AT_ONCE: Final = 32
_LEVELS: Final = 127.0

Row = NDArray[np.int8]


class SecondEncodings:
    """One encoder's rows, each text's by itself, in bytes: the same whether shipped, cached or just made."""

    def __init__(self, data: Path, cache: Path, encoder: Encoder) -> None:
        """Files that are missing, damaged or of another encoder count as empty."""
        self._shipped = data / SHIPPED
        self._cached = cache / f"{encoder.name}.npz"
        self._encoder = encoder
        self._known = {**_load(self._cached, encoder.name), **_load(self._shipped, encoder.name)}

    def of(self, texts: Sequence[str], progress: Callable[[float], None]) -> Floats:
        """Return one row of length one a text; encode and cache what is new."""
        missing = [text for text in dict.fromkeys(texts) if _key(text) not in self._known]
        for start in range(0, len(missing), _AT_ONCE):
            progress(start / len(missing))
            batch = missing[start : start + _AT_ONCE]
            rows = self._encoder.encode(batch)
            self._known.update(zip(map(_key, batch), map(_rounded, rows), strict=True))
        wanted = [self._known[_key(text)] for text in texts]
        if missing:
            _save(self._cached, self._encoder.name, {_key(text): self._known[_key(text)] for text in texts})
        rows = np.vstack(wanted).astype(np.float32)
        result: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return result

    def has(self, text: str) -> bool:
        """Whether a text need not be encoded."""
        return _key(text) in self._known

    def ship(self, texts: Sequence[str], progress: Callable[[float], None]) -> None:
        """Write the rows of these texts, and no other, to where they are shipped."""
        self.of(texts, progress)
        _save(self._shipped, self._encoder.name, {_key(text): self._known[_key(text)] for text in texts})


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _rounded(row: Floats) -> Row:
    result: Row = np.rint(row * (_LEVELS / max(float(np.abs(row).max()), 1e-6))).astype(np.int8)
    return result


def _load(file: Path, encoder: str) -> dict[int, Row]:
    try:
        with file.open("rb") as opened, np.load(opened) as stored:
            if str(stored["encoder"]) != encoder:
                return {}
            return dict(zip(stored["keys"].tolist(), stored["rows"], strict=True))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return {}


def _save(file: Path, encoder: str, rows: Mapping[int, Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    keys = sorted(rows)
    draft = file.with_name(f".{os.getpid()}.npz")
    stacked = np.vstack([rows[key] for key in keys])
    np.savez(draft, encoder=np.array(encoder), keys=np.array(keys, dtype=np.uint64), rows=stacked)
    draft.replace(file)
