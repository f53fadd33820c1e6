"""The contract of engines: the embedded one, and the one that asks a Rasa server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nlu.encoder import SentenceEncoder
from nlu.engine import EmbeddedEngine
from nlu.rasa import RasaEngine
from nlu.rasa_reply import to_rasa
from tests.contract.interpreter import InterpreterContract
from tests.fakes.rasa import FakeRasa
from tests.fixtures.exchange import SystemClock
from tests.integration.nlu.rasa import settings_for
from tests.integration.nlu.toy import EXAMPLES


class TestEmbeddedEngine(InterpreterContract):
    """In this process."""

    @pytest.fixture
    def engine(self, trained: Path, encoder: SentenceEncoder) -> EmbeddedEngine:
        return EmbeddedEngine(trained / "var" / "models", encoder, patience=10_000)


class TestRasaEngine(InterpreterContract):
    """Against a strict fake server."""

    @pytest.fixture
    async def engine(self) -> AsyncIterator[RasaEngine]:
        fake = FakeRasa({to_rasa(intent): texts for intent, texts in EXAMPLES.items()})
        async with fake.serving() as url, RasaEngine.opened(settings_for(url), SystemClock()) as engine:
            yield engine
        assert fake.refused == []
