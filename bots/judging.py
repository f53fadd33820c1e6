"""`switchboard evaluate`: what the engine makes of the test set, beside what it made of it before."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bots.clock import SystemClock
from bots.settings import Settings, load_settings
from bots.understanding import open_engine, prepare
from bridge.errors import ConfigError
from nlu.ensure import Progress
from nlu.judging.evaluate import (
    REPORT,
    Change,
    Report,
    compare,
    from_json,
    judge,
    load_gates,
    load_named,
    missed,
    report,
    to_json,
    with_noise,
)
from nlu.judging.report_page import page
from nlu.judging.scores import Judged
from nlu.judging.testset import Case, load_testset

_COLUMNS = (
    ("accuracy", "right"),
    ("top_three", "of three"),
    ("macro_f1", "macro F1"),
    ("security_recall", "security"),
    ("out_of_scope_recall", "outside found"),
    ("false_alarms", "refused"),
    ("answered", "answered"),
    ("answered_wrongly", "of these wrong"),
    ("calibration_error", "calibration"),
)
_SHOWN = 20
_WIDE = 160


def evaluate(options: argparse.Namespace, progress: Progress) -> int:
    """Judge the engine; return 1 when it misses a gate. Raises ConfigError, NluUnavailable."""
    settings = _settings(options)
    cases = load_testset(settings.data, options.language or ())
    prepare(settings, progress)
    judged = asyncio.run(_judged(settings, progress, cases=cases))
    noise = asyncio.run(_judged(settings, progress, cases=with_noise(cases))) if options.noise else []
    named = load_named(settings.data)
    now = report(judged, noise, named)
    before = _before(settings.data)
    if options.html:
        _write(Path(options.html), page(now, judged, named.outside))
    if options.keep:
        _write(settings.data / REPORT, to_json(now))
    if options.json:
        sys.stdout.write(to_json(now))
    else:
        _show(now, compare(now, before) if before else None)
    gates = list(missed(now, load_gates(settings.data))) if settings.nlu_url is None else []
    for line in gates:
        print(f"gate missed: {line}", file=sys.stderr)
    return 1 if gates else 0


def _settings(options: argparse.Namespace) -> Settings:
    settings = load_settings()
    if options.engine == "rasa" and settings.nlu_url is None:
        raise ConfigError("--engine rasa: set SWITCHBOARD_NLU_URL to the address of the Rasa server.")
    if options.engine == "embedded" and settings.nlu_url is not None:
        raise ConfigError("--engine embedded: SWITCHBOARD_NLU_URL is set; unset it.")
    if options.keep and (options.language or not options.noise or settings.nlu_url is not None):
        raise ConfigError("--keep: the report is of all languages, with --noise, by the embedded engine.")
    return settings


async def _judged(settings: Settings, progress: Progress, *, cases: list[Case]) -> list[Judged]:
    async with open_engine(settings, SystemClock()) as engine:
        return await judge(engine, cases, lambda done: progress("Judging", done))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}.") from error


def _before(data: Path) -> Report | None:
    try:
        return from_json((data / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{data / REPORT}: {error}. Write it anew with --keep.") from error


def _show(now: Report, change: Change | None) -> None:
    # Not cut to the 80 columns of a file.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    table = Table("", "sentences", *(head for _, head in _COLUMNS), "easy/full/hard", box=None)
    for scores in now.scores:
        changed = change.figures.get(scores.language, {}) if change else {}
        cells = [_cell(getattr(scores, name), changed.get(name, 0.0)) for name, _ in _COLUMNS]
        grades = "/".join(f"{scores.grades[grade]:.0%}" for grade in ("easy", "full", "hard"))
        table.add_row(scores.language, str(scores.sentences), *cells, grades)
    console.print(table)
    for language, accuracy in now.noisy_accuracy.items():
        fall = (now.of(language).accuracy - accuracy) * 100
        console.print(f"with noise, {language}: {accuracy:.1%} right, {fall:.1f} points less")
    for one in now.confusions[:_SHOWN]:
        console.print(f"[bold]{one.meant}[/] taken for {one.understood}: {len(one.sentences)}", highlight=False)
        for sentence in one.sentences[:3]:
            console.print(f"    {sentence}", markup=False, highlight=False)
    if change:
        for word, sentences in (("gained", change.gained), ("lost", change.lost)):
            console.print(f"{word} against the report that is kept: {len(sentences)}")
            for sentence in sentences[:_SHOWN]:
                console.print(f"    {sentence}", markup=False, highlight=False)


def _cell(value: float, change: float) -> str:
    return f"{value:.1%}" + (f" ({change * 100:+.1f})" if abs(change) >= 0.0005 else "")
