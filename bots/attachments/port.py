"""What adapters ask of the files' keeper."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

from bots.errors import ChannelError
from bridge.types import Attachment, ConversationId

Chunks: TypeAlias = AsyncIterator[bytes]
Source: TypeAlias = Callable[[], AbstractAsyncContextManager[Chunks]]
"""Opens a file at its platform by the platform's own client. Raises AttachmentRefused, AttachmentUnavailable."""


class AttachmentUnavailable(ChannelError):
    """The file could not be fetched now, and may be later."""


class AttachmentRefused(ChannelError):
    """The file must not be kept, whatever is tried."""

    def __init__(self, code: str, detail: str) -> None:
        """`code` is one of too_large, type_refused, infected, unavailable."""
        super().__init__(detail)
        self.code = code


class TooMuchToday(AttachmentRefused):
    """The file itself is well, but its conversation has brought enough for a day."""

    def __init__(self, retry_after: float) -> None:
        """`retry_after` is in seconds."""
        super().__init__("too_large", "this conversation has brought too much today")
        self.retry_after = retry_after


class AttachmentKeeper(Protocol):
    """Fetches files into our own store before the message that brings them is put."""

    async def fetch(self, conversation: ConversationId, name: str, source: Source) -> Attachment:
        """Keep what `source` gives. What must not be kept comes back with the reason in `refused`.

        Raises AttachmentUnavailable when trying again makes sense.
        """

    async def download(
        self, conversation: ConversationId, url: str, name: str, headers: Mapping[str, str] | None = None
    ) -> Attachment:
        """As `fetch`, from an address of the public internet. Raises AttachmentUnavailable."""


class AttachmentIntake(Protocol):
    """Takes files from customers who wait for the answer."""

    async def keep(self, conversation: ConversationId, name: str, chunks: Chunks) -> Attachment:
        """Keep a file that comes in pieces. Raises AttachmentRefused, AttachmentUnavailable; then nothing is kept."""
