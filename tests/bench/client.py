"""A process of widgets for the benchmark: opens sockets, sends on a schedule, prints how long replies took as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time

import aiohttp

_QUESTION = "my withdrawal has been pending for 5 hours"
_OPENING_AT_ONCE = 50
# Two thousand arrivals at once keep the server busy for some seconds; what is measured is open connections.
_SETTLING_S = 8


class Widget:
    """One connection; one message under way at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._replied = asyncio.Event()
        self.reader = asyncio.create_task(self._read())

    async def ask(self, number: int, due: float) -> float:
        """Return the seconds from when it was due to be sent until the bot's line came."""
        self._replied.clear()
        await self._socket.send_json({"type": "message", "id": f"m{number}", "text": f"{_QUESTION} {number}"})
        async with asyncio.timeout(30):
            await self._replied.wait()
        return time.perf_counter() - due

    async def _read(self) -> None:
        async for message in self._socket:
            frame = message.json()
            if frame["type"] == "message" and frame["from"] == "bot":
                self._replied.set()


async def main() -> None:
    """Open, send, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--sockets", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        begun = time.perf_counter()
        gate = asyncio.Semaphore(_OPENING_AT_ONCE)
        widgets = await asyncio.gather(*(_open(session, options.url, gate) for _ in range(options.sockets)))
        opened = time.perf_counter() - begun
        await asyncio.sleep(_SETTLING_S)
        print(json.dumps({"opened_s": opened}), flush=True)
        times = await _send(widgets, options.rate, options.seconds)
        print(json.dumps({"times": times}), flush=True)
        for widget in widgets:
            widget.reader.cancel()


async def _open(session: aiohttp.ClientSession, url: str, gate: asyncio.Semaphore) -> Widget:
    async with gate:
        socket = await session.ws_connect(f"{url}/chat")
        await socket.send_json({"type": "hello", "language": "en"})
        await socket.receive()
        return Widget(socket)


async def _send(widgets: list[Widget], rate: float, seconds: float) -> list[float]:
    """Send on a fixed schedule, whatever the answers take: a late send counts as slow."""
    start = time.perf_counter() + 0.2
    asks = []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asks.append(asyncio.create_task(widgets[number % len(widgets)].ask(number, due)))
    return list(await asyncio.gather(*asks))


if __name__ == "__main__":
    asyncio.run(main())
