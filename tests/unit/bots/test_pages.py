"""Pages show what editors wrote and nothing that could run, and lead on where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.pages.demo import alone, demo
from bots.pages.help import article_page, missing_page
from bots.pages.layout import policy
from bots.pages.markdown import to_html
from bridge.types import Article, Intent

BREAKING = "\"><script>alert(1)</script><i a='"


class Tags(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def written(body: str = "Do this.", title: str = "About x", language: str = "en") -> Article:
    return Article(
        intent=Intent("faq/x"),
        slug="x",
        language=language,
        title=title,
        category="account",
        version=3,
        reviewed="2026-11-02",
        text=body,
        body=body,
        url=f"/help/{language}/x",
    )


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onclick='x()'>bold</b>",
        "<!-- comment --><style>*{}</style>",
        "![pixel](https://evil.example/pixel.png)",
        "- item\n  <iframe src='https://evil.example'></iframe>",
    ],
)
def test_markup_of_an_editors_own_is_shown_as_text(markdown: str) -> None:
    shown = {tag for tag, _ in Tags(to_html(markdown)).found}
    assert shown <= {"p", "ul", "li", "a"}


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#115;cript:alert(1)",
        "&#x6A;avascript:alert(1)",
        "vbscript:x",
        "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd",
    ],
)
def test_a_link_that_could_run_is_no_link(target: str) -> None:
    assert Tags(to_html(f"[press]({target})")).of("a") == []
    assert Tags(to_html(f"[press][1]\n\n[1]: {target}")).of("a") == []
    assert Tags(to_html(f"<{target}>")).of("a") == []


def test_an_ordinary_link_is_one() -> None:
    assert Tags(to_html("[status](https://status.demo-exchange.example)")).of("a") == [
        {"href": "https://status.demo-exchange.example"}
    ]


@given(st.text())
def test_no_text_makes_a_tag_that_runs(text: str) -> None:
    tags = Tags(to_html(text)).found
    assert not {tag for tag, _ in tags} & {"script", "style", "img", "iframe", "svg", "object", "form", "input"}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]


def test_every_value_of_a_page_is_escaped() -> None:
    own_scripts = Tags(article_page(written(), [], "Demo")).of("script")
    hostile = replace(written(title=BREAKING, body=BREAKING), reviewed=BREAKING)
    page = Tags(article_page(hostile, [], "Demo"))
    assert page.of("script") == own_scripts
    assert [button["data-switchboard-ask"] for button in page.of("button")] == [BREAKING]
    for html in (demo(BREAKING, BREAKING), alone(BREAKING), missing_page("en", BREAKING)):
        (script,) = Tags(html).of("script")
        assert (script["src"], script["data-name"]) == ("/widget.js", BREAKING)
        assert "i" not in {tag for tag, _ in Tags(html).found}


@pytest.mark.parametrize("html", [demo("Demo", "http://x"), alone("Demo"), missing_page("zh", "Demo")])
def test_a_page_has_nothing_inline_that_its_own_policy_would_refuse(html: str) -> None:
    page = Tags(html)
    assert not page.of("style")
    assert not [name for _, attributes in page.found for name in attributes if name == "style" or name.startswith("on")]
    assert all(script.get("src") for script in page.of("script"))


def test_an_article_says_its_language_version_and_review() -> None:
    html = article_page(written(language="zh"), [written(language="en")], "Demo")
    page = Tags(html)
    assert page.of("html") == [{"lang": "zh"}]
    assert "第 3 版，审核于 2026-11-02" in html
    assert {"href": "/help/en/x", "lang": "en", "hreflang": "en"} in page.of("a")
    assert page.of("script")[0]["data-language"] == "zh"


def test_the_demo_and_the_widget_alone_speak_the_visitors_own_language() -> None:
    for html in (demo("Demo", "http://x"), alone("Demo")):
        assert Tags(html).of("script")[0]["data-language"] == "auto"


@pytest.mark.parametrize("language", ["en", "zh", "ja", "ko", "xx", BREAKING])
def test_a_link_that_leads_nowhere_leads_on(language: str) -> None:
    page = Tags(missing_page(language, "Demo"))
    assert {"href": "/"} in page.of("a")
    assert page.of("html") == [{"lang": language if len(language) == 2 and language != "xx" else "en"}]


def test_pages_may_load_nothing_foreign_and_stand_in_no_frame() -> None:
    headers = policy()
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_named_pages_may_frame_the_widget_alone() -> None:
    allowed = policy(["https://app.demo-exchange.example"])["Content-Security-Policy"]
    assert allowed.endswith("frame-ancestors https://app.demo-exchange.example")
