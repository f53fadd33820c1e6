"""Collects what one entry says and records, numbering the lines as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.script import to_traditional
from bridge.types import (
    Accounted,
    AgentRef,
    ArticleRef,
    Attachment,
    Choice,
    ChoiceId,
    Conversation,
    Ended,
    EntryNumber,
    ExternalId,
    Intent,
    Interpretation,
    Line,
    LineId,
    Meaning,
    Offer,
    Outcome,
    Outgoing,
    OutgoingId,
    Record,
    Say,
    Signal,
    Speaker,
    WakeUp,
)

OFFERS_KEPT = 12
"""How many buttons of a conversation stay alive; older ones say so politely."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """One step under way: the conversation as it becomes, and everything it says.

    Mutable, and local to one call of `flow.step`.
    """

    conversation: Conversation
    entry: EntryNumber
    now: datetime
    answers: ExternalId | None = None
    records: list[Record] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    wake_ups: list[WakeUp] = field(default_factory=list)
    silence: bool = False

    def outcome(self) -> Outcome:
        """What the step came to."""
        return Outcome(
            conversation=self.conversation,
            records=tuple(self.records),
            outgoing=tuple(self.outgoing),
            wake_ups=tuple(self.wake_ups),
            silence=self.silence,
        )

    def signal(self, signal: Signal) -> None:
        """Record something that others act on."""
        self.records.append(signal)

    def account(self, external_id: ExternalId, ended: Ended, intent: Intent | None = None) -> None:
        """Close the account of the customer's entry."""
        self.signal(
            Accounted(
                conversation=self.conversation.id,
                entry=self.entry,
                external_id=external_id,
                ended=ended,
                intent=intent,
                at=self.now,
            )
        )

    def heard(
        self,
        text: str,
        client_id: ExternalId,
        *,
        at: datetime,
        understood: Interpretation | None = None,
        attachments: tuple[Attachment, ...] = (),
        edits: ExternalId | None = None,
    ) -> LineId:
        """Record what the customer said."""
        return self._line(
            Line(
                id=self._next(),
                conversation=self.conversation.id,
                speaker=Speaker.CUSTOMER,
                text=text,
                at=at,
                language=self.conversation.language,
                client_id=client_id,
                understood=understood,
                attachments=attachments,
                edits=edits,
            )
        )

    def say(
        self,
        text: str,
        *,
        speaker: Speaker = Speaker.BOT,
        offers: Sequence[tuple[str, Meaning]] = (),
        article: ArticleRef | None = None,
        agent: AgentRef | None = None,
        attachments: tuple[Attachment, ...] = (),
        client_id: ExternalId | None = None,
        leads_private: bool = False,
    ) -> LineId:
        """Say something to the customer, with buttons if `offers` has any."""
        if speaker is not Speaker.AGENT and self.conversation.language == "zh" and self.conversation.traditional:
            text = to_traditional(text)
            offers = [(to_traditional(label), meaning) for label, meaning in offers]
        line = self._next()
        shown = self._offer(line, offers)
        self._line(
            Line(
                id=line,
                conversation=self.conversation.id,
                speaker=speaker,
                text=text,
                at=self.now,
                language=self.conversation.language,
                choices=shown,
                article=article,
                agent=agent,
                attachments=attachments,
                client_id=client_id,
            )
        )
        if not self.conversation.reachable:
            return line
        self.outgoing.append(
            Say(
                id=OutgoingId(str(line)),
                address=self.conversation.address,
                line=line,
                speaker=speaker,
                text=text,
                language=self.conversation.language,
                choices=shown,
                article=article,
                agent=agent,
                attachments=attachments,
                reply_to=self.answers,
                leads_private=leads_private,
            )
        )
        return line

    def note(self, text: str, *, agent: AgentRef | None = None, client_id: ExternalId | None = None) -> None:
        """Record a line for agents only."""
        self._line(
            Line(
                id=self._next(),
                conversation=self.conversation.id,
                speaker=Speaker.SYSTEM if agent is None else Speaker.AGENT,
                text=text,
                at=self.now,
                language=self.conversation.language,
                private=True,
                agent=agent,
                client_id=client_id,
            )
        )

    def _offer(self, line: LineId, offers: Sequence[tuple[str, Meaning]]) -> tuple[Choice, ...]:
        made = tuple(
            Offer(choice=Choice(id=ChoiceId(f"{line}.{place}"), label=label), meaning=meaning)
            for place, (label, meaning) in enumerate(offers)
        )
        if made:
            self.conversation = replace(self.conversation, offers=(self.conversation.offers + made)[-OFFERS_KEPT:])
        return tuple(offer.choice for offer in made)

    def _next(self) -> LineId:
        # The first line of a new conversation starts at the number of its first entry, which is the
        # server's time: so lines never repeat after a conversation has expired.
        return LineId(max(self.conversation.last_line + 1, self.entry if not self.conversation.last_line else 0))

    def _line(self, line: Line) -> LineId:
        self.records.append(line)
        self.conversation = replace(self.conversation, last_line=line.id)
        return line.id
