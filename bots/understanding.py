"""The engine that the settings ask for: the embedded one, or a Rasa server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from bots.settings import Settings
from bridge.ports import Clock, Interpreter
from nlu.engine import EmbeddedEngine
from nlu.ensure import Progress, ensure_model
from nlu.marks import Marks
from nlu.rasa import RasaEngine, RasaSettings
from nlu.rasa_reply import load_known, load_thresholds


class Engine(Interpreter, Protocol):
    """An interpreter that keeps up with its model."""

    async def watch(self) -> None:
        """Take over new models until cancelled."""


def prepare(settings: Settings, progress: Progress) -> None:
    """Train the embedded engine's model unless it is in place; a Rasa server has its own. Raises ConfigError."""
    if settings.nlu_url is None:
        ensure_model(settings.data, settings.var, progress)


@asynccontextmanager
async def open_engine(settings: Settings, clock: Clock) -> AsyncIterator[Engine]:
    """Yield the engine; neither asks for its model before the first text. Raises ConfigError."""
    marks = Marks.load(settings.data)
    if settings.nlu_url is None:
        yield EmbeddedEngine(settings.var / "models", marks=marks)
        return
    rasa = RasaSettings(
        url=settings.nlu_url,
        thresholds=load_thresholds(settings.data),
        known=lambda: load_known(settings.data),
        marks=marks,
    )
    async with RasaEngine.opened(rasa, clock) as engine:
        yield engine


def warnings_of(engine: Engine) -> list[str]:
    """What an operator should know of an engine that leaves the service ready all the same."""
    if isinstance(engine, RasaEngine) and engine.is_away:
        return ["the Rasa server (SWITCHBOARD_NLU_URL) does not answer: people get all messages until it is back"]
    return []
