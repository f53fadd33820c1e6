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
from tests.fixtures.exchange import message
from tests.integration.stores import RealStore

CONVERSATIONS = 1000
_PUTS_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """What one run gave. `put` and `handled` are messages a second."""

    label: str
    messages: int
    put: float
    handled: float


async def measure(label: str, *, nlu: str, processes: int, messages: int, text: str = "sure faq/x") -> Throughput:
    """Put everything, then let the processes handle it; the clock runs from their first commit to the last send."""
    with tempfile.TemporaryDirectory() as folder:
        server = RealStore(Path(folder))
        server.start()
        server.ready()
        store = await open_store(server.url)
        try:
            begun = time.perf_counter()
            await _put_all(store, messages, text)
            put = messages / (time.perf_counter() - begun)
            workers = [_worker(server.url, nlu, Path(folder) / f"worker.{place}") for place in range(processes)]
            handled = await _drain(store, messages)
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            for worker in workers:
                worker.wait(30)
        finally:
            await store.close()
            server.stop()
    return Throughput(label=label, messages=messages, put=put, handled=handled)


async def _put_all(store: Store, messages: int, text: str) -> None:
    inbox = Inbox(store)
    waiting = iter(range(messages))

    async def one() -> None:
        for place in waiting:
            await inbox(message(f"c{place % CONVERSATIONS}", str(place), text))

    await asyncio.gather(*(one() for _ in range(_PUTS_AT_ONCE)))


def _worker(url: str, nlu: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.bench.worker", url, "--nlu", nlu], stdout=output, stderr=output
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
