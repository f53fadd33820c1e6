"""The fake of X, driven by the library that drives the real one."""

from __future__ import annotations

import asyncio
import hmac
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Literal, TypeAlias, cast

import aiohttp
import pytest
from aiohttp import web
from oauthlib.oauth1 import Client as Signer
from tweepy.asynchronous import AsyncClient
from tweepy.errors import Forbidden, HTTPException, TooManyRequests, TwitterServerError, Unauthorized
from yarl import URL

from tests.fakes.x import SIGNED_HOST, FakeX, Trouble, weight
from tests.fixtures import x as items

Answer: TypeAlias = dict[str, object]
Method: TypeAlias = Literal["GET", "POST", "PUT"]

KEYS = ("consumer", "fake-consumer-secret", "access", "fake-access-secret")


class Rewriting:
    """A session that goes to the fake with what was signed for the real host."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._inner = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))
        self.headers: list[Mapping[str, str]] = []
        self.last: Mapping[str, str] = {}

    def request(self, method: str, url: str | URL, **options: object) -> AbstractAsyncContextManager[object]:
        there = URL(str(url).replace(SIGNED_HOST, self._origin), encoded=True)
        self.headers.append(cast("Mapping[str, str]", options["headers"]))
        return self._watched(method, there, options)

    @asynccontextmanager
    async def _watched(
        self, method: str, there: URL, options: dict[str, object]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        async with self._inner.request(method, there, **options) as response:  # type: ignore[arg-type]
            self.last = response.headers
            yield response

    async def close(self) -> None:
        await self._inner.close()


class Clock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> float:
        return time.time() + self.ahead.total_seconds()


def client_of(session: Rewriting, keys: tuple[str, str, str, str] = KEYS) -> AsyncClient:
    client = AsyncClient(
        consumer_key=keys[0],
        consumer_secret=keys[1],
        access_token=keys[2],
        access_token_secret=keys[3],
        return_type=dict,
    )
    client.session = session
    return client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeX]:
    made = FakeX(*KEYS, clock=clock)
    made.person(items.ANN, "Ann Lee", "annlee")
    made.person(items.BEN, "Ben", "ben")
    async with made.serving():
        yield made


@pytest.fixture
async def session(fake: FakeX) -> AsyncIterator[Rewriting]:
    made = Rewriting(fake.origin)
    yield made
    await made.close()


@pytest.fixture
def client(session: Rewriting) -> AsyncClient:
    return client_of(session)


def data(answer: object) -> list[Answer]:
    return cast("list[Answer]", cast("Answer", answer).get("data", []))


def part(answer: object, *names: str) -> object:
    found = answer
    for name in names:
        found = cast("Answer", found)[name]
    return found


async def events(client: AsyncClient, **more: object) -> Answer:
    fields = ["created_at", "sender_id", "dm_conversation_id", "attachments", "referenced_tweets"]
    return cast("Answer", await client.get_direct_message_events(dm_event_fields=fields, **more))


async def mentions(client: AsyncClient, **more: object) -> Answer:
    return cast("Answer", await client.get_users_mentions(items.US, user_auth=True, **more))


async def raw(fake: FakeX, method: Method, path: str, body: object = None) -> tuple[int, Answer]:
    """A well-signed request that the library would not send."""
    _, headers, _ = Signer(*KEYS).sign(f"{SIGNED_HOST}{path}", method)
    given = {str(name): str(value) for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, URL(f"{fake.origin}{path}", encoded=True), json=body, headers=given) as response,
    ):
        return response.status, cast("Answer", await response.json())


# Who asks


async def test_a_well_signed_request_is_answered(fake: FakeX, client: AsyncClient) -> None:
    assert part(await client.get_me(), "data") == {"id": "900", "name": "Demo Exchange", "username": "DemoExchange"}
    assert fake.violations == []


async def test_queries_are_part_of_what_is_signed(fake: FakeX, client: AsyncClient) -> None:
    await mentions(client, start_time="2026-01-01T00:00:00Z", tweet_fields=["created_at", "lang"])
    await client.get_user(id=items.ANN, user_auth=True, user_fields="created_at,protected")
    assert fake.violations == []


@pytest.mark.parametrize("place", range(4))
async def test_each_of_the_four_credentials_must_be_right(fake: FakeX, session: Rewriting, place: int) -> None:
    keys = [*KEYS]
    keys[place] = "another"
    with pytest.raises(Unauthorized):
        await client_of(session, (keys[0], keys[1], keys[2], keys[3])).get_me()
    assert len(fake.violations) == 1


async def test_a_signature_for_another_host_is_wrong() -> None:
    made = FakeX(*KEYS, signed_host="https://api.x.com")
    async with made.serving() as origin:
        session = Rewriting(origin)
        with pytest.raises(Unauthorized):
            await client_of(session).get_me()
        await session.close()
    assert made.violations == ["GET /2/users/me: the signature is wrong"]


async def test_a_request_that_is_sent_again_is_refused(fake: FakeX, session: Rewriting, client: AsyncClient) -> None:
    await client.get_me()
    async with session.request("GET", f"{SIGNED_HOST}/2/users/me", headers=session.headers[0]) as response:
        assert cast("aiohttp.ClientResponse", response).status == 401
    assert "nonce" in fake.violations[0]


async def test_a_signature_of_six_minutes_ago_is_refused(fake: FakeX) -> None:
    signer = Signer(*KEYS, timestamp=str(int(time.time()) - 360))
    _, headers, _ = signer.sign(f"{SIGNED_HOST}/2/users/me", "GET")
    given = {str(name): str(value) for name, value in headers.items()}
    async with aiohttp.ClientSession() as http, http.get(f"{fake.origin}/2/users/me", headers=given) as response:
        assert response.status == 401
        assert await response.json() == {
            "title": "Unauthorized",
            "detail": "Unauthorized",
            "type": "about:blank",
            "status": 401,
        }


async def test_parameters_of_a_form_are_signed_too(fake: FakeX) -> None:
    url, body = f"{SIGNED_HOST}/2/tweets", "text=hello%20you"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    _, headers, _ = Signer(*KEYS).sign(url, "POST", body=body, headers=kind)
    given = {str(name): str(value) for name, value in headers.items()}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{fake.origin}/2/tweets", data=body, headers=given) as response:
            assert response.status == 400
        async with http.post(f"{fake.origin}/2/tweets", data="text=another", headers=given) as response:
            assert response.status == 401


async def test_access_that_was_taken_away_is_no_violation(fake: FakeX, client: AsyncClient) -> None:
    fake.unauthorized = True
    with pytest.raises(Unauthorized):
        await client.get_me()
    assert fake.violations == []


# Strictness


@pytest.mark.parametrize(
    "path",
    [
        "/2/users/me?user.fields=shoe_size",
        "/2/users/me?since=1",
        "/2/users/abc",
        "/2/users/900/mentions?max_results=4",
        "/2/users/900/mentions?max_results=101",
        "/2/users/900/mentions?since_id=x",
        "/2/users/900/mentions?start_time=yesterday",
        "/2/users/900/mentions?since_id=1&since_id=2",
        "/2/dm_events?max_results=0",
        "/2/dm_events?event_types=Typing",
        "/2/dm_events?expansions=author_id",
        "/2/dm_events?pagination_token=zzzzzzzzz",
    ],
)
async def test_what_x_would_not_understand_is_refused_and_noted(fake: FakeX, path: str) -> None:
    status, answer = await raw(fake, "GET", path)
    assert (status, answer["title"]) == (400, "Invalid Request")
    assert len(fake.violations) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/2/tweets", {}),
        ("/2/tweets", {"text": 5}),
        ("/2/tweets", {"text": ""}),
        ("/2/tweets", {"text": "a", "status": "b"}),
        ("/2/tweets", {"text": "a", "reply": {}}),
        ("/2/tweets", {"text": "a", "reply": {"in_reply_to_tweet_id": 5}}),
        ("/2/tweets", {"text": "a", "reply_settings": "nobody"}),
        ("/2/tweets", {"text": "a", "media": {"media_ids": ["1"]}}),
        ("/2/tweets", {"poll": {"options": ["one"], "duration_minutes": 60}}),
        ("/2/tweets?dry_run=1", {"text": "a"}),
        ("/2/tweets", ["text"]),
        ("/2/dm_conversations/with/7001/messages", {}),
        ("/2/dm_conversations/with/7001/messages", {"text": None}),
        ("/2/dm_conversations/with/7001/messages", {"text": "a" * 10_001}),
        ("/2/dm_conversations/with/7001/messages", {"text": "a", "quick_reply": {}}),
        ("/2/dm_conversations/with/7001/messages", {"attachments": [{"media_id": 1}]}),
        ("/2/dm_conversations/with/ann/messages", {"text": "a"}),
    ],
)
async def test_bodies_are_read_to_the_letter(fake: FakeX, path: str, body: object) -> None:
    status, _ = await raw(fake, "POST", path, body)
    assert (status, len(fake.violations), fake.written) == (400, 1, [])


@pytest.mark.parametrize(("method", "path"), [("GET", "/2/lists"), ("PUT", "/2/tweets/1"), ("GET", "/1.1/help.json")])
async def test_an_unknown_path_is_404_and_noted(fake: FakeX, method: Method, path: str) -> None:
    status, answer = await raw(fake, method, path)
    assert (status, answer["title"], len(fake.violations)) == (404, "Not Found", 1)


async def test_all_that_the_library_can_put_into_a_post_is_known(fake: FakeX, client: AsyncClient) -> None:
    number = await fake.mention(items.ANN, "@DemoExchange fees?")
    await client.create_tweet(
        text="Here.",
        in_reply_to_tweet_id=number,
        exclude_reply_user_ids=[items.BEN],
        reply_settings="mentionedUsers",
        direct_message_deep_link="https://x.com/messages/compose?recipient_id=900",
        for_super_followers_only=False,
        place_id="df51dec6f4ee2b2c",
    )
    await client.create_tweet(text="Vote", poll_options=["a", "b"], poll_duration_minutes=60)
    await client.create_tweet(text="See", quote_tweet_id=number)
    assert fake.violations == []


# What is read


async def test_fields_come_only_when_asked_for(fake: FakeX, client: AsyncClient) -> None:
    await fake.dm(items.ANN, "hello")
    (bare,) = data(await client.get_direct_message_events())
    (full,) = data(await events(client))
    assert bare.keys() == {"id", "text", "event_type"}
    assert (full["sender_id"], full["dm_conversation_id"]) == (items.ANN, f"{items.ANN}-900")


async def test_expansions_bring_people_and_media(fake: FakeX, client: AsyncClient) -> None:
    key = fake.private_media("video", b"film")
    await fake.add_event(items.message_with(key))
    answer = await client.get_direct_message_events(
        expansions=["sender_id", "attachments.media_keys"],
        media_fields=["url", "variants", "preview_image_url"],
        user_fields="name",
    )
    assert part(answer, "includes", "users") == [{"id": items.ANN, "name": "Ann Lee", "username": "annlee"}]
    (media,) = cast("list[Answer]", part(answer, "includes", "media"))
    assert media.keys() == {"media_key", "type", "variants", "preview_image_url"}


async def test_who_is_unknown_or_suspended_is_missing_from_the_includes(fake: FakeX, client: AsyncClient) -> None:
    await fake.post("7999", "@DemoExchange I am nobody")
    await fake.post(items.BEN, "@DemoExchange I was somebody")
    fake.suspend(items.BEN)
    answer = await mentions(client, expansions="author_id")
    assert "includes" not in answer
    (error,) = cast("list[Answer]", answer["errors"])
    assert (error["resource_id"], error["title"]) == (items.BEN, "Forbidden")


async def test_a_quoted_post_that_is_protected_is_a_partial_error(fake: FakeX, client: AsyncClient) -> None:
    fake.person("7003", "Cat", "cat", protected=True)
    hidden = await fake.post("7003", "@DemoExchange for friends")
    await fake.add_post(items.quoting_mention(hidden))
    answer = await mentions(client, expansions="referenced_tweets.id", max_results=5)
    (error,) = cast("list[Answer]", answer["errors"])
    assert (error["resource_type"], error["title"]) == ("tweet", "Authorization Error")


async def test_mentions_come_newest_first_in_pages_that_do_not_move(fake: FakeX, client: AsyncClient) -> None:
    numbers = [await fake.mention(items.ANN, f"@DemoExchange {place}") for place in range(7)]
    first = await mentions(client, max_results=5)
    await fake.mention(items.ANN, "@DemoExchange in between")
    second = await mentions(client, max_results=5, pagination_token=part(first, "meta", "next_token"))
    assert [one["id"] for one in [*data(first), *data(second)]] == numbers[::-1]
    assert part(first, "meta", "newest_id") == numbers[-1] and part(first, "meta", "oldest_id") == numbers[2]
    assert cast("Answer", second["meta"]).keys() == {"result_count", "newest_id", "oldest_id"}


async def test_since_and_until_leave_their_own_ids_out(fake: FakeX, client: AsyncClient) -> None:
    numbers = [await fake.mention(items.ANN, f"@DemoExchange {place}") for place in range(4)]
    found = await mentions(client, since_id=numbers[0], until_id=numbers[3])
    assert [one["id"] for one in data(found)] == [numbers[2], numbers[1]]


async def test_nothing_new_is_an_answer_without_data(client: AsyncClient) -> None:
    assert await mentions(client) == {"meta": {"result_count": 0}}


async def test_events_are_chosen_by_kind_person_and_conversation(fake: FakeX, client: AsyncClient) -> None:
    await fake.add_event(items.participants_join())
    await fake.dm(items.ANN, "from Ann")
    await fake.dm(items.BEN, "from Ben")
    texts = {
        "all": [one.get("text") for one in data(await client.get_direct_message_events())],
        "messages": [one["text"] for one in data(await client.get_direct_message_events(event_types="MessageCreate"))],
        "ben": [one["text"] for one in data(await client.get_direct_message_events(participant_id=items.BEN))],
        "group": [
            one["event_type"] for one in data(await client.get_direct_message_events(dm_conversation_id=items.GROUP))
        ],
    }
    assert texts == {
        "all": ["from Ben", "from Ann", None],
        "messages": ["from Ben", "from Ann"],
        "ben": ["from Ben"],
        "group": ["ParticipantsJoin"],
    }


async def test_messages_older_than_thirty_days_are_gone(fake: FakeX, client: AsyncClient, clock: Clock) -> None:
    await fake.dm(items.ANN, "hello")
    clock.ahead = timedelta(days=30, seconds=1)
    assert data(await client.get_direct_message_events()) == []


async def test_a_user_that_is_none_is_a_partial_error(client: AsyncClient) -> None:
    answer = cast("Answer", await client.get_user(id="1", user_auth=True))
    assert "data" not in answer and cast("list[Answer]", answer["errors"])[0]["title"] == "Not Found Error"
    assert part(await client.get_user(username="AnnLee", user_auth=True), "data", "id") == items.ANN


async def test_files_of_messages_are_for_who_signs_and_files_of_posts_for_all(fake: FakeX) -> None:
    private, public = fake.private_media("photo", b"secret"), fake.public_media("photo", b"open")
    urls = [str(fake.account.media[key]["url"]) for key in (private, public)]
    _, headers, _ = Signer(*KEYS).sign(urls[0], "GET")
    given = {str(name): str(value) for name, value in headers.items()}
    async with aiohttp.ClientSession() as http:
        async with http.get(urls[0]) as response:
            assert response.status == 401
        async with http.get(urls[0], headers=given) as response:
            assert await response.read() == b"secret" and response.content_type == "image/jpeg"
        async with http.get(urls[1]) as response:
            assert await response.read() == b"open"


async def test_every_fixture_can_be_read_back(fake: FakeX, client: AsyncClient) -> None:
    for event in items.odd_events():
        await fake.add_event(event)
    for post in items.odd_posts():
        await fake.add_post(post)
    for seed in items.fuzz_seeds():
        await (fake.add_event(seed) if "event_type" in seed else fake.add_post(seed))
    shown = len(data(await client.get_direct_message_events())), len(data(await mentions(client, max_results=100)))
    assert shown == (len(items.odd_events()) + 8, len(items.odd_posts()) + 11)


# What is written


async def test_a_message_is_stored_and_stands_in_the_list(fake: FakeX, client: AsyncClient) -> None:
    answer = await client.create_direct_message(participant_id=items.ANN, text="Hello Ann")
    (sent,) = fake.dms
    assert part(answer, "data") == {"dm_conversation_id": f"{items.ANN}-900", "dm_event_id": sent.id}
    (echo,) = data(await events(client))
    assert (echo["id"], echo["sender_id"], sent.to, sent.text) == (sent.id, "900", items.ANN, "Hello Ann")


async def test_a_message_into_a_conversation_needs_one(fake: FakeX, client: AsyncClient) -> None:
    with pytest.raises(Forbidden):
        await client.create_direct_message(dm_conversation_id=f"{items.ANN}-900", text="Hello")
    await fake.dm(items.ANN, "hello")
    await client.create_direct_message(dm_conversation_id=f"{items.ANN}-900", text="Hello")
    assert fake.dms[0].to == items.ANN


async def test_closed_doors_are_told(fake: FakeX, client: AsyncClient) -> None:
    fake.close_dms(items.ANN)
    with pytest.raises(Forbidden, match="You cannot send messages to this user"):
        await client.create_direct_message(participant_id=items.ANN, text="Hello")
    assert fake.violations == [] and fake.written == []


async def test_a_post_answers_who_names_or_quotes_us_and_nobody_else(fake: FakeX, client: AsyncClient) -> None:
    named = await fake.mention(items.ANN, "@DemoExchange fees?")
    first = str(part(await client.create_tweet(text="0.1 %", in_reply_to_tweet_id=named), "data", "id"))
    await client.create_tweet(text="and more", in_reply_to_tweet_id=first)
    quoting = await fake.quote(items.BEN, "look at this", first)
    await client.create_tweet(text="thank you", in_reply_to_tweet_id=quoting)
    assert [one.answers for one in fake.posts] == [named, first, quoting]
    stranger = await fake.quote(items.BEN, "about somebody else", named)
    with pytest.raises(Forbidden, match="not been mentioned"):
        await client.create_tweet(text="hello", in_reply_to_tweet_id=stranger)
    with pytest.raises(Forbidden, match="deleted or not visible"):
        await client.create_tweet(text="hello", in_reply_to_tweet_id="1")
    assert len(fake.violations) == 1


async def test_a_quote_that_names_us_not_is_no_mention(fake: FakeX, client: AsyncClient) -> None:
    ours = str(part(await client.create_tweet(text="News"), "data", "id"))
    await fake.quote(items.BEN, "look", ours)
    named = await fake.quote(items.BEN, "look @demoexchange", ours)
    assert [one["id"] for one in data(await mentions(client))] == [named]


async def test_the_same_words_twice_a_day_are_refused(fake: FakeX, client: AsyncClient, clock: Clock) -> None:
    await client.create_tweet(text="Hello all")
    with pytest.raises(Forbidden, match="duplicate content"):
        await client.create_tweet(text="Hello all")
    clock.ahead = timedelta(days=1, seconds=1)
    await client.create_tweet(text="Hello all")
    assert len(fake.posts) == 2


async def test_a_post_is_taken_back_once_and_only_by_us(fake: FakeX, client: AsyncClient) -> None:
    number = str(part(await client.create_tweet(text="Oops"), "data", "id"))
    assert await client.delete_tweet(number) == {"data": {"deleted": True}}
    assert fake.posts[0].deleted
    theirs = await fake.mention(items.ANN, "@DemoExchange hi")
    for other in (number, theirs):
        with pytest.raises(Forbidden):
            await client.delete_tweet(other)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("提现", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇭🇰", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("1️⃣", 2),
        ("©", 1),
        ("…", 2),
        ("–“”", 3),
        ("https://exchange.example/a/very/long/path?with=a&query=in#it", 23),
        ("see https://a.example/b.", 4 + 23 + 1),
        ("exchange.com 提现", 23 + 1 + 4),
        ("e.g. a.b", 8),
        ("a@exchange.com", 14),
        ("费用https://a.example。好", 4 + 23 + 4),
    ],
)
def test_lengths_are_counted_as_x_counts(text: str, length: int) -> None:
    assert weight(text) == length


async def test_a_post_of_280_fits_and_one_more_does_not(fake: FakeX, client: AsyncClient) -> None:
    await client.create_tweet(text="提" * 140)
    with pytest.raises(Forbidden, match="too long"):
        await client.create_tweet(text="提" * 140 + "a")
    assert len(fake.posts) == 1 and len(fake.violations) == 1


# What it costs


async def test_every_call_has_its_price(fake: FakeX, client: AsyncClient) -> None:
    named = await fake.mention(items.ANN, "@DemoExchange fees?")
    await client.create_tweet(text="News")
    await client.create_tweet(text="News at https://exchange.example")
    await client.create_tweet(text="0.1 %", in_reply_to_tweet_id=named)
    await client.create_direct_message(participant_id=items.ANN, text="Hello")
    written = ["0.015", "0.20", "0.01", "0.015"]
    assert [one.cost for one in fake.calls] == [Decimal(one) for one in written]
    await mentions(client)
    await mentions(client)
    assert [one.cost for one in fake.calls[4:]] == [Decimal("0.005"), Decimal(0)]
    assert fake.spent == Decimal("0.245")
    times = [one.at for one in fake.calls]
    assert times == sorted(times) and {one.status for one in fake.calls} == {200, 201}


# Limits


async def test_a_window_runs_out_and_begins_again(
    fake: FakeX, session: Rewriting, client: AsyncClient, clock: Clock
) -> None:
    fake.limits["/2/dm_events"] = 2
    for left in ("1", "0"):
        await client.get_direct_message_events()
        assert (session.last["x-rate-limit-limit"], session.last["x-rate-limit-remaining"]) == ("2", left)
    with pytest.raises(TooManyRequests) as caught:
        await client.get_direct_message_events()
    reset = cast("int", caught.value.reset_time)
    assert 890 < reset - time.time() <= 900
    await client.get_me()
    clock.ahead = timedelta(minutes=15, seconds=1)
    await client.get_direct_message_events()


async def test_the_documented_limits_hold_by_themselves(fake: FakeX, session: Rewriting, client: AsyncClient) -> None:
    for number in range(15):
        await client.create_direct_message(participant_id=items.ANN, text=f"Message {number}")
    with pytest.raises(TooManyRequests):
        await client.create_direct_message(participant_id=items.BEN, text="One more")
    assert len(fake.dms) == 15 and session.last["x-rate-limit-limit"] == "15"


async def test_a_limit_of_the_day_is_told_and_kept(fake: FakeX, session: Rewriting, client: AsyncClient) -> None:
    fake.day_limit = 1
    await client.create_tweet(text="One")
    assert session.last["x-app-limit-24hour-remaining"] == "0"
    with pytest.raises(TooManyRequests):
        await client.create_tweet(text="Two")
    assert int(session.last["x-app-limit-24hour-reset"]) > time.time() + 86_000


# Failing on command


@pytest.mark.parametrize(
    ("trouble", "error", "title"),
    [
        (Trouble.SLOW_DOWN, TooManyRequests, "Too Many Requests"),
        (Trouble.DAY_LIMIT, TooManyRequests, "Too Many Requests"),
        (Trouble.CAPPED, TooManyRequests, "UsageCapExceeded"),
        (Trouble.SPENT, Forbidden, "UsageCapExceeded"),
        (Trouble.UNAUTHORIZED, Unauthorized, "Unauthorized"),
        (Trouble.FORBIDDEN, Forbidden, "Forbidden"),
        (Trouble.BROKEN, TwitterServerError, "Internal Server Error"),
        (Trouble.OVERLOADED, TwitterServerError, "Service Unavailable"),
    ],
)
async def test_refusals_on_command_befall_one_request(
    fake: FakeX, session: Rewriting, client: AsyncClient, trouble: Trouble, error: type[HTTPException], title: str
) -> None:
    fake.troubles.append(trouble)
    fake.read_troubles.append(trouble)
    for act in (lambda: client.create_direct_message(participant_id=items.ANN, text="Hello"), client.get_me):
        with pytest.raises(error) as caught:
            await act()
        assert (await caught.value.response.json())["title"] == title
        assert "x-rate-limit-reset" in session.last
        await act()
    assert len(fake.dms) == 1 and fake.violations == []


@pytest.mark.parametrize(("trouble", "stored"), [(Trouble.CUT_BEFORE, 0), (Trouble.CUT_AFTER, 1)])
async def test_a_broken_connection_has_stored_or_not(
    fake: FakeX, client: AsyncClient, trouble: Trouble, stored: int
) -> None:
    fake.troubles.append(trouble)
    with pytest.raises(aiohttp.ClientError):
        await client.create_direct_message(participant_id=items.ANN, text="Hello")
    assert (len(fake.dms), fake.calls[-1].status) == (stored, None)
    await client.create_direct_message(participant_id=items.ANN, text="Hello")


async def test_a_request_that_hangs_ends_with_its_connection(fake: FakeX, client: AsyncClient) -> None:
    fake.troubles.append(Trouble.HANG)
    asking = asyncio.create_task(client.create_tweet(text="Hello"))
    await fake.until(lambda: not fake.troubles)
    await asyncio.wait((asking,), timeout=0.1)
    assert not asking.done()
    await fake.drop()
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert fake.written == []


async def test_a_read_cut_before_it_was_read_may_come_again_as_it_was(fake: FakeX, client: AsyncClient) -> None:
    fake.read_troubles.append(Trouble.CUT_BEFORE)
    await client.get_me()
    assert [one.status for one in fake.calls] == [None, 200] and fake.violations == []


async def test_a_read_cut_later_has_used_its_nonce(fake: FakeX, client: AsyncClient) -> None:
    # aiohttp sends a GET again by itself when its connection breaks, with the signature it had.
    fake.read_troubles.append(Trouble.CUT_AFTER)
    with pytest.raises(Unauthorized):
        await client.get_me()
    assert "nonce" in fake.violations[0]


async def test_who_waits_is_woken_by_every_change(fake: FakeX, client: AsyncClient) -> None:
    waiting = asyncio.create_task(fake.until(lambda: len(fake.posts) == 1, 5))
    await client.create_tweet(text="Hello")
    await waiting
    with pytest.raises(TimeoutError):
        await fake.until(lambda: False, 0.01)


async def test_ids_rise_and_tell_their_time(fake: FakeX) -> None:
    numbers = [int(await fake.dm(items.ANN, "hello")) for _ in range(50)]
    assert numbers == sorted(set(numbers))
    assert abs(((numbers[0] >> 22) + 1_288_834_974_657) / 1000 - time.time()) < 5


# Webhooks


class Receiver:
    """Somebody's webhook."""

    def __init__(self) -> None:
        self.secret = KEYS[1]
        self.kind = "application/json"
        self.came: list[Answer] = []
        self.statuses: list[int] = []
        self.url = ""
        self.speaks = asyncio.Event()
        self.speaks.set()

    def sign(self, what: bytes) -> str:
        return "sha256=" + b64encode(hmac.new(self.secret.encode(), what, sha256).digest()).decode()

    async def get(self, request: web.Request) -> web.StreamResponse:
        await self.speaks.wait()
        answer = web.json_response({"response_token": self.sign(request.query["crc_token"].encode())})
        answer.content_type = self.kind
        return answer

    async def post(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["x-twitter-webhooks-signature"] == self.sign(await request.read())
        assert request.content_type == "application/json"
        self.came.append(cast("Answer", (await request.json())["data"]))
        await self.speaks.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_get("/hooks/x", made.get)
    app.router.add_post("/hooks/x", made.post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}/hooks/x"
    yield made
    await runner.cleanup()


async def test_a_webhook_that_knows_the_secret_is_registered(fake: FakeX, receiver: Receiver) -> None:
    assert await fake.register(receiver.url)
    assert fake.hook.refusal is None


async def test_a_webhook_that_does_not_is_not(fake: FakeX, receiver: Receiver) -> None:
    receiver.secret = "another"
    assert not await fake.register(receiver.url)
    await fake.dm(items.ANN, "hello")
    assert fake.hook.refusal == "CrcValidationFailed: a wrong response_token" and receiver.came == []


async def test_a_challenge_is_answered_as_json_and_in_time(fake: FakeX, receiver: Receiver) -> None:
    receiver.kind = "text/plain"
    assert not await fake.register(receiver.url)
    receiver.kind = "application/json"
    receiver.speaks.clear()
    fake.hook.challenge_within_s = 0.05
    assert not await fake.register(receiver.url)
    assert not await fake.register("http://127.0.0.1:9/nobody")


async def test_a_message_is_told_in_the_older_shape(fake: FakeX, receiver: Receiver) -> None:
    await fake.register(receiver.url)
    key = fake.private_media("photo", b"picture")
    number = await fake.add_event(items.message_with(key))
    await fake.until(lambda: bool(fake.hook.deliveries))
    (event,) = receiver.came
    assert (event["event_type"], event["filter"]) == ("dm.received", {"user_id": "900"})
    (told,) = cast("list[Answer]", part(event, "payload", "direct_message_events"))
    assert (told["type"], told["id"]) == ("message_create", number)
    assert str(told["created_timestamp"]).isdecimal()
    said = part(told, "message_create")
    assert part(said, "sender_id") == items.ANN and part(said, "target") == {"recipient_id": "900"}
    assert part(said, "message_data", "text") == "look https://t.co/abc0123456"
    assert part(said, "message_data", "attachment", "media", "media_url_https") == fake.account.media[key]["url"]
    assert part(event, "payload", "users", items.ANN, "data", "username") == "annlee"


async def test_a_mention_is_told_with_its_people(fake: FakeX, receiver: Receiver) -> None:
    await fake.register(receiver.url)
    number = await fake.add_post(items.mention())
    await fake.until(lambda: bool(fake.hook.deliveries))
    (event,) = receiver.came
    assert (event["event_type"], part(event, "payload", "id")) == ("post.mention.create", number)
    users = cast("list[Answer]", part(event, "includes", "users"))
    assert [one["id"] for one in users] == [items.ANN, "900"]


async def test_groups_joins_and_our_own_words_are_not_told(fake: FakeX, receiver: Receiver) -> None:
    await fake.register(receiver.url)
    for event in (items.group_message(), items.participants_join(), items.our_echo()):
        await fake.add_event(event)
    await fake.dm(items.ANN, "hello")
    await fake.until(lambda: bool(fake.hook.deliveries))
    assert [one["event_type"] for one in receiver.came] == ["dm.received"]


async def test_an_event_that_was_not_taken_comes_again(fake: FakeX, receiver: Receiver) -> None:
    fake.hook.backoff_s = 0.01
    await fake.register(receiver.url)
    receiver.statuses = [503, 302]
    await fake.dm(items.ANN, "hello")
    await fake.until(lambda: any(one.taken for one in fake.hook.deliveries))
    assert [(one.attempt, one.status) for one in fake.hook.deliveries] == [(1, 503), (2, 302), (3, 200)]
    assert len({one["event_uuid"] for one in receiver.came}) == 1


async def test_an_event_that_nobody_answers_is_given_up(fake: FakeX, receiver: Receiver) -> None:
    fake.hook.backoff_s, fake.hook.retries = 0.01, 1
    await fake.register(receiver.url)
    receiver.speaks.clear()
    fake.hook.answer_within_s = 0.05
    await fake.dm(items.ANN, "hello")
    await fake.until(lambda: bool(fake.hook.lost))
    assert [one.status for one in fake.hook.deliveries] == [None, None]
