"""The second opinion: what is shipped, what is cached, and what it changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bots.settings import DATA
from bridge.types import Utterance
from nlu.doubt import Doubt
from nlu.encoder import SecondEncoder, SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.examples import load_examples
from nlu.features import Floats
from nlu.model import current, load, save
from nlu.second_encodings import SHIPPED, SecondEncodings
from nlu.text import clean
from tests.integration.nlu.toy import EXAMPLES


class Letters:
    """Counts a text's letters, and remembers what it was asked."""

    name = "letters"
    size = 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        return np.array([[len(text), text.count("a"), text.count("b"), 1] for text in texts], dtype=np.float32)


def nothing(_: float) -> None:
    """Progress that nobody looks at."""


def test_what_was_encoded_is_shipped_or_cached_and_always_the_same(tmp_path: Path) -> None:
    texts, encoder = ["a", "ab", "bb", "a"], Letters()
    made = SecondEncodings(tmp_path / "none", tmp_path / "cache", encoder).of(texts, nothing)
    assert encoder.asked == ["a", "ab", "bb"]
    assert np.allclose(np.linalg.norm(made, axis=1), 1)
    cached = SecondEncodings(tmp_path / "none", tmp_path / "cache", encoder).of(texts, nothing)
    SecondEncodings(tmp_path / "data", tmp_path / "cache", encoder).ship(texts[:2], nothing)
    shipped = SecondEncodings(tmp_path / "data", tmp_path / "other", encoder)
    assert encoder.asked == ["a", "ab", "bb"]
    assert made.tobytes() == cached.tobytes() == shipped.of(texts, nothing).tobytes()
    assert encoder.asked == ["a", "ab", "bb", "bb"]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04 no archive"])
def test_a_damaged_file_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    (tmp_path / SHIPPED).write_bytes(content)
    encoder = Letters()
    SecondEncodings(tmp_path, tmp_path / "cache", encoder).of(["a"], nothing)
    assert encoder.asked == ["a"]


def test_the_encodings_of_another_encoder_are_not_taken(tmp_path: Path) -> None:
    first, second = Letters(), Letters()
    SecondEncodings(tmp_path, tmp_path / "cache", first).ship(["a"], nothing)
    second.name = "others"
    SecondEncodings(tmp_path, tmp_path / "cache", second).of(["a"], nothing)
    assert second.asked == ["a"]


def test_nearly_all_examples_of_the_repository_are_shipped(tmp_path: Path) -> None:
    encoder = Letters()
    encoder.name = SecondEncoder().name
    encoder.size = 384
    shipped = SecondEncodings(DATA, tmp_path, encoder)
    texts = [clean(example.text) for example in load_examples(DATA)]
    missing = [text for text in texts if not shipped.has(text)]
    assert len(missing) < len(texts) / 50, f"run `switchboard encode`: {len(missing)} examples lack their vector"


@pytest.mark.parametrize(
    "text", ["", "x" * 4000, "提" * 4000, "<s></s>", "e\u0301" * 900, "👍" * 400, "\U0010ffff\ue000"]
)
def test_any_clean_text_is_encoded(text: str) -> None:
    (row,) = SecondEncoder().encode([clean(text)])
    assert np.isfinite(row).all()


@pytest.mark.parametrize(("trust", "first"), [(5.0, True), (-5.0, False)], ids=["clear", "in doubt"])
async def test_only_a_text_in_doubt_is_judged_again(
    toy: Path, encoder: SentenceEncoder, trust: float, first: bool
) -> None:
    models = toy / "var" / "models"
    name = current(models)
    assert name is not None
    model = load(models, name)
    assert model.second is not None
    # A second opinion that insists on what nobody asked, and a first one that is never or always in doubt.
    insisting = np.zeros_like(model.second.bias)
    insisting[model.intents.index("faq/find_uid")] = 100
    doubt = Doubt(temperature=1.0, weights=(0.0, 0.0, 0.0, 0.0, trust), sure=0.9, doubt=0.0)
    changed = dataclasses.replace(model, doubt=doubt, second=dataclasses.replace(model.second, bias=insisting))
    save(changed, models)
    asked = Utterance(text=EXAMPLES["faq/forgot_password"][0], language="en")
    (found,) = await EmbeddedEngine(models, encoder).interpret([asked])
    assert found.ranking[0].intent == ("faq/forgot_password" if first else "faq/find_uid")


async def test_without_a_second_opinion_the_first_decides(toy: Path, encoder: SentenceEncoder) -> None:
    models = toy / "var" / "models"
    name = current(models)
    assert name is not None
    save(dataclasses.replace(load(models, name), second=None), models)
    (found,) = await EmbeddedEngine(models, encoder).interpret([Utterance(text="zzz qqq", language="en")])
    assert found.ranking
