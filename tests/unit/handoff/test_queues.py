"""Queues and their file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from handoff.queues import load_rules

REAL = Path(__file__).parents[3] / "data" / "config" / "queues.toml"
GOOD = """
[desk]
default_queue = "general"
presence_s = 45
[queues.urgent]
title = "Urgent"
urgent = true
[queues.chinese]
title = "Chinese"
languages = ["zh"]
[queues.general]
title = "General"
languages = ["en"]
"""


def load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "queues.toml"
    path.write_text(text)
    load_rules(path)


def test_our_own_file_is_right() -> None:
    rules = load_rules(REAL)
    assert rules.default_queue == "general"
    assert rules.vanish_grace == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("language", "urgent", "queue"),
    [
        ("en", False, "general"),
        ("zh-Hant-TW", False, "chinese"),
        ("zh", True, "urgent"),
        ("ja", False, "general"),
        ("", False, "general"),
    ],
)
def test_the_first_queue_that_takes_a_case_gets_it_else_the_default(
    tmp_path: Path, language: str, urgent: bool, queue: str
) -> None:
    path = tmp_path / "queues.toml"
    path.write_text(GOOD)
    rules = load_rules(path)
    assert rules.queue_for(language, urgent=urgent) == queue
    assert rules.presence == timedelta(seconds=45)


def test_a_queue_that_was_taken_out_of_the_file_is_the_default_one(tmp_path: Path) -> None:
    path = tmp_path / "queues.toml"
    path.write_text(GOOD)
    assert load_rules(path).queue("vip").name == "general"


@pytest.mark.parametrize(
    ("change", "key", "hint"),
    [
        (('default_queue = "general"', 'default_queue = "generel"'), "desk.default_queue", "Did you mean 'general'?"),
        (("presence_s", "presense_s"), "desk.presense_s", "Did you mean 'presence_s'?"),
        (('languages = ["zh"]', 'langauges = ["zh"]'), "queues.chinese.langauges", "Did you mean 'languages'?"),
        (('languages = ["zh"]', 'languages = "zh"'), "queues.chinese.languages", "a list of language codes"),
        (("urgent = true", "urgent = 1"), "queues.urgent.urgent", "true or false"),
        (('title = "Chinese"', 'title = " "'), "queues.chinese.title", "a text"),
        (("presence_s = 45", "presence_s = 0"), "desk.presence_s", "seconds"),
        (("presence_s = 45", "presence_s = true"), "desk.presence_s", "seconds"),
        (("[desk]", "[desks]"), "desks", "Did you mean 'desk'?"),
        (("[queues.urgent]", "[queue.urgent]"), "queue", "Did you mean 'queues'?"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], key: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, GOOD.replace(*change))
    assert str(error.value).startswith(f"{tmp_path}/queues.toml: {key}: ")
    assert hint in str(error.value)


@pytest.mark.parametrize("text", ["", "[desk", "x = 1", "[desk]\ndefault_queue = 'x'", "[desk]\n[queues]\n"])
def test_a_file_that_says_nothing_useful_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.toml"):
        load_rules(tmp_path / "nothing.toml")
