"""What a visitor is promised, on a real store with a real bot behind the channel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis, RedisCluster

from bridge.store import Store
from bridge.types import (
    Address,
    AgentId,
    AgentRef,
    AgentReply,
    ChannelName,
    ConversationId,
    ExternalId,
    HandOffRequested,
    Line,
    Noted,
    Received,
    Taken,
)
from tests.integration.web.site import Site, last_seen, read_until, shown, site
from tests.integration.web.visitor import Widget

MEI = AgentRef(id=AgentId("mei"), name="Mei")


def address(widget: Widget) -> Address:
    channel, _, key = widget.conversation.partition(":")
    return Address(channel=ChannelName(channel), key=key)


async def take(here: Site, widget: Widget) -> HandOffRequested:
    """Mei takes the conversation, which waits for a person."""
    asked = await here.hand_off(widget.conversation)
    await here.core.inbox(
        Taken(
            address=address(widget),
            external_id=ExternalId("take"),
            hand_off=asked.hand_off,
            agent=MEI,
            at=datetime.now(UTC),
        )
    )
    await widget.until("status", status="human")
    return asked


async def note(here: Site, widget: Widget, text: str) -> None:
    await here.core.inbox(
        Noted(address=address(widget), external_id=ExternalId(text), agent=MEI, text=text, at=datetime.now(UTC))
    )


async def reply(here: Site, widget: Widget, text: str) -> None:
    await here.core.inbox(
        AgentReply(address=address(widget), external_id=ExternalId(text), agent=MEI, text=text, at=datetime.now(UTC))
    )


async def stored(here: Site, conversation: ConversationId) -> list[Received]:
    found = await here.core.records()
    return [one for one in found if isinstance(one, Received) and one.conversation == conversation]


async def test_an_ack_says_that_the_message_is_stored(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        for number in range(5):
            await widget.send(type="message", id=f"m{number}", text="sure faq/x")
            await widget.until("ack", id=f"m{number}")
            assert len(await stored(here, widget.conversation)) == number + 1


async def test_an_answer_arrives_once_with_its_article_and_after_the_question(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        await widget.send(type="message", id="m1", text="sure faq/x")
        assert await read_until(widget, 2) == ["sure faq/x", "Answer x."]
        mine, answer = [frame for frame in widget.heard if frame["type"] == "message"]
        assert (mine["from"], mine["client_id"]) == ("user", "m1")
        assert (answer["from"], answer["client_id"]) == ("bot", None)
        article = answer["article"]
        assert isinstance(article, dict)
        assert (article["slug"], article["version"]) == ("x", 1)
        assert int(str(mine["id"])) < int(str(answer["id"]))
        # Whatever else was told comes before the answer to a second question.
        await widget.send(type="message", id="m2", text="sure faq/y")
        assert await read_until(widget, 4) == ["sure faq/x", "Answer x.", "sure faq/y", "Answer y."]


async def test_an_opening_question_is_answered_when_pressed(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        (welcome,) = [one for frame in widget.heard if frame["type"] == "ready" for one in _messages(frame)]
        choices = welcome["choices"]
        assert isinstance(choices, list)
        await widget.send(type="choose", id="c1", choice=choices[0]["id"])
        assert await read_until(widget, 2) == ["About x", "Answer x."]


async def test_a_choice_that_was_never_offered_is_answered_politely(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        for number, choice in enumerate(("1.1", "intent:nothing", "\x00", "中" * 128, "'; DROP TABLE lines; --")):
            await widget.send(type="choose", id=f"c{number}", choice=choice)
            await widget.until("ack", id=f"c{number}")
            await widget.that(lambda frame: frame["type"] == "message" and frame["from"] == "bot")


async def test_coming_back_shows_exactly_what_was_missed(store: Store) -> None:
    async with site(store) as here:
        first = await here.visit()
        await first.send(type="message", id="m1", text="sure faq/x")
        await read_until(first, 2)
        other = await here.visit(token=first.token, after=last_seen(first))
        await first.socket.close()
        assert shown(other) == []
        await other.send(type="message", id="m2", text="sure faq/y")
        await read_until(other, 2)

        again = await here.back(first)
        assert shown(again) == ["sure faq/y", "Answer y."]
        assert shown(await here.visit(token=first.token)) == shown(first) + shown(again)
        assert shown(await here.back(other)) == []


async def test_two_tabs_show_the_same_lines_in_the_same_order(store: Store) -> None:
    async with site(store) as here:
        one = await here.visit()
        two = await here.visit(token=one.token)
        for number in range(10):
            await one.send(type="message", id=f"a{number}", text=f"one {number}")
            await two.send(type="message", id=f"b{number}", text=f"two {number}")
        mine = {f"one {number}" for number in range(10)} | {f"two {number}" for number in range(10)}
        async with asyncio.timeout(20):
            while not mine <= set(shown(one)):
                await one.next()
        await read_until(two, len(shown(one)))
        assert [line for line in one.messages() if line[0]] == [line for line in two.messages() if line[0]]
        assert len(set(one.messages())) == len(one.messages())


async def test_a_message_sent_again_is_one_message(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        for _ in range(3):
            await widget.send(type="message", id="m1", text="sure faq/x")
            await widget.until("ack", id="m1")
        again = await here.back(widget)
        await again.send(type="message", id="m1", text="sure faq/x")
        await again.until("ack", id="m1")
        await again.send(type="message", id="m2", text="sure faq/y")
        await again.until("message", text="Answer y.")
        history = await here.visit(token=widget.token)
        assert shown(history) == ["sure faq/x", "Answer x.", "sure faq/y", "Answer y."]
        assert [one.external_id for one in await stored(here, widget.conversation)] == ["message:m1", "message:m2"]


async def test_the_same_id_of_two_visitors_is_two_messages(store: Store) -> None:
    async with site(store) as here:
        for _ in range(2):
            widget = await here.visit()
            await widget.send(type="message", id="m1", text="sure faq/x")
            assert await read_until(widget, 2) == ["sure faq/x", "Answer x."]


async def test_no_visitor_sees_what_is_said_to_another(store: Store) -> None:
    async with site(store) as here:
        alice, bob = await here.visit(), await here.visit()
        assert alice.conversation != bob.conversation
        await alice.send(type="message", id="m1", text="sure faq/x")
        await read_until(alice, 2)
        await bob.send(type="message", id="m1", text="sure faq/y")
        assert await read_until(bob, 2) == ["sure faq/y", "Answer y."]
        key = alice.conversation.partition(":")[2]
        _, theirs, issued, signature = bob.token.split(".")
        for stolen in (f"v1.{key}.{issued}.{signature}", key, alice.conversation, f"v1.{key}.{issued}."):
            stranger = Widget(await here.session.ws_connect(f"{here.url}/chat"))
            await stranger.send(type="hello", token=stolen)
            assert await stranger.closed() == 1008
            assert [error["code"] for error in stranger.errors()] == ["bad_token"]
            assert not stranger.messages()
        assert theirs != key


async def test_an_agents_private_notes_are_never_shown_and_leave_no_hole(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        await widget.send(type="human", id="h1")
        await widget.until("status", status="queued")
        await take(here, widget)
        for number in range(3):
            await note(here, widget, f"private {number}")
            await reply(here, widget, f"reply {number}")
            told = await widget.until("message", text=f"reply {number}")
            assert (told["from"], told["agent"]) == ("agent", "Mei")
        await note(here, widget, "private end")
        again = await here.visit(token=widget.token)
        assert shown(again) == shown(widget)
        assert not [text for text in again.texts() if text.startswith("private")]
        lines = [one for one in await here.core.records() if isinstance(one, Line) and one.private]
        assert len(lines) >= 3


async def test_markup_comes_back_as_the_text_it_was(store: Store) -> None:
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>&amp; **bold** [x](javascript:alert(1))"
    async with site(store) as here:
        widget = await here.visit()
        await widget.send(type="message", id="m1", text=text)
        await widget.until("message", client_id="m1")
        assert shown(widget)[0] == text


async def test_frames_lost_with_the_stores_connection_are_filled_in(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        expected: list[str] = []
        for number in range(5):
            await cut_live(store)
            await widget.send(type="message", id=f"m{number}", text="sure faq/x")
            expected += ["sure faq/x", "Answer x."]
            assert await read_until(widget, len(expected)) == expected
        assert len(set(widget.messages())) == len(widget.messages())


async def test_a_status_lost_with_the_stores_connection_is_told_later(store: Store) -> None:
    async with site(store) as here:
        widget = await here.visit()
        await widget.send(type="message", id="m1", text="sure faq/x")
        await read_until(widget, 2)
        await cut_live(store)
        await widget.send(type="human", id="h1")
        await widget.until("status", status="queued")


async def cut_live(store: Store) -> None:
    """Cut every connection that waits for live frames, on every node."""
    client = store.client
    nodes = [client] if isinstance(client, Redis) else await _nodes(client)
    for node in nodes:
        await node.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
        if node is not client:
            await node.aclose()


async def _nodes(client: RedisCluster) -> list[Redis]:
    await client.initialize()
    return [Redis(host=node.host, port=int(node.port)) for node in client.get_nodes()]


def _messages(ready: dict[str, object]) -> list[dict[str, object]]:
    messages = ready["messages"]
    assert isinstance(messages, list)
    return messages


@pytest.mark.parametrize("after", [0, 1, 2**53])
async def test_a_new_visitor_is_welcomed_whatever_line_he_says_he_knows(store: Store, after: int) -> None:
    async with site(store) as here:
        widget = await here.visit(after=after)
        assert widget.texts() == ["Hello"]
        await widget.send(type="message", id="m1", text="sure faq/x")
        assert await read_until(widget, 2) == ["sure faq/x", "Answer x."]
