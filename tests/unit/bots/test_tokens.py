"""A visitor's token opens his own conversation, for a time, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.tokens import BadToken, Tokens

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIFE = timedelta(days=180)
TOKENS = Tokens(secret=b"one secret", life=LIFE)


def test_a_token_gives_back_its_key() -> None:
    key = TOKENS.new_key()
    assert TOKENS.read(TOKENS.issue(key, NOW), NOW) == key


def test_keys_are_long_and_never_the_same() -> None:
    keys = {TOKENS.new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(bytes.fromhex(key)) >= 16 for key in keys)


def test_a_token_signed_by_another_secret_is_refused() -> None:
    foreign = Tokens(secret=b"another secret", life=LIFE)
    with pytest.raises(BadToken, match="forged"):
        TOKENS.read(foreign.issue(foreign.new_key(), NOW), NOW)


def test_a_token_whose_key_was_changed_is_refused() -> None:
    mine, other = TOKENS.new_key(), TOKENS.new_key()
    with pytest.raises(BadToken, match="forged"):
        TOKENS.read(TOKENS.issue(mine, NOW).replace(mine, other), NOW)


def test_a_token_whose_time_was_changed_is_refused() -> None:
    version, key, _, signature = TOKENS.issue(TOKENS.new_key(), NOW).split(".")
    later = int((NOW + timedelta(days=1)).timestamp())
    with pytest.raises(BadToken, match="forged"):
        TOKENS.read(f"{version}.{key}.{later}.{signature}", NOW)


def test_a_token_ends_with_its_life_and_renewal_prolongs_it() -> None:
    key = TOKENS.new_key()
    old = TOKENS.issue(key, NOW)
    assert TOKENS.read(old, NOW + LIFE) == key
    with pytest.raises(BadToken, match="expired"):
        TOKENS.read(old, NOW + LIFE + timedelta(seconds=1))
    renewed = TOKENS.issue(key, NOW + LIFE)
    assert TOKENS.read(renewed, NOW + 2 * LIFE) == key


def test_a_token_from_the_future_is_refused_but_clocks_may_differ_a_little() -> None:
    key = TOKENS.new_key()
    assert TOKENS.read(TOKENS.issue(key, NOW + timedelta(minutes=4)), NOW) == key
    with pytest.raises(BadToken, match="expired"):
        TOKENS.read(TOKENS.issue(key, NOW + timedelta(hours=1)), NOW)


@pytest.mark.parametrize(
    "text", ["", ".", "...", "v1", "v1.a.1", "v1.a.1.", "v2.a.1.x", "v1.a.-1.x", "v1.a.１.x", "v1.a.1.é", "\x00" * 99]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(BadToken):
        TOKENS.read(text, NOW)


@given(st.text())
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(BadToken):
        TOKENS.read(text, NOW)


@given(st.integers(min_value=0, max_value=500), st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    token = TOKENS.issue("00112233445566778899aabbccddeeff", NOW)
    place %= len(token)
    if token[place] == character:
        return
    with pytest.raises(BadToken):
        TOKENS.read(token[:place] + character + token[place + 1 :], NOW)
