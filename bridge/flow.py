"""The conversation: what each entry does to it. Pure: no clock, no I/O."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from bridge import answering, casework, in_public
from bridge.brain import Brain
from bridge.choices import picked
from bridge.policy import HandOff
from bridge.transcript import Turn
from bridge.types import (
    AgentReply,
    Began,
    Chosen,
    Conversation,
    DeadLettered,
    Edited,
    Ended,
    Entry,
    EntryNumber,
    ExternalId,
    Incoming,
    Interpretation,
    LanguageSet,
    Noted,
    Observed,
    Opened,
    Outcome,
    PersonWanted,
    QueueLeft,
    Rated,
    Reason,
    Requeued,
    Resolved,
    ReturnedToBot,
    Status,
    Taken,
    Unreachable,
    Utterance,
    Woken,
)


def step(
    conversation: Conversation,
    entry: Entry,
    number: EntryNumber,
    heard: Interpretation | None,
    brain: Brain,
    now: datetime,
) -> Outcome:
    """Return what one entry does. The same input gives the same outcome.

    `heard` is the interpretation of an Incoming's text, None when nothing could interpret it or none was asked for.
    """
    turn = Turn(conversation=conversation, entry=number, now=now, answers=_answered(entry))
    match entry:
        case Incoming():
            answering.incoming(turn, entry, heard, brain)
        case Chosen():
            answering.chosen(turn, entry, brain)
        case PersonWanted():
            answering.person_wanted(turn, entry, brain)
        case Observed():
            in_public.observed(turn, entry, heard, brain)
        case Began():
            answering.began(turn, entry, brain)
        case LanguageSet():
            answering.language_set(turn, entry, brain)
        case Unreachable():
            answering.unreachable(turn, entry)
        case Edited():
            turn.heard(entry.text, entry.external_id, at=entry.at, edits=entry.edits)
            turn.account(entry.external_id, Ended.CLOSED)
        case Rated():
            casework.rated(turn, entry)
        case QueueLeft():
            casework.queue_left(turn, entry, brain)
        case Opened():
            casework.opened(turn, entry, brain)
        case Taken():
            casework.taken(turn, entry, brain)
        case AgentReply():
            casework.agent_reply(turn, entry)
        case Noted():
            turn.note(entry.text, agent=entry.agent, client_id=entry.external_id)
        case Requeued():
            casework.requeued(turn, entry, brain)
        case ReturnedToBot():
            casework.returned_to_bot(turn, entry, brain)
        case Resolved():
            casework.resolved(turn, entry, brain)
        case Woken():
            answering.woken(turn, entry)
        case _:
            assert_never(entry)
    return turn.outcome()


def utterance(conversation: Conversation, entry: Entry) -> Utterance | None:
    """What must be understood before this entry's step; None when nothing."""
    asked = isinstance(entry, Incoming) or (isinstance(entry, Observed) and entry.answerable)
    if not isinstance(entry, Incoming | Observed) or not asked or not entry.text.strip():
        return None
    if picked(entry.text, conversation) is not None:
        return None
    language = conversation.language if conversation.language_set else entry.language or conversation.language
    return Utterance(text=entry.text, language=language, before=conversation.question)


def give_up(
    conversation: Conversation,
    entry: Entry | None,
    number: EntryNumber,
    payload: str,
    why: str,
    brain: Brain,
    now: datetime,
) -> Outcome:
    """Return what becomes of an entry that cannot be handled: kept with the reason, and a person comes.

    `entry` is None when its payload could not even be read.
    """
    turn = Turn(conversation=conversation, entry=number, now=now)
    external_id = entry.external_id if entry is not None else casework.unreadable(number)
    turn.signal(
        DeadLettered(
            conversation=conversation.id, entry=number, external_id=external_id, reason=why, payload=payload, at=now
        )
    )
    turn.account(external_id, Ended.DEAD_LETTERED)
    if isinstance(entry, Incoming):
        turn.heard(entry.text, external_id, at=entry.at, attachments=entry.attachments)
    if conversation.address.public:
        in_public.act(turn, HandOff(reason=Reason.FAILED), brain)
    elif conversation.status in (Status.BOT, Status.RESOLVED):
        casework.hand_off(turn, Reason.FAILED, None, brain)
    else:
        turn.note(f"An entry could not be handled and was dead-lettered: {why}")
    return turn.outcome()


def _answered(entry: Entry) -> ExternalId | None:
    """The message that whatever is said now answers, by its platform's own id."""
    return (
        entry.external_id
        if isinstance(entry, Incoming | Observed | Chosen | Began | PersonWanted | LanguageSet)
        else None
    )


def new_conversation(entry: Entry) -> Conversation:
    """The conversation that an address's first entry opens."""
    return Conversation(id=entry.address.conversation, address=entry.address)
