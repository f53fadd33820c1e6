"""Puts the four packages together and runs them: the only module that knows them all."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from sqlalchemy import text

from bots import parsing
from bots.attachments import serve as files_served
from bots.attachments.download import Downloads
from bots.attachments.keeper import Keeper
from bots.attachments.links import Links
from bots.attachments.settings import AttachmentSettings
from bots.attachments.store import Store, open_store
from bots.channel import Channel, Hooked, Surroundings
from bots.clock import SystemClock
from bots.health import Check, Health
from bots.knowledge import Knowledge
from bots.listening import Listening
from bots.metrics import Metrics, TimedInterpreter
from bots.pages.routes import Pages
from bots.registry import FROM_HISTORY, off, open_channels
from bots.roles import Role
from bots.serving import serve
from bots.settings import Settings, load_attachment_settings, load_web_settings
from bots.stores import Stores, open_stores
from bots.understanding import Engine, open_engine, warnings_of
from bots.web.dependencies import WebDependencies
from bots.web.peers import client_address
from bots.web.routes import routes as web_routes
from bridge.brain import Brain
from bridge.errors import NluUnavailable
from bridge.events import Events
from bridge.inbox import Inbox
from bridge.later import run_later
from bridge.live import Live
from bridge.memory import Memory
from bridge.router import Router
from bridge.streams import Streams
from bridge.tasks import end
from bridge.types import ChannelName, Utterance
from bridge.worker import Worker
from handoff.console.accounts import ensure_admin
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.passwords import Passwords
from handoff.console.routes import routes as console_routes
from handoff.database import Database
from handoff.migrate import migrate
from handoff.queues import DeskRules
from handoff.queues import load_rules as load_desk_rules
from handoff.service import HandOff
from handoff.service import run as run_hand_off
from nlu.gathered import Gathered

log = logging.getLogger(__name__)

_METERS_EACH_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything a process is made of, before any of it runs."""

    settings: Settings
    stores: Stores
    clock: SystemClock
    metrics: Metrics
    knowledge: Knowledge
    engine: Engine
    gathered: Gathered
    inbox: Inbox
    live: Live
    database: Database
    desk_rules: DeskRules
    hand_off: HandOff
    router: Router
    files: AttachmentSettings
    file_store: Store
    keeper: Keeper
    links: Links
    channels: Sequence[Channel]
    listening: Listening


