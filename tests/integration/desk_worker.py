"""One process of the desk's storm: a worker of the core and the reader of its records."""

from __future__ import annotations

import asyncio
import signal
import sys

from bridge.events import Events
from bridge.live import Live
from bridge.store import open_store
from bridge.worker import Worker
from handoff.database import Database
from handoff.service import HandOff, run
from tests.fixtures.exchange import SystemClock
from tests.integration.bridge.core import assemble
from tests.integration.handoff.conftest import RULES


async def main() -> None:
    """Work until told to stop."""
    store = await open_store(sys.argv[1])
    core = assemble(store)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    live = Live(store)
    hand_off = HandOff.build(
        database=Database(sys.argv[2]),
        put=core.inbox,
        events=Events(store),
        live=live,
        rules=RULES,
        clock=SystemClock(),
    )
    await asyncio.gather(Worker(store, core.router, reclaim_s=1.0).run(stop), live.run(stop), run(hand_off, stop))
    await hand_off.database.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
