"""One step of a conversation: load, interpret, step, commit; many conversations at once share the round trips."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Final, TypeAlias

from bridge.brain import Brain
from bridge.claims import Held
from bridge.codec import (
    conversation_from_json,
    conversation_to_json,
    entry_from_json,
    entry_to_json,
    lines_to_json,
    outgoing_to_json,
    record_to_json,
)
from bridge.errors import NluUnavailable, StoreError
from bridge.flow import give_up, new_conversation, step, utterance
from bridge.keys import SENDERS, WORKERS
from bridge.live import channel_of
from bridge.ports import Clock, Interpreter
from bridge.store import Call, Store
from bridge.streams import Streams
from bridge.types import (
    Address,
    ChannelName,
    Conversation,
    ConversationId,
    Entry,
    EntryNumber,
    ExternalId,
    Interpretation,
    Line,
    LineId,
    Outcome,
    Outgoing,
    Record,
    Say,
    Speaker,
    Status,
    Understood,
    Utterance,
    WakeUp,
    Withdrawn,
    Woken,
)

log = logging.getLogger(__name__)

MOST_ENTRIES: Final = 20
"""How many waiting entries of one conversation are handled in one commit."""
TRIES: Final = 5
"""How often an entry may fail before it is dead-lettered and a person comes."""
KEPT: Final = timedelta(days=90)
"""How long an idle conversation is remembered; longer than external ids are."""


Place: TypeAlias = tuple[Held, int]
"""A waiting entry of a batch: whose it is, and its place in the mailbox.

Not the stream entry alone: each shard has a stream of its own, and so the same ids.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A conversation and what waits for it. `conversation` is None before its first commit.

    `problem` says why the stored state could not be read.
    """

    held: Held
    conversation: Conversation | None
    done: int
    waiting: tuple[str, ...]
    problem: str | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    """What one commit will write: the sum of the outcomes of `count` entries."""

    held: Held
    first: int
    count: int = 0
    conversation: Conversation | None = None
    records: list[Record] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    wake_ups: list[WakeUp] = field(default_factory=list)
    silence: bool = False
    failure: str | None = None

    def add(self, outcome: Outcome) -> None:
        """Add the outcome of the next entry. What it withdraws is what came before it."""
        if outcome.silence:
            self.silence = True
            late = [o for o in self.outgoing if _of_bot(o)]
            self.outgoing = [o for o in self.outgoing if not _of_bot(o)]
            self.records.extend(Withdrawn(conversation=outcome.conversation.id, outgoing=o.id) for o in late)
        self.count += 1
        self.conversation = outcome.conversation
        self.records.extend(outcome.records)
        self.outgoing.extend(outcome.outgoing)
        self.wake_ups.extend(outcome.wake_ups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How one conversation's turn ended: `more` entries wait, or it failed and must be tried again later."""

    held: Held
    more: bool = False
    failed: bool = False


