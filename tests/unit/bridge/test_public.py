"""What is said where others read along, and the words of a chat's own: its beginning, its language, its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.flow import give_up, new_conversation, utterance
from bridge.types import (
    Address,
    AgentReply,
    Began,
    ChannelName,
    Ended,
    EntryNumber,
    HandOffRequested,
    LanguageSet,
    Observed,
    Outcome,
    Say,
    Status,
    Unreachable,
)
from tests.fixtures.exchange import brain, keyword_interpretation
from tests.unit.bridge.talk import ADDRESS, ANN, T0, Talk, labels, said

GROUP = Address(channel=ChannelName("test"), key="g:1:a", public=True)


@pytest.fixture
def group() -> Talk:
    return Talk(address=GROUP)


def leads(outcome: Outcome) -> list[bool]:
    return [one.leads_private for one in outcome.outgoing if isinstance(one, Say)]


def ended(outcome: Outcome) -> list[Ended]:
    return [record.ended for record in outcome.records if record.kind == "accounted"]


def overhear(talk: Talk, text: str, *, answerable: bool) -> Outcome:
    entry = Observed(address=GROUP, external_id=talk.external(), text=text, at=T0, answerable=answerable)
    conversation = talk.conversation or new_conversation(entry)
    heard = keyword_interpretation(text, "en") if utterance(conversation, entry) is not None else None
    return talk.put(entry, heard)


def test_an_article_is_said_to_all_and_nobody_is_asked_whether_it_helped(group: Talk) -> None:
    outcome = group.say("sure faq/x")
    assert (said(outcome), labels(outcome), leads(outcome)) == (["Answer x."], [], [False])


def test_it_answers_the_very_message(group: Talk) -> None:
    outcome = group.say("sure faq/x")
    assert [one.reply_to for one in outcome.outgoing if isinstance(one, Say)] == ["e1"]


@pytest.mark.parametrize("text", ["sure human", "sure complaint", "sure faq/nowhere"])
def test_what_needs_a_person_leads_to_the_private_chat_and_opens_no_case(group: Talk, text: str) -> None:
    outcome = group.say(text)
    assert leads(outcome) == [True] and "private" in said(outcome)[0]
    assert outcome.conversation.status is Status.BOT and ended(outcome) == [Ended.ANSWERED]
    assert not [record for record in outcome.records if isinstance(record, HandOffRequested)]


def test_an_urgent_question_is_answered_and_leads_to_the_private_chat(group: Talk) -> None:
    (text,) = said(group.say("sure faq/hacked"))
    assert text.startswith("Answer hacked.") and "private" in text


def test_doubt_offers_questions_and_no_person(group: Talk) -> None:
    assert labels(group.say("doubt faq/x faq/y")) == ["About x", "About y", "None of these"]
    assert said(group.press("About y")) == ["Answer y."]


def test_a_pressed_person_leads_to_the_private_chat(group: Talk) -> None:
    assert leads(group.want_person()) == [True]


def test_what_cannot_be_handled_leads_to_the_private_chat(group: Talk) -> None:
    conversation = group.say("sure faq/x").conversation
    outcome = give_up(conversation, None, EntryNumber(9), "?", "broken", brain(), T0)
    assert leads(outcome) == [True] and outcome.conversation.status is Status.BOT


@pytest.mark.parametrize("text", ["sure faq/x", "sure human"])
def test_what_was_only_overheard_is_recorded_and_not_answered(group: Talk, text: str) -> None:
    outcome = overhear(group, text, answerable=False)
    assert (said(outcome), ended(outcome)) == ([], [Ended.CLOSED])
    assert [line.text for line in group.lines] == [text]


def test_a_group_may_want_sure_answers_and_gets_nothing_else(group: Talk) -> None:
    assert said(overhear(group, "sure faq/x", answerable=True)) == ["Answer x."]
    for text in ("doubt faq/x faq/y", "blah", "sure greet", "sure human", "sure complaint", "sure faq/nowhere"):
        outcome = overhear(group, text, answerable=True)
        assert (said(outcome), ended(outcome)) == ([], [Ended.CLOSED]), text


# A chat's beginning, its language, and that it cannot be reached


def began(talk: Talk) -> Outcome:
    return talk.put(Began(address=ADDRESS, external_id=talk.external(), at=T0, language="en", name="Cara"))


def set_language(talk: Talk, language: str | None) -> Outcome:
    return talk.put(LanguageSet(address=ADDRESS, external_id=talk.external(), language=language, at=T0))


def test_a_chat_begins_with_a_greeting_and_the_questions_that_are_asked_most() -> None:
    talk = Talk()
    outcome = began(talk)
    assert labels(outcome) == ["About x"] and "assistant" in said(outcome)[0]
    assert said(talk.say("1")) == ["Answer x."]


def test_who_waits_for_a_person_and_begins_again_keeps_his_place() -> None:
    talk = Talk()
    talk.want_person()
    outcome = began(talk)
    assert "Your place is kept" in said(outcome)[0] and ended(outcome) == [Ended.QUEUED]


def test_a_beginning_says_nothing_into_a_talk_with_a_person() -> None:
    talk = Talk()
    talk.want_person()
    talk.take()
    assert said(began(talk)) == []


def test_a_chosen_language_is_kept_whatever_is_written() -> None:
    talk = Talk()
    assert said(set_language(talk, "ja")) == ["わかりました。今後は日本語でお答えします。"]
    assert "日本語版がない" in said(talk.say("sure faq/x"))[0]
    assert "language you write" not in said(set_language(talk, None))[0]
    assert said(talk.say("sure faq/x")) == ["Answer x."]


def test_who_blocked_the_bot_is_sent_nothing_until_he_writes_again() -> None:
    talk = Talk()
    talk.want_person()
    talk.take()
    gone = talk.put(Unreachable(address=ADDRESS, external_id=talk.external(), at=T0))
    assert [(line.text[:24], line.private) for line in talk.lines[-1:]] == [("The customer has blocked", True)]
    assert gone.outgoing == ()
    reply = AgentReply(address=ADDRESS, external_id=talk.external(), agent=ANN, text="Hello?", at=T0)
    assert said(talk.put(reply)) == [] and "Not sent" in talk.lines[-1].text
    talk.say("back again")
    assert said(talk.put(replace(reply, external_id=talk.external()))) == ["Hello?"]
