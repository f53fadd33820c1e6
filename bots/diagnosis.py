"""`switchboard doctor`: looks at a live installation, says what is wrong and what to do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bots import checks
from bots.app import build
from bots.clock import SystemClock
from bots.registry import off
from bots.settings import Settings
from bots.stores import Stores, database_url, open_stores
from bots.understanding import open_engine
from bridge.errors import SwitchboardError
from bridge.inspection import Inspection, inspect
from bridge.types import Utterance
from handoff.database import Database
from handoff.ledger import ChannelLedger
from handoff.ledger import ledger as read_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    detail: str


async def doctor(settings: Settings, *, as_json: bool) -> int:
    """Check configuration, stores, invariants and model; return 1 when something is wrong."""
    findings = [finding async for finding in _look(settings)]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        console = Console()
        for finding in findings:
            mark = "[green]✓[/green]" if finding.well else "[red]✗[/red]"
            console.print(f"{mark} {finding.what}: {finding.detail}", highlight=False)
    return 0 if all(finding.well for finding in findings) else 1


async def ledger(settings: Settings, *, as_json: bool) -> int:
    """Say what became of every message, by channel; return 1 when one is unaccounted for."""
    async with _stores(settings) as stores:
        inspection = await inspect(stores.store)
        database = Database(stores.database_url)
        try:
            report = await read_ledger(database, done=inspection.done)
        finally:
            await database.close()
    if as_json:
        print(json.dumps([asdict(channel) for channel in report], ensure_ascii=False, indent=2))
    else:
        _show(report)
    return 0 if all(channel.balanced for channel in report) else 1


def _show(report: list[ChannelLedger]) -> None:
    console = Console()
    table = Table(
        "channel", "received", "answered", "queued", "closed", "dead-lettered", "waiting", "balance", box=None
    )
    for one in report:
        ended = (one.answered, one.queued, one.closed, one.dead_lettered, one.waiting)
        table.add_row(one.channel, str(one.received), *map(str, ended), "✓" if one.balanced else "✗")
    console.print(table if report else "No message was received yet.")
    for one in report:
        for broken in one.broken:
            console.print(f"✗ {broken.conversation} entry {broken.entry} ({broken.external_id}): {broken.problem}")


async def _look(settings: Settings) -> AsyncIterator[Finding]:
    problems = checks.problems()
    yield Finding(
        what="configuration and content",
        well=not problems,
        detail="in order" if not problems else f"{len(problems)} problems; `switchboard check` lists them",
    )
    yield await _model(settings)
    try:
        async with _stores(settings) as stores:
            for warning in stores.warnings:
                yield Finding(what="durability", well=False, detail=warning)
            for finding in _invariants(await inspect(stores.store)):
                yield finding
            async for finding in _channels(settings, stores):
                yield finding
    except SwitchboardError as error:
        yield Finding(what="store", well=False, detail=str(error))
    yield await _sql(settings)
    for name, why in off(settings):
        yield Finding(what=f"channel {name}", well=True, detail=why)


def _invariants(found: Inspection) -> Iterator[Finding]:
    detail = (
        f"{found.conversations} conversations, {found.ready} with work, {found.later} waiting for a time, "
        f"{found.events} records not yet in SQL"
    )
    yield Finding(what="store", well=True, detail=detail)
    for conversation, rules in found.broken.items():
        yield Finding(what=f"invariant of {conversation}", well=False, detail="; ".join(rules))
    if not found.broken:
        yield Finding(what="invariants", well=True, detail="all hold")


async def _channels(settings: Settings, stores: Stores) -> AsyncIterator[Finding]:
    """Ask each platform whether our credentials and permissions suffice."""
    if not settings.channels:
        return
    async with open_engine(settings, SystemClock()) as engine:
        app = build(settings, stores, engine)
        for channel in app.channels:
            missing = await channel.examine()
            await channel.close()
            detail = "; ".join(missing) or "the platform knows us"
            yield Finding(what=f"channel {channel.name}", well=not missing, detail=detail)
        await app.database.close()


async def _model(settings: Settings) -> Finding:
    try:
        async with open_engine(settings, SystemClock()) as engine:
            found = (await engine.interpret([Utterance(text="hello", language="en")]))[0]
    except SwitchboardError as error:
        advice = "run `switchboard train`" if settings.nlu_url is None else "is SWITCHBOARD_NLU_URL right, is it up?"
        return Finding(what="model", well=False, detail=f"{error}; {advice}")
    return Finding(what="model", well=True, detail=f"{found.model} answers")


async def _sql(settings: Settings) -> Finding:
    database = Database(database_url(settings))
    try:
        async with database.read() as connection:
            await connection.execute(text("SELECT count(*) FROM tickets"))
    except Exception as error:
        return Finding(
            what="SQL", well=False, detail=f"{type(error).__name__}; start the service once, or check the url"
        )
    finally:
        await database.close()
    return Finding(what="SQL", well=True, detail=database.url.get_backend_name())


@asynccontextmanager
async def _stores(settings: Settings) -> AsyncIterator[Stores]:
    stores = await open_stores(settings)
    try:
        yield stores
    finally:
        await stores.close()
