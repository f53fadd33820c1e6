"""What the console's page may send, and one-time codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from bridge.errors import ConfigError
from handoff.console.codes import new_secret, qr_svg, step_of, uri
from handoff.console.passwords import Passwords
from handoff.console.wire import AddAgent, BadRequest, ChangeAgent, Watch, Write, read_body, read_frame
from handoff.database import Database, plain

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("hello", "hello"),
        ("  two\\nlines\\t. ", "two\nlines\t."),
        ("nul\\u0000 and bell\\u0007", "nul and bell"),
        ("turned \\u202Eback\\u2066", "turned back"),
        ("家族 👨‍👩‍👧 ok", "家族 👨‍👩‍👧 ok"),
        ("क्‍ष", "क्‍ष"),
    ],
)
def test_what_an_agent_writes_is_kept_without_invisible_controls(sent: str, kept: str) -> None:
    assert read_body(Write, f'{{"id": "1", "text": "{sent}"}}').text == kept


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "1", "text": ""}',
        '{"id": "1", "text": " \\u0000 "}',
        '{"id": "", "text": "x"}',
        '{"id": "a b", "text": "x"}',
        '{"id": 1, "text": "x"}',
        '{"id": "1", "text": "x", "agent": "root"}',
        '{"id": "1", "text": "' + "x" * 4001 + '"}',
        '{"id": "1", "text": NaN}',
        "null",
    ],
)
def test_a_reply_that_is_not_as_agreed_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_body(Write, text)


def test_a_refusal_repeats_nothing_of_what_was_sent() -> None:
    with pytest.raises(BadRequest) as error:
        read_body(Write, '{"id": "secret seed phrase", "text": 5}')
    assert "seed" not in str(error.value)


GOOD = '"name": "kim", "display_name": "Kim", "role": "agent", "capacity": 3, "password": "long enough it is"'


@pytest.mark.parametrize(
    "change",
    [
        ('"kim"', '"kim park"'),
        ('"agent"', '"owner"'),
        ('"capacity": 3', '"capacity": -1'),
        ('"capacity": 3', '"capacity": 1000'),
        ("long enough it is", "too short"),
        ('"Kim"', '"\\u200b"'),
        ('"role"', '"languages": ["zh; drop"], "role"'),
    ],
)
def test_an_account_that_is_not_as_agreed_is_refused(change: tuple[str, str]) -> None:
    assert read_body(AddAgent, f"{{{GOOD}}}").name == "kim"
    with pytest.raises(BadRequest):
        read_body(AddAgent, f"{{{GOOD.replace(*change)}}}")


def test_what_is_left_out_of_a_change_stays() -> None:
    assert read_body(ChangeAgent, '{"active": false}').model_dump(exclude_none=True) == {"active": False}


def test_frames_of_the_feed_are_read_strictly() -> None:
    assert read_frame('{"type":"watch","number":7}') == Watch(type="watch", number=7)
    for text in ("", "{}", '{"type":"watch"}', '{"type":"alive","more":1}', "[[[["):
        with pytest.raises(BadRequest):
            read_frame(text)


def test_a_code_fits_one_step_early_or_late_and_never_twice() -> None:
    secret = new_secret()
    for seconds, fits in ((0, True), (30, True), (-30, True), (90, False), (-90, False)):
        code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
        assert (step_of(secret, code, NOW, None) is not None) is fits
    code = pyotp.TOTP(secret).at(NOW)
    step = step_of(secret, code, NOW, None)
    assert step_of(secret, code, NOW, step) is None
    for wrong in ("", "0", "００００００", "\ud800"):
        assert step_of(secret, wrong, NOW, None) is None


def test_the_qr_code_brings_neither_style_nor_script() -> None:
    svg = qr_svg(uri(new_secret(), "ann"))
    assert svg.startswith("<svg") and "style=" not in svg and "<script" not in svg


async def test_passwords_are_hashed_with_argon2id_at_full_strength() -> None:
    passwords = Passwords()
    stored = await passwords.hash("correct horse battery")
    parameters = extract_parameters(stored)
    assert parameters.type is Type.ID and parameters.memory_cost >= 65_536 and parameters.time_cost >= 3
    assert await passwords.fits(stored, "correct horse battery")
    assert not await passwords.fits(stored, "wrong horse battery")
    assert not await passwords.fits(None, "nobody's password")
    assert not await passwords.fits("no hash", "x")


@pytest.mark.parametrize("url", ["mysql://x", "x.db", "", "redis://localhost"])
def test_a_database_that_is_not_known_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigError, match="SWITCHBOARD_DATABASE_URL"):
        Database(url)


def test_plain_text_is_what_both_databases_can_hold() -> None:
    assert plain("a\0b\ud800c 家") == "ab?c 家"
