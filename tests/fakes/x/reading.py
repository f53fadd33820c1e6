"""The answers to what is read: users, our mentions, events of direct messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tests.fakes.x.account import Account, Item
from tests.fakes.x.endpoints import DM_FIELDS, MEDIA_FIELDS, POST_FIELDS, USER_FIELDS
from tests.fakes.x.problems import invalid, missing, protected, suspended
from tests.fakes.x.shapes import Json, maps, texts

LOOK_BACK: Final = timedelta(days=30)
"""How long X shows direct messages."""
_MENTIONS_KEPT: Final = 800
_SHOWN_MESSAGES: Final = "100"
_SHOWN_MENTIONS: Final = "10"
_USER_ALWAYS: Final = frozenset(("id", "name", "username"))
_POST_ALWAYS: Final = frozenset(("id", "text", "edit_history_tweet_ids"))
_EVENT_ALWAYS: Final = frozenset(("id", "text", "event_type"))
_MEDIA_ALWAYS: Final = frozenset(("media_key", "type"))
Query = Mapping[str, str]


@dataclass(slots=True)
class Page:
    """An answer, and the ids of what was charged for."""

    kind: str
    body: Json
    ids: list[str] = field(default_factory=list)


def user(account: Account, query: Query, known: Callable[[Json], bool], asked: str) -> Page:
    """One user; X answers 200 with a partial error when there is none."""
    found = next((one for one in account.users.values() if known(one)), None)
    if found is None:
        return Page("user", {"errors": [missing("user", asked, "data")]})
    return Page("user", {"data": _shown(found, USER_FIELDS, _USER_ALWAYS | _asked(query, "user.fields"))}, [asked])


def mentions(account: Account, query: Query) -> Page:
    """Our newest mentions, newest first."""
    since, until = int(query.get("since_id", "0")), int(query.get("until_id", str(10**19)))
    items = [
        one
        for one in account.mentions[:_MENTIONS_KEPT]
        if since < (_number(one.value) or since + 1) < until
        and _within(one.value, query.get("start_time"), query.get("end_time"))
    ]
    page, meta = _page(items, query, _SHOWN_MENTIONS)
    fields = _POST_ALWAYS | _asked(query, "tweet.fields") | _implied(query)
    data = [_shown(one, POST_FIELDS, fields) for one in page]
    numbers = [number for one in page if (number := _number(one)) is not None]
    if numbers:
        meta |= {"newest_id": str(max(numbers)), "oldest_id": str(min(numbers))}
    return _answered("post", account, page, data, meta, query)


def events(account: Account, query: Query, wanted: Callable[[Json], bool]) -> Page:
    """The newest events of direct messages of 30 days, newest first."""
    kinds = _asked(query, "event_types")
    since = datetime.fromisoformat(account.now()) - LOOK_BACK
    items = [
        one
        for one in account.events
        if wanted(one.value)
        and (not kinds or one.value.get("event_type") in kinds)
        and ((at := _time(one.value)) is None or at > since)
    ]
    page, meta = _page(items, query, _SHOWN_MESSAGES)
    fields = _EVENT_ALWAYS | _asked(query, "dm_event.fields") | _implied(query)
    data = [_shown(one, DM_FIELDS, fields) for one in page]
    return _answered("dm_event", account, page, data, meta, query)


def _page(items: Sequence[Item], query: Query, shown: str) -> tuple[list[Json], Json]:
    token, most = query.get("pagination_token"), int(query.get("max_results", shown))
    if token is not None:
        place = _place(token)
        items = [one for one in items if one.place < place]
    page, rest = items[:most], items[most:]
    meta: Json = {"result_count": len(page)}
    if rest:
        # A place, not an offset: what comes in the meantime moves no page.
        meta["next_token"] = f"7140{page[-1].place:08d}"
    return [one.value for one in page], meta


def _place(token: str) -> int:
    if not token.startswith("7140") or not token.isdecimal():
        raise invalid({"pagination_token": [token]}, "The `pagination_token` query parameter is none that was given")
    return int(token.removeprefix("7140"))


def _answered(kind: str, account: Account, page: list[Json], data: list[Json], meta: Json, query: Query) -> Page:
    if not page:
        return Page(kind, {"meta": meta})
    body: Json = {"data": data}
    includes, errors = _included(account, page, query)
    if includes:
        body["includes"] = includes
    if errors:
        body["errors"] = errors
    body["meta"] = meta
    return Page(kind, body, [str(one.get("id")) for one in page])


def _included(account: Account, page: list[Json], query: Query) -> tuple[Json, list[Json]]:
    wanted = _asked(query, "expansions")
    errors: list[Json] = []
    posts = [post for number in _referenced(page, wanted) if (post := _post(account, number, errors)) is not None]
    authors = posts if "referenced_tweets.id.author_id" in wanted else []
    users = [
        found for number in _people(page, authors, wanted) if (found := _user(account, number, errors)) is not None
    ]
    media = [account.media[key] for key in _media_keys(page, wanted) if key in account.media]
    included: Json = {
        "users": [_shown(one, USER_FIELDS, _USER_ALWAYS | _asked(query, "user.fields")) for one in users],
        "tweets": [_shown(one, POST_FIELDS, _POST_ALWAYS | _asked(query, "tweet.fields")) for one in posts],
        "media": [_shown(one, MEDIA_FIELDS, _MEDIA_ALWAYS | _asked(query, "media.fields")) for one in media],
    }
    return {kind: values for kind, values in included.items() if values}, errors


def _people(page: list[Json], posts: list[Json], wanted: Set[str]) -> Sequence[str]:
    keys = wanted & {"sender_id", "author_id", "in_reply_to_user_id"}
    people = [str(one[key]) for one in page for key in sorted(keys) if isinstance(one.get(key), str)]
    people += [str(one["author_id"]) for one in posts if isinstance(one.get("author_id"), str)]
    if "participant_ids" in wanted:
        people += [number for one in page for number in texts(one.get("participant_ids"))]
    if "entities.mentions.username" in wanted:
        people += [str(named["id"]) for one in page for named in _named(one) if "id" in named]
    return tuple(dict.fromkeys(people))


def _named(post: Json) -> Sequence[Mapping[str, object]]:
    entities = post.get("entities")
    return maps(entities.get("mentions")) if isinstance(entities, dict) else ()


def _referenced(page: list[Json], wanted: Set[str]) -> Sequence[str]:
    if not wanted & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
        return ()
    return tuple(dict.fromkeys(str(one.get("id")) for item in page for one in maps(item.get("referenced_tweets"))))


def _media_keys(page: list[Json], wanted: Set[str]) -> Sequence[str]:
    if "attachments.media_keys" not in wanted:
        return ()
    attached = [one for item in page if isinstance(one := item.get("attachments"), dict)]
    return tuple(dict.fromkeys(key for one in attached for key in texts(one.get("media_keys"))))


def _user(account: Account, number: str, errors: list[Json]) -> Json | None:
    """Somebody nobody told of is left out without a word, as X sometimes does."""
    if number in account.suspended:
        errors.append(suspended(number))
        return None
    return account.users.get(number)


def _post(account: Account, number: str, errors: list[Json]) -> Json | None:
    post = account.posts.get(number)
    if post is None:
        errors.append(missing("tweet", number))
        return None
    author = account.users.get(str(post.get("author_id")), {})
    if author.get("protected") is True:
        errors.append(protected("tweet", number))
        return None
    return post


def _shown(value: Json, known: frozenset[str], wanted: Set[str]) -> Json:
    """Documented fields only when they were asked for; what nobody documents stays, to be survived."""
    return {name: one for name, one in value.items() if name not in known or name in wanted}


def _asked(query: Query, name: str) -> frozenset[str]:
    return frozenset(query[name].split(",")) if name in query else frozenset()


def _implied(query: Query) -> frozenset[str]:
    return frozenset(one.partition(".")[0] for one in _asked(query, "expansions"))


def _number(value: Json) -> int | None:
    found = value.get("id")
    return int(found) if isinstance(found, str) and found.isdecimal() else None


def _time(value: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _within(value: Json, start: str | None, end: str | None) -> bool:
    at = _time(value)
    return at is None or (
        (start is None or datetime.fromisoformat(start) <= at) and (end is None or at < datetime.fromisoformat(end))
    )
