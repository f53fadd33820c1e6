"""What a conversation does, entry by entry."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.flow import give_up, new_conversation
from bridge.transcript import OFFERS_KEPT
from bridge.types import (
    AgentReply,
    Attachment,
    BackInQueue,
    Choice,
    ChoiceId,
    DeadLettered,
    DetailsGiven,
    Edited,
    Ended,
    Ending,
    Entity,
    EntryNumber,
    ExternalId,
    HandOffEnded,
    HandOffId,
    HandOffRequested,
    Incoming,
    Noted,
    Observed,
    Opened,
    Outcome,
    QueueLeft,
    Rated,
    RatingGiven,
    Reason,
    Requeued,
    Resolved,
    ReturnedToBot,
    Speaker,
    Status,
    TakeDecided,
    Timer,
    Woken,
)
from tests.unit.bridge.talk import ADDRESS, ANN, BEN, T0, Talk, labels, said


@pytest.fixture
def talk() -> Talk:
    return Talk()


def signals(outcome: Outcome, kind: type) -> list:  # type: ignore[type-arg]
    return [record for record in outcome.records if isinstance(record, kind)]


def ended(outcome: Outcome) -> list[Ended]:
    return [record.ended for record in outcome.records if record.kind == "accounted"]


# Answers


def test_a_sure_question_gets_its_article_and_is_asked_whether_it_helped(talk: Talk) -> None:
    outcome = talk.say("sure faq/x")
    assert said(outcome) == ["Answer x."]
    assert labels(outcome) == ["That helped", "Not really"]
    assert ended(outcome) == [Ended.ANSWERED]


def test_an_article_that_lacks_the_customers_language_comes_in_english_and_says_so() -> None:
    (text,) = said(Talk("ja").say("sure faq/x"))
    assert "日本語版がない" in text and text.endswith("Answer x.")


def test_who_writes_traditional_chinese_is_answered_in_it_until_he_writes_simplified() -> None:
    talk = Talk("zh")
    assert "換個說法嗎" in said(talk.say("請問一下"))[0]
    assert talk.press("轉人工").conversation.status is Status.QUEUED
    talk = Talk("zh")
    talk.say("請問")
    assert "换个说法吗" in said(talk.say("请问一下"))[0]


def test_that_helped_ends_the_topic(talk: Talk) -> None:
    talk.say("sure faq/x")
    outcome = talk.press("That helped")
    assert said(outcome) == ["Glad to hear that. Is there anything else?"]
    assert outcome.conversation.topic is None


def test_not_helped_leads_to_alternatives_then_to_a_person(talk: Talk) -> None:
    talk.say("sure faq/x faq/y human")
    outcome = talk.press("Not really")
    assert labels(outcome) == ["About y", "None of these", "Talk to a person"]
    talk.press("About y")
    outcome = talk.press("Not really")
    assert [r.reason for r in signals(outcome, HandOffRequested)] == [Reason.NOT_HELPED]


def test_yes_and_no_in_words_are_the_buttons_after_an_answer(talk: Talk) -> None:
    talk.say("sure faq/x")
    assert "Glad" in said(talk.say("sure affirm"))[0]
    talk.say("sure faq/x")
    outcome = talk.say("sure deny")
    assert signals(outcome, HandOffRequested)


def test_yes_without_an_answer_before_is_small_talk(talk: Talk) -> None:
    assert said(talk.say("sure affirm")) == ["Good. Is there anything else I can help with?"]


# Doubt


def test_doubt_offers_titled_choices_and_a_way_out(talk: Talk) -> None:
    outcome = talk.say("doubt faq/x faq/y nonsense")
    assert labels(outcome) == ["About x", "About y", "None of these", "Talk to a person"]


def test_a_picked_choice_is_answered_and_stands_in_the_transcript(talk: Talk) -> None:
    talk.say("doubt faq/x faq/y")
    assert said(talk.press("About y")) == ["Answer y."]
    assert [line.text for line in talk.lines if line.speaker is Speaker.CUSTOMER][-1] == "About y"


def named(value: str, kind: str = "coin") -> Entity:
    return Entity(entity=kind, value=value, start=0, end=len(value))


def test_an_answer_says_what_is_so_for_the_coin_and_network_that_were_named(talk: Talk) -> None:
    assert said(talk.say("sure faq/x", entities=(named("XLM"), named("TRC20", "network")))) == [
        "Answer x.\n\nMind the tag.\n\nTakes a minute."
    ]
    assert said(talk.say("sure faq/x", entities=(named("BTC"), named("TRC20", "uid")))) == ["Answer x."]


def test_a_picked_choice_is_answered_for_the_coin_of_the_question(talk: Talk) -> None:
    talk.say("doubt faq/x faq/y", entities=(named("XRP"),))
    assert said(talk.press("About y")) == ["Answer y.\n\nMind the tag."]


def test_two_misses_bring_a_person(talk: Talk) -> None:
    talk.say("blah")
    talk.say("blah blah")
    outcome = talk.say("blah blah blah")
    assert [r.reason for r in signals(outcome, HandOffRequested)] == [Reason.NOT_UNDERSTOOD]


def test_none_of_these_counts_as_a_miss(talk: Talk) -> None:
    talk.say("doubt faq/x faq/y")
    talk.press("None of these")
    outcome = talk.say("doubt faq/x faq/y")
    assert [r.reason for r in signals(outcome, HandOffRequested)] == [Reason.NOT_UNDERSTOOD]


def test_an_answer_forgives_earlier_misses(talk: Talk) -> None:
    talk.say("blah")
    outcome = talk.say("sure faq/x")
    assert outcome.conversation.misses == 0


def test_a_button_that_is_gone_leads_on(talk: Talk) -> None:
    outcome = talk.choose(Choice(id=ChoiceId("nothing"), label=""))
    assert "no longer active" in said(outcome)[0]


def test_an_opening_button_asks_its_question_at_any_time(talk: Talk) -> None:
    assert said(talk.choose(Choice(id=ChoiceId("intent:faq/x"), label=""))) == ["Answer x."]


def test_old_buttons_are_forgotten_so_that_the_state_stays_small(talk: Talk) -> None:
    for _ in range(20):
        talk.say("sure faq/x")
    assert talk.conversation is not None and len(talk.conversation.offers) == OFFERS_KEPT


# Hand-off


@pytest.mark.parametrize(
    ("text", "reason"),
    [("sure human", Reason.ASKED), ("sure complaint", Reason.COMPLAINT), ("sure faq/nowhere", Reason.NO_ARTICLE)],
)
def test_what_the_bot_must_not_answer_goes_to_a_person(talk: Talk, text: str, reason: Reason) -> None:
    outcome = talk.say(text)
    assert [r.reason for r in signals(outcome, HandOffRequested)] == [reason]
    assert outcome.conversation.status is Status.QUEUED
    assert ended(outcome) == [Ended.QUEUED]


def test_an_urgent_question_is_answered_and_handed_off_in_one_line(talk: Talk) -> None:
    outcome = talk.say("sure faq/hacked")
    (text,) = said(outcome)
    assert text.startswith("Answer hacked.") and "person at once" in text
    (request,) = signals(outcome, HandOffRequested)
    assert request.urgent and request.intent == "faq/hacked"
    assert outcome.outgoing[0].article is not None  # type: ignore[union-attr]


def test_no_understanding_means_a_person(talk: Talk) -> None:
    outcome = talk.say("sure faq/x", down=True)
    assert [r.reason for r in signals(outcome, HandOffRequested)] == [Reason.NLU_DOWN]


def test_two_details_are_asked_at_most_and_each_can_be_skipped(talk: Talk) -> None:
    talk.say("sure faq/x")
    talk.press("Not really")
    assert talk.conversation is not None and talk.conversation.case is not None
    assert talk.conversation.case.asking == ("uid", "screenshot")
    outcome = talk.say("it is 12345678")
    assert signals(outcome, DetailsGiven)[0].details[0].value == "12345678"
    outcome = talk.press("Skip")
    assert said(outcome) == ["Thank you, I have passed it on."]
    assert not talk.conversation.case.asking


def test_what_the_question_already_told_is_not_asked_again(talk: Talk) -> None:
    uid = Entity(entity="uid", value="12345678", start=0, end=8)
    outcome = talk.say("sure human", entities=(uid,))
    assert talk.conversation is not None and talk.conversation.case is not None
    assert not talk.conversation.case.asking
    assert signals(outcome, DetailsGiven)[0].details[0].value == "12345678"


def test_the_bot_still_answers_while_the_customer_waits(talk: Talk) -> None:
    talk.say("sure human")
    outcome = talk.say("sure faq/x")
    assert said(outcome) == ["Answer x."]
    assert outcome.conversation.status is Status.QUEUED


def test_asking_again_while_waiting_keeps_the_place_and_opens_no_second_case(talk: Talk) -> None:
    talk.say("sure human")
    outcome = talk.want_person()
    assert not signals(outcome, HandOffRequested)
    assert "already in line" in said(outcome)[0]


def test_an_emergency_while_waiting_raises_the_same_case(talk: Talk) -> None:
    first = signals(talk.say("sure human"), HandOffRequested)[0]
    again = signals(talk.say("sure faq/hacked"), HandOffRequested)[0]
    assert again.hand_off == first.hand_off and again.urgent and not first.urgent


def test_who_sounds_urgent_goes_ahead_of_the_line_whatever_it_is_about(talk: Talk) -> None:
    (request,) = signals(talk.say("sure human!"), HandOffRequested)
    assert request.urgent and request.reason is Reason.ASKED
    assert not signals(talk.say("sure human!"), HandOffRequested)


def test_who_sounds_urgent_while_waiting_raises_the_same_case(talk: Talk) -> None:
    first = signals(talk.say("sure human"), HandOffRequested)[0]
    again = signals(talk.say("sure human!"), HandOffRequested)[0]
    assert again.hand_off == first.hand_off and again.urgent and not first.urgent


def test_the_ticket_tells_number_place_and_wait(talk: Talk) -> None:
    talk.say("sure human")
    assert said(_opened(talk, wait_s=240)) == ["Your ticket is #7. You are number 2 in line, about 4 minutes."]


def test_nobody_on_duty_is_said_and_no_wait_is_promised(talk: Talk) -> None:
    talk.say("sure human")
    (text,) = said(_opened(talk, wait_s=None, on_duty=False))
    assert "Nobody is on duty" in text and "minute" not in text


def test_a_ticket_of_a_case_that_was_left_says_nothing(talk: Talk) -> None:
    talk.say("sure human")
    talk.put(QueueLeft(address=ADDRESS, external_id=talk.external(), at=T0))
    assert said(_opened(talk, wait_s=60)) == []


def _opened(talk: Talk, wait_s: int | None, on_duty: bool = True) -> Outcome:
    return talk.put(
        Opened(
            address=ADDRESS,
            external_id=talk.external(),
            hand_off=talk.hand_off,
            ticket=7,
            position=2,
            wait_s=wait_s,
            on_duty=on_duty,
            at=T0,
        )
    )


def test_the_details_timer_stops_the_asking_only_when_nothing_was_said_since(talk: Talk) -> None:
    outcome = talk.say("sure human")
    (wake,) = outcome.wake_ups
    assert wake.timer is Timer.DETAILS and wake.due > T0
    woken = Woken(address=ADDRESS, external_id=talk.external(), timer=wake.timer, line=wake.line, at=T0)
    talk.put(woken)
    assert talk.conversation is not None and talk.conversation.case is not None
    assert not talk.conversation.case.asking


# People


def test_a_take_silences_the_bot(talk: Talk) -> None:
    talk.say("sure human")
    outcome = talk.take()
    assert outcome.silence and outcome.conversation.status is Status.HUMAN
    assert [r.accepted for r in signals(outcome, TakeDecided)] == [True]
    silent = talk.say("sure faq/x")
    assert said(silent) == [] and ended(silent) == [Ended.QUEUED]
    assert said(talk.say("sure faq/hacked", down=True)) == []


def test_a_second_take_is_refused(talk: Talk) -> None:
    talk.say("sure human")
    talk.take(ANN)
    outcome = talk.take(BEN)
    assert [r.accepted for r in signals(outcome, TakeDecided)] == [False]
    assert outcome.conversation.case is not None and outcome.conversation.case.agent == ANN


def test_only_the_holder_reaches_the_customer(talk: Talk) -> None:
    talk.say("sure human")
    talk.take(ANN)
    by = {"address": ADDRESS, "text": "Hello", "at": T0}
    assert said(talk.put(AgentReply(external_id=talk.external(), agent=ANN, **by))) == ["Hello"]  # type: ignore[arg-type]
    outcome = talk.put(AgentReply(external_id=talk.external(), agent=BEN, **by))  # type: ignore[arg-type]
    assert said(outcome) == []
    assert talk.lines[-1].private and "Not sent" in talk.lines[-1].text


def test_a_note_is_never_sent(talk: Talk) -> None:
    talk.say("sure human")
    talk.take(ANN)
    outcome = talk.put(Noted(address=ADDRESS, external_id=talk.external(), agent=ANN, text="careful", at=T0))
    assert outcome.outgoing == () and talk.lines[-1].private


def test_a_vanished_agents_conversation_waits_again_as_the_same_case(talk: Talk) -> None:
    talk.say("sure human")
    talk.take(ANN)
    back = Requeued(
        address=ADDRESS, external_id=talk.external(), hand_off=talk.hand_off, agent=ANN, vanished=True, at=T0
    )
    outcome = talk.put(back)
    assert outcome.conversation.status is Status.QUEUED
    assert [r.vanished for r in signals(outcome, BackInQueue)] == [True]
    assert [r.accepted for r in signals(talk.take(BEN), TakeDecided)] == [True]
    # The old holder's message comes late: it changes nothing.
    late = talk.put(replace(back, external_id=ExternalId("late")))
    assert late.conversation.status is Status.HUMAN and late.records == ()


def test_back_to_the_bot_and_the_bot_answers_again(talk: Talk) -> None:
    talk.say("sure human")
    talk.take()
    outcome = talk.put(
        ReturnedToBot(address=ADDRESS, external_id=talk.external(), hand_off=talk.hand_off, agent=ANN, at=T0)
    )
    assert [r.ending for r in signals(outcome, HandOffEnded)] == [Ending.TO_BOT]
    assert said(talk.say("sure faq/x")) == ["Answer x."]


def test_a_resolved_conversation_begins_anew_with_the_next_message(talk: Talk) -> None:
    talk.say("sure human")
    talk.take()
    outcome = talk.put(Resolved(address=ADDRESS, external_id=talk.external(), hand_off=talk.hand_off, agent=ANN, at=T0))
    assert outcome.conversation.status is Status.RESOLVED
    assert talk.say("sure faq/x").conversation.status is Status.BOT


def test_who_leaves_the_line_is_with_the_bot_again(talk: Talk) -> None:
    talk.say("sure human")
    outcome = talk.put(QueueLeft(address=ADDRESS, external_id=talk.external(), at=T0))
    assert [r.ending for r in signals(outcome, HandOffEnded)] == [Ending.LEFT]
    assert outcome.conversation.status is Status.BOT


def test_a_rating_names_its_case(talk: Talk) -> None:
    talk.say("sure human")
    outcome = talk.put(Rated(address=ADDRESS, external_id=talk.external(), score=4, comment="ok", at=T0))
    (rating,) = signals(outcome, RatingGiven)
    assert rating.hand_off == talk.hand_off and rating.score == 4


# What asks nothing, and what cannot be handled


def test_an_observed_message_is_recorded_and_never_answered(talk: Talk) -> None:
    outcome = talk.put(Observed(address=ADDRESS, external_id=talk.external(), text="hi all", at=T0))
    assert outcome.outgoing == () and ended(outcome) == [Ended.CLOSED]


def test_an_edit_names_what_it_edits(talk: Talk) -> None:
    talk.say("sure faq/x")
    edit = Edited(address=ADDRESS, external_id=ExternalId("x"), edits=ExternalId("e1"), text="new", at=T0)
    assert talk.put(edit).outgoing == ()
    assert talk.lines[-1].edits == "e1"


def test_a_file_without_words_is_acknowledged(talk: Talk) -> None:
    file = Attachment(name="a.png", media_type="image/png", size=1, url="/a")
    entry = Incoming(address=ADDRESS, external_id=talk.external(), text=" ", at=T0, attachments=(file,))
    assert "I have your file" in said(talk.put(entry))[0]


def test_what_cannot_be_handled_is_kept_and_a_person_comes(talk: Talk) -> None:
    entry = Incoming(address=ADDRESS, external_id=ExternalId("1"), text="poison", at=T0)
    outcome = give_up(new_conversation(entry), entry, EntryNumber(5), "{}", "ValueError", talk.brain, T0)
    assert signals(outcome, DeadLettered)[0].reason == "ValueError"
    assert ended(outcome) == [Ended.DEAD_LETTERED]
    assert outcome.conversation.status is Status.QUEUED


_ACTS = st.sampled_from(
    (
        "say sure faq/x|say doubt faq/x faq/y|say blah|say sure human|say sure faq/hacked|down|person|"
        "take ann|take ben|reply|note|return|resolve|requeue|leave|press|rate"
    ).split("|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_ACTS, max_size=25), st.randoms())
def test_whatever_happens_lines_rise_and_the_bot_never_talks_over_a_person(acts: list[str], chance: Random) -> None:
    talk = Talk()
    talk.say("sure greet")
    for act in acts:
        assert talk.conversation is not None
        held = talk.conversation.status is Status.HUMAN
        outcome = _do(talk, act, chance)
        if held and outcome.conversation.status is Status.HUMAN:
            assert all(one.speaker is not Speaker.BOT for one in outcome.outgoing if one.kind == "say")
        assert (outcome.conversation.case is not None) == (outcome.conversation.status in (Status.QUEUED, Status.HUMAN))
        holder = outcome.conversation.case.agent if outcome.conversation.case else None
        assert (holder is not None) == (outcome.conversation.status is Status.HUMAN)
    numbers = [line.id for line in talk.lines]
    assert numbers == sorted(set(numbers))


def _do(talk: Talk, act: str, chance: Random) -> Outcome:
    assert talk.conversation is not None
    verb, _, rest = act.partition(" ")
    case, agent, to = talk.conversation.last_case or HandOffId("none"), chance.choice([ANN, BEN]), talk.external()
    match verb:
        case "say":
            return talk.say(rest)
        case "down":
            return talk.say("sure faq/x", down=True)
        case "person":
            return talk.want_person()
        case "take" if talk.conversation.last_case:
            return talk.take(ANN if rest == "ann" else BEN)
        case "reply":
            return talk.put(AgentReply(address=ADDRESS, external_id=to, at=T0, agent=agent, text="hi"))
        case "note":
            return talk.put(Noted(address=ADDRESS, external_id=to, at=T0, agent=agent, text="hi"))
        case "return":
            return talk.put(ReturnedToBot(address=ADDRESS, external_id=to, at=T0, hand_off=case, agent=agent))
        case "resolve":
            return talk.put(Resolved(address=ADDRESS, external_id=to, at=T0, hand_off=case, agent=agent))
        case "requeue":
            return talk.put(
                Requeued(address=ADDRESS, external_id=to, at=T0, hand_off=case, agent=agent, vanished=False)
            )
        case "leave":
            return talk.put(QueueLeft(address=ADDRESS, external_id=to, at=T0))
        case "press" if talk.conversation.offers:
            return talk.choose(chance.choice(talk.conversation.offers).choice)
    return talk.put(Rated(address=ADDRESS, external_id=to, score=3, at=T0))
