"""What channels are given in tests: a real store, files kept in memory, nobody in line."""

from __future__ import annotations

from collections.abc import Mapping

from bots.attachments.links import reference
from bots.attachments.port import AttachmentRefused, Source
from bots.channel import Surroundings
from bots.settings import load_placeholders
from bridge.memory import Memory
from bridge.phrases import load_phrases
from bridge.ports import Standing
from bridge.store import Store
from bridge.types import Attachment, ChannelName, ConversationId, Status
from tests.fixtures.exchange import PHRASES, SystemClock


class Files:
    """Keeps what adapters fetch."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def fetch(self, conversation: ConversationId, name: str, source: Source) -> Attachment:
        try:
            async with source() as chunks:
                data = b"".join([chunk async for chunk in chunks])
        except AttachmentRefused as refused:
            return Attachment(name=name, media_type="", size=0, url="", refused=refused.code)
        self.kept[name] = data
        return Attachment(name=name, media_type="image/png", size=len(data), url=reference("x", name))

    async def download(
        self, conversation: ConversationId, url: str, name: str, headers: Mapping[str, str] | None = None
    ) -> Attachment:
        self.asked.append((url, headers or {}))
        return Attachment(name=name, media_type="image/png", size=1, url=reference("x", name))


class Standings:
    """Everybody is second in line, with ticket 5."""

    async def of(self, conversation: ConversationId) -> Standing:
        return Standing(status=Status.QUEUED, ticket=5, position=2, wait_s=240)


def surroundings(store: Store, name: str, files: Files) -> Surroundings:
    """Those of a channel, on a real store."""
    phrases = load_phrases(PHRASES, load_placeholders(PHRASES.parent))
    return Surroundings(
        clock=SystemClock(),
        memory=Memory(store, ChannelName(name)),
        standings=Standings(),
        files=files,
        phrases=lambda: phrases,
        secret=b"a secret of at least thirty-two bytes",
        public_url="https://support.demo-exchange.example",
    )
