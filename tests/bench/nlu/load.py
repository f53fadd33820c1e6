"""The load generator: asks `/model/parse` from some clients for a while, prints how many replies came a second."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp


async def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("texts", type=Path)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    asked = _never_twice(json.loads(options.texts.read_text(encoding="utf-8")))
    connector = aiohttp.TCPConnector(limit=options.clients)
    async with aiohttp.ClientSession(options.url, connector=connector) as session:
        begun = time.perf_counter()
        end = begun + options.seconds
        counts = await asyncio.gather(*(_client(session, asked, end) for _ in range(options.clients)))
        print(json.dumps({"replies_a_second": sum(counts) / (time.perf_counter() - begun)}))


async def _client(session: aiohttp.ClientSession, asked: Iterator[dict[str, str]], end: float) -> int:
    count = 0
    while time.perf_counter() < end:
        async with session.post("/model/parse", json=next(asked)) as reply:
            reply.raise_for_status()
            await reply.read()
        count += 1
    return count


def _never_twice(sentences: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield the sentences round and round, each time with another number, since engines may keep what they know."""
    for turn in itertools.count(1):
        for one in sentences:
            yield {**one, "text": f"{one['text']} {turn}"}


if __name__ == "__main__":
    asyncio.run(main())
