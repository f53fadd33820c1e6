"""The endpoints that are known, with the parameters each understands and its documented limit for one user."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from tests.fakes.x.problems import invalid, no_such_path

Check: TypeAlias = Callable[[str], bool]

DM_FIELDS: Final = frozenset(
    "attachments created_at dm_conversation_id entities event_type id participant_ids referenced_tweets sender_id "
    "text".split()
)
POST_FIELDS: Final = frozenset(
    "article attachments author_id card_uri community_id context_annotations conversation_id created_at "
    "display_text_range edit_controls edit_history_tweet_ids entities geo id in_reply_to_user_id lang media_metadata "
    "non_public_metrics note_tweet organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "referenced_tweets reply_settings scopes source suggested_source_links text withheld".split()
)
USER_FIELDS: Final = frozenset(
    "affiliation confirmed_email connection_status created_at description entities id is_identity_verified location "
    "most_recent_tweet_id name parody pinned_tweet_id profile_banner_url profile_image_url protected public_metrics "
    "receives_your_dm subscription subscription_type url username verified verified_followers_count verified_type "
    "withheld".split()
)
MEDIA_FIELDS: Final = frozenset(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url promoted_metrics "
    "public_metrics type url variants width".split()
)
_PLACE_FIELDS: Final = frozenset("contained_within country country_code full_name geo id name place_type".split())
_POLL_FIELDS: Final = frozenset("duration_minutes end_datetime id options voting_status".split())
_DM_EXPANSIONS: Final = frozenset("attachments.media_keys participant_ids referenced_tweets.id sender_id".split())
_POST_EXPANSIONS: Final = frozenset(
    "article.cover_media article.media_entities attachments.media_keys attachments.media_source_tweet "
    "attachments.poll_ids author_id author_screen_name edit_history_tweet_ids entities.mentions.username "
    "entities.note.mentions.username geo.place_id in_reply_to_user_id referenced_tweets.id "
    "referenced_tweets.id.author_id".split()
)
_USER_EXPANSIONS: Final = frozenset("affiliation.user_id most_recent_tweet_id pinned_tweet_id".split())
_EVENT_TYPES: Final = frozenset(("MessageCreate", "ParticipantsJoin", "ParticipantsLeave"))


def _several(names: frozenset[str]) -> Check:
    return lambda value: set(value.split(",")) <= names


def _between(low: int, high: int) -> Check:
    return lambda value: re.fullmatch(r"[0-9]{1,4}", value) is not None and low <= int(value) <= high


def _number(value: str) -> bool:
    return re.fullmatch(r"[0-9]{1,19}", value) is not None


def _token(value: str) -> bool:
    return re.fullmatch(r"[0-9a-z]{5,}", value) is not None


def _time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None and "T" in value
    except ValueError:
        return False


_OF_USERS: Final[Mapping[str, Check]] = {
    "user.fields": _several(USER_FIELDS),
    "tweet.fields": _several(POST_FIELDS),
    "expansions": _several(_USER_EXPANSIONS),
}
_OF_EVENTS: Final[Mapping[str, Check]] = {
    "dm_event.fields": _several(DM_FIELDS),
    "event_types": _several(_EVENT_TYPES),
    "expansions": _several(_DM_EXPANSIONS),
    "max_results": _between(1, 100),
    "pagination_token": _token,
    "media.fields": _several(MEDIA_FIELDS),
    "tweet.fields": _several(POST_FIELDS),
    "user.fields": _several(USER_FIELDS),
}
_OF_MENTIONS: Final[Mapping[str, Check]] = {
    "since_id": _number,
    "until_id": _number,
    "start_time": _time,
    "end_time": _time,
    "max_results": _between(5, 100),
    "pagination_token": _token,
    "expansions": _several(_POST_EXPANSIONS),
    "media.fields": _several(MEDIA_FIELDS),
    "place.fields": _several(_PLACE_FIELDS),
    "poll.fields": _several(_POLL_FIELDS),
    "tweet.fields": _several(POST_FIELDS),
    "user.fields": _several(USER_FIELDS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path."""

    name: str
    method: str
    template: str
    limit: int
    query: Mapping[str, Check] = field(default_factory=dict)

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """The parts of the path that vary, if this is the endpoint meant."""
        if method != self.method:
            return None
        found = re.fullmatch(re.sub(r":(\w+)", r"(?P<\1>[0-9A-Za-z_-]+)", self.template), path)
        return found.groupdict() if found else None


ENDPOINTS: Final[Sequence[Endpoint]] = (
    Endpoint(name="me", method="GET", template="/2/users/me", limit=75, query=_OF_USERS),
    Endpoint(name="user", method="GET", template="/2/users/:id", limit=900, query=_OF_USERS),
    Endpoint(name="named", method="GET", template="/2/users/by/username/:username", limit=900, query=_OF_USERS),
    Endpoint(name="mentions", method="GET", template="/2/users/:id/mentions", limit=300, query=_OF_MENTIONS),
    Endpoint(name="events", method="GET", template="/2/dm_events", limit=15, query=_OF_EVENTS),
    Endpoint(
        name="events_with",
        method="GET",
        template="/2/dm_conversations/with/:participant/dm_events",
        limit=15,
        query=_OF_EVENTS,
    ),
    Endpoint(
        name="events_in",
        method="GET",
        template="/2/dm_conversations/:conversation/dm_events",
        limit=15,
        query=_OF_EVENTS,
    ),
    Endpoint(name="message", method="POST", template="/2/dm_conversations/with/:participant/messages", limit=15),
    Endpoint(name="message_in", method="POST", template="/2/dm_conversations/:conversation/messages", limit=15),
    Endpoint(name="post", method="POST", template="/2/tweets", limit=100),
    Endpoint(name="delete", method="DELETE", template="/2/tweets/:id", limit=50),
)


def find(method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
    """The endpoint of a request and what varies in its path. Raises Misused."""
    for endpoint in ENDPOINTS:
        varying = endpoint.match(method, path)
        if varying is not None:
            return endpoint, varying
    raise no_such_path()


def check_query(endpoint: Endpoint, query: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """The parameters of a request. Raises Misused for what is unknown, twice there, or wrong."""
    known: dict[str, str] = {}
    for name, value in query:
        check = endpoint.query.get(name)
        if check is None:
            expected = ", ".join(sorted(endpoint.query))
            raise invalid({name: [value]}, f"The query parameter [{name}] is not one of [{expected}]")
        if name in known or not check(value):
            raise invalid({name: [value]}, f"The `{name}` query parameter value [{value}] is not valid")
        known[name] = value
    return known


def check_number(name: str, value: str) -> str:
    """A part of the path that must be an id. Raises Misused."""
    if not _number(value):
        raise invalid({name: [value]}, f"The `{name}` path parameter value [{value}] does not match ^[0-9]{{1,19}}$")
    return value
