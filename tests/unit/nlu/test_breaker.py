"""When a failing server is left alone, and when it is tried again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bridge.errors import NluUnavailable
from nlu.breaker import FAILURES, PAUSE, Breaker
from tests.integration.web.core import TestClock


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def breaker(clock: TestClock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(NluUnavailable, match="broken"), breaker.call():
            raise NluUnavailable("broken")


def is_refused(breaker: Breaker) -> bool:
    try:
        with breaker.call():
            return False
    except NluUnavailable:
        return True


def test_fewer_failures_than_five_in_a_row_change_nothing(breaker: Breaker) -> None:
    for _ in range(3):
        fail(breaker, FAILURES - 1)
        assert not is_refused(breaker)
    assert not breaker.is_open


def test_five_in_a_row_open_it_for_five_seconds(breaker: Breaker, clock: TestClock) -> None:
    fail(breaker, FAILURES)
    assert breaker.is_open
    assert is_refused(breaker)
    clock.forward(PAUSE - timedelta(microseconds=1))
    assert is_refused(breaker)
    clock.forward(timedelta(microseconds=1))
    assert not is_refused(breaker)
    assert not breaker.is_open


def test_after_the_pause_one_call_tries_and_the_others_are_refused(breaker: Breaker, clock: TestClock) -> None:
    fail(breaker, FAILURES)
    clock.forward(PAUSE)
    with breaker.call():
        assert is_refused(breaker)
        assert is_refused(breaker)
    assert not is_refused(breaker)


def test_a_trial_that_fails_opens_it_for_as_long_again(breaker: Breaker, clock: TestClock) -> None:
    fail(breaker, FAILURES)
    clock.forward(PAUSE)
    fail(breaker)
    assert is_refused(breaker)
    clock.forward(PAUSE)
    assert not is_refused(breaker)


def test_once_back_it_bears_as_many_failures_as_before(breaker: Breaker, clock: TestClock) -> None:
    fail(breaker, FAILURES)
    clock.forward(PAUSE)
    assert not is_refused(breaker)
    fail(breaker, FAILURES - 1)
    assert not is_refused(breaker)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), RuntimeError("a fault of ours")])
def test_a_trial_that_was_given_up_leaves_the_trial_to_the_next(
    breaker: Breaker, clock: TestClock, error: BaseException
) -> None:
    fail(breaker, FAILURES)
    clock.forward(PAUSE)
    with pytest.raises(type(error)), breaker.call():
        raise error
    assert breaker.is_open
    assert not is_refused(breaker)


def test_what_is_not_the_servers_failure_does_not_count(breaker: Breaker) -> None:
    for _ in range(FAILURES * 2):
        with pytest.raises(asyncio.CancelledError), breaker.call():
            raise asyncio.CancelledError
    assert not breaker.is_open


def test_a_clock_that_is_set_back_keeps_nobody_away(breaker: Breaker, clock: TestClock) -> None:
    fail(breaker, FAILURES)
    clock.forward(timedelta(hours=-1))
    assert not is_refused(breaker)
