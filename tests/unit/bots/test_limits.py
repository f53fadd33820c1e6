"""Limits hold for one, and do not touch the others."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.limits import Bucket, Buckets, Connections


def test_a_burst_passes_then_the_rate_holds() -> None:
    buckets = Buckets(3, 2.0)
    assert [buckets.take("a", 10.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a", 10.0) == pytest.approx(0.5)
    assert buckets.take("a", 10.5) == 0.0
    assert buckets.take("a", 10.5) > 0


def test_waiting_as_long_as_told_is_enough() -> None:
    bucket = Bucket(1, 0.3, 0.0)
    assert bucket.take(0.0) == 0.0
    wait = bucket.take(1.0)
    assert bucket.take(1.0 + wait + 1e-9) == 0.0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(3, 100.0, 0.0)
    assert [bucket.take(1e6) for _ in range(4)].count(0.0) == 3


def test_one_names_burst_leaves_the_others_alone() -> None:
    buckets = Buckets(5, 1.0)
    for _ in range(10_000):
        buckets.take("loud", 0.0)
    assert buckets.take("quiet", 0.0) == 0.0


def test_what_is_refused_costs_nothing() -> None:
    bucket = Bucket(1, 1.0, 0.0)
    bucket.take(0.0)
    for _ in range(1000):
        bucket.take(0.5)
    assert bucket.take(1.0) == 0.0


def test_names_not_seen_for_long_are_forgotten() -> None:
    buckets = Buckets(1, 0.001)
    buckets.take("first", 0.0)
    for number in range(100_001):
        buckets.take(str(number), 0.0)
    assert buckets.take("first", 0.0) == 0.0
    assert buckets.take("100000", 0.0) > 0


@given(st.lists(st.floats(min_value=0, max_value=100), max_size=200).map(sorted))
def test_no_window_passes_more_than_burst_and_rate_allow(times: list[float]) -> None:
    burst, rate = 4, 2.0
    bucket = Bucket(burst, rate, 0.0)
    passed = [at for at in times if not bucket.take(at)]
    assert all(one <= other for one, other in pairwise(passed))
    for start in range(len(passed)):
        for end in range(start, len(passed)):
            assert end - start + 1 <= burst + rate * (passed[end] - passed[start]) + 1e-6


def test_connections_are_counted_by_name_and_given_back() -> None:
    connections = Connections(2)
    assert connections.open("a")
    assert connections.open("a")
    assert not connections.open("a")
    assert connections.open("b")
    connections.close("a")
    assert connections.open("a")
