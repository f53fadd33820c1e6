"""The model of the repository's own data on its own test set: below a gate the build is red."""

from __future__ import annotations

from pathlib import Path

from bots.settings import DATA
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.judging.evaluate import REPORT, from_json, judge, load_gates, load_named, missed, report, with_noise
from nlu.judging.testset import load_testset


async def test_the_model_passes_every_gate(real_model: Path, encoder: SentenceEncoder) -> None:
    engine, cases = EmbeddedEngine(real_model / "models", encoder), load_testset(DATA)
    found = report(await judge(engine, cases), await judge(engine, with_noise(cases)), load_named(DATA))
    assert list(missed(found, load_gates(DATA))) == []


def test_the_report_that_is_kept_is_of_this_test_set() -> None:
    kept = from_json((DATA / REPORT).read_text(encoding="utf-8"))
    assert kept.of("all").sentences == len(load_testset(DATA)), "run `switchboard evaluate --noise --keep`"
