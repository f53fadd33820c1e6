"""What one widget shows: its conversation's lines, each once and in order, and where it stands."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, cast

from bots.web import frames
from bots.web.dependencies import WebDependencies
from bots.web.wire import Wire
from bridge.codec import line_from_dict
from bridge.errors import StoreError
from bridge.ports import Standing
from bridge.types import ConversationId, Line, LineId, Status

log = logging.getLogger(__name__)

HISTORY_LINES: Final = 200
_AGAIN_S: Final = 1.0


class Screen:
    """Follows a conversation. `seen` is the newest line known here, private ones counted."""

    def __init__(self, deps: WebDependencies, wire: Wire, conversation: ConversationId, language: str) -> None:
        """Shows nothing until asked."""
        self._deps = deps
        self._wire = wire
        self._conversation = conversation
        self._language = language
        self._stands: Standing | None = None
        self.seen = LineId(0)

    async def begin(self, token: str, after: LineId | None) -> None:
        """Send `ready` with what was missed after a line; None: the conversation is new. Raises StoreError."""
        lines = await self._missed(after) if after is not None else []
        standing = await self._standing() if after is not None else Standing(status=Status.BOT)
        self.seen = lines[-1].id if lines else after or LineId(0)
        shown = [self._frame(line) for line in lines if not line.private] if self.seen else [self._welcome()]
        await self._wire.send(
            {
                "type": "ready",
                "token": token,
                "conversation": self._conversation,
                "language": self._language,
                "messages": shown,
                "upload": frames.upload(self._deps.files.limits),
            }
        )
        await self._tell(standing)

    async def follow(self, live: AsyncIterator[str]) -> None:
        """Show what happens, nothing twice and nothing missed, until `live` ends. Raises ConnectionError."""
        async for frame in live:
            try:
                await self._show(frame)
            except StoreError:
                await self._catch_up()

    async def _show(self, frame: str) -> None:
        if not frame:
            await self._show_all()
            return
        told = json.loads(frame)
        match told["type"]:
            case "lines":
                await self._show_told(told)
            case "status":
                await self._show_status()
            case "typing" if told["from"] == "agent":
                await self._wire.send({"type": "typing", "from": "agent"})

    async def _catch_up(self) -> None:
        """Read until it can be read: what a screen lacks may be the last that is said for hours."""
        log.warning("a screen waits for the store")
        while True:
            # Not all screens at the same moment.
            await asyncio.sleep(_AGAIN_S * (0.5 + random.random()))
            try:
                await self._show_all()
            except StoreError:
                continue
            return

    async def _show_told(self, told: Mapping[str, object]) -> None:
        after = int(str(told["after"]))
        lines = [line for line in map(line_from_dict, cast("list[object]", told["lines"])) if line.id > self.seen]
        # The number before the first tells whether one is missing; the first line of all has none before it.
        if lines and self.seen and after != self.seen:
            await self._show_missed()
        else:
            await self._show_lines(lines)

    async def _show_all(self) -> None:
        """Show whatever frames may have been lost: lines, and where a conversation that has lines stands."""
        await self._show_missed()
        if self.seen:
            await self._show_status()

    async def _show_missed(self) -> None:
        await self._show_lines(await self._missed(self.seen))

    async def _show_lines(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self.seen = line.id
            if not line.private:
                await self._wire.send(self._frame(line))

    async def _show_status(self) -> None:
        standing = await self._standing()
        if standing != self._stands:
            await self._tell(standing)

    async def _tell(self, standing: Standing) -> None:
        self._stands = standing
        await self._wire.send(frames.status(standing))

    async def _missed(self, after: LineId) -> Sequence[Line]:
        return await self._deps.history.lines(self._conversation, after=after, limit=HISTORY_LINES)

    async def _standing(self) -> Standing:
        return await self._deps.standings.of(self._conversation)

    def _frame(self, line: Line) -> frames.MessageFrame:
        return frames.message(line, self._deps.link)

    def _welcome(self) -> frames.MessageFrame:
        opening = self._deps.answers.opening(self._language)
        return frames.welcome(self._deps.greeting(self._language), opening, self._deps.clock.now())
