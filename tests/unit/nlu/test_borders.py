"""The borders of understanding: files that people write, files that a crash leaves, texts that an attacker sends."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import ConfigError, NluUnavailable
from bridge.types import Certainty, Intent, Utterance
from nlu import entities
from nlu.doubt import Doubt
from nlu.encodings import Encodings
from nlu.engine import EmbeddedEngine
from nlu.examples import read_examples
from nlu.faq import Faq, read_articles
from nlu.features import Floats, Vocabulary
from nlu.model import CURRENT, FILE, Model, current, load, save
from nlu.spacing import NO_SPACING

CONFIG = '[intents]\nwithout_article = ["greet", "thanks"]\n[opening]\nintents = []\n'
ARTICLE = "---\nintent: faq/a\ntitle: A\ncategory: c\nversion: 1\nreviewed: 2026-11-01\n---\nText.\n"


class Letters:
    """An encoder of three numbers whose last bits depend on how many texts it is given, as a real one's do."""

    name = "letters-1"
    size = 3

    def encode(self, texts: Sequence[str]) -> Floats:
        rows = [[len(text), text.count("a"), 1.0] for text in texts]
        return np.array(rows, dtype=np.float32) + np.float32(1e-5 * len(texts))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for part in ("config", "nlu/en", "faq/en"):
        (folder / part).mkdir(parents=True)
    (folder / "config" / "nlu.toml").write_text(CONFIG, encoding="utf-8")
    return folder


def model(name: str = "one") -> Model:
    """A model of two intents that always prefers the first."""
    return Model(
        name=name,
        encoder=Letters.name,
        intents=(Intent("greet"), Intent("thanks")),
        outside=-1,
        idle=(),
        spacing=NO_SPACING,
        vocabulary=Vocabulary(columns={"w hi": 0}, weights=np.ones(1, dtype=np.float32)),
        word_weights=np.array([[1, 0]], dtype=np.float32),
        meaning_weights=np.zeros((3, 2), dtype=np.float32),
        bias=np.array([3, 0], dtype=np.float32),
        doubt=Doubt(temperature=1.0, weights=(0.0, 0.0, 0.0, 0.0, 5.0), sure=0.5, doubt=0.1),
        second=None,
    )


@pytest.mark.parametrize(
    ("yaml", "place"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hi [bob](name\n", ":5: an entity is written"),
        ('nlu:\n- intent: greet\n  examples: |\n    - hi [bob]{"entity"\n', ":4: an entity is written"),
        ("nlu:\n- intent: [greet\n", ":3: it is not YAML"),
        ("nlu:\n- intent: [greet]\n  examples: |\n    - hi\n", ":2: an intent is one name"),
        ("nlu:\n- ? [a]\n  : b\n", ":2: expected exactly"),
        ("nlu:\n- intent: thanks\n  intent: greet\n  examples: |\n    - hi\n", ":2: expected exactly"),
        ("nlu: hello\n", ":1: nlu is a list"),
        ("nlu: []\nnlu: []\n", ":2: 'nlu' stands twice"),
        ("nlu:\n- intent: greet\n  examples: |\n", ":3: greet has no examples"),
    ],
)
def test_a_fault_in_the_examples_is_named_with_file_and_line(data: Path, yaml: str, place: str) -> None:
    (data / "nlu" / "en" / "a.yml").write_text(yaml, encoding="utf-8")
    _, problems = read_examples(data)
    assert any(problem.startswith(f"data/nlu/en/a.yml{place}") for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("version: 1", "version: x", ":5: version"),
        ("version: 1", "version: " + "9" * 5000, ":5: version"),
        ("2026-11-01", "20261101", ":6: reviewed"),
        ("title: A", "title: A\ntitle: B", ":4: 'title' stands twice"),
        ("Text.", "Write to {{Support-Email}}.", ":8: there is no placeholder 'Support-Email'"),
        ("Text.", "Text.\nWrite to {{ mail", ":9: a placeholder is written"),
    ],
)
def test_a_fault_in_an_article_is_named_with_file_and_line(data: Path, old: str, new: str, place: str) -> None:
    (data / "faq" / "en" / "a.md").write_text(ARTICLE.replace(old, new), encoding="utf-8")
    _, problems = read_articles(data, {"support_email": "x"}, "")
    assert [problem[: len(place) + 15] for problem in problems] == [f"data/faq/en/a.md{place}"[: len(place) + 15]]


