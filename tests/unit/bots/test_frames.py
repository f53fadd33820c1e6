"""What the server writes is what the widget reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bots.web.entries import entry
from bots.web.frames import error, message, status
from bots.web.parse import Choose, Human, Leave, Rate, Said
from bridge.ports import Standing
from bridge.types import (
    Address,
    AgentId,
    AgentRef,
    ArticleRef,
    Attachment,
    ChannelName,
    Choice,
    ChoiceId,
    ConversationId,
    ExternalId,
    Intent,
    Line,
    LineId,
    Speaker,
    Status,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LINE = Line(id=LineId(7), conversation=ConversationId("web:a"), speaker=Speaker.BOT, text="Hi.", at=NOW, language="en")


def link(attachment: Attachment, conversation: ConversationId) -> str:
    return f"{attachment.url}?for={conversation}"


def test_a_line_of_the_bot_carries_its_choices_and_its_article() -> None:
    article = ArticleRef(
        intent=Intent("faq/x"), slug="x", language="en", version=3, url="/help/en/x", reviewed="2026-11-02"
    )
    line = replace(LINE, choices=(Choice(id=ChoiceId("7.1"), label="That helped"),), article=article)
    assert message(line, link) == {
        "type": "message",
        "id": 7,
        "client_id": None,
        "from": "bot",
        "text": "Hi.",
        "choices": [{"id": "7.1", "label": "That helped"}],
        "article": {"slug": "x", "version": 3, "url": "/help/en/x", "reviewed": "2026-11-02"},
        "attachments": [],
        "agent": None,
        "at": "2026-11-22T12:00:00+00:00",
    }


@pytest.mark.parametrize("own", ["m1", "a:b", "message:1"])
def test_a_visitors_line_carries_his_own_id_as_he_sent_it(own: str) -> None:
    address = Address(channel=ChannelName("web"), key="a")
    put = entry(Said(type="message", id=own, text="hi"), address, "en", NOW)
    line = replace(LINE, speaker=Speaker.CUSTOMER, client_id=put.external_id)
    assert message(line, link)["client_id"] == own


def test_an_agents_line_carries_his_name_and_never_his_own_id_of_it() -> None:
    mei = AgentRef(id=AgentId("mei"), name="Mei")
    shown = message(replace(LINE, speaker=Speaker.AGENT, agent=mei, client_id=ExternalId("reply:secret")), link)
    assert (shown["from"], shown["agent"], shown["client_id"]) == ("agent", "Mei", None)


def test_a_line_carries_its_files_with_links_and_the_reasons_of_those_that_were_not_kept() -> None:
    picture = Attachment(name="a.png", media_type="image/png", size=9, url="/attachments/1/a.png")
    phones = replace(picture, name="b.heic", media_type="image/heic")
    refused = Attachment(name="x.exe", media_type="application/octet-stream", size=7, url="", refused="type_refused")
    line = replace(LINE, speaker=Speaker.CUSTOMER, attachments=(picture, phones, refused))
    kept = {"media_type": "image/png", "size": 9, "url": "/attachments/1/a.png?for=web:a"}
    assert message(line, link)["attachments"] == [
        {**kept, "name": "a.png", "image": True},
        {**kept, "name": "b.heic", "media_type": "image/heic", "image": False},
        {
            "name": "x.exe",
            "media_type": "application/octet-stream",
            "size": 7,
            "url": "",
            "image": False,
            "refused": "type_refused",
        },
    ]


def test_the_same_id_names_different_acts_of_different_kinds() -> None:
    acts = (
        Said(type="message", id="1", text="hi"),
        Choose(type="choose", id="1", choice="c"),
        Human(type="human", id="1"),
        Leave(type="leave", id="1"),
        Rate(type="rate", id="1", score=5),
    )
    address = Address(channel=ChannelName("web"), key="a")
    assert len({entry(act, address, "en", NOW).external_id for act in acts}) == len(acts)


def test_a_status_says_the_place_in_line_only_while_one_waits() -> None:
    assert status(Standing(status=Status.BOT, position=2, wait_s=60)) == {
        "type": "status",
        "status": "bot",
        "on_duty": True,
    }
    waiting = Standing(status=Status.QUEUED, position=2, wait_s=None, on_duty=False, ticket=1042)
    assert status(waiting) == {
        "type": "status",
        "status": "queued",
        "on_duty": False,
        "position": 2,
        "wait_s": None,
        "ticket": 1042,
    }
    assert status(Standing(status=Status.HUMAN, agent="Mei"))["agent"] == "Mei"


def test_an_error_names_the_frame_and_the_time_only_where_there_are_some() -> None:
    assert error("malformed", "no") == {"type": "error", "code": "malformed", "detail": "no"}
    assert error("rate_limited", "no", "a", 0.4321) == {
        "type": "error",
        "code": "rate_limited",
        "detail": "no",
        "id": "a",
        "retry_after": 0.4,
    }
