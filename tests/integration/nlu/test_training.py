"""Training: repeatable, done once, one file put in place."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import ConfigError
from nlu.encodings import Encodings
from nlu.ensure import ensure_model, model_name
from nlu.features import Floats
from nlu.model import CURRENT, FILE, current, load
from nlu.training import train
from tests.integration.nlu.conftest import silent
from tests.integration.nlu.toy import EXAMPLES


class Steps:
    """Progress that is remembered."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def __call__(self, what: str, done: float) -> None:
        self.told.append((what, done))


def model_bytes(folder: Path) -> bytes:
    name = current(folder / "var" / "models")
    assert name is not None
    return (folder / "var" / "models" / name / FILE).read_bytes()


def test_the_same_data_give_the_same_bytes(toy: Path) -> None:
    before = model_bytes(toy)
    shutil.rmtree(toy / "var")
    train(toy / "data", toy / "var", silent)
    assert model_bytes(toy) == before


def test_progress_rises_to_the_whole(toy: Path) -> None:
    steps = Steps()
    train(toy / "data", toy / "var", steps)
    done = [share for _, share in steps.told]
    assert done == sorted(done)
    assert done[-1] == 1.0


def test_a_model_of_these_very_data_is_not_trained_again(toy: Path) -> None:
    steps = Steps()
    folder = ensure_model(toy / "data", toy / "var", steps)
    assert folder.name == model_name(toy / "data")
    assert steps.told == []


@pytest.mark.parametrize("file", ["nlu/en/all.yml", "config/nlu.toml", "config/policy.toml"])
def test_any_edit_asks_for_another_model(toy: Path, file: str) -> None:
    before = model_name(toy / "data")
    path = toy / "data" / file
    path.write_bytes(path.read_bytes() + b"\n# edited\n")
    assert model_name(toy / "data") != before


def test_an_article_that_says_something_else_asks_for_no_other_model(toy: Path) -> None:
    before = model_name(toy / "data")
    (toy / "data" / "faq" / "zh" / "find-uid.md").write_text("---\n---\n")
    assert model_name(toy / "data") == before
    (toy / "data" / "faq" / "zh" / "find-uid.md").rename(toy / "data" / "faq" / "zh" / "other.md")
    assert model_name(toy / "data") != before


def test_a_damaged_model_is_trained_again(toy: Path) -> None:
    whole = model_bytes(toy)
    (toy / "var" / "models" / model_name(toy / "data") / FILE).write_bytes(whole[: len(whole) // 2])
    ensure_model(toy / "data", toy / "var", silent)
    assert model_bytes(toy) == whole


def test_a_training_that_fails_leaves_the_model_in_use(toy: Path) -> None:
    before = model_bytes(toy)
    (toy / "data" / "nlu" / "en" / "all.yml").write_text("nlu:\n- intent: gret\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"all\.yml"):
        train(toy / "data", toy / "var", silent)
    assert model_bytes(toy) == before


def test_costs_that_are_missing_are_asked_for(toy: Path) -> None:
    path = toy / "data" / "config" / "nlu.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("wrong = 2", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nlu\.toml: .*the four numbers of \[cost\]"):
        train(toy / "data", toy / "var", silent)


def test_only_whole_models_stand_in_the_folder(toy: Path) -> None:
    models = toy / "var" / "models"
    train(toy / "data", toy / "var", silent)
    assert not [path for path in models.rglob("*") if path.name.startswith(f".{FILE}") or path.name == f".{CURRENT}"]


def test_a_small_edit_encodes_only_what_is_new(toy: Path) -> None:
    asked: list[str] = []

    class Noting:
        name = "noting-1"
        size = 1

        def encode(self, texts: Sequence[str]) -> Floats:
            asked.extend(texts)
            return np.zeros((len(texts), 1), dtype=np.float32)

    texts = [f"text {number}" for number in range(1000)]
    Encodings(toy, Noting()).of(texts, lambda _: None)
    assert asked == texts
    asked.clear()
    Encodings(toy, Noting()).of([*texts[:500], "a new one", *texts[500:]], lambda _: None)
    assert "a new one" in asked
    assert len(asked) < 100


def test_a_model_is_read_as_it_was_written(toy: Path) -> None:
    models = toy / "var" / "models"
    model = load(models, model_name(toy / "data"))
    assert set(model.intents) == set(EXAMPLES)
    assert model.intents[model.outside] == "out_of_scope"
