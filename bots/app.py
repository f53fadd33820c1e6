"""Puts the four packages together and runs them: the only module that knows them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import text

from bots.health import Check, Health
from bots.knowledge import Knowledge
from bots.metrics import Metrics, TimedInterpreter
from bots.registry import FROM_HISTORY
from bots.serving import serve
from bots.settings import Settings
from bots.stores import Stores, open_stores
from bridge.errors import StoreError
from bridge.events import Events
from bridge.inbox import Inbox
from bridge.later import run_later
from bridge.live import Live
from bridge.router import Router
from bridge.types import Utterance
from bridge.worker import Worker
from handoff.database import Database
from handoff.migrate import migrate
from handoff.queues import load_rules as load_desk_rules
from handoff.service import HandOff
from handoff.service import run as run_hand_off
from nlu.engine import EmbeddedEngine

log = logging.getLogger(__name__)

_METERS_EACH_S: Final = 5.0


class Role(StrEnum):
    """What a process does. One process does all of it, or several share it."""

    WEB = "web"
    BRIDGE = "bridge"
    HANDOFF = "handoff"


class SystemClock:
    """The one clock."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything a process is made of, before any of it runs."""

    settings: Settings
    stores: Stores
    clock: SystemClock
    metrics: Metrics
    knowledge: Knowledge
    engine: EmbeddedEngine
    interpreter: TimedInterpreter
    inbox: Inbox
    live: Live
    database: Database
    hand_off: HandOff
    router: Router


async def run(settings: Settings, roles: Iterable[Role], stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run the roles until `stop`, then finish what is in hand. `ready` is called once everything serves.

    Raises ConfigError and StoreError while it starts.
    """
    stores = await open_stores(settings)
    try:
        await migrate(stores.database_url)
        app = build(settings, stores)
        background = [asyncio.create_task(job) for job in (app.engine.watch(), _meter(app))]
        if stores.server is not None:
            background.append(asyncio.create_task(stores.server.supervise()))
        try:
            await _work(app, frozenset(roles), stop, ready)
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
            await app.database.close()
    finally:
        await stores.close()


def build(settings: Settings, stores: Stores) -> App:
    """Put the parts together. Raises ConfigError."""
    clock, metrics = SystemClock(), Metrics()
    knowledge = Knowledge(settings.data, settings.public_url)
    engine = EmbeddedEngine(settings.var / "models")
    interpreter = TimedInterpreter(engine, metrics)
    inbox = Inbox(stores.store, metrics.entry_put)
    live = Live(stores.store)
    database = Database(stores.database_url)
    return App(
        settings=settings,
        stores=stores,
        clock=clock,
        metrics=metrics,
        knowledge=knowledge,
        engine=engine,
        interpreter=interpreter,
        inbox=inbox,
        live=live,
        database=database,
        hand_off=HandOff.build(
            database=database,
            put=inbox,
            events=Events(stores.store),
            live=live,
            rules=load_desk_rules(settings.data / "config" / "queues.toml"),
            clock=clock,
        ),
        router=Router(stores.store, interpreter, knowledge.brain, clock, from_history=FROM_HISTORY),
    )


def health(app: App) -> Health:
    """What readiness depends on."""

    async def store() -> None:
        await app.stores.store.client.ping()

    async def sql() -> None:
        async with app.database.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def nlu() -> None:
        await app.engine.interpret([Utterance(text="hello", language="en")])

    checks: dict[str, Check] = {"store": store, "sql": sql, "nlu": nlu}
    return Health(checks=checks, warnings=lambda: list(app.stores.warnings), metrics=app.metrics)


async def _work(app: App, roles: frozenset[Role], stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run every job of the roles; each ends by itself after `stop`."""
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(app.live.run(stop))
        if Role.BRIDGE in roles:
            jobs.create_task(Worker(app.stores.store, app.router).run(stop))
            jobs.create_task(run_later(app.stores.store, app.clock, stop))
        if Role.HANDOFF in roles:
            jobs.create_task(run_hand_off(app.hand_off, stop))
        jobs.create_task(app.knowledge.watch(lambda brain: setattr(app.router, "brain", brain), stop))
        if roles & {Role.WEB, Role.HANDOFF}:
            jobs.create_task(serve(app, health(app), Role.WEB in roles, Role.HANDOFF in roles, stop, ready))
        else:
            ready()


async def _meter(app: App) -> None:
    """Keep the gauges up to date."""
    store = app.stores.store
    while True:
        try:
            ready = [int(await store.client.xlen(keys.ready)) for keys in store.keys]
            events = [int(await store.client.xlen(keys.events)) for keys in store.keys]
            app.metrics.waiting.set(sum(ready))
            app.metrics.events.set(sum(events))
        except (StoreError, OSError, Exception) as error:
            log.debug("meters wait for the store", extra={"error": type(error).__name__})
        await asyncio.sleep(_METERS_EACH_S)
