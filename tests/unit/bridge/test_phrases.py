"""The bot's own words: complete in every language, with the right plural."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.phrases import load_phrases
from tests.fixtures.exchange import PHRASES


def test_all_four_languages_have_all_phrases() -> None:
    assert set(load_phrases(PHRASES, {"exchange": "X"}).languages) == {"en", "zh", "ja", "ko"}


def test_an_unknown_language_speaks_english() -> None:
    phrases = load_phrases(PHRASES, {"exchange": "X"})
    assert phrases.say("person", "xx") == "Talk to a person"


@pytest.mark.parametrize(("seconds", "text"), [(5, "1 minute"), (60, "1 minute"), (240, "4 minutes")])
def test_a_wait_has_the_right_plural(seconds: int, text: str) -> None:
    assert load_phrases(PHRASES, {"exchange": "X"}).wait(seconds, "en") == text


@pytest.mark.parametrize(
    ("en", "other", "problem"),
    [
        ('a = "x"', 'b = "x"', "same keys"),
        ('a = "{n}"', 'a = "{m}"', "fills in"),
        ('a = ""', 'a = "x"', "not empty"),
        ('a = "{{nothing}}"', 'a = "x"', "placeholder"),
    ],
)
def test_faulty_phrases_are_refused(tmp_path: Path, en: str, other: str, problem: str) -> None:
    (tmp_path / "en.toml").write_text(en)
    (tmp_path / "zh.toml").write_text(other)
    with pytest.raises(ConfigError, match=problem):
        load_phrases(tmp_path, {"exchange": "X"})
