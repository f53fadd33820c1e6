"""How adapters fetch a file: a few times, and then without it rather than not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bots.attachments.port import AttachmentUnavailable
from bridge.types import Attachment

_PAUSES_S: Final = (0.5, 1.0, 2.0)


async def fetched(name: str, size: int, fetch: Callable[[], Awaitable[Attachment]]) -> Attachment:
    """What `fetch` gives; when it cannot for some seconds, a note that the file is missing."""
    for pause in _PAUSES_S:
        try:
            return await fetch()
        except AttachmentUnavailable:
            await asyncio.sleep(pause)
    return Attachment(name=name, media_type="application/octet-stream", size=size, url="", refused="unavailable")