class Router:
    """Carries conversations one step further. Safe to use from several tasks."""

    def __init__(
        self,
        store: Store,
        interpreter: Interpreter,
        brain: Brain,
        clock: Clock,
        *,
        from_history: frozenset[ChannelName] = frozenset(),
    ) -> None:
        """`from_history` are the channels whose lines count as delivered when they stand in the history."""
        self._store = store
        self._interpreter = interpreter
        self.brain = brain
        self._clock = clock
        self._from_history = from_history
        self._streams = Streams(store)
        self._token = token_hex(8)

    async def advance(self, batch: Sequence[Held]) -> list[Done]:
        """Handle what waits for each conversation. Raises StoreError when the store is away too long."""
        loaded = await self._load(batch)
        heard = await self._interpret(loaded)
        works = [self._fold(one, heard) for one in loaded]
        done = await self._commit([work for work in works if work.count])
        done += [await self._failed(one, work) for one, work in zip(loaded, works, strict=True) if not work.count]
        waiting = {one.held for one in loaded}
        return done + [Done(held=held) for held in batch if held not in waiting]

    async def _load(self, batch: Sequence[Held]) -> list[Loaded]:
        calls = [
            Call("load", [keys.state(h.conversation), keys.mailbox(h.conversation)], [h.entry, MOST_ENTRIES])
            for h in batch
            for keys in [self._store.of(h.conversation)]
        ]
        loaded = []
        for held, reply in zip(batch, await self._store.run_many(calls), strict=True):
            if not isinstance(reply, list):
                continue
            state, done, waiting = reply
            assert isinstance(waiting, list)
            if not waiting:
                continue
            loaded.append(_loaded(held, str(state), int(str(done)), [str(item) for item in waiting]))
        return loaded

    async def _interpret(self, loaded: Sequence[Loaded]) -> dict[Place, Interpretation | None]:
        """Interpret every text that waits and may need it; None stands for "nothing could"."""
        wanted: dict[Place, Utterance] = {}
        for one in loaded:
            if one.conversation is None or one.conversation.status is not Status.HUMAN:
                wanted.update(_utterances(one))
        if not wanted:
            return {}
        try:
            return dict(zip(wanted, await self._interpreter.interpret(list(wanted.values())), strict=True))
        except NluUnavailable:
            log.warning("nothing can interpret now: people get these messages", extra={"messages": len(wanted)})
        except Exception:
            # The core must outlive any engine: a message that an engine fails on goes to a person.
            log.exception("the interpreter failed")
        return dict.fromkeys(wanted)

    def _fold(self, one: Loaded, heard: dict[Place, Interpretation | None]) -> Work:
        work = Work(held=one.held, first=one.done + 1, failure=one.problem)
        conversation = one.conversation
        for place, text in enumerate(one.waiting if one.problem is None else ()):
            number = EntryNumber(one.done + 1 + place)
            try:
                entry = entry_from_json(text)
                conversation = conversation or new_conversation(entry)
                said = utterance(conversation, entry) if conversation.status is not Status.HUMAN else None
                if said is not None and (one.held, place) not in heard:
                    break  # a person held it when we looked, and no longer does: the next round interprets
                understood = heard.get((one.held, place))
                outcome = step(conversation, entry, number, understood, self.brain, self._clock.now())
            except Exception as error:
                log.exception("an entry failed", extra={"conversation": one.held.conversation, "entry": number})
                work.failure = f"{type(error).__name__}: {error}"
                break
            work.add(outcome)
            conversation = outcome.conversation
        return work

    async def _failed(self, one: Loaded, work: Work) -> Done:
        conversation = one.held.conversation
        keys = self._store.of(conversation)
        tries = await self._store.run("failed", [keys.state(conversation)], [work.first])
        if not isinstance(tries, int) or tries < TRIES:
            return Done(held=one.held, more=True, failed=True)
        text = one.waiting[0]
        entry = _entry(text)
        before = one.conversation or _unknown(conversation)
        why = work.failure or "unknown"
        work.add(give_up(before, entry, EntryNumber(work.first), text, why, self.brain, self._clock.now()))
        log.error("an entry was dead-lettered", extra={"conversation": conversation, "entry": work.first})
        return (await self._commit([work]))[0]

    async def _commit(self, works: Sequence[Work]) -> list[Done]:
        replies = await self._store.run_many([self._call(work) for work in works])
        done = []
        for work, reply in zip(works, replies, strict=True):
            done.append(Done(held=work.held, more=bool(reply) and isinstance(reply, list)))
        await self._understand_later([work for work, reply in zip(works, replies, strict=True) if reply != "stale"])
        return done

    def _call(self, work: Work) -> Call:
        conversation = work.conversation
        assert conversation is not None
        keys = self._store.of(conversation.id)
        channel = conversation.address.channel
        sends = [] if channel in self._from_history else [_item(o) for o in work.outgoing]
        frames = _frames(work)
        events = [record_to_json(record) for record in work.records]
        wakes = [part for wake in work.wake_ups for part in _wake(conversation.address, wake)]
        keep = conversation.status in (Status.QUEUED, Status.HUMAN)
        return Call(
            "commit",
            [
                keys.state(conversation.id),
                keys.mailbox(conversation.id),
                keys.outbox(conversation.id),
                keys.ready,
                keys.events,
                keys.out(channel),
                keys.later,
            ],
            [
                conversation.id,
                work.first,
                work.count,
                self._token,
                conversation_to_json(conversation),
                WORKERS,
                0 if keep else int(KEPT.total_seconds() * 1000),
                int(work.silence),
                MOST_ENTRIES,
                SENDERS,
                channel_of(conversation.id),
                *_list(events),
                *_list(sends),
                *_list(frames),
                len(work.wake_ups),
                *wakes,
            ],
        )

    async def _understand_later(self, works: Sequence[Work]) -> None:
        """Tell the agent what a customer's lines mean: after the commit, since nothing may wait for it."""
        lines = [
            record
            for work in works
            if work.conversation is not None and work.conversation.status is Status.HUMAN
            for record in work.records
            if isinstance(record, Line) and record.speaker is Speaker.CUSTOMER and record.text and not record.understood
        ]
        if not lines:
            return
        try:
            said = [Utterance(text=line.text, language=line.language) for line in lines]
            for line, meaning in zip(lines, await self._interpreter.interpret(said), strict=True):
                keys = self._store.of(line.conversation)
                record = Understood(conversation=line.conversation, line=line.id, interpretation=meaning)
                await self._streams.append(keys.events, {"r": record_to_json(record)})
        except Exception:
            log.warning("the agent reads without the bot's help", exc_info=True, extra={"messages": len(lines)})


