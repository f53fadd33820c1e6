"""The Markdown of articles and agents, read once for all platforms."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.markup import Span, plain, split_styled, styled

FAQ = Path(__file__).parents[3] / "data" / "faq"


def marked(markdown: str) -> list[tuple[str, str]]:
    """The words of each span, with its kind."""
    whole = styled(markdown)
    return [(span.kind, whole.text[span.start : span.end]) for span in whole.spans]


def test_paragraphs_lists_and_headings_are_lines() -> None:
    text = "Do this:\n\n1. Open **Assets**.\n2. Press **Send**\n   now.\n\n- one\n  - two\n\n## Then\n\nWait."
    assert styled(text).text == (
        "Do this:\n\n1. Open Assets.\n2. Press Send\n  now.\n\n• one\n  • two\n\nThen\n\nWait."
    )
    assert marked(text) == [("bold", "Assets"), ("bold", "Send"), ("bold", "Then")]


def test_a_list_may_begin_at_any_number_and_have_paragraphs() -> None:
    assert styled("3. three\n\n   more\n\n4. four").text == "3. three\n  more\n4. four"


def test_links_and_code_keep_their_words() -> None:
    text = "See [the **status** page](https://demo-exchange.example/status) or `GET /v1`."
    assert styled(text).text == "See the status page or GET /v1."
    assert marked(text) == [("link", "the status page"), ("bold", "status"), ("code", "GET /v1")]
    assert styled(text).spans[0].url == "https://demo-exchange.example/status"


@pytest.mark.parametrize(
    "text", ["<b>not bold</b>", "| a | b |", "> quoted", "![a](b)", "a_b_c 5*3*2", "~~no~~", "---"]
)
def test_what_else_markdown_knows_stays_as_it_was_typed(text: str) -> None:
    assert styled(text).text == text


def test_a_line_end_stays_one() -> None:
    assert styled("Hello\nAnn").text == "Hello\nAnn"


def test_plain_text_has_each_address_behind_its_words() -> None:
    assert plain(styled("See [fees](https://a.example/f), please.")) == "See fees (https://a.example/f), please."
    assert plain(styled("See [https://a.example](https://a.example).")) == "See https://a.example."


def test_parts_keep_links_whole_and_carry_their_spans() -> None:
    whole = styled("**Go to** the [page of all fees](https://a.example) at once")
    parts = split_styled(whole, 22, lambda part: len(part.text))
    assert [part.text for part in parts] == ["Go to the", "page of all fees at", "once"]
    assert [part.spans for part in parts] == [
        (Span(start=0, end=5, kind="bold"),),
        (Span(start=0, end=16, kind="link", url="https://a.example"),),
        (),
    ]


def test_a_link_longer_than_a_part_is_cut_rather_than_lost() -> None:
    whole = styled(f"[{'x' * 50}](https://a.example)")
    parts = split_styled(whole, 20, lambda part: len(part.text))
    assert [len(part.text) for part in parts] == [20, 20, 10]


@pytest.mark.parametrize("limit", [280, 1000])
def test_every_article_is_split_whole_and_in_order(limit: int) -> None:
    for path in FAQ.rglob("*.md"):
        whole = styled(path.read_text(encoding="utf-8").split("---", 2)[2])
        parts = split_styled(whole, limit, lambda part: len(part.text))
        assert "".join("".join(part.text for part in parts).split()) == "".join(whole.text.split())
        assert all(0 < len(part.text) <= limit for part in parts)
        assert all(span.end <= len(part.text) for part in parts for span in part.spans)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    whole = styled(text)
    assert all(0 <= span.start < span.end <= len(whole.text) for span in whole.spans)
    plain(whole)
