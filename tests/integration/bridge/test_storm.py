"""Nothing lost, nothing doubled, whatever is killed; and the same storm on a broken core is noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import bridge.store
from tests.counts import count
from tests.integration.bridge.mutations import mutated
from tests.integration.bridge.storm import Plan, blow
from tests.integration.stores import RealStore

PLAN = Plan(
    customers=100, messages=count(6, 20), seconds=count(12, 200), worker_kills=count(8, 200), store_kills=count(1, 10)
)
STOPPED = Plan(
    customers=60, messages=count(10, 40), seconds=count(8, 100), freezes=count(5, 60), reclaim=0.5, think=0.2
)

BROKEN = Plan(customers=60, messages=10, seconds=8, freezes=5, reclaim=0.5, think=0.2)
"""Dense enough for a freeze to meet a worker at work, however long the others blow."""
STORMS = 4


@pytest.mark.parametrize("plan", [PLAN, STOPPED], ids=["kills", "stopped workers"])
async def test_a_storm_loses_and_doubles_nothing(tmp_path: Path, plan: Plan) -> None:
    result = await blow(RealStore(tmp_path / "store"), tmp_path, plan)
    assert not result.violations, result.violations[:5]
    assert result.replies == plan.customers * plan.messages
    assert result.sends + result.uncertain >= result.replies


async def test_a_storm_of_thefts_doubles_no_send(tmp_path: Path) -> None:
    plan = Plan(
        customers=60, messages=count(6, 20), seconds=count(6, 60), worker_kills=count(3, 40), reclaim=0.02, workers=4
    )
    result = await blow(RealStore(tmp_path / "store"), tmp_path, plan)
    assert not result.violations, result.violations[:5]


@pytest.mark.parametrize("mutation", ["fence", "dedupe"])
async def test_the_storm_notices_a_broken_core(tmp_path: Path, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge.store, "SOURCES", mutated(mutation))
    # A storm meets the broken step by chance, on a busy machine less often: it notices if one of a few does.
    for storm in range(STORMS):
        folder = tmp_path / str(storm)
        folder.mkdir()
        result = await blow(RealStore(folder / "store"), folder, replace(BROKEN, mutation=mutation))
        if result.violations:
            return
    raise AssertionError(f"{STORMS} storms noticed nothing")
