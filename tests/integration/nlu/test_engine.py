"""The engine, with the real encoder and a toy model."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bridge.errors import NluUnavailable
from bridge.types import Certainty, Interpretation, Utterance
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.model import CURRENT, FILE, current, save
from nlu.model import load as load_model
from nlu.training import train
from tests.integration.nlu.conftest import silent
from tests.integration.nlu.toy import EXAMPLES

PATIENCE_S = 30.0


def english(text: str) -> Utterance:
    return Utterance(text=text, language="en")


@pytest.fixture(scope="module")
def engine(trained: Path, encoder: SentenceEncoder) -> EmbeddedEngine:
    return EmbeddedEngine(trained / "var" / "models", encoder, patience=10_000)


def own_engine(toy: Path, encoder: SentenceEncoder) -> EmbeddedEngine:
    return EmbeddedEngine(toy / "var" / "models", encoder, patience=10_000)


async def test_what_was_learned_is_recognised(engine: EmbeddedEngine) -> None:
    texts = [(text, intent) for intent, group in EXAMPLES.items() for text in group]
    found = await engine.interpret([english(text) for text, _ in texts])
    assert [interpretation.ranking[0].intent for interpretation in found] == [intent for _, intent in texts]


async def test_probabilities_fall_and_together_are_at_most_one(engine: EmbeddedEngine) -> None:
    (found,) = await engine.interpret([english("how can I see my uid")])
    shares = [ranked.confidence for ranked in found.ranking]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-3)


async def test_language_and_entities_come_with_the_meaning(engine: EmbeddedEngine) -> None:
    (found,) = await engine.interpret([english("忘记密码了 UID:12345678")])
    assert found.language == "zh"
    assert [entity.value for entity in found.entities] == ["12345678"]


async def test_a_batch_says_the_same_as_its_texts_alone(engine: EmbeddedEngine) -> None:
    texts = [english(text) for group in EXAMPLES.values() for text in (*group, f"please, {group[0]} again")]
    together = await engine.interpret(texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = await engine.interpret([text])
        assert same(alone, found), text


def same(one: Interpretation, other: Interpretation) -> bool:
    """Whether two interpretations agree; the last digit of a probability is rounded either way."""
    close = all(
        first.intent == second.intent and abs(first.confidence - second.confidence) < 3e-4
        for first, second in zip(one.ranking[:2], other.ranking[:2], strict=True)
    )
    return close and (one.certainty, one.language, one.entities) == (other.certainty, other.language, other.entities)


async def test_no_texts_have_no_meanings(engine: EmbeddedEngine) -> None:
    assert await engine.interpret([]) == []


@pytest.mark.parametrize("piece", ["a", "?", "提现 ", "\u200b", "\ud800", "👍", "0", "ﷺ", "\x00", "word ", "ก็"])
async def test_a_hundred_thousand_bytes_are_interpreted_too(engine: EmbeddedEngine, piece: str) -> None:
    text = piece * (100_000 // len(piece.encode("utf-8", "surrogatepass")))
    (found,) = await engine.interpret([english(text)])
    assert found.certainty in set(Certainty)


async def test_without_a_model_understanding_is_unavailable(tmp_path: Path, encoder: SentenceEncoder) -> None:
    with pytest.raises(NluUnavailable, match="switchboard train"):
        await EmbeddedEngine(tmp_path, encoder).interpret([english("hi")])


async def test_a_model_that_is_gone_is_unavailable(toy: Path, encoder: SentenceEncoder) -> None:
    models = toy / "var" / "models"
    shutil.rmtree(models / (models / CURRENT).read_text(encoding="ascii"))
    with pytest.raises(NluUnavailable, match="cannot be read"):
        await own_engine(toy, encoder).interpret([english("hi")])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 5000])
async def test_a_damaged_model_is_unavailable(toy: Path, encoder: SentenceEncoder, content: bytes) -> None:
    models = toy / "var" / "models"
    (models / (current(models) or "") / FILE).write_bytes(content)
    with pytest.raises(NluUnavailable, match="train again"):
        await own_engine(toy, encoder).interpret([english("hi")])


async def test_an_engine_made_before_its_model_understands_once_there_is_one(
    toy: Path, tmp_path: Path, encoder: SentenceEncoder
) -> None:
    engine = EmbeddedEngine(tmp_path / "models", encoder)
    with pytest.raises(NluUnavailable):
        await engine.interpret([english("hi")])
    shutil.copytree(toy / "var" / "models", tmp_path / "models")
    (found,) = await engine.interpret([english("hello")])
    assert found.ranking[0].intent == "greet"


@asynccontextmanager
async def watched(engine: EmbeddedEngine) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until_model(engine: EmbeddedEngine, name: str) -> set[str]:
    """Interpret without a pause until `name` answers; return all models that did."""
    seen: set[str] = set()
    async with asyncio.timeout(PATIENCE_S):
        while name not in seen:
            found = await engine.interpret([english("hello"), english("我的uid在哪里")])
            assert len({interpretation.model for interpretation in found}) == 1
            seen.add(found[0].model)
            await asyncio.sleep(0)
    return seen


async def test_a_new_model_is_taken_over_while_texts_are_interpreted(toy: Path, encoder: SentenceEncoder) -> None:
    engine = own_engine(toy, encoder)
    (before,) = await engine.interpret([english("hello")])
    async with watched(engine):
        path = toy / "data" / "nlu" / "en" / "all.yml"
        path.write_text(path.read_text(encoding="utf-8").replace("- hey\n", "- heya\n"), encoding="utf-8")
        folder = await asyncio.to_thread(train, toy / "data", toy / "var", silent)
        assert await until_model(engine, folder.name) <= {before.model, folder.name}


async def test_a_damaged_new_model_leaves_the_old_one_at_work(toy: Path, encoder: SentenceEncoder) -> None:
    engine = own_engine(toy, encoder)
    models = toy / "var" / "models"
    (before,) = await engine.interpret([english("hello")])
    async with watched(engine):
        (models / "broken").mkdir()
        (models / "broken" / FILE).write_bytes(b"PK")
        (models / CURRENT).write_text("broken", encoding="ascii")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                await until_model(engine, "broken")
        (after,) = await engine.interpret([english("hello")])
        assert after.model == before.model


def test_only_three_models_are_kept_and_the_current_is_one(toy: Path) -> None:
    models = toy / "var" / "models"
    model = load_model(models, current(models) or "")
    for number in range(5):
        save(dataclasses.replace(model, name=f"model{number}"), models)
    kept = {path.parent.name for path in models.glob(f"*/{FILE}")}
    assert len(kept) == 3
    assert current(models) in kept
