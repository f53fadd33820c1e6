"""The values that travel through Switchboard: what customers say, what is answered, what is recorded."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

ChannelName = NewType("ChannelName", str)
ConversationId = NewType("ConversationId", str)
ExternalId = NewType("ExternalId", str)
"""A message's id on its own platform (a client's own id in the widget): what it is deduplicated by."""
EntryNumber = NewType("EntryNumber", int)
"""The place of an entry in its conversation's mailbox; rises by one, starts at the server's time in ms."""
LineId = NewType("LineId", int)
"""The place of a line in its conversation's transcript; rises within the conversation."""
OutgoingId = NewType("OutgoingId", str)
"""Names a send within its conversation (digits and dots): the platform's idempotency key, where it has one."""
ChoiceId = NewType("ChoiceId", str)
Intent = NewType("Intent", str)
HandOffId = NewType("HandOffId", str)
"""One request for a person; made by the core, unique for ever; the key of its ticket."""
AgentId = NewType("AgentId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a customer is reached: a channel and that channel's own opaque key.

    `public`: others read along there, so that nothing of an account is talked about.
    """

    channel: ChannelName
    key: str
    public: bool = False

    @property
    def conversation(self) -> ConversationId:
        """The one conversation held at this address."""
        return ConversationId(f"{self.channel}:{self.key}")


class Status(StrEnum):
    """Who owns a conversation."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    RESOLVED = "resolved"


class Speaker(StrEnum):
    """Who a transcript line is from."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Reason(StrEnum):
    """Why a person is asked to take over."""

    ASKED = "asked"
    URGENT = "urgent"
    COMPLAINT = "complaint"
    NOT_UNDERSTOOD = "not_understood"
    NOT_HELPED = "not_helped"
    NO_ARTICLE = "no_article"
    NLU_DOWN = "nlu_down"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message.

    `url` is where our own store serves it, not yet signed; "" when it was not kept, and `refused` is the reason's code.
    """

    name: str
    media_type: str
    size: int
    url: str
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button."""

    id: ChoiceId
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """Which approved article, in which version, an answer was taken from."""

    intent: Intent
    slug: str
    language: str
    version: int
    url: str
    reviewed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRef:
    """An agent as customers and colleagues see him."""

    id: AgentId
    name: str


# What the understanding returns ---------------------------------------------------------------------------------


class Certainty(StrEnum):
    """What the trained model's own thresholds say of a ranking."""

    SURE = "sure"
    DOUBT = "doubt"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An intent and its calibrated probability."""

    intent: Intent
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value found in a text, in Rasa's shape: `start` and `end` count code points."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A text to be understood, with the conversation's language for when the text does not tell.

    `before` is what the customer asked last: a short text may mean nothing without it.
    """

    text: str
    language: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """What a message means: the best intents, its language, and whether the model is sure.

    `candidates` are the intents worth offering when in doubt, best first, three at most. `urgency`, from 0 to 1, is
    how pressing it sounds, whatever it is about.
    """

    ranking: tuple[Ranked, ...]
    language: str
    certainty: Certainty
    candidates: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    urgency: float = 0.0
    model: str = ""


# What enters a mailbox ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A customer's message to the bot or to the person who holds the conversation."""

    kind: Literal["incoming"] = "incoming"
    address: Address
    external_id: ExternalId
    text: str
    at: datetime
    language: str | None = None
    name: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A group message that asks the bot nothing: recorded, not answered.

    `answerable`: the group wants a sure answer to a question all the same.
    """

    kind: Literal["observed"] = "observed"
    address: Address
    external_id: ExternalId
    text: str
    at: datetime
    language: str | None = None
    name: str | None = None
    attachments: tuple[Attachment, ...] = ()
    answerable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A customer changed a message of his after it was put."""

    kind: Literal["edited"] = "edited"
    address: Address
    external_id: ExternalId
    edits: ExternalId
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A customer pressed a button."""

    kind: Literal["chosen"] = "chosen"
    address: Address
    external_id: ExternalId
    choice: ChoiceId
    at: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A customer opened the chat, and has said nothing yet."""

    kind: Literal["began"] = "began"
    address: Address
    external_id: ExternalId
    at: datetime
    language: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSet:
    """A customer chose the language he is answered in; None: the one he writes."""

    kind: Literal["language_set"] = "language_set"
    address: Address
    external_id: ExternalId
    language: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The platform says that nothing can be delivered until the customer writes again."""

    kind: Literal["unreachable"] = "unreachable"
    address: Address
    external_id: ExternalId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWanted:
    """A customer pressed "Talk to a person"."""

    kind: Literal["person_wanted"] = "person_wanted"
    address: Address
    external_id: ExternalId
    at: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft:
    """A customer no longer waits for a person."""

    kind: Literal["queue_left"] = "queue_left"
    address: Address
    external_id: ExternalId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A customer's satisfaction with the help he got; `score` is 1 to 5."""

    kind: Literal["rated"] = "rated"
    address: Address
    external_id: ExternalId
    score: int
    comment: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The desk has made the ticket that a hand-off asked for.

    `position` counts from 1. `wait_s` is the expected wait in seconds, None when nothing can be promised.
    """

    kind: Literal["opened"] = "opened"
    address: Address
    external_id: ExternalId
    hand_off: HandOffId
    ticket: int
    position: int
    wait_s: int | None
    on_duty: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An agent who holds the desk's reservation takes the conversation; the commit decides."""

    kind: Literal["taken"] = "taken"
    address: Address
    external_id: ExternalId
    hand_off: HandOffId
    agent: AgentRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReply:
    """What the agent who holds the conversation says to the customer."""

    kind: Literal["agent_reply"] = "agent_reply"
    address: Address
    external_id: ExternalId
    agent: AgentRef
    text: str
    attachments: tuple[Attachment, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A private note of an agent: recorded, never sent to the customer."""

    kind: Literal["noted"] = "noted"
    address: Address
    external_id: ExternalId
    agent: AgentRef
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Requeued:
    """The conversation goes back to the queue at its original waiting time; `vanished`: the agent went away."""

    kind: Literal["requeued"] = "requeued"
    address: Address
    external_id: ExternalId
    hand_off: HandOffId
    agent: AgentRef
    vanished: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedToBot:
    """The agent gives the conversation back to the bot."""

    kind: Literal["returned_to_bot"] = "returned_to_bot"
    address: Address
    external_id: ExternalId
    hand_off: HandOffId
    agent: AgentRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The agent ends the case."""

    kind: Literal["resolved"] = "resolved"
    address: Address
    external_id: ExternalId
    hand_off: HandOffId
    agent: AgentRef
    at: datetime


class Timer(StrEnum):
    """What a conversation asked to be woken for."""

    DETAILS = "details"


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    """A time the conversation asked for has come; `line` is its last line when it asked."""

    kind: Literal["woken"] = "woken"
    address: Address
    external_id: ExternalId
    timer: Timer
    line: LineId
    at: datetime


Entry = (
    Incoming
    | Observed
    | Edited
    | Chosen
    | Began
    | LanguageSet
    | Unreachable
    | PersonWanted
    | QueueLeft
    | Rated
    | Opened
    | Taken
    | AgentReply
    | Noted
    | Requeued
    | ReturnedToBot
    | Resolved
    | Woken
)
"""All that can stand in a mailbox."""


# What leaves for a platform -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Text to the customer, in the Markdown of our articles.

    `reply_to` is the message it answers. `leads_private`: the way to the private chat belongs below it.
    """

    kind: Literal["say"] = "say"
    id: OutgoingId
    address: Address
    line: LineId
    speaker: Speaker
    text: str
    language: str
    choices: tuple[Choice, ...] = ()
    article: ArticleRef | None = None
    attachments: tuple[Attachment, ...] = ()
    agent: AgentRef | None = None
    reply_to: ExternalId | None = None
    leads_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace the text of something that was said."""

    kind: Literal["edit"] = "edit"
    id: OutgoingId
    address: Address
    target: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Remove a message, a customer's in a group included."""

    kind: Literal["delete"] = "delete"
    id: OutgoingId
    address: Address
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence a member of a group until a time."""

    kind: Literal["mute"] = "mute"
    id: OutgoingId
    address: Address
    member: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """Remove a member from a group."""

    kind: Literal["ban"] = "ban"
    id: OutgoingId
    address: Address
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """Show that an answer is being written."""

    kind: Literal["typing"] = "typing"
    id: OutgoingId
    address: Address


Outgoing = Say | Edit | Delete | Mute | Ban | Typing


# What is recorded in `events` -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a transcript. `private` lines are for agents only.

    `client_id` is a customer's own id of it; `understood` what the bot made of a customer's line.
    """

    kind: Literal["line"] = "line"
    id: LineId
    conversation: ConversationId
    speaker: Speaker
    text: str
    at: datetime
    language: str
    private: bool = False
    client_id: ExternalId | None = None
    choices: tuple[Choice, ...] = ()
    article: ArticleRef | None = None
    attachments: tuple[Attachment, ...] = ()
    agent: AgentRef | None = None
    understood: Interpretation | None = None
    edits: ExternalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a line meant, found after its commit because a person held the conversation."""

    kind: Literal["understood"] = "understood"
    conversation: ConversationId
    line: LineId
    interpretation: Interpretation


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One thing a customer gave before a person came: a UID, a TXID or order, a screenshot's name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffRequested:
    """A person is wanted. Intake makes it a ticket whose key is `hand_off`."""

    kind: Literal["hand_off_requested"] = "hand_off_requested"
    hand_off: HandOffId
    conversation: ConversationId
    address: Address
    reason: Reason
    intent: Intent | None
    subject: str
    language: str
    urgent: bool
    name: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsGiven:
    """What the customer answered to the questions before the hand-off; arrives after the request."""

    kind: Literal["details_given"] = "details_given"
    hand_off: HandOffId
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDecided:
    """The commit's word on a `Taken`: whether the conversation is this agent's from here on."""

    kind: Literal["take_decided"] = "take_decided"
    hand_off: HandOffId
    agent: AgentRef
    accepted: bool
    reservation: ExternalId
    at: datetime


class Ending(StrEnum):
    """How a hand-off ended, or why it waits again."""

    RESOLVED = "resolved"
    TO_BOT = "to_bot"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffEnded:
    """A hand-off is over: resolved by its agent, given back to the bot, or left by the customer."""

    kind: Literal["hand_off_ended"] = "hand_off_ended"
    hand_off: HandOffId
    ending: Ending
    agent: AgentRef | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackInQueue:
    """A hand-off waits again, at its original waiting time."""

    kind: Literal["back_in_queue"] = "back_in_queue"
    hand_off: HandOffId
    agent: AgentRef
    vanished: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingGiven:
    """A customer's score; `hand_off` is the case it is about, None when the bot alone helped."""

    kind: Literal["rating_given"] = "rating_given"
    conversation: ConversationId
    hand_off: HandOffId | None
    score: int
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Opens the account of one customer's entry, in the same step that stored it."""

    kind: Literal["received"] = "received"
    conversation: ConversationId
    channel: ChannelName
    external_id: ExternalId
    at: datetime
    entry: EntryNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A bot line that was never sent, since a person had taken the conversation first."""

    kind: Literal["withdrawn"] = "withdrawn"
    conversation: ConversationId
    outgoing: OutgoingId


class Ended(StrEnum):
    """What became of one received entry: the words of the reconciliation report."""

    ANSWERED = "answered"
    QUEUED = "queued"
    CLOSED = "closed"
    DEAD_LETTERED = "dead_lettered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounted:
    """Closes the account of one customer's entry: received = answered + queued + closed + dead-lettered."""

    kind: Literal["accounted"] = "accounted"
    conversation: ConversationId
    entry: EntryNumber
    external_id: ExternalId
    ended: Ended
    intent: Intent | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettered:
    """An entry that failed five times, kept with the reason."""

    kind: Literal["dead_lettered"] = "dead_lettered"
    conversation: ConversationId
    entry: EntryNumber
    external_id: ExternalId
    reason: str
    payload: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryUncertainRecorded:
    """A send of which nobody knows whether it arrived: a case for a person, never sent again by itself."""

    kind: Literal["delivery_uncertain"] = "delivery_uncertain"
    conversation: ConversationId
    outgoing: OutgoingId
    line: LineId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRefusedRecorded:
    """A send that its platform refused for good."""

    kind: Literal["delivery_refused"] = "delivery_refused"
    conversation: ConversationId
    outgoing: OutgoingId
    line: LineId | None
    reason: str
    at: datetime


Signal = (
    HandOffRequested
    | DetailsGiven
    | TakeDecided
    | HandOffEnded
    | BackInQueue
    | RatingGiven
    | Received
    | Withdrawn
    | Accounted
    | DeadLettered
    | DeliveryUncertainRecorded
    | DeliveryRefusedRecorded
    | Understood
)
Record = Line | Signal
"""One entry of `events`."""


# The conversation's own state -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PickIntent:
    """The button stands for a question of the customer's."""

    does: Literal["pick_intent"] = "pick_intent"
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class SayHelped:
    """The button says whether the answer to `intent` helped."""

    does: Literal["say_helped"] = "say_helped"
    intent: Intent
    helped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPerson:
    """The button asks for a person."""

    does: Literal["ask_person"] = "ask_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOfThese:
    """The button says that no offered question fits."""

    does: Literal["none_of_these"] = "none_of_these"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipDetail:
    """The button skips a question asked before a hand-off."""

    does: Literal["skip_detail"] = "skip_detail"


Meaning = PickIntent | SayHelped | AskPerson | NoneOfThese | SkipDetail


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A choice that was shown, and what pressing it means."""

    choice: Choice
    meaning: Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The hand-off under way. `asking` are the details still to ask for, the first one being asked now."""

    hand_off: HandOffId
    reason: Reason
    urgent: bool = False
    ticket: int | None = None
    agent: AgentRef | None = None
    asking: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that the next step of a conversation depends on.

    `traditional`: a Chinese customer writes Traditional characters, and is answered in them. `assets` are the coins and
    networks that the question names. `language_chosen`: by the customer's own word, so that what he writes does not
    change it. `reachable`: as far as the platform has told.
    """

    id: ConversationId
    address: Address
    status: Status = Status.BOT
    language: str = "en"
    language_set: bool = False
    language_chosen: bool = False
    reachable: bool = True
    traditional: bool = False
    name: str | None = None
    last_line: LineId = LineId(0)
    misses: int = 0
    topic: Intent | None = None
    question: str = ""
    assets: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    alternatives: tuple[Intent, ...] = ()
    case: Case | None = None
    last_case: HandOffId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeUp:
    """Ask for a `Woken` at a time."""

    timer: Timer
    due: datetime
    line: LineId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one entry does: the next state, what is recorded, what leaves, when to wake.

    `silence`: the commit also withdraws every bot line whose send has not begun.
    """

    conversation: Conversation
    records: tuple[Record, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    wake_ups: tuple[WakeUp, ...] = ()
    silence: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """What an article adds for some coins or networks, named as the exchange names them."""

    assets: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An approved answer in one language, placeholders filled. `text` is what a chat says, `body` all of it."""

    intent: Intent
    slug: str
    language: str
    title: str
    category: str
    version: int
    reviewed: str
    text: str
    body: str = field(repr=False)
    url: str
    variants: tuple[Variant, ...] = ()

    def said(self, assets: Set[str]) -> str:
        """Return what a chat says to a customer who named these coins and networks."""
        added = (variant.text for variant in self.variants if not assets.isdisjoint(variant.assets))
        return "\n\n".join((self.text, *added))
