"""The shape of `/model/parse`."""

from __future__ import annotations

import pytest

from bridge.types import Certainty, Entity, Intent, Interpretation, Ranked
from nlu.wire import parsed


def test_an_interpretation_is_written_with_rasas_keys_and_two_of_our_own() -> None:
    interpretation = Interpretation(
        ranking=(
            Ranked(intent=Intent("faq/txid"), confidence=0.8),
            Ranked(intent=Intent("greet"), confidence=0.1),
        ),
        language="en",
        certainty=Certainty.SURE,
        entities=(Entity(entity="uid", value="12345678", start=4, end=12),),
    )
    assert parsed("uid 12345678", interpretation, "answer") == {
        "text": "uid 12345678",
        "intent": {"name": "faq/txid", "confidence": 0.8},
        "intent_ranking": [{"name": "faq/txid", "confidence": 0.8}, {"name": "greet", "confidence": 0.1}],
        "entities": [{"entity": "uid", "value": "12345678", "start": 4, "end": 12}],
        "text_tokens": [(0, 3), (4, 12)],
        "language": "en",
        "decision": "answer",
    }


def test_without_a_ranking_the_intent_has_no_name() -> None:
    interpretation = Interpretation(ranking=(), language="zh", certainty=Certainty.UNKNOWN)
    assert parsed("", interpretation, "handoff")["intent"] == {"name": None, "confidence": 0.0}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        (" ?! ", []),
        ("where's my money??", ["where's", "my", "money"]),
        ("1,000.50 USDT, please!", ["1,000.50", "USDT", "please"]),
        ("提现 没到账。", ["提现", "没到账"]),
    ],
)
def test_tokens_are_words_by_their_places(text: str, tokens: list[str]) -> None:
    nothing = Interpretation(ranking=(), language="en", certainty=Certainty.UNKNOWN)
    assert [text[start:end] for start, end in parsed(text, nothing, "handoff")["text_tokens"]] == tokens
