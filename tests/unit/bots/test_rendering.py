"""What is said fits its platform, whole and in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.channel import Unit
from bots.rendering import measure, split, with_choices
from bridge.types import Choice, ChoiceId

CHOICES = [Choice(id=ChoiceId("a"), label="That helped"), Choice(id=ChoiceId("b"), label="找人工客服")]


def test_a_short_text_is_one_part() -> None:
    assert split("Hello.", 100, Unit.CODE_POINTS) == ["Hello."]


def test_nothing_to_say_is_no_part() -> None:
    assert split(" \n ", 100, Unit.CODE_POINTS) == []


def test_it_is_cut_between_paragraphs_first() -> None:
    text = "One. Two.\n\nThree. Four. Five."
    assert split(text, 20, Unit.CODE_POINTS) == ["One. Two.", "Three. Four. Five."]


def test_then_between_lines_sentences_and_words() -> None:
    assert split("1. First step\n2. Second step", 20, Unit.CODE_POINTS) == ["1. First step", "2. Second step"]
    assert split("It is done. Now wait.", 15, Unit.CODE_POINTS) == ["It is done.", "Now wait."]
    assert split("one two three four", 10, Unit.CODE_POINTS) == ["one two", "three four"]


def test_sentences_without_spaces_are_sentences() -> None:
    assert split("请打开资产页面。然后选择充值。", 10, Unit.CODE_POINTS) == ["请打开资产页面。", "然后选择充值。"]


def test_a_word_longer_than_the_limit_is_cut_inside() -> None:
    assert split("0123456789abcdef", 10, Unit.CODE_POINTS) == ["0123456789", "abcdef"]


def test_a_joined_emoji_is_not_cut_apart() -> None:
    family = "👨\u200d👩\u200d👧"
    assert split("x" * 8 + family, 10, Unit.CODE_POINTS) == ["x" * 8, family]


def test_units_count_as_their_platforms_do() -> None:
    assert measure(Unit.UTF16)("a😀") == 3
    assert measure(Unit.WEIGHTED)("a中😀") == 5
    assert measure(Unit.WEIGHTED)("see https://demo-exchange.example/help/en/a-very-long-address") == 4 + 23


def test_a_limit_that_carries_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="carries nothing"):
        split("a", 0, Unit.CODE_POINTS)


@given(st.text(st.sampled_from("ab 中。.\n😀\u200d\u0301é"), max_size=80), st.integers(2, 20), st.sampled_from(Unit))
def test_every_part_fits_and_nothing_but_white_space_is_lost(text: str, limit: int, unit: Unit) -> None:
    parts = split(text, limit, unit)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(measure(unit)(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)


def test_choices_are_a_numbered_list() -> None:
    assert with_choices("Did it help?", CHOICES) == "Did it help?\n\n1. That helped\n2. 找人工客服"
    assert with_choices("Did it help?", []) == "Did it help?"


@pytest.mark.parametrize("one", ["🇯🇵", "👍🏽", "1️⃣"])
def test_what_readers_see_as_one_character_is_not_cut_apart(one: str) -> None:
    assert split("x" * 9 + one * 2, 10, Unit.CODE_POINTS)[1].startswith(one)
