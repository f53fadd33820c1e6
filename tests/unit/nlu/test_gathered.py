"""Callers at the same time share batches, and none suffers from another's going away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bridge.errors import NluUnavailable
from bridge.types import Certainty, Interpretation, Utterance
from nlu.gathered import Gathered


class Slow:
    """Repeats each text as its model; one batch at a time, each as long as the test wants."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = asyncio.Event()
        self.away = False

    async def interpret(self, utterances: Sequence[Utterance]) -> list[Interpretation]:
        self.batches.append([one.text for one in utterances])
        await self.go.wait()
        if self.away:
            raise NluUnavailable("it is away")
        return [
            Interpretation(ranking=(), language="en", certainty=Certainty.SURE, model=one.text) for one in utterances
        ]


def ask(gathered: Gathered, text: str) -> asyncio.Task[Interpretation]:
    return asyncio.create_task(gathered.interpret(Utterance(text=text, language="en")))


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_what_comes_during_a_batch_is_the_next_batch() -> None:
    slow = Slow()
    gathered = Gathered(slow)
    first = ask(gathered, "0")
    await turns()
    others = [ask(gathered, str(number)) for number in range(1, 50)]
    await turns()
    slow.go.set()
    found = await asyncio.gather(first, *others)
    assert [one.model for one in found] == [str(number) for number in range(50)]
    assert [len(batch) for batch in slow.batches] == [1, 32, 17]


async def test_who_asks_at_the_same_moment_is_in_the_first_batch() -> None:
    slow = Slow()
    slow.go.set()
    gathered = Gathered(slow)
    await asyncio.gather(*(ask(gathered, str(number)) for number in range(8)))
    assert slow.batches == [[str(number) for number in range(8)]]


async def test_a_caller_who_goes_away_takes_nobody_with_him() -> None:
    slow = Slow()
    gathered = Gathered(slow)
    asked = [ask(gathered, str(number)) for number in range(4)]
    await turns()
    asked[0].cancel()
    asked[2].cancel()
    await turns()
    slow.go.set()
    assert [(await asked[place]).model for place in (1, 3)] == ["1", "3"]
    assert all(asked[place].cancelled() for place in (0, 2))
    assert slow.batches == [["0", "1", "2", "3"], ["1", "3"]]
    assert (await ask(gathered, "later")).model == "later"
    assert slow.batches[-1] == ["later"]


async def test_all_of_a_batch_hear_that_the_engine_is_away_and_the_next_are_asked_again() -> None:
    slow = Slow()
    slow.away = True
    slow.go.set()
    gathered = Gathered(slow)
    found = await asyncio.gather(ask(gathered, "a"), ask(gathered, "b"), return_exceptions=True)
    assert [type(one) for one in found] == [NluUnavailable, NluUnavailable]
    assert len(slow.batches) == 1
    slow.away = False
    assert (await ask(gathered, "c")).model == "c"
