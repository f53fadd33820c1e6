"""What comes next, and how long it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.types import Address, AgentId, ChannelName, HandOffId, Reason
from handoff.assignment import Why, place
from handoff.queues import DeskRules
from handoff.types import Agent, Presence, Role, Ticket, TicketStatus, primary, speaks
from handoff.waiting import forecast

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RULES = DeskRules(queues=(), default_queue="general")
TICKET = Ticket(
    number=1,
    hand_off=HandOffId("web:a#1"),
    address=Address(channel=ChannelName("web"), key="a"),
    language="en",
    queue="general",
    reason=Reason.ASKED,
    intent=None,
    subject="",
    customer_name=None,
    urgent=False,
    status=TicketStatus.WAITING,
    requested_at=NOW,
    agent=None,
    taken_at=None,
    ended_at=None,
    ending=None,
    details=(),
    rating=None,
    reservation=None,
)
AGENT = Agent(
    id=AgentId("a"),
    name="a",
    display_name="A",
    role=Role.AGENT,
    languages=(),
    capacity=2,
    active=True,
    totp_enrolled=False,
    presence=Presence.ONLINE,
)


def at(seconds: int, *, urgent: bool = False, language: str = "en") -> Ticket:
    return replace(TICKET, requested_at=NOW + timedelta(seconds=seconds), urgent=urgent, language=language)


def test_urgent_comes_first_then_ones_own_languages_then_the_longest_waiting() -> None:
    wanted = [
        at(9, urgent=True, language="zh"),
        at(1, urgent=True),
        at(5, language="zh-Hans"),
        at(6, language="zh"),
        at(2),
        at(3),
    ]
    ranks = [place(ticket, ("zh",)).rank for ticket in wanted]
    assert ranks == sorted(set(ranks))


def test_who_has_no_languages_serves_all_by_waiting_time() -> None:
    assert place(at(1, language="ja"), ()).rank < place(at(2, language="en"), ()).rank


def test_the_reasons_are_said() -> None:
    assert place(at(0, urgent=True, language="zh"), ("zh",)).why == (Why.URGENT, Why.LANGUAGE, Why.WAITING)
    assert place(at(0), ("zh",)).why == (Why.OTHER_LANGUAGE, Why.WAITING)
    assert place(at(0), ()).why == (Why.WAITING,)


@given(st.booleans(), st.booleans(), st.integers(0, 10**9), st.booleans(), st.integers(0, 10**9))
def test_no_wait_is_so_long_that_it_passes_an_urgent_case(
    chinese: bool, other_chinese: bool, since: int, calm: bool, later: int
) -> None:
    urgent = at(since, urgent=True, language="zh" if chinese else "en")
    waiting = at(later, language="zh" if other_chinese else "en")
    assert place(urgent, ("zh",)).rank < place(waiting, ("zh",)).rank


def test_held_tickets_stand_as_taken_and_solved_ones_newest_first() -> None:
    held = replace(TICKET, status=TicketStatus.HELD, taken_at=NOW)
    assert place(held, ()).rank < place(replace(held, taken_at=NOW + timedelta(seconds=1)), ()).rank
    solved = replace(TICKET, status=TicketStatus.SOLVED, ended_at=NOW)
    assert place(solved, ()).rank > place(replace(solved, ended_at=NOW + timedelta(seconds=1)), ()).rank


@pytest.mark.parametrize(
    ("own", "language", "served"),
    [((), "xx", True), (("zh",), "zh-Hant", True), (("zh-TW",), "zh_CN", True), (("en",), "zh", False)],
)
def test_a_language_is_served_whatever_its_region(own: tuple[str, ...], language: str, served: bool) -> None:
    assert speaks(own, language) is served
    assert primary("ZH-Hant-TW") == "zh"


@pytest.mark.parametrize(
    "nobody",
    [
        [],
        [replace(AGENT, presence=Presence.AWAY)],
        [replace(AGENT, presence=Presence.OFFLINE)],
        [replace(AGENT, active=False)],
        [replace(AGENT, capacity=0)],
    ],
)
def test_nothing_is_promised_while_nobody_is_on_duty(nobody: list[Agent]) -> None:
    ahead = forecast(1, "en", nobody, [], RULES)
    assert (ahead.on_duty, ahead.wait_s, ahead.position) == (False, None, 1)


def test_who_can_be_served_at_once_waits_the_shortest_time() -> None:
    assert forecast(2, "en", [AGENT], [], RULES).wait_s == 30
    assert forecast(3, "en", [AGENT], [], RULES).wait_s == 300


def test_experience_replaces_the_guess() -> None:
    busy = replace(AGENT, held=2)
    minutes = [timedelta(minutes=number) for number in (2, 3, 100)]
    assert forecast(1, "en", [busy], minutes, RULES).wait_s == 180
    assert forecast(5, "en", [busy], minutes, RULES).wait_s == 540


def test_those_who_speak_the_language_count_else_everybody() -> None:
    chinese = replace(AGENT, id=AgentId("z"), languages=("zh",), held=2)
    english = replace(AGENT, languages=("en",), capacity=9)
    assert forecast(1, "zh", [chinese, english], [], RULES).wait_s == 300
    assert forecast(1, "ja", [chinese, english], [], RULES).wait_s == 30


@given(st.integers(1, 500), st.integers(1, 500))
def test_who_stands_further_back_never_waits_less(one: int, two: int) -> None:
    first, second = sorted((one, two))
    waits = [forecast(place, "en", [AGENT], [], RULES).wait_s or 0 for place in (first, second)]
    assert waits == sorted(waits)
