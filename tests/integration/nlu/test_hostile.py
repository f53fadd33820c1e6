"""Whatever is written, the engine says how sure it is of what."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from bots.settings import DATA
from bridge.types import Certainty, Interpretation, Utterance
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.examples import load_examples
from nlu.marks import Marks
from tests.counts import count
from tests.hostile import hostile

LANGUAGES: Final = ("en", "zh", "ja", "ko")
_BATCH: Final = 50


@pytest.fixture(scope="module")
def engine(real_model: Path, encoder: SentenceEncoder) -> EmbeddedEngine:
    """The engine with the model of the repository's own data, and its marks."""
    return EmbeddedEngine(real_model / "models", encoder, Marks.load(DATA))


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    """What customers write."""
    return [example.text for example in load_examples(DATA)]


def check(found: Interpretation) -> None:
    assert found.certainty in set(Certainty)
    assert found.ranking
    assert len(found.candidates) <= 3
    assert found.language in LANGUAGES
    assert 0 <= found.urgency <= 1


async def test_hostile_strings_are_interpreted(engine: EmbeddedEngine, sentences: list[str]) -> None:
    texts = hostile(1, sentences)
    for start in range(0, count(5_000, 100_000), _BATCH):
        batch = list(islice(texts, _BATCH))
        language = LANGUAGES[start // _BATCH % len(LANGUAGES)]
        before = [batch[place - 1] if place % 3 == 0 else "" for place in range(_BATCH)]
        asked = [Utterance(text=text, language=language, before=b) for text, b in zip(batch, before, strict=True)]
        for found in await engine.interpret(asked):
            check(found)


async def test_hostile_strings_are_interpreted_one_by_one_and_read_twice(
    engine: EmbeddedEngine, sentences: list[str]
) -> None:
    for text in islice(hostile(2, sentences), count(150, 3_000)):
        (found,) = await engine.interpret([Utterance(text=text, language="en")])
        check(found)
