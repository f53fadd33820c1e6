"""web.toml says nothing that would open the chat to more pages than meant, or close it to all."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from bots.web.settings import WebSettings

WEB_TOML = Path(__file__).parents[3] / "data" / "config" / "web.toml"


def test_the_file_in_the_repository_says_what_the_program_assumes() -> None:
    assert WebSettings.model_validate(tomllib.loads(WEB_TOML.read_text(encoding="utf-8"))) == WebSettings()


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "www.demo-exchange.example",
        "https://*.demo-exchange.example",
        "https://www.demo-exchange.example/",
        "https://www.demo-exchange.example/page",
        "https://WWW.demo-exchange.example",
        "https://user@www.demo-exchange.example",
        "javascript://www.demo-exchange.example",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https://a.example\n",
        "",
    ],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    for section in ({"origins": {"allowed": [origin]}}, {"pages": {"frame_ancestors": [origin]}}):
        with pytest.raises(ValidationError):
            WebSettings.model_validate(section)


@pytest.mark.parametrize("origin", ["https://www.demo-exchange.example", "http://localhost:3000", "http://[::1]:80"])
def test_an_origin_as_browsers_write_it_is_taken(origin: str) -> None:
    assert WebSettings.model_validate({"origins": {"allowed": [origin]}}).origins.allowed == (origin,)


@pytest.mark.parametrize(
    "section",
    [
        {"limits": {"frame_bytes": 0}},
        {"limits": {"visitor_per_second": 0}},
        {"limits": {"visitor_per_second": -1}},
        {"limits": {"visitor_burst": "many"}},
        {"limits": {"visitor_per_seconds": 2}},
        {"token": {"days": 0}},
        {"limit": {}},
    ],
)
def test_a_limit_that_lets_nobody_in_or_is_misspelt_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebSettings.model_validate(section)


@pytest.mark.parametrize("rate", [float("inf"), float("nan")])
def test_a_rate_is_a_number(rate: float) -> None:
    with pytest.raises(ValidationError):
        WebSettings.model_validate({"limits": {"visitor_per_second": rate}})