async def run(settings: Settings, roles: Iterable[Role], stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run the roles until `stop`, then finish what is in hand. `ready` is called once everything serves.

    Raises ConfigError and StoreError while it starts.
    """
    stores = await open_stores(settings)
    try:
        await migrate(stores.database_url)
        async with open_engine(settings, SystemClock()) as engine:
            await _run(build(settings, stores, engine), frozenset(roles), stop, ready)
    finally:
        await stores.close()


async def _run(app: App, roles: frozenset[Role], stop: asyncio.Event, ready: Callable[[], None]) -> None:
    background = [asyncio.create_task(job) for job in (app.engine.watch(), _meter(app))]
    if app.stores.server is not None:
        background.append(asyncio.create_task(app.stores.server.supervise()))
    try:
        await _warm_up(app)
        await _work(app, roles, stop, ready)
    finally:
        await end(*background)
        for channel in app.channels:
            await channel.close()
        await app.database.close()


def build(settings: Settings, stores: Stores, engine: Engine) -> App:
    """Put the parts together. Raises ConfigError."""
    clock, metrics = SystemClock(), Metrics()
    knowledge = Knowledge(settings.data, settings.public_url)
    interpreter = TimedInterpreter(engine, metrics)
    inbox = Inbox(stores.store, metrics.entry_put)
    live = Live(stores.store)
    database = Database(stores.database_url)
    desk_rules = load_desk_rules(settings.data / "config" / "queues.toml")
    events = Events(stores.store)
    hand_off = HandOff.build(database=database, put=inbox, events=events, live=live, rules=desk_rules, clock=clock)

    files = load_attachment_settings(settings.data)
    file_store = open_store(files.store.url, settings.var)
    trusted = [url for name, url in settings.channels.items() if name.endswith("_API_URL")]
    memory = Memory(stores.store, ChannelName("attachments"))
    keeper = Keeper(files, file_store, Downloads(files.download, trusted), memory, clock, settings.var)

    def given(name: ChannelName, secret: bytes) -> Surroundings:
        return Surroundings(
            clock=clock,
            memory=Memory(stores.store, name),
            standings=hand_off.standings,
            files=keeper,
            phrases=lambda: knowledge.brain.phrases,
            secret=secret,
            public_url=settings.public_url,
        )

    channels = open_channels(settings, given)
    return App(
        settings=settings,
        stores=stores,
        clock=clock,
        metrics=metrics,
        knowledge=knowledge,
        engine=engine,
        gathered=Gathered(interpreter),
        inbox=inbox,
        live=live,
        database=database,
        desk_rules=desk_rules,
        hand_off=hand_off,
        router=Router(stores.store, interpreter, knowledge.brain, clock, from_history=FROM_HISTORY),
        channels=channels,
        files=files,
        file_store=file_store,
        keeper=keeper,
        links=Links(settings.secret, files.links),
        listening=Listening(channels, inbox, stores.store, live, clock),
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

    checks: dict[str, Check] = {"store": store, "sql": sql}
    # Without a Rasa server people get the messages, which needs this process: it stays ready, and warns.
    if app.settings.nlu_url is None:
        checks["nlu"] = nlu
    warnings = functools.partial(_warnings, app)
    return Health(checks=checks, warnings=warnings, metrics=app.metrics)


def _warnings(app: App) -> list[str]:
    return [*app.stores.warnings, *warnings_of(app.engine), *app.listening.warnings]


async def _warm_up(app: App) -> None:
    """Spare the first customers the loading of the model, and all of them the collector's looks at what stays."""
    with contextlib.suppress(NluUnavailable):
        await app.engine.interpret([Utterance(text="hello", language="en")])
    gc.collect()
    gc.freeze()


async def _work(app: App, roles: frozenset[Role], stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Run every job of the roles; each ends by itself after `stop`."""
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(app.live.run(stop))
        jobs.create_task(app.knowledge.watch(functools.partial(_learned, app), stop))
        if Role.BRIDGE in roles:
            jobs.create_task(Worker(app.stores.store, app.router).run(stop))
            jobs.create_task(run_later(app.stores.store, app.clock, stop))
        if Role.HANDOFF in roles:
            jobs.create_task(run_hand_off(app.hand_off, stop))
        if Role.CHANNELS in roles:
            jobs.create_task(app.listening.run(stop))
            for name, why in off(app.settings):
                log.info("a channel is off", extra={"channel": name, "reason": why})
        if not roles & {Role.WEB, Role.HANDOFF, Role.CHANNELS}:
            ready()
            return
        paths, closing = await _paths(app, roles)
        jobs.create_task(serve(app.settings.host, app.settings.port, paths, closing, stop, ready))


def _learned(app: App, brain: Brain) -> None:
    app.router.brain = brain


async def _paths(app: App, roles: frozenset[Role]) -> tuple[list[web.RouteDef], list[Callable[[], Awaitable[None]]]]:
    paths = [*health(app).routes(), *files_served.routes(app.file_store, app.links, app.clock)]
    closing = []
    if Role.WEB in roles:
        chat, close = web_routes(_web(app))
        paths += [*chat, *_pages(app).routes()]
        closing.append(close)
    if Role.CHANNELS in roles:
        for channel in app.channels:
            if isinstance(channel, Hooked):
                paths.append(web.post(f"/hooks/{channel.name}", functools.partial(channel.hook, put=app.inbox)))
                paths.append(web.get(f"/hooks/{channel.name}", functools.partial(channel.hook, put=app.inbox)))
    if Role.HANDOFF in roles:
        paths += console_routes(await _console(app))
    return paths, closing


def _web(app: App) -> WebDependencies:
    async def parse(said: str) -> Mapping[str, object]:
        return await parsing.parse(app.gathered, app.knowledge.brain, said)

    return WebDependencies(
        put=app.inbox,
        history=app.hand_off.history,
        live=app.live,
        standings=app.hand_off.standings,
        answers=app.knowledge,
        clock=app.clock,
        settings=load_web_settings(app.settings.data),
        intake=app.keeper,
        files=app.files,
        links=app.links,
        secret=app.settings.secret,
        public_url=app.settings.public_url,
        greeting=lambda language: app.knowledge.brain.phrases.say("welcome", language),
        parse=parse,
        model=functools.partial(parsing.model, app.engine),
        languages=app.knowledge.brain.phrases.languages,
        api_token=app.settings.api_token,
        trusted_proxies=app.settings.trusted_proxies,
        open_sockets=app.metrics.sockets,
    )


def _pages(app: App) -> Pages:
    return Pages(
        name=app.settings.placeholders["exchange"],
        public_url=app.settings.public_url,
        languages=app.knowledge.brain.phrases.languages,
        article=app.knowledge.by_slug,
        frame_ancestors=load_web_settings(app.settings.data).pages.frame_ancestors,
    )


async def _console(app: App) -> ConsoleDependencies:
    passwords = Passwords()
    await ensure_admin(app.database, passwords, app.clock, var=app.settings.var, password=app.settings.admin_password)
    trusted = app.settings.trusted_proxies
    return ConsoleDependencies(
        database=app.database,
        desk=app.hand_off.desk,
        presences=app.hand_off.presences,
        history=app.hand_off.history,
        standings=app.hand_off.standings,
        live=app.live,
        rules=app.desk_rules,
        clock=app.clock,
        passwords=passwords,
        public_url=app.settings.public_url,
        link=lambda attachment, conversation: app.links.link(attachment, conversation, app.clock.now()),
        address_of=lambda request: client_address(request, trusted),
    )


async def _meter(app: App) -> None:
    """Keep the gauges up to date."""
    streams = Streams(app.stores.store)
    while True:
        await asyncio.sleep(_METERS_EACH_S)
        try:
            app.metrics.waiting.set(sum([await streams.length(keys.ready) for keys in app.stores.store.keys]))
            app.metrics.events.set(sum([await streams.length(keys.events) for keys in app.stores.store.keys]))
        except Exception as error:
            log.debug("the meters wait for the store", extra={"error": type(error).__name__})
