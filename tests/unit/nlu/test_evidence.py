"""What articles contribute to training."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.evidence import article_sentences
from nlu.examples import Example
from nlu.training import FOLDS, folds

BODY = "Tap **Profile**. See [the page]({{help_url}}) for more.\n\n1. Never tell your password.\n"


def article(data: Path, slug: str, title: str, body: str, language: str = "en") -> None:
    folder = data / "faq" / language
    folder.mkdir(parents=True, exist_ok=True)
    intent = f"faq/{slug.replace('-', '_')}"
    head = f"---\nintent: {intent}\ntitle: {title}\ncategory: a\nversion: 1\nreviewed: 2026-11-01\n---\n"
    (folder / f"{slug}.md").write_text(head + body, encoding="utf-8")


def example(intent: str, text: str = "where?", language: str = "en") -> Example:
    return Example(text=text, intent=Intent(intent), language=language, file="a.yml", line=1)


def test_an_article_tells_its_title_and_sentences_without_marks(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "Where is my UID?", BODY)
    found = article_sentences(tmp_path, [example("faq/find_uid")])
    assert [sentence.text for sentence in found] == [
        "Where is my UID?",
        "Tap Profile.",
        "See the page for more.",
        "Never tell your password.",
    ]
    assert {(sentence.intent, sentence.language) for sentence in found} == {("faq/find_uid", "en")}


def test_each_language_has_its_own_article(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "UID在哪里能看到", "点头像就能看到。下面是另一句话。\n", "zh")
    found = article_sentences(tmp_path, [example("faq/find_uid")])
    assert [(sentence.text, sentence.language) for sentence in found] == [
        ("UID在哪里能看到", "zh"),
        ("点头像就能看到。", "zh"),
        ("下面是另一句话。", "zh"),
    ]


def test_a_sentence_of_two_articles_tells_neither_apart_and_is_left_out(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "Where is my UID?", BODY)
    article(tmp_path, "txid", "What is a TXID?", "It names a transfer.\nNever tell your PASSWORD!\n")
    texts = [s.text for s in article_sentences(tmp_path, [example("faq/find_uid"), example("faq/txid")])]
    assert "It names a transfer." in texts
    assert not [text for text in texts if "password" in text.casefold()]


def test_what_an_example_says_already_is_not_said_again(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "Where is my UID?", BODY)
    found = article_sentences(tmp_path, [example("faq/find_uid", "where is my uid")])
    assert "Where is my UID?" not in [sentence.text for sentence in found]


def test_an_article_that_no_example_asks_for_is_left_out(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "Where is my UID?", BODY)
    assert article_sentences(tmp_path, [example("greet")]) == []


def test_a_faulty_article_stops_the_training(tmp_path: Path) -> None:
    article(tmp_path, "find-uid", "", BODY)
    with pytest.raises(ConfigError, match="find-uid"):
        article_sentences(tmp_path, [example("faq/find_uid")])


def test_each_intent_of_each_language_is_spread_evenly_over_the_folds() -> None:
    examples = [example(intent, language=language) for intent in "ab" for language in ("en", "zh") for _ in range(10)]
    fold = folds(examples)
    for start in range(0, 40, 10):
        counts = [int((fold[start : start + 10] == place).sum()) for place in range(FOLDS)]
        assert max(counts) - min(counts) <= 1
