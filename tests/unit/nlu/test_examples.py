"""What the loader of training examples takes, and each thing it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import ConfigError
from nlu.examples import known_intents, load_examples, read_examples

CONFIG = '[intents]\nwithout_article = ["greet", "thanks"]\n'
GOOD = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - [Bob](name) here, hi
- intent: faq/find_uid
  examples: |
    - where is my uid
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for part in ("config", "faq/en", "nlu/en", "nlu/zh", "nlu/test"):
        (folder / part).mkdir(parents=True)
    (folder / "config" / "nlu.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "faq" / "en" / "find-uid.md").touch()
    return folder


def write(data: Path, text: str, file: str = "en/a.yml") -> None:
    (data / "nlu" / file).write_text(text, encoding="utf-8")


def block(*lines: str, intent: str = "greet") -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    {line}\n" for line in lines)


def test_every_example_comes_with_intent_language_file_and_line(data: Path) -> None:
    write(data, GOOD)
    assert [(e.text, e.intent, e.language, e.file, e.line) for e in load_examples(data)] == [
        ("hello", "greet", "en", "data/nlu/en/a.yml", 5),
        ("Bob here, hi", "greet", "en", "data/nlu/en/a.yml", 6),
        ("where is my uid", "faq/find_uid", "en", "data/nlu/en/a.yml", 9),
    ]


def test_an_articles_file_and_the_settings_name_the_intents(data: Path) -> None:
    assert known_intents(data) == {"greet", "thanks", "faq/find_uid"}


def test_the_same_text_may_stand_in_two_languages(data: Path) -> None:
    write(data, block("- ok"))
    write(data, block("- ok"), "zh/a.yml")
    assert {example.language for example in load_examples(data)} == {"en", "zh"}


def test_folders_that_are_no_language_are_not_read(data: Path) -> None:
    write(data, GOOD)
    write(data, "no yaml: [", "test/held_out.yml")
    assert len(load_examples(data)) == 3


def test_brackets_that_are_no_markup_stay(data: Path) -> None:
    write(data, block("- hi [urgent] please"))
    assert [example.text for example in load_examples(data)] == ["hi [urgent] please"]


REFUSED = {
    "an unknown intent": (block("- hi", intent="gret"), ":2: there is no intent 'gret'. Did you mean 'greet'?"),
    "an intent like nothing": (block("- hi", intent="xyzzy"), ":2: there is no intent 'xyzzy'. It needs an article"),
    "a duplicate": (block("- Hello!", "- hello"), ":5: 'hello' stands twice, at data/nlu/en/a.yml:4. Keep one."),
    "a text of two intents": (
        block("- hello") + block("- HELLO", intent="thanks").removeprefix("nlu:\n"),
        ":7: 'HELLO' stands under greet too, at data/nlu/en/a.yml:4. Keep one.",
    ),
    "an empty example": (block("- hi", "- "), ":5: an empty example; delete the line."),
    "a line without its dash": (block("- hi", "hello"), ":5: an example begins with '- ': hello"),
    "no YAML": ("nlu:\n  - a: [\n", ": it is not YAML"),
    "a tab": ("nlu:\n\t- intent: greet\n", ":2: it is not YAML"),
    "a list at the top": ("- greet\n", ":1: expected `version` and `nlu` at the top."),
    "an empty file": ("", ":1: expected `version` and `nlu` at the top."),
    "an unknown key at the top": ("rules: []\n" + block("- hi"), ":1: 'rules' is not known here"),
    "an unknown key in a block": (
        "nlu:\n- intent: greet\n  metadata: x\n  examples: |\n    - hi\n",
        ":2: expected exactly `intent` and `examples`",
    ),
    "a folded block": ("nlu:\n- intent: greet\n  examples: >\n    - hi\n", ":3: examples are a block of lines"),
    "a list of examples": ("nlu:\n- intent: greet\n  examples:\n  - hi\n", ":4: examples are a block of lines"),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_a_fault_is_refused_by_file_and_line(data: Path, text: str, problem: str) -> None:
    write(data, text)
    found = read_examples(data)[1]
    assert len(found) == 1
    assert problem in found[0]
    assert found[0].startswith("data/nlu/en/a.yml:")
    with pytest.raises(ConfigError, match=r"data/nlu/en/a\.yml"):
        load_examples(data)


def test_a_file_that_is_not_utf_8_is_refused(data: Path) -> None:
    (data / "nlu" / "en" / "a.yml").write_bytes(b"nlu: \xff\n")
    (problem,) = read_examples(data)[1]
    assert "it is not YAML" in problem


def test_duplicates_are_found_across_files(data: Path) -> None:
    write(data, block("- hello"))
    write(data, block("- hello", intent="thanks"), "en/b.yml")
    (problem,) = read_examples(data)[1]
    assert problem.startswith("data/nlu/en/b.yml:4: 'hello' stands under greet too, at data/nlu/en/a.yml:4.")


def test_all_problems_are_collected_and_the_error_counts_them(data: Path) -> None:
    write(data, block("- ", "hello"))
    write(data, block("- hi", intent="gret"), "zh/a.yml")
    assert len(read_examples(data)[1]) == 3
    with pytest.raises(ConfigError, match=r"\(2 more\)"):
        load_examples(data)


def test_what_is_sound_is_read_beside_what_is_not(data: Path) -> None:
    write(data, block("- ", "- hi"))
    assert [example.text for example in read_examples(data)[0]] == ["hi"]


def test_no_examples_at_all_are_refused(data: Path) -> None:
    with pytest.raises(ConfigError, match="there are no training examples"):
        load_examples(data)
