"""Message to reply through the widget's socket, against the whole program in one process."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import psutil

from bots.settings import DATA
from tests.bench.engine import VARIABLE
from tests.bench.table import Figure, milliseconds, percentile
from tests.e2e.program import Program

RATE = 50.0


async def measure(*, sockets: int, seconds: float) -> list[Figure]:
    """Open `sockets` widgets and send 50 messages a second in total."""
    with tempfile.TemporaryDirectory() as folder:
        var, data = Path(folder) / "var", Path(folder) / "data"
        shutil.copytree(os.environ[VARIABLE], var)
        shutil.copytree(DATA, data)
        _lift_limits(data / "config" / "web.toml")
        program = Program(var, data=data)
        process = psutil.Process(program.process.pid)
        before = process.memory_info().rss
        try:
            opened, times, after = await _drive(program.url, process, sockets, seconds)
        finally:
            program.stop()
    grown = (after - before) / 1024**2
    return [
        Figure("messages", f"{len(times)}", ""),
        Figure("message to reply, p50", milliseconds(percentile(times, 50)), ""),
        Figure("message to reply, p95", milliseconds(percentile(times, 95)), "≤ 20 ms"),
        Figure("message to reply, p99", milliseconds(percentile(times, 99)), ""),
        Figure(f"time to open {sockets} connections", f"{opened:.1f} s", ""),
        Figure(
            "memory before, and with all connections",
            f"{before / 1024**2:.0f} MB, {after / 1024**2:.0f} MB",
            "≤ 400 MB",
        ),
        Figure("memory a connection", f"{grown / sockets * 1024:.0f} KB", ""),
    ]


async def _drive(url: str, process: psutil.Process, sockets: int, seconds: float) -> tuple[float, list[float], int]:
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.client", url),
        *("--sockets", str(sockets), "--rate", str(RATE), "--seconds", str(seconds)),
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert client.stdout is not None
    opened = json.loads(await client.stdout.readline())
    after = process.memory_info().rss
    times = json.loads(await client.stdout.readline())
    await client.wait()
    return opened["opened_s"], times["times"], after


def _lift_limits(path: Path) -> None:
    """One address is all the visitors of a benchmark."""
    text = path.read_text(encoding="utf-8")
    for name in ("address_connections", "address_burst", "address_per_second"):
        lines = [f"{name} = 100000" if line.startswith(f"{name} =") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
