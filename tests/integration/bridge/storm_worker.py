"""One worker process of the storm: a router and a delivery to a platform that is a file."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import bridge.store
from bots.channel import Channel, Limits, SentId, Unit
from bots.delivery import Delivery
from bridge.ports import Put
from bridge.store import Name, open_store
from bridge.types import ChannelName, Outgoing
from bridge.worker import Worker
from tests.fixtures.exchange import SystemClock
from tests.integration.bridge.core import assemble
from tests.integration.bridge.mutations import mutated


class FilePlatform(Channel):
    """Every send is one line of a file, written in one call: what a platform would have seen."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    @property
    def name(self) -> ChannelName:
        return ChannelName("test")

    @property
    def limits(self) -> Limits:
        return Limits(text=4096, unit=Unit.CODE_POINTS, choices=0, attachments=0)

    async def examine(self) -> Sequence[str]:
        return ()

    async def listen(self, put: Put) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        return

    async def send(self, outgoing: Outgoing) -> SentId:
        await asyncio.sleep(0.001)
        os.write(self._file, f"{outgoing.address.conversation} {outgoing.id}\n".encode())
        return SentId(outgoing.id)


async def main() -> None:
    """Work until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("file", type=Path)
    parser.add_argument("--reclaim", type=float, default=2.5)
    parser.add_argument("--mutation", default="none")
    parser.add_argument("--think", type=float, default=0.0)
    options = parser.parse_args()
    sources: Mapping[Name, str] = mutated(options.mutation)
    bridge.store.SOURCES = sources
    store = await open_store(options.url)
    core = assemble(store, options.think)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    worker = Worker(store, core.router, reclaim_s=options.reclaim)
    delivery = Delivery(store, FilePlatform(options.file), SystemClock(), reclaim_s=options.reclaim)
    await asyncio.gather(worker.run(stop), delivery.run(stop))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
