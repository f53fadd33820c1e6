"""What a model knows of its own limits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bridge.types import Certainty
from nlu.calibration import Costs, learn
from nlu.doubt import Doubt, Labels, candidates, judge
from nlu.features import Floats

COSTS = Costs(wrong_security=5.0, wrong=2.0, needless_rephrase=2.0, needless_question=1.0)
OUTSIDE = 3
SECURITY = np.array([False, False, True, False])


def heard(count: int = 600, strength: float = 3.0) -> tuple[Floats, Labels]:
    """Logits of four classes that are right often, and the more often the larger they are."""
    random = np.random.default_rng(11)
    labels = random.integers(0, 4, count)
    logits = random.standard_normal((count, 4)).astype(np.float32)
    logits[np.arange(count), labels] += random.random(count, dtype=np.float32) * strength
    return logits, labels


def taught(costs: Costs = COSTS, most_refused: float = 0.0) -> Doubt:
    return learn(*heard(), SECURITY, OUTSIDE, costs, most_refused)


def answered(doubt: Doubt) -> float:
    _, certainties, _ = judge(heard()[0], doubt, OUTSIDE)
    return sum(certainty is Certainty.SURE for certainty in certainties) / len(certainties)


def test_a_clearer_first_place_is_trusted_more() -> None:
    lead = np.linspace(0, 8, 30)
    logits = np.stack([lead, *np.zeros((3, 30))], axis=1).astype(np.float32)
    _, certainties, trust = judge(logits, taught(), OUTSIDE)
    assert (np.diff(trust) >= -1e-6).all()
    assert certainties[-1] is Certainty.SURE
    assert certainties[0] is not Certainty.SURE


def test_certainty_follows_the_thresholds() -> None:
    doubt = taught()
    _, certainties, trust = judge(heard()[0], doubt, OUTSIDE)
    best = heard()[0].argmax(axis=1)
    for certainty, share, first in zip(certainties, trust, best, strict=True):
        if first == OUTSIDE or share < doubt.doubt:
            assert certainty is Certainty.UNKNOWN
        else:
            assert certainty is (Certainty.SURE if share >= doubt.sure else Certainty.DOUBT)


def test_what_is_out_of_scope_is_unknown_however_clear_it_is() -> None:
    _, (certainty,), _ = judge(np.array([[0, 0, 0, 50]], dtype=np.float32), taught(), OUTSIDE)
    assert certainty is Certainty.UNKNOWN


def refused(most: float) -> tuple[float, float]:
    """The part of what is in scope that is refused, and of what is out of scope."""
    logits, labels = heard(4000)
    doubt = learn(logits, labels, SECURITY, OUTSIDE, dataclasses.replace(COSTS, needless_question=0.01), most)
    unknown = np.array([certainty is Certainty.UNKNOWN for certainty in judge(logits, doubt, OUTSIDE)[1]])
    return float(unknown[labels != OUTSIDE].mean()), float(unknown[labels == OUTSIDE].mean())


def test_as_many_as_may_be_are_refused_so_that_more_of_the_others_are() -> None:
    few, more = refused(0.15), refused(0.25)
    assert few[0] == pytest.approx(0.15, abs=0.01)
    assert more[0] == pytest.approx(0.25, abs=0.01)
    assert more[1] > few[1] > few[0]


def test_the_thresholds_are_in_order() -> None:
    doubt = taught()
    assert 0 <= doubt.doubt <= doubt.sure <= 1


def test_dearer_mistakes_make_fewer_answers() -> None:
    shares = [answered(taught(dataclasses.replace(COSTS, wrong=wrong))) for wrong in (1.0, 4.0, 20.0)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_dearer_questions_make_more_answers() -> None:
    shares = [answered(taught(dataclasses.replace(COSTS, needless_question=price))) for price in (0.2, 1.0, 2.0)]
    assert shares == sorted(shares)


def test_only_the_ratios_of_the_costs_matter() -> None:
    tenfold = Costs(wrong_security=50.0, wrong=20.0, needless_rephrase=20.0, needless_question=10.0)
    assert (taught(tenfold).sure, taught(tenfold).doubt) == (taught().sure, taught().doubt)


def test_trust_is_how_often_the_first_is_right() -> None:
    logits, labels = heard(4000)
    doubt = learn(logits, labels, SECURITY, OUTSIDE, COSTS, 0.0)
    _, _, trust = judge(logits, doubt, OUTSIDE)
    best = logits.argmax(axis=1)
    for low, high in ((0.2, 0.4), (0.4, 0.6), (0.6, 0.8)):
        chosen = (trust >= low) & (trust < high) & (best != OUTSIDE)
        assert float((best == labels)[chosen].mean()) == pytest.approx(float(trust[chosen].mean()), abs=0.05)


def test_all_answers_wrong_can_be_learned_from_too() -> None:
    logits, _ = heard()
    doubt = learn(logits, (logits.argmax(axis=1) + 1) % 3, SECURITY, OUTSIDE, COSTS, 0.0)
    assert np.isfinite(doubt.weights).all()


@pytest.mark.parametrize(
    ("shares", "offered"),
    [
        ([0.95, 0.03, 0.01, 0.01], [0]),
        ([0.5, 0.44, 0.05, 0.01], [0, 1]),
        ([0.3, 0.3, 0.3, 0.1], [0, 1, 2]),
        ([0.5, 0.03, 0.02, 0.45], [0]),
        ([0.1, 0.2, 0.05, 0.65], [1, 0, 2]),
    ],
)
def test_candidates_share_the_mass_and_what_is_outside_is_never_offered(
    shares: list[float], offered: list[int]
) -> None:
    assert candidates(np.array(shares, dtype=np.float32), OUTSIDE) == offered
