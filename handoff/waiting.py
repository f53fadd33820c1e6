"""How long a customer will wait. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Final

from handoff.queues import DeskRules
from handoff.types import Agent, Presence, speaks

_ENOUGH: Final = 3
"""So many solved cases count as experience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a waiting customer is told. `position` counts from 1; `wait_s` is None when nobody is on duty."""

    position: int
    wait_s: int | None
    on_duty: bool


def forecast(
    position: int, language: str, agents: Sequence[Agent], recent: Sequence[timedelta], rules: DeskRules
) -> Forecast:
    """Foretell the wait at a position from how long recent cases took and from who is online.

    Those who speak the language count; if none of them is there, everybody who is.
    """
    online = [agent for agent in agents if agent.active and agent.presence is Presence.ONLINE and agent.capacity > 0]
    duty = [agent for agent in online if speaks(agent.languages, language)] or online
    if not duty:
        return Forecast(position=position, wait_s=None, on_duty=False)
    places = sum(agent.capacity for agent in duty)
    free = sum(max(agent.capacity - agent.held, 0) for agent in duty)
    rounds = ceil(max(position - free, 0) / places)
    wait = max(rounds * _one_case(recent, rules), rules.shortest)
    return Forecast(position=position, wait_s=round(wait.total_seconds()), on_duty=True)


def _one_case(recent: Sequence[timedelta], rules: DeskRules) -> timedelta:
    if len(recent) < _ENOUGH:
        return rules.first_guess
    return timedelta(seconds=median(one.total_seconds() for one in recent))
