"""A long message is judged by its sentences, and the best evidence stands for all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlu.parts import Decided, decide, parts_of

GREET, FEES, LIMITS, OUTSIDE = 0, 1, 2, 3
IDLE = (GREET, OUTSIDE)
STORY = (
    "Hello dear team. I have been with you since 2021 and never had a problem with anything! "
    "Yesterday I sent 300 USDT to my brother. Where is it? Thanks a lot."
)


def chosen(*parts: tuple[int, float]) -> Decided:
    return decide([best for best, _ in parts], [trust for _, trust in parts], IDLE, OUTSIDE, sure=0.8)


def test_a_short_message_is_one_part() -> None:
    assert parts_of("Hi. Where is my money? Thanks.") == ["Hi. Where is my money? Thanks."]


def test_a_story_is_its_whole_and_its_sentences() -> None:
    whole, *told = parts_of(STORY)
    assert whole == STORY
    assert told[2:] == ["Yesterday I sent 300 USDT to my brother", "Where is it", "Thanks a lot"]


def test_numbers_addresses_and_versions_are_not_cut() -> None:
    text = "I bought 1.5 BTC at www.demo-exchange.example with app v2.10.3 and it shows 0.15"
    assert parts_of(text) == [text]


def test_sentences_without_spaces_are_found() -> None:
    told = parts_of(
        "你好，我是新用户。昨天我从别的平台转了五百个USDT过来，到现在都没有看到！请问要等多久？谢谢你们一直这么耐心地帮助我"
    )
    assert told[1:3] == ["你好,我是新用户", "昨天我从别的平台转了五百个USDT过来,到现在都没有看到"]


def test_of_very_many_sentences_the_first_and_the_last_are_kept() -> None:
    told = parts_of("\n".join(f"this is the sentence number {number}" for number in range(100)))
    assert [text.rsplit(" ", 1)[1] for text in told[1:]] == ["0", "1", "2", "96", "97", "98", "99"]


def test_what_is_mostly_signs_is_no_sentence() -> None:
    signs = "x₹₠⁂⁐⁖₪⃝₿" * 20
    assert parts_of(f"{signs}!\n{signs}₫?\nWhere is my deposit of 100 USDT?! I wait since Monday.")[1:] == [
        "Where is my deposit of 100 USDT",
        "I wait since Monday",
    ]


@given(st.text(max_size=6000))
def test_any_text_has_few_parts_of_bounded_length(text: str) -> None:
    parts = parts_of(text)
    assert 1 <= len(parts) <= 9
    assert all(len(part) <= 400 for part in parts)


def test_the_best_evidence_wins_and_greetings_are_no_evidence() -> None:
    assert chosen((GREET, 0.9), (GREET, 0.99), (FEES, 0.6)) == Decided(2)
    assert chosen((FEES, 0.7), (FEES, 0.9), (GREET, 0.99)) == Decided(1)
    assert chosen((FEES, 0.7), (FEES, 0.7)) == Decided(0)


def test_a_sentence_outdoes_a_whole_that_asks_something_only_when_it_is_sure() -> None:
    assert chosen((FEES, 0.3), (LIMITS, 0.7)) == Decided(0)
    assert chosen((FEES, 0.3), (LIMITS, 0.85)) == Decided(1)


def test_a_message_of_greetings_alone_is_one() -> None:
    assert chosen((GREET, 0.9), (GREET, 0.2)) == Decided(0)


def test_what_is_outside_as_a_whole_is_answered_only_for_a_sure_sentence() -> None:
    assert chosen((OUTSIDE, 0.9), (FEES, 0.7)) == Decided(0)
    assert chosen((OUTSIDE, 0.9), (FEES, 0.85)) == Decided(1)


def test_two_clear_questions_are_two() -> None:
    assert chosen((FEES, 0.6), (FEES, 0.95), (LIMITS, 0.9)) == Decided(1, 2)
    assert chosen((FEES, 0.6), (FEES, 0.95), (LIMITS, 0.7)) == Decided(1)
