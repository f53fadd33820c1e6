"""Plays a conversation through the pure flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.brain import Brain
from bridge.flow import new_conversation, step
from bridge.types import (
    Address,
    AgentId,
    AgentRef,
    ChannelName,
    Choice,
    Chosen,
    Conversation,
    Entity,
    Entry,
    EntryNumber,
    ExternalId,
    HandOffId,
    Incoming,
    Interpretation,
    Line,
    Outcome,
    PersonWanted,
    Say,
    Taken,
)
from tests.fixtures.exchange import brain, keyword_interpretation

ADDRESS = Address(channel=ChannelName("test"), key="a")
T0 = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANN = AgentRef(id=AgentId("ann"), name="Ann")
BEN = AgentRef(id=AgentId("ben"), name="Ben")


class Talk:
    """One conversation; each method is something that happens to it, and returns what came of it."""

    def __init__(self, language: str = "en", address: Address = ADDRESS) -> None:
        self.address = address
        self.brain: Brain = brain()
        self.conversation: Conversation | None = None
        self.language = language
        self._number = 0
        self.lines: list[Line] = []

    def put(self, entry: Entry, heard: Interpretation | None = None) -> Outcome:
        self._number += 1
        now = T0 + timedelta(seconds=self._number)
        before = self.conversation or new_conversation(entry)
        outcome = step(before, entry, EntryNumber(1000 + self._number), heard, self.brain, now)
        self.conversation = outcome.conversation
        self.lines += [record for record in outcome.records if isinstance(record, Line)]
        return outcome

    def say(self, text: str, *, down: bool = False, entities: tuple[Entity, ...] = ()) -> Outcome:
        entry = Incoming(
            address=self.address, external_id=self._external(), text=text, at=T0, language=self.language, name="Cara"
        )
        return self.put(entry, None if down else keyword_interpretation(text, self.language, entities))

    def press(self, label: str) -> Outcome:
        assert self.conversation is not None
        offered = {offer.choice.label: offer.choice for offer in self.conversation.offers}
        return self.choose(offered[label])

    def choose(self, choice: Choice) -> Outcome:
        return self.put(Chosen(address=self.address, external_id=self._external(), choice=choice.id, at=T0))

    def want_person(self) -> Outcome:
        return self.put(PersonWanted(address=self.address, external_id=self._external(), at=T0, language=self.language))

    def take(self, agent: AgentRef = ANN) -> Outcome:
        return self.put(
            Taken(address=self.address, external_id=self._external(), hand_off=self.hand_off, agent=agent, at=T0)
        )

    @property
    def hand_off(self) -> HandOffId:
        assert self.conversation is not None and self.conversation.last_case is not None
        return self.conversation.last_case

    def external(self) -> ExternalId:
        return self._external()

    def _external(self) -> ExternalId:
        return ExternalId(f"e{self._number + 1}")


def said(outcome: Outcome) -> list[str]:
    """What the customer is told."""
    return [one.text for one in outcome.outgoing if isinstance(one, Say)]


def labels(outcome: Outcome) -> list[str]:
    """The buttons he is shown."""
    return [choice.label for one in outcome.outgoing if isinstance(one, Say) for choice in one.choices]
