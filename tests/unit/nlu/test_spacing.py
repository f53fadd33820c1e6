"""Korean written without spaces is spaced as the examples are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.spacing import NO_SPACING, Spacing, learn_spacing

WRITTEN = [
    "출금이 안 되는데 왜 그런가요",
    "출금이 왜 안 되는지 알려 주세요",
    "입금이 안 돼요 빨리 확인해 주세요",
    "수수료가 왜 이렇게 비싼가요",
    "비밀번호 재설정 어떻게 하나요",
    "빨리 좀 봐 주세요 USDT 입금이 안 돼요",
    "where is my deposit",
]
HANGUL = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)


@pytest.fixture(scope="module")
def spacing() -> Spacing:
    return learn_spacing(WRITTEN)


@pytest.mark.parametrize("text", WRITTEN)
def test_spaces_that_were_left_out_are_put_back(spacing: Spacing, text: str) -> None:
    assert spacing.of(text) == text
    if not text.isascii():
        assert spacing.of(text.replace(" ", "")) == text.replace(" USDT ", "USDT")


def test_a_sentence_that_was_not_learned_is_spaced_alike(spacing: Spacing) -> None:
    assert spacing.of("입금이왜안되는지확인해주세요!") == "입금이 왜 안 되는지 확인해 주세요!"


@pytest.mark.parametrize("text", ["", "수수료가왜", "whereismydeposit", "為什麼還沒有到帳請盡快處理", "출금이안"])
def test_short_words_and_other_scripts_stay_as_they_are(spacing: Spacing, text: str) -> None:
    assert spacing.of(text) == text


@given(st.text(st.one_of(HANGUL, st.characters()), max_size=60))
def test_nothing_but_spaces_is_added_and_none_at_an_edge(text: str) -> None:
    spaced = learn_spacing(WRITTEN).of(text)
    assert spaced.replace(" ", "") == text.replace(" ", "")
    assert spaced.strip() == spaced or text.strip() != text


@pytest.mark.parametrize("texts", [[], ["where is my deposit"], ["출금이"], ["출금이안되는데"]])
def test_without_examples_of_spaces_none_is_set(texts: list[str]) -> None:
    assert learn_spacing(texts) == NO_SPACING
    assert NO_SPACING.of("출금이안되는데왜그런가요") == "출금이안되는데왜그런가요"


def test_the_order_of_examples_does_not_matter() -> None:
    assert list(learn_spacing(WRITTEN).odds.items()) == list(learn_spacing(WRITTEN[::-1]).odds.items())
