"""A link works for those it was made for, for a while, and not after any change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from bots.attachments.links import BadLink, Links, OldLink, reference
from bots.attachments.settings import LinkLives
from bridge.types import Attachment, ConversationId

NOW = datetime(2026, 11, 23, 12, 0, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = ConversationId("web:ann"), ConversationId("web:bob")
DIGEST = "ab" * 32
NAME = "截图 1 &#?.png"
FILE = Attachment(name=NAME, media_type="image/png", size=9, url=reference(DIGEST, NAME))
LIVES = LinkLives(seconds=3600, upload_seconds=86400)


def links(secret: bytes = b"a secret of at least thirty-two bytes") -> Links:
    return Links(secret, LIVES)


def shown(conversation: ConversationId = ANN) -> tuple[str, dict[str, str]]:
    """The path and the query of a link that was made now."""
    parts = urlsplit(links().link(FILE, conversation, NOW))
    return parts.path, dict(parse_qsl(parts.query, strict_parsing=True))


def check(path: str, query: dict[str, str], now: datetime = NOW) -> int:
    return links().check(path, query["for"], query["until"], query["sign"], now)


def test_a_link_is_the_reference_with_a_signature_and_tells_no_conversation() -> None:
    path, query = shown()
    assert path == FILE.url == f"/attachments/{DIGEST}/%E6%88%AA%E5%9B%BE%201%20%26%23%3F.png"
    assert set(query) == {"for", "until", "sign"}
    assert "ann" not in links().link(FILE, ANN, NOW)
    assert check(path, query) == int(query["until"])


def test_a_link_works_for_most_of_its_life_and_not_longer() -> None:
    path, query = shown()
    check(path, query, NOW + HOUR * 0.75)
    with pytest.raises(OldLink):
        check(path, query, NOW + HOUR)


def test_a_link_stays_the_same_for_a_while_so_that_browsers_have_it() -> None:
    assert links().link(FILE, ANN, NOW) == links().link(FILE, ANN, NOW + timedelta(minutes=14))
    assert links().link(FILE, ANN, NOW) != links().link(FILE, ANN, NOW + timedelta(minutes=16))


def test_a_link_of_one_conversation_is_none_of_another() -> None:
    _, others = shown(BOB)
    path, mine = shown()
    assert mine != others
    with pytest.raises(BadLink):
        check(path, {**mine, "for": others["for"]})
    with pytest.raises(BadLink):
        check(path, {**mine, "sign": others["sign"]})


@pytest.mark.parametrize(
    "change",
    [
        {"until": "99999999999"},
        {"until": "9" * 400},
        {"until": ""},
        {"until": "-1"},
        {"until": "١٢٣"},
        {"until": "1e9"},
        {"sign": ""},
        {"sign": "0" * 32},
        {"sign": "\udcff"},
        {"for": ""},
        {"for": "\udcff"},
    ],
)
def test_a_changed_link_does_not_work(change: dict[str, str]) -> None:
    path, query = shown()
    with pytest.raises(BadLink) as raised:
        check(path, {**query, **change})
    assert not isinstance(raised.value, OldLink)


def test_a_link_is_for_one_file_under_one_name() -> None:
    _, query = shown()
    for path in (reference("cd" * 32, NAME), reference(DIGEST, "other.png"), reference(DIGEST, "\udcff")):
        with pytest.raises(BadLink):
            check(path, query)


def test_a_link_of_another_installation_does_not_work() -> None:
    path, query = shown()
    with pytest.raises(BadLink):
        links(b"another secret of thirty-two bytes").check(path, query["for"], query["until"], query["sign"], NOW)


def test_an_upload_is_known_again_by_its_id_for_a_day() -> None:
    name = links().upload_id(FILE, ANN, NOW)
    assert links().redeem(name, ANN, NOW) == FILE
    assert links().redeem(name, ANN, NOW + DAY - timedelta(seconds=1)) == FILE
    with pytest.raises(OldLink):
        links().redeem(name, ANN, NOW + DAY + timedelta(seconds=1))


def test_an_upload_of_another_visitor_is_not_taken() -> None:
    with pytest.raises(BadLink):
        links().redeem(links().upload_id(FILE, BOB, NOW), ANN, NOW)


@pytest.mark.parametrize("name", ["", ".", "a.b", "é.\udcff", "e30.0123456789abcdef0123456789abcdef"])
def test_what_is_no_id_of_ours_is_not_taken(name: str) -> None:
    with pytest.raises(BadLink):
        links().redeem(name, ANN, NOW)


def test_a_changed_id_is_not_taken() -> None:
    name = links().upload_id(FILE, ANN, NOW)
    for place in range(len(name)):
        other = "A" if name[place] != "A" else "B"
        with pytest.raises(BadLink):
            links().redeem(name[:place] + other + name[place + 1 :], ANN, NOW)


def test_a_link_is_no_id_and_an_id_signs_no_link() -> None:
    path, query = shown()
    with pytest.raises(BadLink):
        links().redeem(f"{path}.{query['sign']}", ANN, NOW)


def test_an_id_of_the_longest_name_fits_into_a_frame() -> None:
    name = "\U0001f600" * 116 + ".png"
    file = Attachment(name=name, media_type="video/quicktime", size=1 << 40, url=reference(DIGEST, name))
    assert len(links().upload_id(file, ConversationId("web:" + "f" * 32), NOW)) < 4096
