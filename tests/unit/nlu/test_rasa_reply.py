"""What a Rasa server's reply means to us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.settings import DATA
from bridge.errors import ConfigError, NluUnavailable
from bridge.types import Certainty
from nlu.examples import known_intents
from nlu.rasa_reply import (
    Known,
    Meaning,
    RasaThresholds,
    from_rasa,
    load_known,
    load_thresholds,
    meaning_of,
    read_model,
    read_reply,
    to_rasa,
)

THRESHOLDS = RasaThresholds(sure=0.8, doubt=0.3)
KNOWN = Known(intents=frozenset({"faq/a", "faq/b", "faq/c_d", "greet", "out_of_scope"}), outside="out_of_scope")


def meaning(*ranking: tuple[str | None, float], first: tuple[str | None, float] | None = None) -> Meaning:
    """What this ranking means; Rasa's first intent stands apart from it too."""
    name, confidence = first or ranking[0]
    reply = {
        "text": "hi",
        "intent": {"name": name, "confidence": confidence},
        "intent_ranking": [{"name": name, "confidence": confidence, "id": 1} for name, confidence in ranking],
        "entities": [{"entity": "x"}],
        "response_selector": {"all_retrieval_intents": []},
    }
    return meaning_of(read_reply(json.dumps(reply).encode()), THRESHOLDS, KNOWN)


def test_our_intents_have_names_that_rasa_does_not_take_apart() -> None:
    assert [to_rasa(name) for name in ("faq/c_d", "greet", "out_of_scope")] == ["faq__c_d", "greet", "out_of_scope"]


def test_every_intent_comes_back_as_it_went() -> None:
    intents = known_intents(DATA)
    assert [from_rasa(to_rasa(intent)) for intent in intents] == list(intents)
    assert not any("/" in to_rasa(intent) for intent in intents)


@pytest.mark.parametrize(
    ("confidence", "certainty"),
    [
        (1.0, Certainty.SURE),
        (0.8, Certainty.SURE),
        (0.799, Certainty.DOUBT),
        (0.3, Certainty.DOUBT),
        (0.299, Certainty.UNKNOWN),
        (0.0, Certainty.UNKNOWN),
    ],
)
def test_confidence_is_weighed_by_the_two_thresholds(confidence: float, certainty: Certainty) -> None:
    assert meaning(("faq__a", confidence)).certainty is certainty


@pytest.mark.parametrize("name", ["out_of_scope", "nlu_fallback", "faq", "faq__gone", "faq/a/b", "restart", "", None])
def test_what_is_not_ours_is_not_understood_however_sure(name: str | None) -> None:
    assert meaning((name, 0.99), ("faq__a", 0.01)).certainty is Certainty.UNKNOWN


def test_intents_that_we_do_not_have_are_left_out() -> None:
    found = meaning(("nlu_fallback", 0.7), ("faq__a", 0.6), ("mood_great", 0.2), ("greet", 0.1))
    assert [(ranked.intent, ranked.confidence) for ranked in found.ranking] == [("faq/a", 0.6), ("greet", 0.1)]
    assert found.candidates == ("faq/a", "greet")


def test_a_first_intent_that_its_own_ranking_denies_is_not_believed() -> None:
    assert meaning(("faq__a", 0.9), ("faq__b", 0.1), first=("faq__b", 0.85)).certainty is Certainty.UNKNOWN


def test_a_reply_without_a_ranking_has_its_first_intent() -> None:
    found = meaning(first=("faq__a", 0.9))
    assert [ranked.intent for ranked in found.ranking] == ["faq/a"]
    assert found.certainty is Certainty.SURE


def test_an_intent_named_twice_counts_once() -> None:
    found = meaning(("faq__a", 0.5), ("faq/a", 0.4), ("faq__a", 0.3))
    assert [ranked.intent for ranked in found.ranking] == ["faq/a"]


def test_a_sum_a_little_above_one_is_one() -> None:
    assert meaning(("faq__a", 1.0000002)).ranking[0].confidence == 1.0


def test_what_is_offered_shares_the_mass_and_is_never_out_of_scope() -> None:
    found = meaning(("faq__a", 0.4), ("out_of_scope", 0.3), ("faq__b", 0.2), ("faq__c_d", 0.1))
    assert found.candidates == ("faq/a", "faq/b", "faq/c_d")
    assert meaning(("faq__a", 0.95), ("faq__b", 0.05)).candidates == ("faq/a",)


@given(
    st.lists(st.tuples(st.sampled_from([*map(to_rasa, sorted(KNOWN.intents)), "other"]), st.floats(0, 1)), min_size=1)
)
def test_any_ranking_falls_and_holds_our_intents_only(ranking: list[tuple[str | None, float]]) -> None:
    found = meaning(*ranking)
    shares = [ranked.confidence for ranked in found.ranking]
    assert shares == sorted(shares, reverse=True)
    assert {ranked.intent for ranked in found.ranking} <= set(KNOWN.intents)
    assert len(found.candidates) <= 3
    if found.certainty is not Certainty.UNKNOWN:
        assert found.ranking[0].intent == from_rasa(ranking[0][0] or "")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reply_or_unavailable(raw: bytes) -> None:
    for read in (read_reply, read_model):
        try:
            read(raw)
        except NluUnavailable:
            continue


def test_a_models_name_is_its_files_without_the_ending() -> None:
    assert read_model(b'{"model_file":"nlu-1.tar.gz","model_id":"x","num_active_training_jobs":0}') == "nlu-1"


@pytest.mark.parametrize("raw", [b"{}", b'{"model_file":null}', b'{"model_file":""}', b"[]"])
def test_a_status_without_a_model_is_unavailable(raw: bytes) -> None:
    with pytest.raises(NluUnavailable, match="status is not Rasa's"):
        read_model(raw)


def test_our_own_thresholds_and_intents_can_be_read() -> None:
    thresholds = load_thresholds(DATA)
    assert 0 < thresholds.doubt < thresholds.sure < 1
    known = load_known(DATA)
    assert known.outside in known.intents


@pytest.mark.parametrize(
    "table",
    [
        "",
        "rasa = 5",
        "[rasa]",
        "[rasa]\nsure = 0.9",
        "[rasa]\nsure = 0.9\ndoubt = 0.3\nmore = 1",
        '[rasa]\nsure = "high"\ndoubt = 0.3',
        "[rasa]\nsure = 0.3\ndoubt = 0.9",
        "[rasa]\nsure = 1.1\ndoubt = 0.3",
        "[rasa]\nsure = 0.9\ndoubt = 0",
        "[rasa]\nsure = nan\ndoubt = 0.3",
        "[rasa",
    ],
)
def test_thresholds_that_make_no_sense_are_refused_with_file_and_key(tmp_path: Path, table: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "nlu.toml").write_text(table, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nlu\.toml: rasa"):
        load_thresholds(tmp_path)


def test_no_name_for_out_of_scope_is_refused_with_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "nlu.toml").write_text('[intents]\nwithout_article = ["greet"]', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"nlu\.toml: intents\.out_of_scope"):
        load_known(tmp_path)
