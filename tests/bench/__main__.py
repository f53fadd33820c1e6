"""`make bench`: measures speed and memory, prints the figures, keeps them in results.md."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bots.settings import DATA
from nlu.training import train
from tests.bench import channels, chat, parsing, throughput
from tests.bench.engine import VARIABLE
from tests.bench.machine import machine
from tests.bench.table import RESULTS, Figure, keep, markdown

_HEAD: Final = """One run, one machine; compare within it, not with other machines. The load generator runs on the same
cores as what it measures.

"""


async def main() -> None:
    """Run the sections one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--brief", action="store_true", help="a tenth of the counts: shows that it works, no more")
    share = 0.1 if parser.parse_args().brief else 1.0
    console = Console()
    about = machine()
    with tempfile.TemporaryDirectory() as var:
        os.environ[VARIABLE] = var
        console.print("training …")
        begun = time.perf_counter()
        train(DATA, Path(var), lambda step, done: None)
        trained = Figure("training from nothing", f"{time.perf_counter() - begun:.0f} s", "< 60 s")
        parts = [_HEAD, "\n".join(f"- {line}" for line in about), "\n\n"]
        for title, how, measure in _sections(share):
            console.print(f"{title} …")
            figures = await measure()
            if title.startswith("Parse"):
                figures = [trained, *figures]
            _show(console, title, figures)
            parts += [markdown(title, how, figures), "\n"]
    keep("Figures of `make bench`", "".join(parts))
    console.print(f"kept in {RESULTS.name}")


def _sections(share: float) -> list[tuple[str, str, Callable[[], Awaitable[list[Figure]]]]]:
    return [
        (
            "Parse",
            "The embedded engine in process, on the test set's sentences; half of them are in doubt and read twice.",
            parsing.measure,
        ),
        (
            "Chat at 50 messages a second",
            "The whole program in one process; 100 widgets in another; open-loop schedule.",
            lambda: chat.measure(sockets=100, seconds=20 * share),
        ),
        (
            "2,000 open widgets",
            "The same, with 2,000 connections open.",
            lambda: chat.measure(sockets=int(2000 * share), seconds=20 * share),
        ),
        (
            "Throughput",
            "Messages wait in the mailboxes; workers carry them through step, commit, outbox and sent. The clock runs "
            "from a tenth of the work to all of it, so that starting a process is not counted.",
            lambda: throughput.all_runs(share),
        ),
        (
            "One slow chat among twenty",
            "Telegram's fake, a hundred questions a second through update, mailbox, step, outbox and send; half "
            "the time one chat is answered 429.",
            lambda: channels.measure(share),
        ),
    ]


def _show(console: Console, title: str, figures: list[Figure]) -> None:
    table = Table("", "measured", "aim", title=title, title_justify="left", box=None)
    for figure in figures:
        table.add_row(figure.what, figure.value, figure.aim)
    console.print(table)


if __name__ == "__main__":
    asyncio.run(main())
