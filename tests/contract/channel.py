"""What every channel promises, whatever platform it speaks to."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto

import pytest

from bots.channel import Channel
from bots.errors import ChannelAuthError, DeliveryRefused, DeliveryRetry, DeliveryUncertain
from bots.rendering import measure
from bridge.codec import entry_to_json
from bridge.errors import StoreError
from bridge.redaction import redact_entry
from bridge.tasks import end
from bridge.types import (
    Address,
    Choice,
    ChoiceId,
    Chosen,
    Entry,
    EntryNumber,
    Incoming,
    LineId,
    OutgoingId,
    Say,
    Speaker,
)

PATIENCE_S = 15.0
LONG = "\n\n".join(f"Paragraph {number} of an answer: {'word ' * 30}😀 **bold {number}**." for number in range(60))


class Fault(Enum):
    """What a platform answers to a send."""

    SLOW_DOWN = auto()
    FORBIDDEN = auto()
    UNAUTHORIZED = auto()
    BROKEN = auto()
    CUT_BEFORE = auto()
    CUT_AFTER = auto()


@dataclass(slots=True)
class Inbox:
    """Stands where the core's `put` is: keeps each entry once, and can be away."""

    entries: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)
    away: bool = False
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, entry: Entry) -> EntryNumber:
        entry_to_json(redact_entry(entry))  # as the core does: what cannot be stored is a channel's defect
        async with self.changed:
            self.changed.notify_all()
            if self.away:
                self.refused.append(entry)
                raise StoreError("away")
            if all((one.address, one.external_id) != (entry.address, entry.external_id) for one in self.entries):
                self.entries.append(entry)
        return EntryNumber(len(self.entries))

    async def until(self, true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(patience_s), self.changed:
            await self.changed.wait_for(true)

    async def texts(self, count: int) -> list[str]:
        """The customers' messages, once there are so many."""
        await self.until(lambda: len(self.messages) >= count)
        return [one.text for one in self.messages]

    @property
    def messages(self) -> list[Incoming]:
        return [one for one in self.entries if isinstance(one, Incoming)]


class Breaking(Inbox):
    """Breaks on the word "poison", in a way that nobody foresaw."""

    async def __call__(self, entry: Entry) -> EntryNumber:
        if isinstance(entry, Incoming) and entry.text == "poison":
            raise ZeroDivisionError("poison")
        return await super().__call__(entry)


class Platform(ABC):
    """A platform's fake, a channel that speaks to it, and one customer in a private chat."""

    channel: Channel

    @abstractmethod
    async def says(self, text: str) -> None:
        """The customer writes."""

    @abstractmethod
    async def others_write(self) -> None:
        """We ourselves write, and another bot does, where the customer does."""

    @abstractmethod
    async def sends_oddities(self) -> None:
        """The platform sends what we do not support, and what it does not document."""

    @abstractmethod
    async def presses(self, label: str) -> None:
        """The customer picks what he was shown, in the platform's own way."""

    @abstractmethod
    async def shown(self, count: int) -> list[str]:
        """What the customer has been shown, once there are so many messages."""

    @abstractmethod
    async def drop(self) -> None:
        """Every connection breaks."""

    @abstractmethod
    def restarted(self) -> Channel:
        """A new channel, as after a restart, with what was stored before."""

    @property
    @abstractmethod
    def address(self) -> Address:
        """The customer's."""


class CalledPlatform(Platform):
    """A platform that we call, and that may fail us."""

    @abstractmethod
    def fail(self, fault: Fault) -> None:
        """The next send fails so."""


def say(address: Address, text: str, *labels: str, number: int = 1) -> Say:
    """A reply of the bot's."""
    choices = tuple(Choice(id=ChoiceId(f"{number}.{place}"), label=label) for place, label in enumerate(labels))
    return Say(
        id=OutgoingId(str(number)),
        address=address,
        line=LineId(number),
        speaker=Speaker.BOT,
        text=text,
        language="en",
        choices=choices,
    )


async def deliver(channel: Channel, reply: Say) -> None:
    """Send as the core does: again when the channel says so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await channel.send(reply)
                return
            except DeliveryRetry as later:
                await asyncio.sleep(later.after)


@asynccontextmanager
async def listening(channel: Channel, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Run a channel's `listen`; it must not end by itself."""
    task = asyncio.create_task(channel.listen(inbox))
    try:
        yield task
        assert not task.done(), task
    finally:
        await end(task)


class ChannelContract:
    """Inherited by every channel's tests, which bring `platform`."""

    @pytest.fixture
    def inbox(self) -> Inbox:
        return Inbox()

    # In

    async def test_a_message_arrives_once_with_its_address(self, platform: Platform, inbox: Inbox) -> None:
        begun = datetime.now(UTC)
        async with listening(platform.channel, inbox):
            await platform.says("Where is my deposit? 充值😀")
            assert await inbox.texts(1) == ["Where is my deposit? 充值😀"]
            await platform.says("Hello?")
            assert await inbox.texts(2) == ["Where is my deposit? 充值😀", "Hello?"]
        (first, second) = inbox.messages
        assert first.address == second.address == platform.address
        assert not first.address.public
        assert first.external_id != second.external_id
        assert abs((first.at - begun).total_seconds()) < 60 and first.at.tzinfo is not None

    async def test_what_was_not_stored_comes_again(self, platform: Platform, inbox: Inbox) -> None:
        inbox.away = True
        async with listening(platform.channel, inbox):
            await platform.says("first")
            await inbox.until(lambda: bool(inbox.refused))
            inbox.away = False
            await platform.says("second")
            assert await inbox.texts(2) == ["first", "second"]

    async def test_what_was_not_stored_comes_again_after_a_restart(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("known")
            await inbox.texts(1)
            inbox.away = True
            await platform.says("lost?")
            await inbox.until(lambda: bool(inbox.refused))
        await platform.channel.close()
        inbox.away = False
        platform.channel = platform.restarted()
        async with listening(platform.channel, inbox):
            assert await inbox.texts(2) == ["known", "lost?"]

    async def test_own_echoes_and_other_bots_are_ignored(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.others_write()
            await platform.says("and now I")
            assert await inbox.texts(1) == ["and now I"]

    async def test_the_unsupported_and_the_malformed_are_survived(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.sends_oddities()
            await platform.says("still there?")
            await inbox.until(lambda: any(one.text == "still there?" for one in inbox.messages))

    async def test_a_reconnect_misses_nothing(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("before")
            await inbox.texts(1)
            await platform.drop()
            await platform.says("meanwhile")
            await platform.says("after")
            assert await inbox.texts(3) == ["before", "meanwhile", "after"]

    async def test_cancelling_ends_it_within_a_second(self, platform: Platform, inbox: Inbox) -> None:
        task = asyncio.create_task(platform.channel.listen(inbox))
        await platform.says("up?")
        await inbox.texts(1)
        begun = time.monotonic()
        task.cancel()
        await asyncio.wait((task,))
        assert time.monotonic() - begun < 1

    async def test_it_may_be_closed_twice(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("up?")
            await inbox.texts(1)
        await platform.channel.close()
        await platform.channel.close()

    # Out

    async def test_an_address_leads_back_to_its_customer(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("hello")
            await inbox.texts(1)
            await platform.channel.send(say(inbox.messages[0].address, "Hello *you* <b> & [x](y)"))
        assert "Hello *you* <b> &" in (await platform.shown(1))[0].replace("\\", "")

    async def test_a_shown_choice_comes_back(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("hello")
            await inbox.texts(1)
            await platform.channel.send(say(platform.address, "Which?", "Deposits", "找人工客服"))
            assert "Which?" in (await platform.shown(1))[0]
            await platform.presses("找人工客服")
            await inbox.until(lambda: len(inbox.entries) == 2)
        back = inbox.entries[1]
        assert back.address == platform.address
        # Where there are no buttons the number comes back, and the core knows what it stands for.
        assert back.choice == "1.1" if isinstance(back, Chosen) else isinstance(back, Incoming) and back.text == "2"

    async def test_a_long_text_is_split_in_order(self, platform: Platform, inbox: Inbox) -> None:
        async with listening(platform.channel, inbox):
            await platform.says("tell me all")
            await inbox.texts(1)
            await platform.channel.send(say(platform.address, LONG))
        shown = await platform.shown(1)
        whole = "".join("".join(shown).replace("*", "").split())
        assert whole == "".join(LONG.replace("*", "").split())
        limits = platform.channel.limits
        assert all(measure(limits.unit)(part) <= limits.text for part in shown)


class DeliveryContract(ChannelContract):
    """Inherited by channels whose platform we call."""

    broken: type[Exception] | None = DeliveryUncertain
    """What a failure inside the platform means; None where the platform knows a send by its id."""
    twice_after_a_cut: type[Exception] | None = DeliveryUncertain
    """What a connection that broke after the write means; None where the platform knows a send by its id."""

    async def test_a_message_that_breaks_us_makes_nobody_after_it_unheard(
        self, platform: CalledPlatform, caplog: pytest.LogCaptureFixture
    ) -> None:
        inbox = Breaking()
        async with listening(platform.channel, inbox):
            await platform.says("before")
            await inbox.texts(1)
            await platform.says("poison")
            await platform.says("after")
            assert await inbox.texts(2) == ["before", "after"]
        (left,) = [record for record in caplog.records if record.message == "an update was left out"]
        assert left.exc_info is not None and "poison" not in str(left.__dict__["shape"])

    async def send(self, platform: CalledPlatform, inbox: Inbox, fault: Fault) -> None:
        await platform.says("hello")
        await inbox.texts(1)
        platform.fail(fault)
        await platform.channel.send(say(platform.address, "An answer."))

    @pytest.fixture
    async def ready(self, platform: CalledPlatform, inbox: Inbox) -> AsyncIterator[None]:
        async with listening(platform.channel, inbox):
            yield

    @pytest.mark.usefixtures("ready")
    async def test_too_fast_is_tried_again_when_the_platform_says(self, platform: CalledPlatform, inbox: Inbox) -> None:
        with pytest.raises(DeliveryRetry) as later:
            await self.send(platform, inbox, Fault.SLOW_DOWN)
        assert later.value.after >= 1

    @pytest.mark.usefixtures("ready")
    async def test_forbidden_is_refused(self, platform: CalledPlatform, inbox: Inbox) -> None:
        with pytest.raises(DeliveryRefused):
            await self.send(platform, inbox, Fault.FORBIDDEN)

    async def test_refused_credentials_stop_the_channel(self, platform: CalledPlatform, inbox: Inbox) -> None:
        platform.fail(Fault.UNAUTHORIZED)
        with pytest.raises(ChannelAuthError):
            await asyncio.wait_for(platform.channel.listen(inbox), PATIENCE_S)
        with pytest.raises(ChannelAuthError):
            await platform.channel.send(say(platform.address, "An answer."))

    @pytest.mark.usefixtures("ready")
    async def test_a_failure_inside_the_platform(self, platform: CalledPlatform, inbox: Inbox) -> None:
        if self.broken is None:
            await self.send(platform, inbox, Fault.BROKEN)
            assert len(await platform.shown(1)) == 1
            return
        with pytest.raises(self.broken):
            await self.send(platform, inbox, Fault.BROKEN)

    @pytest.mark.usefixtures("ready")
    async def test_a_connection_that_breaks_after_the_write(self, platform: CalledPlatform, inbox: Inbox) -> None:
        if self.twice_after_a_cut is None:
            await self.send(platform, inbox, Fault.CUT_AFTER)
        else:
            with pytest.raises(self.twice_after_a_cut):
                await self.send(platform, inbox, Fault.CUT_AFTER)
        assert len(await platform.shown(1)) == 1

    @pytest.mark.usefixtures("ready")
    async def test_a_part_that_must_wait_comes_later_and_once(self, platform: CalledPlatform, inbox: Inbox) -> None:
        await platform.says("hello")
        await inbox.texts(1)
        sending = asyncio.create_task(platform.channel.send(say(platform.address, LONG)))
        await platform.shown(1)
        platform.fail(Fault.SLOW_DOWN)
        await asyncio.wait_for(sending, 60)
        shown = await platform.shown(2)
        assert "".join("".join(shown).replace("*", "").split()) == "".join(LONG.replace("*", "").split())

    async def test_an_examination_says_what_is_missing_and_raises_nothing(self, platform: CalledPlatform) -> None:
        assert list(await platform.channel.examine()) == []
        await platform.channel.close()
        platform.channel = platform.restarted()
        platform.fail(Fault.UNAUTHORIZED)
        (missing,) = await platform.channel.examine()
        assert "SWITCHBOARD_" in missing
