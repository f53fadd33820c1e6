"""The forms of a text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import MOST_CHARACTERS, clean, fingerprint, normal

ANY_TEXT = st.text(st.characters(), max_size=MOST_CHARACTERS)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＵＳＤＴ　１００", "USDT 100"),
        ("ﬁat", "fiat"),
        ("e\u0301", "é"),
        ("a\u200bb\u00adc\ufeff", "abc"),
        ("\u202etxet", "txet"),
        ("one\r\ntwo\tthree\x00four", "one two three four"),
        ("  wide   gaps  ", "wide gaps"),
        ("a\ud800b", "ab"),
        ("❤\ufe0f", "❤"),
        ("", ""),
        ("\u200b \u200b", ""),
    ],
)
def test_a_clean_text_shows_what_is_seen_in_one_width_on_one_line(written: str, read: str) -> None:
    assert clean(written) == read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WHERE is My Deposit", "where is my deposit"),
        ("STRASSE", "straße"),
        ("why????!!!", "why?!"),
        ("soooooo slow", "soo slow"),
        ("。。。。为什么", "。为什么"),
        ("提幣沒到帳", "提币没到帐"),
        ("ｄｅｐｏｓｉｔ", "deposit"),
        ("with\u200bdraw", "withdraw"),
    ],
)
def test_texts_that_say_the_same_are_matched_in_one_form(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize("text", ["1000000 usdt", "good book", "uid 11122233", "ok."])
def test_numbers_and_pairs_of_letters_stay_as_they_are(text: str) -> None:
    assert normal(text) == text


def test_texts_that_differ_in_punctuation_and_spaces_have_one_fingerprint() -> None:
    assert fingerprint("Where's my deposit ?") == fingerprint("wheres my  DEPOSIT!")
    assert fingerprint("提币 没到，") == fingerprint("提币没到")
    assert fingerprint("deposit") != fingerprint("withdraw")


def test_signs_alone_keep_a_fingerprint_of_their_own() -> None:
    assert fingerprint("???") != fingerprint("!!!") != ""


@pytest.mark.parametrize("text", ["a" * 100_000, "?!" * 50_000, "ﷺ" * 100_000, "\u200b" * 100_000, "提" * 100_000])
def test_a_very_long_text_is_cut_and_read_at_once(text: str) -> None:
    begun = time.process_time()
    assert len(clean(text)) <= MOST_CHARACTERS
    assert len(normal(text)) <= MOST_CHARACTERS
    assert time.process_time() - begun < 1


@given(ANY_TEXT)
def test_any_text_can_be_cleaned_and_the_result_written_as_utf_8(text: str) -> None:
    clean(text).encode()
    normal(text).encode()
    fingerprint(text).encode()


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
