"""Whatever a client sends is a frame or a refusal with a code, never an error of ours."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.web.parse import Choose, Hello, Rate, Read, Refused, Said, parse, visible

FRAME_BYTES = 65536
CHARACTERS = 4000


def read(text: str) -> object:
    return parse(text, FRAME_BYTES, CHARACTERS)


def refusal(text: str) -> Refused:
    with pytest.raises(Refused) as raised:
        read(text)
    return raised.value


def said(text: str) -> str:
    frame = read(json.dumps({"type": "message", "id": "a", "text": text}))
    assert isinstance(frame, Said)
    return frame.text


def test_every_frame_of_the_protocol_is_read() -> None:
    assert read('{"type":"hello"}') == Hello(type="hello")
    assert isinstance(read('{"type":"hello","token":"t","language":"zh-CN","identity":"j","after":9}'), Hello)
    assert isinstance(read('{"type":"message","id":"a","text":"hi","attachments":[]}'), Said)
    assert isinstance(read('{"type":"message","id":"a","text":" ","attachments":["x"]}'), Said)
    assert isinstance(read('{"type":"choose","id":"a","choice":"intent:reset"}'), Choose)
    assert isinstance(read('{"type":"rate","id":"a","score":5,"comment":"thanks"}'), Rate)
    assert isinstance(read('{"type":"read","upto":7}'), Read)
    for plain in ('{"type":"typing"}', '{"type":"human","id":"a"}', '{"type":"leave","id":"a"}'):
        read(plain)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"hello"',
        "[" * 20_000,
        '{"a":' * 10_000,
        '{"type":"message","id":"a","text":null}',
        '{"type":"message","id":"a","text":NaN}',
        '{"type":"message","id":"a","text":"\\ud800"}',
        '{"type":"message","id":"a","text":["hi"]}',
        '{"type":"message","id":"a","text":"hi","attachments":"x"}',
        '{"type":"message","id":"a","text":"hi","attachments":[7]}',
        '{"type":"message","id":"a","text":"hi","attachments":[""]}',
        '{"type":"message","id":"a","text":"hi","attachments":["' + "x" * 5000 + '"]}',
        '{"type":"message","id":"a","text":"hi","attachments":[' + '"x",' * 20 + '"x"]}',
        '{"type":"message","id":"a","text":"hi","from":"agent"}',
        '{"type":"message","text":"no id"}',
        '{"type":"message","id":"","text":"hi"}',
        '{"type":"message","id":"a b","text":"hi"}',
        '{"type":"message","id":7,"text":"hi"}',
        '{"type":"rate","id":"a","score":NaN}',
        '{"type":"rate","id":"a","score":0}',
        '{"type":"rate","id":"a","score":6}',
        '{"type":"rate","id":"a","score":true}',
        '{"type":"rate","id":"a","score":"5"}',
        '{"type":"hello","after":-1}',
        '{"type":"hello","after":1e3}',
        '{"type":"hello","after":9007199254740993}',
        '{"type":"hello","after":' + "9" * 5000 + "}",
        '{"type":"read","upto":1.5}',
        '{"type":"choose","id":"a","choice":""}',
    ],
)
def test_what_is_no_frame_is_malformed(text: str) -> None:
    assert refusal(text).code == "malformed"


@pytest.mark.parametrize("text", ["{}", '{"type":"sing"}', '{"type":null}', '{"type":{"a":1}}', '{"type":"Hello"}'])
def test_an_unknown_type_is_named_as_such(text: str) -> None:
    assert refusal(text).code == "unknown_type"


def test_a_megabyte_is_too_large_and_is_not_read() -> None:
    assert refusal(json.dumps({"type": "message", "id": "a", "text": "x" * 1_000_000})).code == "too_large"


def test_a_frame_is_measured_in_bytes() -> None:
    frame = json.dumps({"type": "message", "id": "a", "text": "中" * 30_000}, ensure_ascii=False)
    assert len(frame) < FRAME_BYTES
    assert refusal(frame).id is None


def test_a_long_text_is_too_large_and_its_frame_is_named() -> None:
    assert said("中" * CHARACTERS)
    refused = refusal(json.dumps({"type": "message", "id": "a", "text": "中" * (CHARACTERS + 1)}))
    assert (refused.code, refused.id) == ("too_large", "a")


@pytest.mark.parametrize(
    ("text", "frame_id"),
    [
        ('{"type":"rate","id":"r1","score":9}', "r1"),
        ('{"type":"sing","id":"s1"}', "s1"),
        ('{"type":"message","id":"m1"}', "m1"),
        ('{"type":"message","id":{"a":1},"text":"hi"}', None),
        ('{"type":"message","id":"<script>","text":"hi"}', None),
    ],
)
def test_a_refusal_names_the_frame_it_is_about(text: str, frame_id: str | None) -> None:
    assert refusal(text).id == frame_id


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", "\u202e\u2066", "\ufeff"])
def test_a_text_with_nothing_to_see_is_malformed(text: str) -> None:
    assert refusal(json.dumps({"type": "message", "id": "a", "text": text})).code == "malformed"


def test_control_characters_and_direction_overrides_are_taken_out() -> None:
    assert said("a\x00b\x1bc\x7fd\x85e") == "abcde"
    assert said("pay \u202egnp.exe\u202c \u2066now\u2069") == "pay gnp.exe now"
    assert said("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree\tfour"


def test_what_writing_needs_stays() -> None:
    family = "👨\u200d👩\u200d👧"
    assert said(f"{family} שלום\u200f नमस्ते 한국어 が") == f"{family} שלום\u200f नमस्ते 한국어 が"


def test_the_comment_of_a_rating_is_cleaned_as_well() -> None:
    frame = read('{"type":"rate","id":"a","score":1,"comment":"bad\\u0000 \\u202ebot"}')
    assert isinstance(frame, Rate)
    assert frame.comment == "bad bot"


@given(st.text())
def test_any_text_is_a_frame_or_a_refusal(text: str) -> None:
    try:
        read(text)
    except Refused as refused:
        assert refused.code in ("malformed", "unknown_type", "too_large")


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)
