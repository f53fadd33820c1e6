"""`make bench-nlu DATA=folder`: the engines side by side, row by row; keeps its part of results.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.bench.machine import machine
from tests.bench.nlu.engines import ENGINES
from tests.bench.nlu.rows import CLIENTS, Row, forget, measure
from tests.bench.nlu.sets import DataSet, data_sets
from tests.bench.table import RESULTS, keep, milliseconds

KEPT: Final = Path("var") / "bench-nlu"
_HOW: Final = """Each engine learns each set from nothing and is then asked each sentence by itself, in its own
process; over HTTP it is asked on the own set alone, by a load generator on the same cores. Rasa learns 100 epochs, 20
of all of BANKING77 and 10 of the own set, an epoch of which takes two minutes. BANKING77 is of Casanueva et al., 2020
(CC BY 4.0), CLINC150 of Larson et al., 2019 (CC BY 3.0). "Refused" is the part of what is out of scope that scores
lower than 95 % of what is in scope; node-nlp's threshold is off, so that it names an intent for everything."""


def main() -> None:
    """Measure what is missing, show all."""
    parser = argparse.ArgumentParser(prog="make bench-nlu", description="DATA holds banking77/ and clinc150/ as CSV.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--again", choices=["all", *(engine.name for engine in ENGINES)], help="forget these rows")
    options = parser.parse_args()
    console = Console()
    if options.again:
        forget(KEPT, options.again)
    try:
        sets = data_sets(options.data)
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}. Download the two sets and name their folder.")
    rows = []
    for data in sets:
        for engine in ENGINES:
            console.print(f"{data.title}: {engine.title} …")
            row = measure(engine, data, KEPT)
            rows.append(row)
            console.print(f"  {row.accuracy['all']:.1%} right, trained in {row.training:.0f} s")
    keep("Figures of `make bench-nlu`", "\n".join(_section(sets, rows)))
    console.print(f"kept in {RESULTS.name}")


def _section(sets: Sequence[DataSet], rows: Sequence[Row]) -> Iterator[str]:
    yield f"{_HOW}\n"
    yield from (f"- {line}" for line in machine())
    titles = {engine.name: engine.title for engine in ENGINES}
    for data in sets:
        own = [row for row in rows if row.data == data.name]
        languages = list(own[0].accuracy) if len(own[0].accuracy) > 2 else ["all"]
        heads = [*(f"right, {one}" if len(languages) > 1 else "right" for one in languages)]
        heads += ["refused", "training", "its memory", "memory", "parse p50", "p95", "load before"]
        yield f"\n## {data.title}\n"
        yield f"{len(data.train)} sentences to learn, {len(data.test)} to judge, {len(data.outside)} out of scope.\n"
        yield f"| | {' | '.join(heads)} |"
        yield f"|---|{'---|' * len(heads)}"
        for row in own:
            cells = [f"{row.accuracy[one]:.1%}" for one in languages]
            cells += ["" if row.refused is None else f"{row.refused:.1%}", f"{row.training:.1f} s"]
            cells += [f"{row.training_memory / 1024**2:.0f} MB", f"{row.memory / 1024**2:.0f} MB"]
            cells += [_time(row.p50), _time(row.p95), f"{row.load:.1f}"]
            yield f"| {titles[row.engine]} | {' | '.join(cells)} |"
    yield "\n## Replies a second over HTTP\n"
    yield f"| | {' | '.join(f'{clients} clients' for clients in CLIENTS)} |"
    yield f"|---|{'---|' * len(CLIENTS)}"
    for row in rows:
        if row.replies:
            yield f"| {titles[row.engine]} | {' | '.join(f'{row.replies[str(n)]:.0f}' for n in CLIENTS)} |"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.001 else milliseconds(seconds)


if __name__ == "__main__":
    main()
