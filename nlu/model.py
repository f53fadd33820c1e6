"""A trained model: what it computes, and the one file it is kept in."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.errors import NluUnavailable
from bridge.types import Intent
from nlu.doubt import Doubt
from nlu.encoder import Encoder
from nlu.features import Floats, Vocabulary
from nlu.second import Second
from nlu.spacing import Spacing
from nlu.text import clean, normal

FILE: Final = "model.zip"
CURRENT: Final = "current"
_KEPT: Final = 3
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# What reading a damaged archive raises; RuntimeError when a damaged header claims encryption or a foreign method.
_DAMAGED: Final = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything that one parse needs. `name` is the hash of the data and code it was made from.

    `outside` is the class of what is out of scope, `idle` are those that ask nothing, it among them. `second` is None
    where there is no second encoder.
    """

    name: str
    encoder: str
    intents: tuple[Intent, ...]
    outside: int
    idle: tuple[int, ...]
    spacing: Spacing
    vocabulary: Vocabulary
    word_weights: Floats
    meaning_weights: Floats
    bias: Floats
    doubt: Doubt
    second: Second | None

    def logits(self, texts: Sequence[str], encoder: Encoder) -> Floats:
        """Return the classes' logits of several texts, encoded as one batch."""
        meanings = encoder.encode([clean(text) for text in texts])
        result: Floats = np.asarray(meanings @ self.meaning_weights + self.bias, dtype=np.float32)
        for place, text in enumerate(texts):
            columns, values = self.vocabulary.row(normal(text))
            if len(columns):
                result[place] += values @ self.word_weights[columns]
        return result


def save(model: Model, folder: Path) -> Path:
    """Write a model and make it the current one, atomically; the same model gives the same bytes."""
    target = folder / model.name
    target.mkdir(parents=True, exist_ok=True)
    _replace(target / FILE, _pack(model))
    _replace(folder / CURRENT, model.name.encode())
    _prune(folder, model.name)
    return target


def current(folder: Path) -> str | None:
    """The name of the current model, None when none was trained. Raises NluUnavailable."""
    try:
        return (folder / CURRENT).read_text(encoding="ascii", errors="replace").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NluUnavailable(f"{folder / CURRENT} cannot be read ({type(error).__name__})") from error


def load(folder: Path, name: str) -> Model:
    """Read a model. Raises NluUnavailable when it is missing or damaged."""
    path = folder / name / FILE
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read("about.json"))
            arrays = {key: np.load(io.BytesIO(archive.read(f"{key}.npy"))) for key in about["arrays"]}
        second = about["second"]
        return Model(
            name=about["name"],
            encoder=about["encoder"],
            intents=tuple(Intent(intent) for intent in about["intents"]),
            outside=about["outside"],
            idle=tuple(about["idle"]),
            spacing=Spacing(**about["spacing"]),
            vocabulary=Vocabulary(
                columns={piece: column for column, piece in enumerate(about["pieces"])}, weights=arrays["idf"]
            ),
            word_weights=arrays["words"].astype(np.float32),
            meaning_weights=arrays["meanings"],
            bias=arrays["bias"],
            doubt=_doubt(about["doubt"]),
            second=second
            and Second(
                encoder=second["encoder"],
                center=arrays["second_center"],
                weights=arrays["second_weights"],
                bias=arrays["second_bias"],
                examples=arrays["second_examples"].astype(np.float32),
                labels=arrays["second_labels"],
                doubt=_doubt(second["doubt"]),
            ),
        )
    except _DAMAGED as error:
        raise NluUnavailable(f"the model {path} cannot be read ({type(error).__name__}); train again") from error


def _doubt(stored: Mapping[str, float | list[float]]) -> Doubt:
    lists = {name: tuple(stored[name]) for name in ("weights", "outside_weights")}  # type: ignore[arg-type]
    return Doubt(**{**stored, **lists})  # type: ignore[arg-type]


def _pack(model: Model) -> bytes:
    arrays: dict[str, NDArray[np.generic]] = {
        "idf": model.vocabulary.weights,
        # Half precision halves the file and the time to load; the probabilities differ in the fourth digit.
        "words": model.word_weights.astype(np.float16),
        "meanings": model.meaning_weights,
        "bias": model.bias,
    }
    second = model.second
    if second is not None:
        arrays |= {
            "second_center": second.center,
            "second_weights": second.weights,
            "second_bias": second.bias,
            "second_examples": second.examples.astype(np.float16),
            "second_labels": second.labels,
        }
    about = {
        "name": model.name,
        "encoder": model.encoder,
        "intents": model.intents,
        "outside": model.outside,
        "idle": model.idle,
        "spacing": asdict(model.spacing),
        "pieces": list(model.vocabulary.columns),
        "doubt": asdict(model.doubt),
        "second": second and {"encoder": second.encoder, "doubt": asdict(second.doubt)},
        "arrays": list(arrays),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        _write(archive, "about.json", json.dumps(about, ensure_ascii=False).encode())
        for key, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array)
            _write(archive, f"{key}.npy", buffer.getvalue())
    return packed.getvalue()


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), content)


def _replace(path: Path, content: bytes) -> None:
    """Put a whole file in place: a reader finds the old one or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{hashlib.sha256(content).hexdigest()[:8]}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _prune(folder: Path, name: str) -> None:
    models = sorted(folder.glob(f"*/{FILE}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [path for path in models if path.parent.name != name][_KEPT - 1 :]:
        shutil.rmtree(path.parent, ignore_errors=True)
