"""Files on a real disk, counted in a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.attachments.download import Downloads
from bots.attachments.keeper import Keeper
from bots.attachments.settings import AttachmentSettings
from bots.attachments.store import LocalStore
from bots.settings import DATA, load_attachment_settings
from bridge.memory import Memory
from bridge.store import open_store
from bridge.types import ChannelName
from tests.integration.attachments.given import limited
from tests.integration.web.core import TestClock


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def memory(standalone: str) -> AsyncIterator[Memory]:
    opened = await open_store(standalone)
    await opened.client.flushall()
    await opened.client.set("switchboard:shards", opened.shards)
    yield Memory(opened, ChannelName("attachments"))
    await opened.close()


@pytest.fixture
def settings() -> AttachmentSettings:
    """Small enough to reach every limit."""
    return limited(load_attachment_settings(DATA), bytes=2000, bytes_a_day=5000)


@pytest.fixture
def keeper(settings: AttachmentSettings, memory: Memory, clock: TestClock, tmp_path: Path) -> Keeper:
    downloads = Downloads(settings.download)
    return Keeper(settings, LocalStore(tmp_path / "attachments"), downloads, memory, clock, tmp_path)
