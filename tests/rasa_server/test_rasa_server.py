"""The contract of engines against a real Rasa server, and our HTTP interface against its own. `make test-rasa`."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bridge.types import Certainty
from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.rasa import RasaEngine
from nlu.training import train
from nlu.wire import parsed
from tests.contract.interpreter import InterpreterContract, english
from tests.fixtures.exchange import SystemClock
from tests.integration.nlu.rasa import settings_for
from tests.integration.nlu.toy import write_toy
from tests.rasa_server.conftest import rasa


class TestRealServer(InterpreterContract):
    """Rasa 3.6.21 itself."""

    @pytest.fixture
    async def engine(self, server: str) -> AsyncIterator[RasaEngine]:
        async with RasaEngine.opened(settings_for(server), SystemClock()) as engine:
            yield engine


@pytest.mark.parametrize("ours", ["project", "real_project"])
def test_rasa_finds_our_data_valid(ours: str, request: pytest.FixtureRequest) -> None:
    validated = rasa(request.getfixturevalue(ours), "data", "validate", "--fail-on-warnings")
    assert validated.returncode == 0, validated.stderr


async def test_our_parse_reply_has_every_key_of_rasas(server: str, tmp_path: Path) -> None:
    text = "我的uid在哪里? where"
    train(write_toy(tmp_path / "data"), tmp_path / "var", lambda *_: None)
    (found,) = await EmbeddedEngine(tmp_path / "var" / "models", SentenceEncoder()).interpret([english(text)])
    theirs = _ask(server, "/model/parse", {"text": text})
    ours = json.loads(json.dumps(parsed(text, found, "answer")))
    assert ours.keys() == theirs.keys() | {"language", "decision"}
    assert ours["intent"].keys() == theirs["intent"].keys()
    assert [one.keys() for one in ours["intent_ranking"]] == [one.keys() for one in theirs["intent_ranking"]]
    assert {type(token) for token in ours["text_tokens"]} == {type(token) for token in theirs["text_tokens"]}
    assert found.certainty is not Certainty.UNKNOWN


def test_our_version_and_status_have_every_key_of_rasas(server: str) -> None:
    assert _ask(server, "/version").keys() == {"version", "minimum_compatible_version"}
    assert _ask(server, "/status").keys() == {"model_file", "model_id", "num_active_training_jobs"}


def _ask(server: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server}{path}", data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found = json.load(answer)
    assert isinstance(found, dict)
    return found
