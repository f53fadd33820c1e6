"""The test set's reader, what counts as copied, repeated training data, and noise."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.examples import Example
from nlu.judging.duplicates import repeated
from nlu.judging.noise import KINDS, noisy
from nlu.judging.testset import Grade, copied, load_testset, read_testset

CONFIG = '[intents]\nwithout_article = ["greet", "thanks"]\n'
GOOD = """version: "3.1"
nlu:
- intent: greet
  examples:
  - text: |
      hello there, you
    metadata:
      grade: easy
  - text: 'hi: all'
    metadata: {grade: hard}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for part in ("config", "nlu/test", "faq/en"):
        (folder / part).mkdir(parents=True)
    (folder / "config" / "nlu.toml").write_text(CONFIG)
    return folder


def example(text: str, intent: str = "greet", line: int = 1) -> Example:
    return Example(text=text, intent=Intent(intent), language="en", file="data/nlu/en/a.yml", line=line)


def test_cases_come_with_language_grade_and_place(data: Path) -> None:
    (data / "nlu" / "test" / "en.yml").write_text(GOOD)
    first, second = load_testset(data)
    assert (first.text, first.intent, first.language, first.grade) == ("hello there, you", "greet", "en", Grade.EASY)
    assert (second.text, second.grade, second.line) == ("hi: all", Grade.HARD, 9)
    with pytest.raises(ConfigError, match="no test sentences for zh"):
        load_testset(data, ["zh"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("intent: greet", "intent: greeet", ":3: there is no intent 'greeet'"),
        ("grade: easy", "grade: simple", ":5: expected a `text`"),
        ("grade: easy", "level: easy", ":5: expected a `text`"),
        ("hello there, you", "hi all!", ":9: 'hi: all' stands at line 5 too"),
        ("      hello there, you\n", "", ":5: expected a `text`"),
        ("  examples:\n", "  sentences:\n", ":3: expected `intent`, and"),
        ("nlu:", "other:", ":1: expected exactly `version`"),
        ('version: "3.1"\n', "", ":1: expected exactly `version`"),
        ("nlu:\n", "nlu: []\nnlu:\n", ":1: expected exactly `version`"),
        ("grade: easy", "grade: easy\n      grade: hard", ":5: expected a `text`"),
        ("- intent: greet", "- intent: greet\n  intent: thanks", ":3: expected `intent`, and"),
        ("- intent: greet", "- intent: [greet", ":4: it is not YAML"),
    ],
)
def test_a_fault_is_named_with_file_and_line(data: Path, old: str, new: str, told: str) -> None:
    (data / "nlu" / "test" / "en.yml").write_text(GOOD.replace(old, new, 1))
    _, problems = read_testset(data)
    assert any(told in problem and problem.startswith("data/nlu/test/en.yml") for problem in problems), problems
    with pytest.raises(ConfigError):
        load_testset(data)


def test_what_was_copied_from_the_training_data_is_named(data: Path) -> None:
    (data / "nlu" / "test" / "en.yml").write_text(GOOD)
    cases = load_testset(data)
    assert list(copied(cases, [example("something else"), example("hi there")])) == []
    (told,) = copied(cases, [example("something else"), example("Hello there you!!", line=7)])
    assert told == "data/nlu/test/en.yml:5: 'hello there, you' is nearly data/nlu/en/a.yml:7. Write another."


def test_a_near_copy_is_named_beside_longer_examples_that_contain_the_sentence(data: Path) -> None:
    text = "where is the withdrawal that i made last night"
    (data / "nlu" / "test" / "en.yml").write_text(GOOD.replace("hello there, you", text))
    longer = [example(f"so tell me {text} please {name}", line=n) for n, name in enumerate(["john", "mary", "bob"], 1)]
    (told,) = copied(load_testset(data), [*longer, example(text.replace("made", "mode"), line=9)])
    assert "is nearly data/nlu/en/a.yml:9." in told


def test_a_test_set_is_named_after_its_language(data: Path) -> None:
    (data / "nlu" / "test" / "english.yml").write_text(GOOD)
    assert read_testset(data) == (
        [],
        ["data/nlu/test/english.yml:1: a test set is named after its language, as en.yml."],
    )


def test_sentences_that_differ_in_a_word_are_no_training_data() -> None:
    coins = [
        example(f"how do I withdraw my {coin} from the exchange today", line=n) for n, coin in enumerate("abcdefghijkl")
    ]
    (told, *_) = repeated(coins)
    assert told.startswith("data/nlu/en/a.yml:1: of 12 examples of greet in en, 11 nearly repeat another")
    assert "data/nlu/en/a.yml:1 and data/nlu/en/a.yml:0" in told
    assert told.count(" and data/nlu/en/a.yml:") == 11


def test_few_words_in_all_are_no_training_data() -> None:
    words = [
        "one two three",
        "three two one",
        "two one",
        "one three",
        "two three",
        "three one",
        "one",
        "two",
        "three",
        "1 2",
    ]
    assert any("different words" in told for told in repeated([example(text) for text in words]))


def test_varied_sentences_are() -> None:
    texts = "where is my money|hello|can anybody help|it does not work since noon|why|who are you|my card was refused"
    more = "good morning to all|I lost the phone|fees are too high here|charts do not load"
    assert list(repeated([example(text) for text in f"{texts}|{more}".split("|")])) == []


@pytest.mark.parametrize(
    "text",
    [
        "Where is my USDT deposit? I sent it an hour ago",
        "充值两小时还没到账,怎么回事?",
        "출금이 왜 안 돼요?",
        "出金できません",
        "?",
        "",
    ],
)
@pytest.mark.parametrize("language", ["en", "zh", "ja", "ko"])
def test_noise_is_the_same_for_the_same_seed_and_keeps_some_of_the_text(text: str, language: str) -> None:
    found = {noisy(text, language, seed) for seed in range(40)}
    assert {noisy(text, language, seed) for seed in range(40)} == found
    assert len(text) < 3 or len(found) >= len(KINDS) - 2
    assert all(len(one) >= len(text) // 3 for one in found)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("充值两小时还没到账,怎么回事", "zh"),
        ("提现失败", "zh"),
        ("出金できません", "ja"),
        ("출금이 안 돼요", "ko"),
        ("where is my deposit", "en"),
    ],
)
def test_noise_never_leaves_a_sentence_as_it_was(text: str, language: str) -> None:
    assert text not in {noisy(text, language, seed) for seed in range(60)}


def test_a_fifth_of_the_words_have_one_typo() -> None:
    text = "please explain where those fifteen missing coupons went yesterday afternoon friend"
    words = KINDS["typos"](text, "en", random.Random(1)).split()
    assert len(words) == len(text.split())
    assert sum(one != other for one, other in zip(words, text.split(), strict=True)) == 2
