"""The core's promises, on one server and on a cluster."""

from __future__ import annotations

import asyncio

import pytest

from bridge.store import Store
from bridge.types import Speaker
from tests.integration.bridge.core import assemble, message, working


@pytest.fixture
def core(store: Store):  # type: ignore[no-untyped-def]
    return assemble(store)


async def test_a_question_is_answered_from_its_article(core) -> None:  # type: ignore[no-untyped-def]
    async with working(core):
        await core.inbox(message("a", "1", "sure faq/x"))
        lines = await core.lines("a", 2)
    assert [(line.speaker, line.text) for line in lines] == [
        (Speaker.CUSTOMER, "sure faq/x"),
        (Speaker.BOT, "Answer x."),
    ]


async def test_a_message_put_twice_is_one(core) -> None:  # type: ignore[no-untyped-def]
    numbers = await asyncio.gather(*(core.inbox(message("a", "1", "sure faq/x")) for _ in range(20)))
    assert len(set(numbers)) == 1
    async with working(core):
        await core.inbox(message("a", "2", "sure faq/y"))
        lines = await core.lines("a", 4)
    assert [line.text for line in lines if line.speaker is Speaker.BOT] == ["Answer x.", "Answer y."]
