"""The program with something broken on purpose, or with an engine that thinks for long."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import bridge.store
from bots.__main__ import main
from bridge.types import Interpretation, Utterance
from nlu.engine import EmbeddedEngine
from tests.integration.bridge.mutations import mutated

_quick = EmbeddedEngine.interpret


def break_it(mutation: str, think_s: float) -> None:
    """Replace the scripts by broken ones; make every interpretation take `think_s` seconds longer."""

    async def slow(self: EmbeddedEngine, utterances: Sequence[Utterance]) -> list[Interpretation]:
        await asyncio.sleep(think_s)
        return await _quick(self, utterances)

    bridge.store.SOURCES = mutated(mutation)
    EmbeddedEngine.interpret = slow  # type: ignore[method-assign]


if __name__ == "__main__":
    break_it(sys.argv[1], float(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
