"""How long the embedded engine takes for a text, alone and in batches."""

from __future__ import annotations

import time
from itertools import islice

from bots.settings import DATA
from bridge.types import Utterance
from nlu.engine import EmbeddedEngine
from nlu.judging.testset import load_testset
from nlu.text import MOST_CHARACTERS
from tests.bench.engine import engine
from tests.bench.table import Figure, milliseconds, percentile
from tests.hostile import hostile

_TEXTS = 300
_BATCH = 32
_HOSTILE = 200


async def measure() -> list[Figure]:
    """Parse sentences of the test set, spread over intents, languages and grades."""
    cases = load_testset(DATA)
    utterances = [Utterance(text=case.text, language=case.language) for case in cases[:: len(cases) // _TEXTS]][:_TEXTS]
    parser = engine()
    await parser.interpret(utterances[:1])
    alone = []
    for utterance in utterances:
        begun = time.perf_counter()
        await parser.interpret([utterance])
        alone.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    for start in range(0, len(utterances), _BATCH):
        await parser.interpret(utterances[start : start + _BATCH])
    each = (time.perf_counter() - begun) / len(utterances)
    longest = await _slowest(parser, [case.text for case in cases])
    return [
        Figure("parse alone, p50", milliseconds(percentile(alone, 50)), "≤ 3 ms"),
        Figure("parse alone, p95", milliseconds(percentile(alone, 95)), ""),
        Figure(f"parse in batches of {_BATCH}, a text", milliseconds(each), "≤ 0.6 ms"),
        Figure(
            f"slowest of {_HOSTILE} hostile texts of {MOST_CHARACTERS} characters", milliseconds(longest), "≤ 50 ms"
        ),
    ]


async def _slowest(parser: EmbeddedEngine, sentences: list[str]) -> float:
    """Parse texts of the accepted length that nobody would write; return the longest time, in seconds."""
    texts = (text for text in hostile(3, sentences, MOST_CHARACTERS) if len(text) == MOST_CHARACTERS)
    times = []
    for text in islice(texts, _HOSTILE):
        begun = time.perf_counter()
        await parser.interpret([Utterance(text=text, language="en")])
        times.append(time.perf_counter() - begun)
    return max(times)