def test_articles_outside_a_language_are_refused(data: Path) -> None:
    (data / "faq" / "drafts").mkdir()
    (data / "faq" / "drafts" / "a.md").write_text(ARTICLE, encoding="utf-8")
    assert read_articles(data, {}, "")[1]


@pytest.mark.parametrize("toml", [b"opening = 3\nintents = 3\n", b"\xff"])
def test_settings_of_a_wrong_shape_are_refused_in_words(data: Path, toml: bytes) -> None:
    (data / "config" / "nlu.toml").write_bytes(toml)
    with pytest.raises(ConfigError):
        read_examples(data)
    with pytest.raises(ConfigError):
        Faq.load(data, {}, "")


@pytest.mark.parametrize("text", ["1" + ",111" * 25_000, "1 btc " * 16_000, "uid " * 25_000])
def test_no_text_keeps_the_search_for_entities_busy(text: str) -> None:
    begun = time.process_time()
    entities.find(text)
    assert time.process_time() - begun < 1


def test_a_uid_is_not_found_inside_a_word() -> None:
    assert entities.find("fluid 123456 litres") == ()
    assert [found.value for found in entities.find("我的UID：12345678")] == ["12345678"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk"])
def test_a_damaged_cache_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letters-1.npz").write_bytes(content)
    assert Encodings(tmp_path, Letters()).of(["a"], lambda _: None).shape == (1, 3)


def test_encodings_do_not_depend_on_what_was_kept_before(tmp_path: Path) -> None:
    texts = ["a", "ab", "abc"]
    Encodings(tmp_path / "part", Letters()).of(texts[:1], lambda _: None)
    part = Encodings(tmp_path / "part", Letters()).of(texts, lambda _: None)
    assert part.tobytes() == Encodings(tmp_path / "fresh", Letters()).of(texts, lambda _: None).tobytes()


def test_every_damage_to_a_model_makes_it_unavailable_or_harmless(tmp_path: Path) -> None:
    whole = (save(model(), tmp_path) / FILE).read_bytes()
    fresh = load(tmp_path, "one").bias.tobytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / "one" / FILE).write_bytes(damaged)
        try:
            assert load(tmp_path, "one").bias.tobytes() == fresh
        except NluUnavailable:
            continue


def test_what_a_killed_save_left_does_not_stop_the_next(tmp_path: Path) -> None:
    for number in range(5):
        (save(model(f"m{number}"), tmp_path) / ".model.zip.draft").write_bytes(b"x")
    assert len(list(tmp_path.glob(f"*/{FILE}"))) == 3
    assert current(tmp_path) == "m4"


async def test_a_damaged_pointer_does_not_end_the_watch(tmp_path: Path) -> None:
    save(model(), tmp_path)
    engine = EmbeddedEngine(tmp_path, Letters())
    await engine.interpret([Utterance(text="hi", language="en")])
    (tmp_path / CURRENT).write_bytes(b"\xff\xfe")
    watch = asyncio.create_task(engine.watch())
    await asyncio.wait([watch], timeout=1.5)
    assert not watch.done()
    save(model("two"), tmp_path)
    for _ in range(200):
        (found,) = await engine.interpret([Utterance(text="hi", language="en")])
        if found.model == "two":
            break
        await asyncio.sleep(0.05)
    assert found.model == "two"
    watch.cancel()


async def test_a_damaged_pointer_means_unavailable(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_bytes(b"\xff\xfe")
    with pytest.raises(NluUnavailable):
        await EmbeddedEngine(tmp_path, Letters()).interpret([Utterance(text="hi", language="en")])


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\ud800", "\x00"])
async def test_a_text_without_anything_legible_is_unknown(tmp_path: Path, text: str) -> None:
    save(model(), tmp_path)
    engine = EmbeddedEngine(tmp_path, Letters())
    legible, nothing = await engine.interpret([Utterance(text=t, language="en") for t in ("hi", text)])
    assert (legible.certainty, nothing.certainty) == (Certainty.SURE, Certainty.UNKNOWN)
    shutil.rmtree(tmp_path)


def test_without_a_class_outside_no_class_stands_for_it() -> None:
    from nlu.doubt import judge

    doubt = dataclasses.replace(model().doubt, weights=(0.0, 0.0, 0.0, 1.0, 0.0))
    _, _, trust = judge(np.array([[0, 9], [9, 0]], dtype=np.float32), doubt, -1)
    assert trust[0] == trust[1]
