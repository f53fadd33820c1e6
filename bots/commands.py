"""What each verb of the command line does.

What a verb alone needs, it loads itself: the whole service takes seconds to load, which `switchboard train` need not
spend.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bots.clock import SystemClock
from bots.knowledge import Knowledge
from bots.logs import set_up_logs
from bots.roles import Role
from bots.settings import Settings, load_settings
from bridge.types import Interpretation, Utterance

T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """Start the service, in all roles or in those that were named."""
    settings = load_settings()
    set_up_logs(settings.log_level)
    roles = [Role(role) for role in options.role or [role.value for role in Role]]
    from bots.understanding import prepare

    with _progress() as progress:
        prepare(settings, progress)
    _run(_serve(settings, roles))
    return 0


async def _serve(settings: Settings, roles: list[Role]) -> None:
    from bots import app

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await app.run(settings, roles, stop, lambda: _say_ready(settings, roles))


def _say_ready(settings: Settings, roles: list[Role]) -> None:
    console = Console(stderr=True)
    if Role.WEB in roles:
        console.print(f"Switchboard is ready: [bold]{settings.public_url}[/bold]")
    if Role.HANDOFF in roles:
        password = settings.var / "admin-password"
        console.print(f"Console: {settings.public_url}/console/", highlight=False)
        if password.exists():
            console.print(f"First sign-in: name 'admin', password in {password}", highlight=False)
    if roles == [Role.BRIDGE]:
        console.print("Switchboard's worker is ready.")


def train(options: argparse.Namespace) -> int:
    """Train the model and put it in place."""
    from nlu.training import train as train_model

    settings = load_settings()
    with _progress() as progress:
        path = train_model(settings.data, settings.var, progress)
    print(f"The model {path.name} is in place; a running service takes it over.")
    return 0


def encode(options: argparse.Namespace) -> int:
    """Keep with the examples what the second encoder says of them, so that a fresh copy trains in a minute."""
    from nlu.training import ship_encodings

    settings = load_settings()
    with _progress() as progress:
        ship_encodings(settings.data, settings.var, progress)
    return 0


def rasa_project(options: argparse.Namespace) -> int:
    """Write what a Rasa server needs to learn the same."""
    from nlu.rasa_project import write_project

    count = write_project(load_settings().data, options.folder)
    print(f"{options.folder}: {count} examples, domain and pipeline of a Rasa server.")
    return 0


def parse(options: argparse.Namespace) -> int:
    """Show what the bot understands of a text, and what it would do."""
    from bots import parsing
    from nlu.wire import parsed

    settings = load_settings()
    knowledge = _ready(settings)
    interpretation = asyncio.run(_understand(settings, Utterance(text=options.text, language=options.language)))
    decision = parsing.decision_word(interpretation, knowledge.brain)
    if options.json:
        print(json.dumps(parsed(options.text, interpretation, decision), ensure_ascii=False, indent=2))
        return 0
    _show(interpretation, decision)
    return 0


async def _understand(settings: Settings, utterance: Utterance) -> Interpretation:
    from bots.understanding import open_engine

    async with open_engine(settings, SystemClock()) as engine:
        return (await engine.interpret([utterance]))[0]


def _show(interpretation: Interpretation, decision: str) -> None:
    console = Console()
    table = Table("intent", "confidence", box=None)
    for ranked in interpretation.ranking[:5]:
        table.add_row(ranked.intent, f"{ranked.confidence:.3f}")
    console.print(table)
    told = (f"language {interpretation.language}", interpretation.certainty.value, f"decision {decision}")
    console.print(" · ".join((*told, f"urgency {interpretation.urgency:g}")))
    for entity in interpretation.entities:
        console.print(f"{entity.entity}: {entity.value}")


def chat(options: argparse.Namespace) -> int:
    """Talk to the bot in the terminal."""
    settings = load_settings()
    asyncio.run(_chat(settings, _ready(settings), options.language))
    return 0


async def _chat(settings: Settings, knowledge: Knowledge, language: str) -> None:
    from bots import chatting
    from bots.understanding import open_engine

    async with open_engine(settings, SystemClock()) as engine:
        await chatting.chat(engine, knowledge.brain, language)


def evaluate(options: argparse.Namespace) -> int:
    """Judge the engine by the test set."""
    from bots import judging

    with _progress() as progress:
        return judging.evaluate(options, progress)


def check(options: argparse.Namespace) -> int:
    """Check everything an editor or operator can write; list all that is wrong."""
    from bots import checks

    problems = checks.problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found.", file=sys.stderr)
        return 1
    print("Configuration, articles, phrases and examples are in order.")
    return 0


def doctor(options: argparse.Namespace) -> int:
    """Check a live installation; with --ledger say what became of every message."""
    from bots import diagnosis

    settings = load_settings()
    if options.ledger:
        return asyncio.run(diagnosis.ledger(settings, as_json=options.json))
    return asyncio.run(diagnosis.doctor(settings, as_json=options.json))


def _ready(settings: Settings) -> Knowledge:
    from bots.understanding import prepare

    with _progress() as progress:
        prepare(settings, progress)
    return Knowledge(settings.data, settings.public_url)


def _run(main: Coroutine[None, None, T]) -> T:
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop

    return uvloop.run(main)


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, one line a step elsewhere; nothing at all when there is nothing to do."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), console=console
    ) as bar:
        task = bar.add_task("", total=1.0, visible=False)
        last = ""

        def report(step: str, done: float) -> None:
            nonlocal last
            if not console.is_terminal and step != last:
                console.print(f"{step} …", highlight=False)
            last = step
            bar.update(task, description=step, completed=done, visible=True)

        yield report
