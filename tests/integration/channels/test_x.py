"""The X channel on a strict API v2."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bots.channel import Channel
from bots.errors import DeliveryRefused, DeliveryRetry
from bots.twitter.channel import XChannel
from bots.twitter.settings import XSettings
from bridge.store import Store
from bridge.types import Address, ChannelName, ExternalId, Observed, PersonWanted
from tests.contract.channel import CalledPlatform, DeliveryContract, Fault, Inbox, listening, say
from tests.fakes.x import FakeX, Trouble, weight
from tests.fixtures import x as items
from tests.integration.channels.given import Files, surroundings

pytestmark = pytest.mark.parametrize("store", ["standalone"], indirect=True)

CREDENTIALS = {
    "X_CONSUMER_KEY": "consumer",
    "X_CONSUMER_SECRET": "fake-consumer-secret",
    "X_ACCESS_TOKEN": "access",
    "X_ACCESS_SECRET": "fake-access-secret",
}
QUICK = {"reading": {"soon": 0.1, "quiet": 0.2}}
PUBLIC = Address(channel=ChannelName("x"), key=f"{items.ANN}:public", public=True)
_TROUBLES = {
    Fault.SLOW_DOWN: Trouble.SLOW_DOWN,
    Fault.FORBIDDEN: Trouble.FORBIDDEN,
    Fault.BROKEN: Trouble.BROKEN,
    Fault.CUT_BEFORE: Trouble.CUT_BEFORE,
    Fault.CUT_AFTER: Trouble.CUT_AFTER,
}


class X(CalledPlatform):
    """Ann, by direct message."""

    def __init__(self, fake: FakeX, origin: str, store: Store, settings: Mapping[str, object]) -> None:
        self.fake = fake
        self.files = Files()
        self._origin = origin
        self._store = store
        self._settings = XSettings.model_validate({**QUICK, **settings})
        self.channel = self.restarted()
        fake.person(items.ANN, "Ann Lee", "annlee")
        fake.person(items.BEN, "Ben", "ben")
        # What is asked a few times a second in tests would meet the pace that real limits set.
        fake.limits = {"/2/dm_events": 1_000_000, "/2/users/900/mentions": 1_000_000}

    @property
    def address(self) -> Address:
        return Address(channel=ChannelName("x"), key=items.ANN)

    def restarted(self) -> Channel:
        credentials = {**CREDENTIALS, "X_API_URL": self._origin}
        return XChannel(credentials, self._settings, surroundings(self._store, "x", self.files))

    async def says(self, text: str) -> None:
        await self.fake.dm(items.ANN, text)

    async def others_write(self) -> None:
        await self.fake.dm("900", "our own words")
        await self.fake.post("900", "@DemoExchange our own post")

    async def sends_oddities(self) -> None:
        for event in items.odd_events():
            await self.fake.add_event(event)
        for post in items.odd_posts():
            await self.fake.add_post(post)

    async def presses(self, label: str) -> None:
        shown = self.fake.written[-1].text
        await self.says(next(line.partition(".")[0] for line in shown.splitlines() if line.endswith(label)))

    async def shown(self, count: int) -> list[str]:
        await self.fake.until(lambda: len(self.fake.written) >= count)
        return [one.text for one in self.fake.written if one.to == items.ANN]

    def fail(self, fault: Fault) -> None:
        if fault is Fault.UNAUTHORIZED:
            self.fake.unauthorized = True
        else:
            self.fake.troubles.append(_TROUBLES[fault])

    async def drop(self) -> None:
        await self.fake.drop()


@pytest.fixture
async def fake() -> AsyncIterator[tuple[FakeX, str]]:
    key, secret, token, token_secret = CREDENTIALS.values()
    made = FakeX(key, secret, token, token_secret)
    async with made.serving() as origin:
        yield made, origin
    assert made.violations == []


@pytest.fixture
async def opened(fake: tuple[FakeX, str], store: Store) -> AsyncIterator[Callable[..., X]]:
    """Opens platforms with settings of their own."""
    async with AsyncExitStack() as stack:

        def platform(**settings: object) -> X:
            made = X(fake[0], fake[1], store, settings)
            stack.push_async_callback(lambda: made.channel.close())
            return made

        yield platform


@pytest.fixture
def platform(opened: Callable[..., X]) -> X:
    return opened()


class TestX(DeliveryContract):
    """Everything that every channel promises."""


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def mentioned(platform: X, inbox: Inbox, text: str = "@DemoExchange fees?", **more: object) -> str:
    """Ann names us in public; returns the post's id."""
    number = await platform.fake.post(items.ANN, text, **more)
    await inbox.until(lambda: any(one.external_id == number for one in inbox.entries))
    return number


