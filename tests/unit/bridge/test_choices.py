"""A choice made in words."""

from __future__ import annotations

import pytest

from bridge.choices import named
from bridge.flow import utterance
from bridge.types import Attachment, Choice, ChoiceId, ExternalId, Incoming, Speaker, Status
from tests.unit.bridge.talk import ADDRESS, T0, Talk, said

CHOICES = [Choice(id=ChoiceId("a"), label="That helped"), Choice(id=ChoiceId("b"), label="找人工客服")]


@pytest.mark.parametrize("text", ["2", " 2. ", "２", "找人工客服"])
def test_a_choice_is_named_by_number_or_label(text: str) -> None:
    assert named(text, CHOICES) == CHOICES[1]


@pytest.mark.parametrize("text", ["", "0", "3", "2 coins", "help"])
def test_anything_else_is_no_choice(text: str) -> None:
    assert named(text, CHOICES) is None


def incoming(text: str, *attachments: Attachment) -> Incoming:
    return Incoming(address=ADDRESS, external_id=ExternalId("n"), text=text, at=T0, attachments=attachments)


def test_a_number_typed_back_is_the_choice_and_stands_as_it_was_typed() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    assert said(talk.say("2")) == ["Answer y."]
    assert [line.text for line in talk.lines if line.speaker is Speaker.CUSTOMER][-1] == "2"


def test_a_label_typed_back_is_the_choice() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    assert talk.say("talk to a person").conversation.status is Status.QUEUED


def test_a_number_is_not_interpreted_when_it_names_a_choice() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    assert talk.conversation is not None
    assert utterance(talk.conversation, incoming("1")) is None
    assert utterance(talk.conversation, incoming("9")) is not None


def test_numbers_are_the_newest_choices() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    talk.say("sure faq/x")
    assert "Glad" in said(talk.say("1"))[0]


def test_a_number_long_after_the_choices_is_a_number() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    for _ in range(2):
        talk.say("sure greet")
    assert "other words" in said(talk.say("2"))[0]


def test_a_number_under_a_picture_is_what_the_picture_is_about() -> None:
    talk = Talk()
    talk.say("doubt faq/x faq/y")
    picture = Attachment(name="a.png", media_type="image/png", size=9, url="/attachments/a/a.png")
    outcome = talk.put(incoming("2", picture), None)
    assert outcome.conversation.status is Status.QUEUED
