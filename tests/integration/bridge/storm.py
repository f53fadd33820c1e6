"""A storm: customers write, workers and the store are killed, workers are stopped beyond the reclaim time."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bridge.store import open_store
from bridge.types import DeliveryUncertainRecorded, Line, Speaker
from tests.fixtures.exchange import message
from tests.integration.bridge.core import Core, assemble
from tests.integration.stores import RealStore


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How hard it blows. Times in seconds."""

    customers: int
    messages: int
    seconds: float
    workers: int = 3
    worker_kills: int = 0
    store_kills: int = 0
    freezes: int = 0
    reclaim: float = 2.5
    repeated: float = 0.1
    think: float = 0.0
    mutation: str = "none"
    seed: int = 1


@dataclass(kw_only=True)
class Result:
    """What everybody saw afterwards."""

    violations: list[str] = field(default_factory=list)
    replies: int = 0
    sends: int = 0
    uncertain: int = 0


class Fleet:
    """The worker processes."""

    def __init__(self, url: str, folder: Path, plan: Plan) -> None:
        self._url = url
        self._folder = folder
        self._plan = plan
        self._born = 0
        self.processes = [self._spawn() for _ in range(plan.workers)]

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._born += 1
        log = self._folder / f"worker.{self._born}.log"
        command = [sys.executable, "-m", "tests.integration.bridge.storm_worker", self._url]
        command += [str(self._folder / f"platform.{self._born}"), "--reclaim", str(self._plan.reclaim)]
        command += ["--think", str(self._plan.think), "--mutation", self._plan.mutation]
        with log.open("wb") as output:
            return subprocess.Popen(command, stdout=output, stderr=output)

    def kill_one(self, chance: random.Random) -> None:
        """kill -9 a worker, and start another."""
        place = chance.randrange(len(self.processes))
        self.processes[place].kill()
        self.processes[place].wait()
        self.processes[place] = self._spawn()

    async def freeze_one(self, chance: random.Random) -> None:
        """Stop a worker until others have taken over what it holds, then let it go on as if nothing had been."""
        process = chance.choice(self.processes)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(self._plan.reclaim * 1.6)
        process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End them all cleanly."""
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes:
            process.wait(30)

    def seen_by_platform(self) -> Counter[str]:
        """What the platform was sent, and how often."""
        lines = [line for file in self._folder.glob("platform.*") for line in file.read_text().splitlines()]
        return Counter(lines)


async def blow(server: RealStore, folder: Path, plan: Plan) -> Result:
    """Run a storm, wait until it is calm, and tally."""
    chance = random.Random(plan.seed)
    server.start()
    server.ready()
    store = await open_store(server.url)
    core = assemble(store)
    fleet = Fleet(server.url, folder, plan)
    try:
        async with asyncio.TaskGroup() as tasks:
            for customer in range(plan.customers):
                tasks.create_task(_customer(core, customer, plan, random.Random(f"{plan.seed}{customer}")))
            tasks.create_task(_kill(server, fleet, plan, chance))
        await _calm(core, plan)
    finally:
        fleet.stop()
        result = await _tally(core, fleet, plan)
        await store.close()
        server.stop()
    return result


async def _customer(core: Core, customer: int, plan: Plan, chance: random.Random) -> None:
    await asyncio.sleep(chance.random() * plan.seconds / plan.messages)
    for place in range(plan.messages):
        said = message(f"c{customer}", f"m{place}", f"sure faq/x #{place}")
        await core.inbox(said)
        if chance.random() < plan.repeated:
            await core.inbox(said)
        await asyncio.sleep(plan.seconds / plan.messages * chance.uniform(0.5, 1.4))


async def _kill(server: RealStore, fleet: Fleet, plan: Plan, chance: random.Random) -> None:
    blows = ["worker"] * plan.worker_kills + ["store"] * plan.store_kills + ["freeze"] * plan.freezes
    chance.shuffle(blows)
    for blow in blows:
        await asyncio.sleep(plan.seconds / (len(blows) + 1) * chance.uniform(0.6, 1.2))
        match blow:
            case "worker":
                fleet.kill_one(chance)
            case "store":
                server.kill()
                server.start()
                server.ready()
            case _:
                await fleet.freeze_one(chance)


async def _calm(core: Core, plan: Plan) -> None:
    """Wait until nothing moves: mailboxes and outboxes empty, or no progress for long."""
    wanted = plan.customers * plan.messages
    loop = asyncio.get_running_loop()
    last, since = (-1, -1), loop.time()
    while loop.time() - since < 12:
        bots = [r for r in await core.records() if isinstance(r, Line) and r.speaker is Speaker.BOT]
        busy = [key async for key in core.store.client.scan_iter("{0}:[mo]:*", count=1000)]
        if len(bots) >= wanted and not busy:
            return
        if (now := (len(bots), len(busy))) != last:
            last, since = now, loop.time()
        await asyncio.sleep(0.2)


async def _tally(core: Core, fleet: Fleet, plan: Plan) -> Result:
    result = Result()
    records = await core.records()
    lines = [record for record in records if isinstance(record, Line)]
    uncertain = {f"{r.conversation} {r.outgoing}" for r in records if isinstance(r, DeliveryUncertainRecorded)}
    seen = fleet.seen_by_platform()
    result.uncertain, result.sends = len(uncertain), sum(seen.values())
    for customer in range(plan.customers):
        conversation = f"test:c{customer}"
        own = [line for line in lines if line.conversation == conversation]
        spoken = [(line.speaker, line.text) for line in own]
        expected = [
            pair
            for place in range(plan.messages)
            for pair in ((Speaker.CUSTOMER, f"sure faq/x #{place}"), (Speaker.BOT, "Answer x."))
        ]
        if spoken != expected:
            result.violations.append(f"{conversation}: {len(spoken)} lines, not the {len(expected)} expected in order")
        result.replies += sum(line.speaker is Speaker.BOT for line in own)
        for line in own:
            if line.speaker is Speaker.BOT:
                send = f"{conversation} {line.id}"
                if seen[send] > 1:
                    result.violations.append(f"{send}: sent {seen[send]} times")
                if seen[send] == 0 and send not in uncertain:
                    result.violations.append(f"{send}: never sent, and nobody says so")
    return result
