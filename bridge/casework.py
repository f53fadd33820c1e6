"""A conversation between queue and person: hand-off, take, reply, the way back. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bridge.brain import Brain
from bridge.transcript import Turn
from bridge.types import (
    AgentRef,
    AgentReply,
    BackInQueue,
    Case,
    Detail,
    DetailsGiven,
    Ended,
    Ending,
    EntryNumber,
    ExternalId,
    HandOffEnded,
    HandOffId,
    HandOffRequested,
    Intent,
    Interpretation,
    Opened,
    QueueLeft,
    Rated,
    RatingGiven,
    Reason,
    Requeued,
    Resolved,
    ReturnedToBot,
    SkipDetail,
    Speaker,
    Status,
    TakeDecided,
    Taken,
    Timer,
    WakeUp,
)

_SUBJECT_CHARACTERS: Final = 120
# What an agent needs to see at a glance; `error` and `address` would be read in the message anyway.
_KNOWN: Final = ("uid", "txid", "order", "coin", "network", "amount")


def hand_off(
    turn: Turn,
    reason: Reason,
    intent: Intent | None,
    brain: Brain,
    *,
    question: str = "",
    heard: Interpretation | None = None,
    before: str = "",
) -> None:
    """Ask for a person. The place in line starts at once; what the person will need is asked meanwhile.

    `before` is said first in the same line, for example the answer to an urgent question.
    """
    conversation = turn.conversation
    urgent = reason is Reason.URGENT or (heard is not None and heard.urgency >= brain.rules.urgent_from)
    if conversation.case is not None and conversation.status is Status.QUEUED:
        _again(turn, reason, intent, brain, before, urgent=urgent)
        return
    case = Case(
        hand_off=HandOffId(f"{conversation.id}#{turn.entry:.0f}"),
        reason=reason,
        urgent=urgent,
        details=_found(heard),
        asking=_to_ask(intent, conversation.language, _found(heard), brain),
    )
    turn.conversation = replace(
        conversation, status=Status.QUEUED, case=case, last_case=case.hand_off, misses=0, question=""
    )
    turn.signal(_request(turn, case, intent, question or conversation.question))
    if case.details:
        turn.signal(DetailsGiven(hand_off=case.hand_off, details=case.details))
    said = [before, brain.phrases.say(f"hand_off_{reason.value}", conversation.language)]
    ask(turn, said, brain)


def ask(turn: Turn, said: list[str], brain: Brain) -> None:
    """Say what there is to say, with the next question for details if there is one left."""
    case = turn.conversation.case
    language = turn.conversation.language
    if case is None or not case.asking:
        turn.say("\n\n".join(filter(None, said)))
        return
    said = [*said, brain.phrases.say(f"ask_{case.asking[0]}", language)]
    line = turn.say("\n\n".join(filter(None, said)), offers=[(brain.phrases.say("skip", language), SkipDetail())])
    turn.wake_ups.append(WakeUp(timer=Timer.DETAILS, due=turn.now + brain.rules.details_wait, line=line))


def detail_given(turn: Turn, value: str | None, brain: Brain) -> None:
    """Keep the answer to the question that was asked (None: skipped), and ask the next."""
    case = turn.conversation.case
    if case is None or not case.asking:
        return
    if value is not None:
        case = replace(case, details=(*case.details, Detail(name=case.asking[0], value=value)))
        turn.signal(DetailsGiven(hand_off=case.hand_off, details=case.details))
    case = replace(case, asking=case.asking[1:])
    turn.conversation = replace(turn.conversation, case=case)
    ask(turn, [] if case.asking else [brain.phrases.say("details_thanks", turn.conversation.language)], brain)


def opened(turn: Turn, entry: Opened, brain: Brain) -> None:
    """The desk has made the ticket: tell number, place and expected wait, or that nobody is on duty."""
    case = turn.conversation.case
    if case is None or case.hand_off != entry.hand_off:
        return
    turn.conversation = replace(turn.conversation, case=replace(case, ticket=entry.ticket))
    if turn.conversation.status is not Status.QUEUED:
        return
    language = turn.conversation.language
    values: dict[str, str | int] = {"ticket": entry.ticket}
    if not entry.on_duty:
        key = "opened_nobody"
    elif entry.wait_s is None:
        key, values = "opened_soon", {**values, "position": entry.position}
    else:
        key = "opened_line"
        values = {**values, "position": entry.position, "wait": brain.phrases.wait(entry.wait_s, language)}
    turn.say(brain.phrases.say(key, language, **values), speaker=Speaker.SYSTEM)


def taken(turn: Turn, entry: Taken, brain: Brain) -> None:
    """Decide a take: the first agent whose entry comes while the conversation waits has it."""
    conversation = turn.conversation
    case = conversation.case
    accepted = conversation.status is Status.QUEUED and case is not None and case.hand_off == entry.hand_off
    turn.signal(
        TakeDecided(
            hand_off=entry.hand_off,
            agent=entry.agent,
            accepted=accepted,
            reservation=entry.external_id,
            at=turn.now,
        )
    )
    if not accepted or case is None:
        return
    turn.silence = True
    turn.conversation = replace(
        conversation, status=Status.HUMAN, case=replace(case, agent=entry.agent, asking=()), misses=0
    )
    turn.say(brain.phrases.say("taken", conversation.language, agent=entry.agent.name), speaker=Speaker.SYSTEM)


def agent_reply(turn: Turn, entry: AgentReply) -> None:
    """Say what the agent wrote, if the conversation is still his."""
    if _holds(turn, entry.agent) and not turn.conversation.reachable:
        turn.note(f"Not sent, since the customer cannot be reached: {entry.text}", client_id=entry.external_id)
        return
    if _holds(turn, entry.agent):
        turn.say(
            entry.text,
            speaker=Speaker.AGENT,
            agent=entry.agent,
            attachments=entry.attachments,
            client_id=entry.external_id,
        )
        return
    turn.note(
        f"Not sent, since {entry.agent.name} no longer holds this conversation: {entry.text}",
        client_id=entry.external_id,
    )


def requeued(turn: Turn, entry: Requeued, brain: Brain) -> None:
    """Put the conversation back in line, at its original waiting time."""
    case = turn.conversation.case
    if case is None or case.hand_off != entry.hand_off or not _holds(turn, entry.agent):
        return
    turn.conversation = replace(turn.conversation, status=Status.QUEUED, case=replace(case, agent=None))
    turn.signal(BackInQueue(hand_off=case.hand_off, agent=entry.agent, vanished=entry.vanished, at=turn.now))
    turn.say(brain.phrases.say("requeued", turn.conversation.language), speaker=Speaker.SYSTEM)


def returned_to_bot(turn: Turn, entry: ReturnedToBot, brain: Brain) -> None:
    """Give the conversation back to the bot."""
    _end(turn, entry.hand_off, entry.agent, Ending.TO_BOT, Status.BOT, "returned_to_bot", brain)


def resolved(turn: Turn, entry: Resolved, brain: Brain) -> None:
    """End the case; the next message starts anew with the bot."""
    _end(turn, entry.hand_off, entry.agent, Ending.RESOLVED, Status.RESOLVED, "resolved", brain)


def queue_left(turn: Turn, entry: QueueLeft, brain: Brain) -> None:
    """The customer no longer waits."""
    case = turn.conversation.case
    turn.account(entry.external_id, Ended.CLOSED)
    if case is None or turn.conversation.status is not Status.QUEUED:
        return
    turn.signal(HandOffEnded(hand_off=case.hand_off, ending=Ending.LEFT, agent=None, at=turn.now))
    turn.conversation = replace(turn.conversation, status=Status.BOT, case=None, misses=0)
    turn.say(brain.phrases.say("left_queue", turn.conversation.language), speaker=Speaker.SYSTEM)


def rated(turn: Turn, entry: Rated) -> None:
    """Keep the customer's score with the case it is about."""
    turn.signal(
        RatingGiven(
            conversation=turn.conversation.id,
            hand_off=turn.conversation.last_case,
            score=entry.score,
            comment=entry.comment,
            at=turn.now,
        )
    )
    turn.account(entry.external_id, Ended.CLOSED)


