"""An adapter tries again for some seconds, then goes on without the file."""

from __future__ import annotations

import pytest

from bots.attachments import fetching
from bots.attachments.port import AttachmentUnavailable
from bridge.types import Attachment

FILE = Attachment(name="a.png", media_type="image/png", size=9, url="/attachments/1/a.png")


class Platform:
    """Gives the file after some tries."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.asked = 0

    async def fetch(self) -> Attachment:
        self.asked += 1
        if self.asked <= self.fails:
            raise AttachmentUnavailable("later")
        return FILE


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_PAUSES_S", (0, 0, 0))


async def test_a_file_that_comes_at_the_last_try_is_kept() -> None:
    platform = Platform(fails=2)
    assert await fetching.fetched("a.png", 9, platform.fetch) == FILE
    assert platform.asked == 3


async def test_a_file_that_does_not_come_is_noted_so_that_its_message_goes_through() -> None:
    platform = Platform(fails=100)
    missing = await fetching.fetched("a.png", 9, platform.fetch)
    assert (missing.name, missing.size, missing.url, missing.refused) == ("a.png", 9, "", "unavailable")
    assert platform.asked == 3
