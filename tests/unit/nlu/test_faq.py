"""The approved articles: what is read, what is refused, how they are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.types import Intent
from nlu.faq import Faq, read_articles

ARTICLE = """---
intent: faq/find_uid
title: Where is my UID?
category: account
version: 2
reviewed: 2026-11-01
---
Tap your **profile**. More at {{ help_url }}.

## More detail
It has eight digits.

## And more
Nothing.
"""
VALUES = {"help_url": "https://help.example", "brand": "Example"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for part in ("config", "faq/en", "faq/zh"):
        (folder / part).mkdir(parents=True)
    (folder / "config" / "nlu.toml").write_text('[opening]\nintents = ["faq/find_uid"]\n', encoding="utf-8")
    return folder


def write(data: Path, text: str = ARTICLE, file: str = "en/find-uid.md") -> None:
    (data / "faq" / file).write_text(text, encoding="utf-8")


def test_an_article_is_read_with_its_placeholders_filled(data: Path) -> None:
    write(data)
    article = Faq.load(data, VALUES, "https://chat.example").find(Intent("faq/find_uid"), "en")
    assert article is not None
    assert article.text == "Tap your **profile**. More at https://help.example."
    assert article.body.endswith("## And more\nNothing.")
    assert (article.title, article.category, article.version) == ("Where is my UID?", "account", 2)
    assert (article.slug, article.language, article.reviewed) == ("find-uid", "en", "2026-11-01")
    assert article.url == "https://chat.example/help/en/find-uid"


def test_a_language_without_the_article_gets_the_english_one(data: Path) -> None:
    write(data)
    write(data, ARTICLE.replace("Where is my UID?", "UID在哪里"), "zh/find-uid.md")
    faq = Faq.load(data, VALUES, "")
    titles = [faq.find(Intent("faq/find_uid"), language) for language in ("zh", "ko")]
    assert [article and article.title for article in titles] == ["UID在哪里", "Where is my UID?"]
    assert faq.by_slug("ko", "find-uid") is None
    assert faq.find(Intent("faq/nothing"), "en") is None


def test_the_opening_questions_are_those_of_the_settings(data: Path) -> None:
    write(data)
    assert [article.slug for article in Faq.load(data, VALUES, "").opening("ja")] == ["find-uid"]


def test_a_link_names_an_article_by_language_and_slug(data: Path) -> None:
    write(data)
    article = Faq.load(data, VALUES, "").by_slug("en", "find-uid")
    assert article is not None
    assert article.intent == "faq/find_uid"


REFUSED = {
    "an unknown key": ("category:", "categry:", ":4: 'categry' is not known here. Did you mean 'category'?"),
    "a key like nothing": ("category: account", "xyzzy: 1", ":4: 'xyzzy' is not known here. Known: intent"),
    "a missing key": ("category: account\n", "", ":1: missing: category."),
    "an empty key": ("category: account", "category:", ":1: missing: category."),
    "a line without a colon": ("category: account", "category", ":4: 'category' is not known here"),
    "an unknown placeholder": ("help_url", "help_ur", ":8: there is no placeholder 'help_ur' in exchange.toml. Did"),
    "a placeholder of the detail": ("eight", "{{ bran }}", ":11: there is no placeholder 'bran' in exchange.toml."),
    "a placeholder of the title": ("Where is", "{{ bran }}", "there is no placeholder 'bran'"),
    "an impossible date": ("2026-11-01", "2026-02-30", "reviewed: '2026-02-30' is not a date such as"),
    "a date in words": ("2026-11-01", "yesterday", "reviewed: 'yesterday' is not a date such as"),
    "version nought": ("version: 2", "version: 0", "version: '0' is not a whole number from 1."),
    "a version in parts": ("version: 2", "version: 1.5", "version: '1.5' is not a whole number from 1."),
    "another file's intent": ("faq/find_uid", "faq/txid", ":2: intent 'faq/txid' does not fit the file's name"),
    "no answer before the detail": (
        "Tap your **profile**. More at {{ help_url }}.\n",
        "",
        "there is no answer before the first '## '.",
    ),
    "no front matter": ("---\nintent", "intent", ":1: an article begins with front matter"),
    "an open front matter": ("\n---\n", "\n", ":1: an article begins with front matter"),
}


@pytest.mark.parametrize(("old", "new", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_a_fault_is_refused_by_file(data: Path, old: str, new: str, problem: str) -> None:
    write(data, ARTICLE.replace(old, new))
    (found,) = read_articles(data, VALUES, "")[1]
    assert found.startswith("data/faq/en/find-uid.md:")
    assert problem in found
    with pytest.raises(ConfigError, match=r"data/faq/en/find-uid\.md"):
        Faq.load(data, VALUES, "")


def test_languages_of_one_article_must_have_one_version(data: Path) -> None:
    write(data)
    write(data, ARTICLE.replace("version: 2", "version: 1"), "zh/find-uid.md")
    (problem,) = read_articles(data, VALUES, "")[1]
    assert problem.startswith("data/faq/zh/find-uid.md: version 1, but en has 2.")


FOR = "\n## for: XRP, XLM\nMind the tag at {{ help_url }}.\n\n## for: BTC\nTakes an hour.\n"


def test_what_is_so_for_some_assets_is_read_and_stands_on_the_page_under_their_names(data: Path) -> None:
    write(data, ARTICLE + FOR)
    article = Faq.load(data, VALUES, "").find(Intent("faq/find_uid"), "en")
    assert article is not None
    assert [(one.assets, one.text) for one in article.variants] == [
        (("XRP", "XLM"), "Mind the tag at https://help.example."),
        (("BTC",), "Takes an hour."),
    ]
    assert "## XRP, XLM\nMind the tag" in article.body and "for:" not in article.body
    assert article.said({"BTC", "ETH"}) == f"{article.text}\n\nTakes an hour."


@pytest.mark.parametrize("faulty", ["## for: \nText.", "## for: XRP,,BTC\nText.", "## for: XRP\n\n## for: BTC\nText."])
def test_a_part_for_assets_needs_names_and_a_text(data: Path, faulty: str) -> None:
    write(data, f"{ARTICLE}\n{faulty}\n")
    (problem,) = read_articles(data, VALUES, "")[1]
    assert "needs names of coins or networks, and a text below it" in problem


def test_languages_of_one_article_must_add_the_same_for_the_same_assets(data: Path) -> None:
    write(data, ARTICLE + FOR)
    write(data, ARTICLE, "zh/find-uid.md")
    (problem,) = read_articles(data, VALUES, "")[1]
    assert problem.startswith("data/faq/zh/find-uid.md: the names after '## for:' are not those of en.")


def test_a_file_that_is_not_utf_8_is_refused(data: Path) -> None:
    (data / "faq" / "en" / "find-uid.md").write_bytes(b"---\n\xff\n---\n")
    (problem,) = read_articles(data, VALUES, "")[1]
    assert "cannot be read" in problem


def test_an_opening_question_without_an_article_is_refused(data: Path) -> None:
    write(data)
    (data / "config" / "nlu.toml").write_text('[opening]\nintents = ["faq/find_ui"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"there is no article for 'faq/find_ui'. Did you mean 'faq/find_uid'\?"):
        Faq.load(data, VALUES, "")


def test_all_problems_are_collected_and_the_error_counts_them(data: Path) -> None:
    write(data, "no article")
    write(data, "no article", "zh/find-uid.md")
    assert len(read_articles(data, VALUES, "")[1]) == 2
    with pytest.raises(ConfigError, match=r"\(1 more\)"):
        Faq.load(data, VALUES, "")
