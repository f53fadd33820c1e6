"""The most messages a second through the whole durable pipeline: mailbox, step, commit, outbox, sent."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bridge.inbox import Inbox
from bridge.store import Store, open_store
from bridge.types import ChannelName
from bridge.worker import BATCH
from tests.bench.table import Figure
from tests.fixtures.exchange import message
from tests.integration.stores import RealStore

CONVERSATIONS = 1000
_PUTS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """What one run gave. `put` and `handled` are messages a second."""

    put: float
    handled: float


async def all_runs(share: float) -> list[Figure]:
    """Every kind of run, and the ratio of two processes to one."""
    text = "my withdrawal has been pending for 5 hours"
    bare = await measure(nlu="0", processes=1, messages=int(20_000 * share))
    batched = await measure(nlu="engine", processes=1, messages=int(8_000 * share), text=text)
    alone = await measure(nlu="engine", processes=1, messages=int(4_000 * share), text=text, batch=1)
    one = await measure(nlu="0.002", processes=1, messages=int(4_000 * share))
    two = await measure(nlu="0.002", processes=2, messages=int(6_000 * share))
    return [
        Figure("put, 100 at once", f"{bare.put:,.0f} messages/s", ""),
        Figure("no NLU, one process", f"{bare.handled:,.0f} messages/s", "≥ 3,000"),
        Figure("engine, one process, batches", f"{batched.handled:,.0f} messages/s", "≥ 800"),
        Figure("engine, one process, one by one", f"{alone.handled:,.0f} messages/s", ""),
        Figure("2 ms of NLU unbatched, one process", f"{one.handled:,.0f} messages/s", "≥ 400"),
        Figure("2 ms of NLU unbatched, two processes", f"{two.handled:,.0f} messages/s", ""),
        Figure("two processes against one", f"{two.handled / one.handled:.2f} ×", "≥ 1.7 ×"),
    ]


async def measure(
    *, nlu: str, processes: int, messages: int, text: str = "sure faq/x", batch: int = BATCH
) -> Throughput:
    """Put everything, then let the processes handle it."""
    with tempfile.TemporaryDirectory() as folder:
        server = RealStore(Path(folder))
        server.start()
        server.ready()
        store = await open_store(server.url)
        try:
            begun = time.perf_counter()
            await _put_all(store, messages, text)
            put = messages / (time.perf_counter() - begun)
            logs = [Path(folder) / f"worker.{place}" for place in range(processes)]
            workers = [_worker(server.url, nlu, batch, log) for log in logs]
            handled = await _drain(store, messages)
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait(30)
        finally:
            await store.close()
            server.stop()
    return Throughput(put=put, handled=handled)


async def _put_all(store: Store, messages: int, text: str) -> None:
    inbox = Inbox(store)
    waiting = iter(range(messages))

    async def one() -> None:
        for place in waiting:
            await inbox(message(f"c{place % CONVERSATIONS}", str(place), text))

    await asyncio.gather(*(one() for _ in range(_PUTS_AT_ONCE)))


def _worker(url: str, nlu: str, batch: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker", url, "--nlu", nlu, "--batch", str(batch)],
            stdout=output,
            stderr=output,
        )


async def _drain(store: Store, messages: int) -> float:
    """Messages a second, from a tenth of the work to all of it: starting a process is not counted."""
    first: tuple[float, int] | None = None
    while True:
        await asyncio.sleep(0.02)
        handled = await _handled(store, messages)
        if first is None and handled >= messages / 10:
            first = (time.perf_counter(), handled)
        if handled == messages and first is not None and not await _unsent(store):
            return (messages - first[1]) / (time.perf_counter() - first[0])


async def _handled(store: Store, messages: int) -> int:
    # Each message is one record when it is put, and three more when it is handled: two lines and its account.
    return (int(await store.client.xlen(store.keys[0].events)) - messages) // 3


async def _unsent(store: Store) -> int:
    return int(await store.client.xlen(store.keys[0].out(ChannelName("test"))))
