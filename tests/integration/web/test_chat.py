"""The widget's protocol: hello, what was missed, messages both ways, each once and in order."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import aiohttp
import pytest

from bots.web.dependencies import WebDependencies
from bridge.ports import Standing
from bridge.types import Chosen, ConversationId, Incoming, PersonWanted, QueueLeft, Rated, Speaker, Status
from tests.integration.web.conftest import serving
from tests.integration.web.core import FIRST_LINE, MemoryCore, TestClock
from tests.integration.web.visitor import Open, Widget, frames


async def test_a_new_visitor_is_greeted_with_the_questions_most_asked(visit: Open) -> None:
    widget = await visit()
    ready = await widget.hello(language="zh-TW")
    assert ready["language"] == "zh"
    [welcome] = frames(ready["messages"])
    assert (welcome["id"], welcome["from"], welcome["text"]) == (0, "bot", "Hello (zh)")
    assert [choice["id"] for choice in frames(welcome["choices"])] == [f"intent:q{number}" for number in range(1, 5)]
    assert (await widget.until("status"))["status"] == "bot"


async def test_an_unknown_language_is_answered_in_english(visit: Open) -> None:
    assert (await (await visit()).hello(language="xx"))["language"] == "en"


async def test_a_message_is_acknowledged_after_it_is_stored_and_comes_back_as_a_line(
    visit: Open, core: MemoryCore
) -> None:
    widget = await visit()
    await widget.hello()
    await widget.send(type="message", id="m-1", text="hello")
    await widget.until("ack", id="m-1")
    [entry] = core.puts
    assert isinstance(entry, Incoming)
    assert (entry.address.channel, entry.text, entry.external_id) == ("web", "hello", "message:m-1")
    shown = [frame for frame in widget.heard if frame["type"] == "message"]
    while len(shown) < 2:
        shown.append(await widget.until("message"))
    assert [(one["from"], one["client_id"]) for one in shown] == [("user", "m-1"), ("bot", None)]
    assert [one["id"] for one in shown] == [FIRST_LINE, FIRST_LINE + 1]


async def test_every_act_of_a_visitor_is_stored(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    await widget.send(type="choose", id="1", choice="intent:q1")
    await widget.send(type="human", id="1")
    await widget.send(type="leave", id="1")
    await widget.send(type="rate", id="1", score=4, comment="good")
    await widget.send(type="message", id="end", text="bye")
    await widget.until("ack", id="end")
    assert [type(entry) for entry in core.puts] == [Chosen, PersonWanted, QueueLeft, Rated, Incoming]
    assert len({entry.external_id for entry in core.puts}) == 5


async def test_a_message_sent_again_is_stored_once_and_acknowledged_again(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    for _ in range(3):
        await widget.send(type="message", id="same", text="once")
        await widget.until("ack", id="same")
    assert len(core.puts) == 1


async def test_what_could_not_be_stored_is_not_acknowledged(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    core.puts_away = True
    await widget.send(type="message", id="a", text="hello")
    assert (await widget.until("error"))["id"] == "a"
    assert widget.errors()[0]["code"] == "unavailable"
    core.puts_away = False
    await widget.send(type="message", id="a", text="hello")
    await widget.until("ack", id="a")


async def test_who_comes_back_is_shown_what_he_missed_and_no_welcome(visit: Open, core: MemoryCore) -> None:
    first = await visit()
    await first.hello()
    lines = [await core.say(first.conversation, Speaker.BOT, f"line {n}") for n in range(5)]
    second = await visit()
    ready = await second.hello(token=first.token, after=lines[1].id)
    assert second.conversation == first.conversation
    assert [one["text"] for one in frames(ready["messages"])] == ["line 2", "line 3", "line 4"]
    third = await visit()
    assert len(frames((await third.hello(token=first.token))["messages"])) == 5


async def test_the_last_two_hundred_lines_are_shown(visit: Open, core: MemoryCore) -> None:
    first = await visit()
    await first.hello()
    for number in range(250):
        core.line(first.conversation, Speaker.BOT, str(number))
    second = await visit()
    await second.hello(token=first.token)
    assert second.texts() == [str(number) for number in range(50, 250)]


async def test_private_lines_are_never_shown(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    conversation = widget.conversation
    await core.say(conversation, Speaker.AGENT, "a note", private=True)
    await core.say(conversation, Speaker.AGENT, "hello")
    await core.say(conversation, Speaker.SYSTEM, "inside", private=True)
    await core.publish(conversation, "")
    await core.say(conversation, Speaker.AGENT, "bye")
    await widget.until("message", text="bye")
    assert widget.texts()[1:] == ["hello", "bye"]
    again = await visit()
    await again.hello(token=widget.token)
    assert again.texts() == ["hello", "bye"]


async def test_a_conversation_of_notes_alone_is_not_greeted_as_new(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    core.line(widget.conversation, Speaker.AGENT, "a note", private=True)
    assert (await (await visit()).hello(token=widget.token))["messages"] == []


async def test_a_lost_frame_is_noticed_by_the_next_and_filled_in(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    await core.say(widget.conversation, Speaker.BOT, "one")
    core.line(widget.conversation, Speaker.BOT, "lost")
    await core.say(widget.conversation, Speaker.BOT, "three")
    await widget.until("message", text="three")
    assert widget.texts()[1:] == ["one", "lost", "three"]


async def test_a_lost_last_frame_is_filled_in_when_frames_may_be_lost(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    core.line(widget.conversation, Speaker.BOT, "lost")
    await core.publish(widget.conversation, "")
    await widget.until("message", text="lost")


async def test_frames_that_come_twice_or_late_are_shown_once(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    one = await core.say(widget.conversation, Speaker.BOT, "one")
    two = core.line(widget.conversation, Speaker.BOT, "two")
    await core.publish(widget.conversation, "")
    await core.commit(widget.conversation, one, two)
    await core.commit(widget.conversation, one)
    await core.say(widget.conversation, Speaker.BOT, "three")
    await widget.until("message", text="three")
    assert widget.texts()[1:] == ["one", "two", "three"]


async def test_live_lines_are_shown_without_asking_the_history(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    await core.say(widget.conversation, Speaker.BOT, "one")
    reads = core.reads
    for number in range(20):
        await core.say(widget.conversation, Speaker.BOT, str(number))
    await widget.until("message", text="19")
    assert core.reads == reads


async def test_a_line_that_could_not_be_read_is_shown_when_the_store_is_back(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    core.history_away = True
    core.line(widget.conversation, Speaker.BOT, "said meanwhile")
    reads = core.reads
    await core.publish(widget.conversation, "")
    while core.reads == reads:
        await asyncio.sleep(0)
    core.history_away = False
    await widget.until("message", text="said meanwhile")


async def test_a_screen_that_fails_is_closed_so_that_it_comes_back(
    visit: Open, core: MemoryCore, caplog: pytest.LogCaptureFixture
) -> None:
    widget = await visit()
    await widget.hello()
    await core.publish(widget.conversation, '{"type":"lines"}')
    assert await widget.closed() == 1011
    assert "a screen failed" in caplog.text


async def test_two_tabs_see_the_same(visit: Open) -> None:
    one = await visit()
    await one.hello()
    two = await visit()
    await two.hello(token=one.token)
    await one.send(type="message", id="a", text="from one")
    await two.send(type="message", id="b", text="from two")
    for tab in (one, two):
        while len([text for text in tab.texts() if text.startswith("You said")]) < 2:
            await tab.next()
    assert one.messages()[1:] == two.messages()[1:]


async def test_the_status_is_told_and_told_again_when_it_changes(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    await widget.send(type="human", id="h")
    queued = await widget.until("status", status="queued")
    assert {"position": 3, "wait_s": 240, "ticket": 1042, "on_duty": True}.items() <= queued.items()
    core.standings[widget.conversation] = Standing(status=Status.HUMAN, agent="Mei", ticket=1042)
    await core.publish(widget.conversation, '{"type":"status"}')
    assert (await widget.until("status", status="human"))["agent"] == "Mei"
    again = await visit()
    await again.hello(token=widget.token)
    await again.until("status", status="human")


async def test_an_agents_typing_is_shown_and_the_visitors_own_is_not(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello()
    await widget.send(type="typing")
    await widget.send(type="typing")
    await core.publish(widget.conversation, '{"type":"typing","from":"agent"}')
    assert (await widget.until("typing"))["from"] == "agent"
    await widget.send(type="message", id="a", text="hi")
    await widget.until("ack")
    told = [frame for _, frame in core.told if frame == {"type": "typing", "from": "user"}]
    assert len(told) == 1


async def test_reading_is_told_to_agents_forward_only_and_never_beyond_what_was_shown(
    visit: Open, core: MemoryCore
) -> None:
    widget = await visit()
    await widget.hello()
    lines = [await core.say(widget.conversation, Speaker.AGENT, text) for text in ("one", "two")]
    await widget.until("message", text="two")
    for upto in (lines[0].id, lines[1].id, lines[0].id, lines[1].id, lines[1].id + 1):
        await widget.send(type="read", upto=upto)
    await widget.send(type="message", id="a", text="hi")
    await widget.until("ack")
    assert [frame["upto"] for _, frame in core.told if frame["type"] == "read"] == [line.id for line in lines]


async def test_a_returning_visitors_token_is_renewed(visit: Open, clock: TestClock) -> None:
    widget = await visit()
    await widget.hello()
    for _ in range(2):
        clock.forward(timedelta(days=100))
        again = await visit()
        await again.hello(token=widget.token)
        assert again.conversation == widget.conversation
        widget = again


@pytest.mark.parametrize("days", [0, 181])
async def test_a_forged_or_old_token_opens_nothing(visit: Open, clock: TestClock, days: int) -> None:
    widget = await visit()
    await widget.hello()
    clock.forward(timedelta(days=days))
    other = await visit()
    await other.send(type="hello", token=widget.token if days else widget.token[:-1] + "~")
    assert (await other.until("error"))["code"] == "bad_token"
    assert await other.closed() == 1008


async def test_the_place_in_another_conversation_hides_nothing_of_a_new_one(visit: Open) -> None:
    widget = await visit()
    ready = await widget.hello(after=FIRST_LINE * 2)
    assert ready["messages"]
    await widget.send(type="message", id="a", text="hi")
    await widget.until("message", text="You said: hi")


async def test_an_identity_is_accepted_and_not_believed(visit: Open, core: MemoryCore) -> None:
    widget = await visit()
    await widget.hello(identity="eyJhbGciOiJub25lIn0.eyJ1aWQiOiI4ODIzMSJ9.")
    await widget.send(type="message", id="a", text="hi")
    await widget.until("ack")
    assert "88231" not in repr(core.puts)


async def test_a_store_that_is_away_at_hello_is_told_and_the_visitor_comes_back(visit: Open, core: MemoryCore) -> None:
    first = await visit()
    await first.hello()
    core.history_away = True
    second = await visit()
    await second.send(type="hello", token=first.token)
    assert (await second.until("error"))["code"] == "unavailable"
    assert await second.closed() == 1013


async def test_a_server_that_stops_says_so_to_every_widget(deps: WebDependencies) -> None:
    async with aiohttp.ClientSession() as session:
        async with serving(deps) as url:
            widgets = [Widget(await session.ws_connect(f"{url}/chat")) for _ in range(3)]
            for widget in widgets:
                await widget.hello()
            codes = [asyncio.create_task(widget.closed()) for widget in widgets]
        assert await asyncio.gather(*codes) == [1001, 1001, 1001]


async def test_nothing_is_left_behind_by_closed_connections(visit: Open, core: MemoryCore) -> None:
    for _ in range(10):
        widget = await visit()
        await widget.hello()
        await widget.socket.close()
    while any(core.listeners.values()):
        await asyncio.sleep(0.01)


async def test_a_frame_of_another_conversation_is_of_no_use(visit: Open, core: MemoryCore) -> None:
    one, two = await visit(), await visit()
    await one.hello()
    await two.hello()
    assert one.conversation != two.conversation
    await one.send(type="choose", id="a", choice="1.1", conversation=two.conversation)
    assert (await one.until("error"))["code"] == "malformed"
    await one.send(type="message", id="a", text="mine")
    await one.until("message", text="You said: mine")
    assert core.texts(ConversationId(two.conversation)) == []
    await two.socket.send_str(json.dumps({"type": "typing"}))