def unreadable(number: EntryNumber) -> ExternalId:
    """Names an entry whose payload could not be read."""
    return ExternalId(f"unreadable:{number}")


def _again(turn: Turn, reason: Reason, intent: Intent | None, brain: Brain, before: str, *, urgent: bool) -> None:
    case = turn.conversation.case
    assert case is not None
    if urgent and not case.urgent:
        case = replace(case, reason=reason, urgent=True)
        turn.conversation = replace(turn.conversation, case=case)
        turn.signal(_request(turn, case, intent, turn.conversation.question))
    said = [before, brain.phrases.say("already_queued", turn.conversation.language)]
    turn.say("\n\n".join(filter(None, said)))


def _request(turn: Turn, case: Case, intent: Intent | None, question: str) -> HandOffRequested:
    conversation = turn.conversation
    return HandOffRequested(
        hand_off=case.hand_off,
        conversation=conversation.id,
        address=conversation.address,
        reason=case.reason,
        intent=intent,
        subject=question[:_SUBJECT_CHARACTERS],
        language=conversation.language,
        urgent=case.urgent,
        name=conversation.name,
        at=turn.now,
    )


def _found(heard: Interpretation | None) -> tuple[Detail, ...]:
    if heard is None:
        return ()
    return tuple(Detail(name=entity.entity, value=entity.value) for entity in heard.entities if entity.entity in _KNOWN)


def _to_ask(intent: Intent | None, language: str, known: tuple[Detail, ...], brain: Brain) -> tuple[str, ...]:
    article = brain.answers.find(intent, language) if intent is not None else None
    wanted = (
        brain.rules.details.get(article.category, brain.rules.details_default)
        if article
        else brain.rules.details_default
    )
    given = {detail.name for detail in known}
    return tuple(name for name in wanted if name not in given)[: brain.rules.details_most]


def _holds(turn: Turn, agent: AgentRef) -> bool:
    case = turn.conversation.case
    held_by = case.agent if case is not None and turn.conversation.status is Status.HUMAN else None
    return held_by is not None and held_by.id == agent.id


def _end(
    turn: Turn,
    hand_off: HandOffId,
    agent: AgentRef,
    ending: Ending,
    status: Status,
    phrase: str,
    brain: Brain,
) -> None:
    case = turn.conversation.case
    if case is None or case.hand_off != hand_off or not _holds(turn, agent):
        return
    turn.conversation = replace(turn.conversation, status=status, case=None, topic=None, misses=0)
    turn.signal(HandOffEnded(hand_off=hand_off, ending=ending, agent=agent, at=turn.now))
    turn.say(brain.phrases.say(phrase, turn.conversation.language), speaker=Speaker.SYSTEM)
