"""`switchboard check` names the file of every fault, however many there are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bots.checks import problems
from bots.settings import DATA

UNKNOWN = '\nan_unknown_key = "x"\n'
FILES = ("attachments", "discord", "queues", "telegram", "web", "x")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_our_own_data_has_none() -> None:
    assert problems(DATA) == []


def test_each_faulty_file_of_configuration_is_named(copy: Path) -> None:
    for name in FILES:
        path = copy / "config" / f"{name}.toml"
        path.write_text(UNKNOWN + path.read_text(encoding="utf-8"), encoding="utf-8")
    found = problems(copy)
    assert [next(name for name in FILES if f"{name}.toml" in problem) for problem in found] == [
        "queues",
        "web",
        "attachments",
        "telegram",
        "discord",
        "x",
    ]
    assert all("an_unknown_key" in problem for problem in found)


def test_a_phrase_an_article_and_an_example_that_are_wrong_are_all_told(copy: Path) -> None:
    (copy / "phrases" / "ja.toml").write_text("greet = 1", encoding="utf-8")
    (copy / "faq" / "ko" / "account-hacked.md").unlink()
    examples = next((copy / "nlu" / "en").glob("*.yml"))
    wrong = "- intent: faq/no_such_thing\n  examples: |\n    - where is it\n"
    examples.write_text(examples.read_text(encoding="utf-8") + wrong, encoding="utf-8")
    found = "\n".join(problems(copy))
    assert "ja.toml" in found
    assert "data/faq/ko/account-hacked.md: the article is missing." in found
    assert "faq/no_such_thing" in found