def _list(items: Sequence[str]) -> tuple[str | int, ...]:
    return (len(items), *items)


def _frames(work: Work) -> list[str]:
    lines = [record for record in work.records if isinstance(record, Line)]
    frames = []
    if lines:
        after = LineId(lines[0].id - 1)
        frames.append(f'{{"type":"lines","after":{after},"lines":{lines_to_json(lines)}}}')
    if any(record.kind in _MOVES for record in work.records):
        frames.append('{"type":"status"}')
    return frames


_MOVES: Final = frozenset(("hand_off_requested", "take_decided", "hand_off_ended", "back_in_queue"))


def _item(outgoing: Outgoing) -> str:
    """An outbox item: id, whose it is (b: the bot's, may be withdrawn; p: a person's), the value."""
    return f"{outgoing.id}|{'b' if _of_bot(outgoing) else 'p'}|{outgoing_to_json(outgoing)}"


def _of_bot(outgoing: Outgoing) -> bool:
    return isinstance(outgoing, Say) and outgoing.speaker is Speaker.BOT


def _wake(address: Address, wake: WakeUp) -> tuple[int, str]:
    entry = Woken(
        address=address,
        external_id=ExternalId(f"wake:{wake.timer}:{wake.line}"),
        timer=wake.timer,
        line=wake.line,
        at=wake.due,
    )
    return int(wake.due.timestamp() * 1000), entry_to_json(entry)


def _utterances(one: Loaded) -> dict[Place, Utterance]:
    found = {}
    for place, text in enumerate(one.waiting):
        entry = _entry(text)
        said = utterance(one.conversation or new_conversation(entry), entry) if entry is not None else None
        if said is not None:
            found[(one.held, place)] = said
    return found


def _entry(text: str) -> Entry | None:
    try:
        return entry_from_json(text)
    except StoreError:
        return None


def _loaded(held: Held, state: str, done: int, waiting: list[str]) -> Loaded:
    try:
        conversation = conversation_from_json(state) if state else None
    except StoreError as error:
        return Loaded(held=held, conversation=None, done=done, waiting=tuple(waiting), problem=str(error))
    return Loaded(held=held, conversation=conversation, done=done, waiting=tuple(waiting))


def _unknown(conversation: ConversationId) -> Conversation:
    channel, _, key = conversation.partition(":")
    return Conversation(id=conversation, address=Address(channel=ChannelName(channel), key=key))
