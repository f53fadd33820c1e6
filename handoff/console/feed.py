"""One listener a process for all open consoles: what changed is read once, however many watch."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from bridge.errors import StoreError
from bridge.ports import Live
from bridge.tasks import end
from bridge.types import ConversationId, Line, LineId
from handoff import transcripts
from handoff.announce import DESK
from handoff.console.dependencies import ConsoleDependencies
from handoff.roster import all_agents
from handoff.tickets import tickets_by_number
from handoff.types import Agent, Ticket

log = logging.getLogger(__name__)

_GATHER_S: Final = 0.05
"""So long changes are gathered before they are read: a burst costs one look."""
_PAUSE_S: Final = 0.5


@dataclass(slots=True)
class News:
    """What is to be looked at."""

    numbers: set[int] = field(default_factory=set)
    understood: set[tuple[ConversationId, LineId]] = field(default_factory=set)
    lost: bool = False
    agents: bool = False

    def add(self, frame: str) -> None:
        """Take a frame in. One that is not understood counts as lost."""
        try:
            match json.loads(frame) if frame else None:
                case {"type": "ticket", "number": int(number)}:
                    self.numbers.add(number)
                case {"type": "understood", "conversation": str(conversation), "line": int(line)}:
                    self.understood.add((ConversationId(conversation), LineId(line)))
                case {"type": "agents"}:
                    self.agents = True
                case _:
                    self.lost = True
        except ValueError:
            self.lost = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was found out. `agents` is None when they are as before.

    `lost`: more may have changed; `recheck`: somebody may have been signed out.
    """

    tickets: Sequence[Ticket]
    last: Mapping[ConversationId, Line]
    lines: Sequence[Line]
    agents: Sequence[Agent] | None
    lost: bool
    recheck: bool


class Screen(Protocol):
    """An open console."""

    def offer(self, changed: Changed) -> None:
        """Take news in without waiting."""


class Feed:
    """Tells open consoles what changed. It listens as long as there is one."""

    def __init__(self, deps: ConsoleDependencies) -> None:
        """Reads SQL, listens to `deps.live`."""
        self._deps = deps
        self._live: Live = deps.live
        self._screens: set[Screen] = set()
        self._task: asyncio.Task[None] | None = None
        self._agents: Sequence[Agent] = ()

    def join(self, screen: Screen) -> None:
        """A console opens."""
        self._screens.add(screen)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def leave(self, screen: Screen) -> None:
        """A console closes."""
        self._screens.discard(screen)
        if not self._screens and self._task is not None:
            task, self._task = self._task, None
            await end(task)

    async def _run(self) -> None:
        frames: asyncio.Queue[str] = asyncio.Queue()
        listener = asyncio.create_task(self._listen(frames))
        try:
            while True:
                news = News()
                news.add(await frames.get())
                await asyncio.sleep(_GATHER_S)
                while not frames.empty():
                    news.add(frames.get_nowait())
                await self._tell(news)
        except Exception:
            log.exception("open consoles are told nothing until one joins")
            raise
        finally:
            await end(listener)

    async def _listen(self, frames: asyncio.Queue[str]) -> None:
        async for frame in self._live.listen(DESK):
            frames.put_nowait(frame)

    async def _tell(self, news: News) -> None:
        while True:
            with suppress(StoreError):
                changed = await self._look(news)
                break
            log.warning("open consoles wait for the database")
            await asyncio.sleep(_PAUSE_S)
        for screen in list(self._screens):
            screen.offer(changed)

    async def _look(self, news: News) -> Changed:
        async with self._deps.database.read() as connection:
            tickets = await tickets_by_number(connection, news.numbers) if news.numbers else []
            last = await transcripts.last_lines(connection, news.numbers)
            lines = [await transcripts.one(connection, *place) for place in sorted(news.understood)]
            agents = await all_agents(connection, self._deps.clock.now(), self._deps.rules)
        known, self._agents = self._agents, agents
        return Changed(
            tickets=tickets,
            last=last,
            lines=[line for line in lines if line is not None],
            agents=agents if news.agents or agents != known else None,
            lost=news.lost,
            recheck=news.agents or news.lost,
        )
