"""SWITCHBOARD_NLU_URL: which addresses of a Rasa server are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.settings import load_settings
from bridge.errors import ConfigError


def nlu_url(var: Path, url: str) -> str | None:
    return load_settings({"SWITCHBOARD_VAR": str(var), "SWITCHBOARD_NLU_URL": url}).nlu_url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:5005",
        "https://rasa.example/",
        "http://rasa.internal:5005/below/a/path",
        "http://[::1]:5005",
        "http://127.0.0.1:5005?token=s3cret",
        "https://user:password@rasa.example",
    ],
)
def test_an_address_of_a_server_is_taken_as_it_is(tmp_path: Path, url: str) -> None:
    assert nlu_url(tmp_path, url) == url


def test_without_one_the_engine_is_the_embedded_one(tmp_path: Path) -> None:
    assert load_settings({"SWITCHBOARD_VAR": str(tmp_path)}).nlu_url is None
    assert nlu_url(tmp_path, "") is None


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:5005",
        "rasa",
        "http://",
        "http:///path",
        "http://:5005",
        "ftp://rasa.example",
        "unix:///run/rasa",
        "file:///etc/passwd",
        "http://rasa.example:99999",
        "http://rasa.example:0",
        "http://rasa.example:port",
        "http://[::1",
        "http://rasa.example#part",
        "http://rasa.example?tokn=s3cret",
        "http://rasa.example?token=s3cret&emulation_mode=wit",
        "http://rasa.example?s3cret",
        "http://rasa.example/a b",
        "http://rasa.example/\r\nX: y",
        " http://rasa.example",
    ],
)
def test_what_is_no_address_of_a_server_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="SWITCHBOARD_NLU_URL") as refusal:
        nlu_url(tmp_path, url)
    assert "s3cret" not in str(refusal.value)
