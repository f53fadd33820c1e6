"""The kill test: customers in the widget, processes and the store killed at random; one reply each, in order."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import pytest

from tests.counts import count
from tests.e2e.conftest import Start
from tests.e2e.program import Program
from tests.e2e.visitor import Visitor
from tests.integration.stores import RealStore

QUESTION = "my withdrawal has been pending for 5 hours"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard it blows. Times in seconds."""

    customers: int
    messages: int
    seconds: float
    workers: int = 2
    worker_kills: int = 0
    store_kills: int = 0
    freezes: int = 0
    think: float = 0.0
    mutation: str = "none"
    repeated: float = 0.1


@dataclass(kw_only=True)
class Result:
    """What the customers saw, and what the program says of itself."""

    violations: list[str] = field(default_factory=list)
    replies: int = 0
    reconnects: int = 0
    ledger: str = ""


KILLS = Plan(
    customers=200,
    messages=count(10, 40),
    seconds=count(30, 400),
    worker_kills=count(20, 300),
    store_kills=count(2, 12),
)
FROZEN = Plan(customers=60, messages=12, seconds=14, freezes=count(3, 30), think=0.5, repeated=0.3)


async def test_nothing_is_lost_or_doubled_when_workers_and_the_store_are_killed(start: Start, tmp_path: Path) -> None:
    result = await blow(start, tmp_path, KILLS)
    assert not result.violations, result.violations[:10]
    assert result.replies == KILLS.customers * KILLS.messages
    assert '"broken": []' in result.ledger, result.ledger


async def test_nothing_is_doubled_by_workers_that_were_taken_for_dead(start: Start, tmp_path: Path) -> None:
    result = await blow(start, tmp_path, FROZEN)
    assert not result.violations, result.violations[:10]
    assert result.replies == FROZEN.customers * FROZEN.messages


@pytest.mark.parametrize("mutation", ["fence", "dedupe"])
async def test_the_kill_test_notices_a_broken_core(start: Start, tmp_path: Path, mutation: str) -> None:
    result = await blow(start, tmp_path, replace(FROZEN, mutation=mutation))
    assert result.violations


async def blow(start: Start, folder: Path, plan: Plan) -> Result:
    """Run it, wait until it is calm, and tally what the customers saw."""
    store = RealStore(folder / "store")
    store.start()
    store.ready()
    options = {"redis_url": store.url, "mutation": plan.mutation, "think": plan.think, "wait": False}
    front = start("web", "handoff", **options)
    workers = [start("bridge", **options) for _ in range(plan.workers)]
    for program in (front, *workers):
        program.ready()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        visitors = [Visitor(session, front.url) for _ in range(plan.customers)]
        for visitor in visitors:
            visitor.start()
        async with asyncio.TaskGroup() as tasks:
            for place, visitor in enumerate(visitors):
                tasks.create_task(_customer(visitor, plan, random.Random(place)))
            tasks.create_task(_kill(store, workers, plan, random.Random(5)))
        patience = count(20, 120) if plan.mutation == "none" else 4
        await asyncio.gather(*(visitor.see(2 * plan.messages, patience) for visitor in visitors))
        # A doubled reply comes late: after the workers that were taken for dead have finished theirs.
        await asyncio.sleep(1.0)
        result = await _tally(session, front, visitors, plan)
        await asyncio.gather(*(visitor.close() for visitor in visitors))
    result.ledger = await asyncio.to_thread(_ledger, front)
    front.stop()
    for worker in workers:
        worker.stop()
    store.stop()
    return result


async def _customer(visitor: Visitor, plan: Plan, chance: random.Random) -> None:
    await asyncio.sleep(chance.random() * plan.seconds / plan.messages)
    for place in range(plan.messages):
        await visitor.say(f"m{place}", f"{QUESTION} {place}", twice=chance.random() < plan.repeated)
        await asyncio.sleep(plan.seconds / plan.messages * chance.uniform(0.4, 1.0))


async def _kill(store: RealStore, workers: list[Program], plan: Plan, chance: random.Random) -> None:
    blows = ["worker"] * plan.worker_kills + ["store"] * plan.store_kills + ["freeze"] * plan.freezes
    chance.shuffle(blows)
    for blow in blows:
        await asyncio.sleep(plan.seconds / (len(blows) + 1) * chance.uniform(0.7, 1.1))
        worker = chance.choice(workers)
        match blow:
            case "worker":
                worker.kill()
                worker.again()
            case "store":
                store.kill()
                store.start()
                await asyncio.to_thread(store.ready)
            case _:
                worker.freeze()
                await asyncio.sleep(4.0)
                worker.thaw()


async def _tally(session: aiohttp.ClientSession, front: Program, visitors: list[Visitor], plan: Plan) -> Result:
    result = Result(reconnects=sum(visitor.connections - 1 for visitor in visitors))
    for place, visitor in enumerate(visitors):
        seen = [(line["from"], line["client_id"]) for line in visitor.transcript()]
        wanted = [pair for one in range(plan.messages) for pair in (("user", f"m{one}"), ("bot", None))]
        if seen != wanted:
            result.violations.append(f"customer {place} saw {len(seen)} lines, not {len(wanted)} in order: {seen}")
        if visitor.seen_twice:
            result.violations.append(f"customer {place} was shown {visitor.seen_twice} twice")
        result.replies += sum(who == "bot" for who, _ in seen)
    again = [Visitor(session, front.url, token=visitor.token) for visitor in visitors]
    for one in again:
        one.start()
    await asyncio.gather(*(one.see(2 * plan.messages, 5) for one in again))
    for place, (one, visitor) in enumerate(zip(again, visitors, strict=True)):
        if one.transcript() != visitor.transcript():
            result.violations.append(f"customer {place} saw what the history does not hold")
        await one.close()
    return result


def _ledger(front: Program) -> str:
    doctor = front.command("doctor", "--ledger", "--json")
    report = json.loads(doctor.stdout or "[]")
    return json.dumps(report)
