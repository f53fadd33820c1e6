"""A worker process of the benchmark: the core and a platform that takes everything at once."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence

from bots.channel import Channel, Limits, SentId, Unit
from bots.delivery import Delivery
from bridge.ports import Interpreter, Put
from bridge.router import Router
from bridge.store import open_store
from bridge.types import ChannelName, Interpretation, Outgoing, Utterance
from bridge.worker import BATCH, Worker
from tests.fixtures.exchange import SystemClock, brain, keyword_interpretation


class BusyInterpreter:
    """Burns a fixed time for each text, as an engine without batches would."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        until = time.perf_counter() + self._seconds * len(utterances)
        while time.perf_counter() < until:
            pass
        return [keyword_interpretation("sure faq/x", utterance.language) for utterance in utterances]


class WorkingInterpreter:
    """Does the engine's work on each text, and then says what the benchmark's brain has an answer for."""

    def __init__(self, engine: Interpreter) -> None:
        self._engine = engine

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        found = await self._engine.interpret(utterances)
        return [keyword_interpretation("sure faq/x", one.language) for one in found]


class Sink(Channel):
    """Takes every message at once."""

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
        return SentId(outgoing.id)


async def main() -> None:
    """Work until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--nlu", default="0", help="seconds a text, or 'engine'")
    parser.add_argument("--batch", type=int, default=BATCH)
    options = parser.parse_args()
    store = await open_store(options.url)
    interpreter = await _interpreter(options.nlu)
    router = Router(store, interpreter, brain(), SystemClock())
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    delivery = Delivery(store, Sink(), SystemClock())
    await asyncio.gather(Worker(store, router, batch=options.batch).run(stop), delivery.run(stop))
    await store.close()


async def _interpreter(name: str) -> Interpreter:
    if name == "engine":
        from tests.bench.engine import engine

        return WorkingInterpreter(engine())
    return BusyInterpreter(float(name))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
