"""Makes one batch of what many callers ask at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from bridge.errors import NluUnavailable
from bridge.ports import Interpreter
from bridge.types import Interpretation, Utterance

_MOST: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    utterance: Utterance
    found: asyncio.Future[Interpretation]


class Gathered:
    """An interpreter of single texts: what comes while a batch is under way waits, and is the next batch."""

    def __init__(self, inner: Interpreter) -> None:
        """Asks `inner`."""
        self._inner = inner
        self._turn = asyncio.Lock()
        self._waiting: list[_Asked] = []

    async def interpret(self, utterance: Utterance) -> Interpretation:
        """Return the text's interpretation. Raises NluUnavailable."""
        asked = _Asked(utterance, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        try:
            async with self._turn:
                # Who is about to ask, asks now.
                await asyncio.sleep(0)
                if not asked.found.done():
                    await self._next_batch(asked)
            return await asked.found
        finally:
            asked.found.cancel()
            if asked in self._waiting:
                self._waiting.remove(asked)

    async def _next_batch(self, mine: _Asked) -> None:
        """Interpret the caller's text and others; when the caller goes away meanwhile, the others ask again."""
        batch = [mine, *(one for one in self._waiting if one is not mine)][:_MOST]
        try:
            found = await self._inner.interpret([one.utterance for one in batch])
        except NluUnavailable as error:
            for one in batch:
                if not one.found.done():
                    one.found.set_exception(error)
            return
        self._waiting = [one for one in self._waiting if one not in batch]
        for one, meaning in zip(batch, found, strict=True):
            if not one.found.done():
                one.found.set_result(meaning)
