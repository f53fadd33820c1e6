"""Figures of understanding, what changed between two reports, and the gates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.types import Certainty, Intent, Interpretation, Ranked
from nlu.judging.evaluate import Named, compare, from_json, load_gates, missed, report, to_json
from nlu.judging.report_page import page
from nlu.judging.scores import Judged, calibration_error, confusions, score
from nlu.judging.testset import Case, Grade

OUTSIDE, SAFE = "out_of_scope", "faq/hacked"
NAMED = Named(outside=Intent(OUTSIDE), security=frozenset({SAFE}))


def judged(
    meant: str,
    *ranking: str,
    sure: bool = True,
    confidence: float = 0.9,
    language: str = "en",
    grade: Grade = Grade.EASY,
    text: str = "a sentence",
) -> Judged:
    """A sentence that means `meant`, understood as the ranking says; no ranking or the outside first is refused."""
    refused = not ranking or ranking[0] == OUTSIDE
    certainty = Certainty.UNKNOWN if refused else Certainty.SURE if sure else Certainty.DOUBT
    return Judged(
        case=Case(text=text, intent=Intent(meant), language=language, grade=grade, file="en.yml", line=1),
        understood=Interpretation(
            ranking=tuple(Ranked(intent=Intent(one), confidence=confidence / (n + 1)) for n, one in enumerate(ranking)),
            language=language,
            certainty=certainty,
        ),
    )


SOME: Sequence[Judged] = [
    judged("faq/a", "faq/a", "faq/b"),
    judged("faq/a", "faq/b", "faq/a", text="taken for b"),
    judged("faq/b", "faq/c", "faq/d", "faq/e", "faq/b", sure=False, grade=Grade.HARD, text="far <off>"),
    judged(SAFE, SAFE, grade=Grade.FULL),
    judged(SAFE, OUTSIDE, SAFE, text="refused"),
    judged(OUTSIDE, OUTSIDE),
    judged(OUTSIDE, "faq/a", text="poem"),
    judged("faq/a", "faq/a", language="zh"),
]


def test_the_figures_are_what_they_say() -> None:
    english, chinese, total = score(SOME, OUTSIDE, {SAFE})
    assert (english.sentences, chinese.sentences, total.sentences) == (7, 1, 8)
    assert english.accuracy == pytest.approx(2 / 5)
    assert english.top_three == pytest.approx(4 / 5)
    assert english.security_recall == pytest.approx(1 / 2)
    assert english.out_of_scope_recall == pytest.approx(1 / 2)
    assert english.false_alarms == pytest.approx(1 / 5)
    assert english.answered == pytest.approx(3 / 5)
    assert english.answered_wrongly == pytest.approx(2 / 4)
    assert english.grades == {"easy": pytest.approx(1 / 3), "full": 1.0, "hard": 0.0}
    assert total.accuracy == pytest.approx(3 / 6)
    assert chinese.macro_f1 == 1.0


def test_macro_f1_counts_each_intent_alike() -> None:
    many = [judged("faq/a", "faq/a")] * 98 + [judged("faq/b", "faq/a")] * 2
    (_, total) = score(many, OUTSIDE, ())
    assert total.accuracy == 0.98
    assert total.macro_f1 == pytest.approx(0.98 / 1.98)


def test_confidence_that_tells_how_often_it_is_right_has_no_error() -> None:
    honest = [judged("faq/a", "faq/a", confidence=0.75)] * 3 + [judged("faq/a", "faq/b", confidence=0.75)]
    assert calibration_error(honest) == pytest.approx(0)
    boastful = [judged("faq/a", "faq/b", confidence=1.0)] * 4
    assert calibration_error(boastful) == pytest.approx(1)
    assert calibration_error([]) == 0


def test_confusions_come_commonest_first_with_their_sentences() -> None:
    twice = [*SOME, judged("faq/a", "faq/b", text="again b")]
    first, *_ = confusions(twice)
    assert (first.meant, first.understood, first.sentences) == ("faq/a", "faq/b", ("taken for b", "again b"))


def test_a_report_is_read_as_it_was_kept_and_compared() -> None:
    before = report(SOME, SOME, NAMED)
    assert from_json(to_json(before)) == from_json(to_json(from_json(to_json(before))))
    better = [judged("faq/a", "faq/a", text="taken for b") if one.case.text == "taken for b" else one for one in SOME]
    worse = [judged(SAFE, "faq/a", text="refused") if one.case.text == "refused" else one for one in better]
    change = compare(report(worse, [], NAMED), from_json(to_json(before)))
    assert change.gained == ["en faq/a: taken for b"]
    assert change.lost == []
    assert change.figures["en"]["accuracy"] == pytest.approx(1 / 5)
    assert change.figures["zh"]["accuracy"] == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"scores": [{"language": "en"}]}', "null"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_json(text)


def test_each_gate_that_is_missed_is_named_with_its_figure() -> None:
    noisy = [judged("faq/a", "faq/b", language="zh")]
    found = list(
        missed(report(SOME, noisy, NAMED), {"accuracy": 0.45, "false_alarms": 0.1, "noise_fall": 0.5, "top_three": 0.1})
    )
    assert found == [
        "en: accuracy is 0.400, at least 0.45",
        "en: false_alarms is 0.200, at most 0.1",
        "zh: noise_fall is 1.000, at most 0.5",
        "all: false_alarms is 0.167, at most 0.1",
    ]


def test_a_report_of_one_language_gains_and_loses_nothing_in_another() -> None:
    mistaken = judged("faq/a", "faq/b", language="zh", text="chinese")
    before = report([*SOME, mistaken], [], NAMED)
    change = compare(report([one for one in SOME if one.case.language == "en"], [], NAMED), before)
    assert (change.gained, change.lost) == ([], [])
    assert change.figures.keys() == {"en"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[gates]",
        "[gates]\nacuracy = 0.9",
        '[gates]\naccuracy = "0.9"',
        "[gates]\naccuracy = true",
        "[gates]\naccuracy = nan",
        "[gates]\nfalse_alarms = 5",
        "gates = 1",
        "[gates",
    ],
)
def test_gates_that_are_not_in_order_are_refused_with_the_files_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "nlu.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"nlu\.toml"):
        load_gates(tmp_path)


def test_the_page_shows_every_sentence_that_went_wrong_and_needs_no_network() -> None:
    drawn = page(report(SOME, [], NAMED), SOME, OUTSIDE)
    for one in SOME:
        if not one.right:
            assert one.case.text.replace("<", "&lt;").replace(">", "&gt;") in drawn
    assert "<off>" not in drawn
    assert "http" not in drawn and "<script" not in drawn
