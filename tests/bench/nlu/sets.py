"""The data sets: what an engine learns from, and what it is asked. BANKING77 and CLINC150 are read from a folder.

- BANKING77: "Efficient Intent Detection with Dual Sentence Encoders", Casanueva et al., 2020, CC BY 4.0.
- CLINC150: "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction", Larson et al., 2019,
  CC BY 3.0.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bots.settings import DATA
from nlu.examples import load_examples
from nlu.judging.testset import load_testset


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with its language; `label` is empty for what no label covers."""

    text: str
    label: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """`test` is what the labels cover, `outside` is what they do not; `epochs` is how long Rasa learns.

    `refusing` is the label of what is out of scope, if the set teaches it.
    """

    name: str
    title: str
    train: Sequence[Sentence]
    test: Sequence[Sentence]
    outside: Sequence[Sentence]
    epochs: int
    refusing: str = ""


def data_sets(folder: Path) -> list[DataSet]:
    """Return the four sets, the quickest first. Raises OSError when the public ones are not in `folder`."""
    banking, clinc = folder / "banking77", folder / "clinc150"
    return [
        DataSet(
            name="banking-10",
            title="BANKING77, 10 an intent",
            train=_read(banking / "train_10.csv"),
            test=_read(banking / "test.csv"),
            outside=[],
            epochs=100,
        ),
        DataSet(
            name="clinc-10",
            title="CLINC150, 10 an intent",
            train=_read(clinc / "train_10.csv"),
            test=_read(clinc / "test.csv"),
            outside=_read(clinc / "full_oos_test.csv"),
            epochs=100,
        ),
        _own(),
        DataSet(
            name="banking-all",
            title="BANKING77, all",
            train=_read(banking / "train.csv"),
            test=_read(banking / "test.csv"),
            outside=[],
            epochs=20,
        ),
    ]


def _own() -> DataSet:
    refusing = tomllib.loads((DATA / "config" / "nlu.toml").read_text(encoding="utf-8"))["intents"]["out_of_scope"]
    cases = [Sentence(case.text, case.intent, case.language) for case in load_testset(DATA)]
    return DataSet(
        name="own",
        title="Own test set",
        train=[Sentence(one.text, one.intent, one.language) for one in load_examples(DATA)],
        test=[case for case in cases if case.label != refusing],
        outside=[case for case in cases if case.label == refusing],
        epochs=10,
        refusing=refusing,
    )


def _read(file: Path) -> list[Sentence]:
    with file.open(encoding="utf-8", newline="") as rows:
        return [Sentence(row["text"], row["label"]) for row in csv.DictReader(rows)]
