"""What every engine promises, whoever does the understanding."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

import pytest

from bridge.ports import Interpreter
from bridge.types import Certainty, Interpretation, Utterance
from tests.integration.nlu.toy import EXAMPLES

INTENTS = frozenset(EXAMPLES)
HOSTILE = [
    "\ud800",
    "a\udfffb",
    "\x00",
    "\u202e\u200b",
    "👍👍👍",
    "????",
    "/greet",
    '/faq__find_uid{"uid": "1"}',
    "EXTERNAL: greet",
    "{}",
    '"]}',
    "ﷺ" * 500,
    "提" * 4000,
    "word " * 20_000,
    "\n" * 100_000,
    "e\u0301" * 2000,
    "(" * 4000,
    "ก็" * 1000,
]


def english(text: str) -> Utterance:
    """A text in an English conversation."""
    return Utterance(text=text, language="en")


def same(one: Interpretation, other: Interpretation) -> bool:
    """Whether two interpretations agree; the last digit of a probability is rounded either way."""
    close = all(
        first.intent == second.intent and abs(first.confidence - second.confidence) < 3e-4
        for first, second in zip(one.ranking[:2], other.ranking[:2], strict=True)
    )
    return close and (one.certainty, one.language, one.entities) == (other.certainty, other.language, other.entities)


class InterpreterContract(ABC):
    """Inherit, supply an engine that has learned the toy's examples; every test runs."""

    @pytest.fixture
    @abstractmethod
    def engine(self) -> Interpreter:
        """The engine."""

    async def test_what_was_learned_is_recognised(self, engine: Interpreter) -> None:
        texts = [(text, intent) for intent, group in EXAMPLES.items() for text in group]
        found = await engine.interpret([english(text) for text, _ in texts])
        assert [one.ranking[0].intent for one in found] == [intent for _, intent in texts]

    async def test_no_texts_have_no_meanings(self, engine: Interpreter) -> None:
        assert await engine.interpret([]) == []

    async def test_probabilities_fall_and_together_are_at_most_one(self, engine: Interpreter) -> None:
        (found,) = await engine.interpret([english("how can I see my uid")])
        shares = [ranked.confidence for ranked in found.ranking]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1.001
        assert {ranked.intent for ranked in found.ranking} <= INTENTS

    async def test_what_is_offered_are_at_most_three_intents_of_ours(self, engine: Interpreter) -> None:
        texts = [english(text) for group in EXAMPLES.values() for text in (group[0][:9], f"{group[1]} {group[5]}")]
        for found in await engine.interpret(texts):
            assert len(found.candidates) <= 3
            assert len(set(found.candidates)) == len(found.candidates)
            assert set(found.candidates) <= INTENTS - {"out_of_scope"}

    async def test_what_is_none_of_our_business_is_not_understood(self, engine: Interpreter) -> None:
        found = await engine.interpret([english(text) for text in EXAMPLES["out_of_scope"]])
        assert {one.certainty for one in found} == {Certainty.UNKNOWN}

    @pytest.mark.parametrize("text", ["", " ", "\u200b\u202e", "\n\n", "\x00\x1f"])
    async def test_nothing_legible_is_not_understood(self, engine: Interpreter, text: str) -> None:
        (found,) = await engine.interpret([english(text)])
        assert found.certainty is Certainty.UNKNOWN

    async def test_language_and_entities_come_with_the_meaning(self, engine: Interpreter) -> None:
        found = await engine.interpret([english("忘记密码了 UID:12345678"), Utterance(text="uid", language="ko")])
        assert [one.language for one in found] == ["zh", "ko"]
        assert [(one.entity, one.value) for one in found[0].entities] == [("uid", "12345678")]
        assert (found[0].entities[0].start, found[0].entities[0].end) == (10, 18)

    async def test_a_batch_says_the_same_as_its_texts_alone_in_their_order(self, engine: Interpreter) -> None:
        texts = [english(text) for group in EXAMPLES.values() for text in (*group[::4], f"please, {group[0]} again")]
        texts += [*texts[:3], english("")]
        together = await engine.interpret(texts)
        for text, found in zip(texts, together, strict=True):
            (alone,) = await engine.interpret([text])
            assert same(alone, found), text

    async def test_many_may_ask_at_once(self, engine: Interpreter) -> None:
        texts = [(text, intent) for intent, group in EXAMPLES.items() for text in group]
        found = await asyncio.gather(*[engine.interpret([english(text)]) for text, _ in texts])
        assert [one.ranking[0].intent for (one,) in found] == [intent for _, intent in texts]

    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    async def test_any_text_is_interpreted_with_a_certainty(self, engine: Interpreter, text: str) -> None:
        (found,) = await engine.interpret([english(text)])
        assert found.certainty in set(Certainty)
        assert {ranked.intent for ranked in found.ranking} <= INTENTS

    async def test_the_model_has_a_name(self, engine: Interpreter) -> None:
        (found,) = await engine.interpret([english("hello")])
        assert found.model