async def test_a_mention_is_answered_in_public_with_the_authors_name(platform: X, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        number = await mentioned(platform, inbox, "@DemoExchange what are the fees?")
        assert [(one.text, one.address, one.language) for one in inbox.messages] == [
            ("what are the fees?", PUBLIC, "en")
        ]
        await platform.channel.send(
            replace(say(PUBLIC, "See [fees](https://a.example/f): 0.1 %."), reply_to=ExternalId(number))
        )
    (post,) = platform.fake.written
    assert (post.text, post.answers, post.to) == ("@annlee See fees: 0.1 %.", number, None)


async def test_a_long_public_answer_is_a_thread_of_posts_that_fit(platform: X, inbox: Inbox) -> None:
    text = "提现需要先完成验证。" * 30
    async with listening(platform.channel, inbox):
        number = await mentioned(platform, inbox)
        await platform.channel.send(replace(say(PUBLIC, text), reply_to=ExternalId(number)))
    thread = platform.fake.written
    assert len(thread) == 3 and all(weight(one.text) <= 280 for one in thread)
    assert [one.answers for one in thread] == [number, thread[0].id, thread[1].id]
    assert "".join(one.text for one in thread) == f"@annlee {text}"


async def test_what_needs_too_many_posts_is_left_to_a_direct_message(platform: X, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        number = await mentioned(platform, inbox)
        await platform.channel.send(replace(say(PUBLIC, "word " * 400), reply_to=ExternalId(number)))
    assert all("private chat" in one.text or "public" in one.text for one in platform.fake.written)


async def test_a_name_that_is_only_carried_along_asks_us_nothing(platform: X, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await mentioned(platform, inbox, "@ben @DemoExchange no, you", in_reply_to_user_id=items.BEN)
        await mentioned(platform, inbox, "@ben @DemoExchange ask @DemoExchange", in_reply_to_user_id=items.BEN)
    assert [type(one).__name__ for one in inbox.entries] == ["Observed", "Incoming"]
    assert isinstance(inbox.entries[0], Observed)


async def test_mentions_may_only_be_invited_to_write(opened: Callable[..., X], inbox: Inbox) -> None:
    platform = opened(mentions="invite", dm_link=True)
    async with listening(platform.channel, inbox):
        number = await mentioned(platform, inbox)
        assert isinstance(inbox.entries[0], PersonWanted)
        invited = replace(say(PUBLIC, "Write to me."), reply_to=ExternalId(number), leads_private=True)
        await platform.channel.send(invited)
    assert platform.fake.written[0].text == "@annlee Write to me.\n\nhttps://x.com/messages/compose?recipient_id=900"


async def test_without_a_post_to_answer_nothing_is_said_in_public(platform: X) -> None:
    with pytest.raises(DeliveryRefused):
        await platform.channel.send(say(PUBLIC, "Hello all"))


async def test_the_days_cap_stops_everything_and_says_so(opened: Callable[..., X]) -> None:
    platform = opened(spend_per_day=0.04)
    for number in (1, 2):
        await platform.channel.send(say(platform.address, f"Message {number}", number=number))
    with pytest.raises(DeliveryRefused, match="spend_per_day"):
        await platform.channel.send(say(platform.address, "Message 3", number=3))
    assert len(platform.fake.written) == 2


async def test_an_overloaded_x_is_tried_again_and_a_used_up_plan_is_not(platform: X) -> None:
    platform.fake.troubles += [Trouble.OVERLOADED, Trouble.CAPPED]
    with pytest.raises(DeliveryRetry):
        await platform.channel.send(say(platform.address, "Hello"))
    with pytest.raises(DeliveryRefused, match="used up"):
        await platform.channel.send(say(platform.address, "Hello"))


async def test_pictures_are_fetched_with_our_signature_from_x_alone(platform: X, inbox: Inbox) -> None:
    platform.fake.photo("m1", "https://ton.twitter.com/1.1/ton/data/dm/1/2.jpg")
    async with listening(platform.channel, inbox):
        await platform.fake.dm(items.ANN, "look https://t.co/abc", attachments={"media_keys": ["m1"]})
        assert await inbox.texts(1) == ["look"]
    ((url, headers),) = platform.files.asked
    assert url.startswith("https://ton.twitter.com/") and "oauth_signature" in headers["Authorization"]
    assert [one.name for one in inbox.messages[0].attachments] == ["photo.jpg"]


async def test_the_very_first_start_leaves_old_messages_alone(platform: X, inbox: Inbox) -> None:
    await platform.fake.dm(items.ANN, "weeks ago", id="1900000000000000000")
    await platform.fake.dm(items.ANN, "just now")
    async with listening(platform.channel, inbox):
        assert await inbox.texts(1) == ["just now"]


async def test_more_than_a_page_is_read_whole_and_in_order(platform: X, inbox: Inbox) -> None:
    async with listening(platform.channel, inbox):
        await platform.says("first")
        await inbox.texts(1)
    for number in range(230):
        await platform.says(f"line {number}")
    await platform.channel.close()
    platform.channel = platform.restarted()
    async with listening(platform.channel, inbox):
        assert await inbox.texts(231) == ["first", *(f"line {number}" for number in range(230))]
