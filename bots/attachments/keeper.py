"""Takes files in: counts, looks at their bytes, has them scanned, and keeps them once."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from bots.attachments.download import Downloads
from bots.attachments.links import reference
from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, Chunks, Source
from bots.attachments.scanner import scan
from bots.attachments.settings import AttachmentSettings
from bots.attachments.sniff import NEEDED, clean_name, media_type
from bots.attachments.store import Store, scratch
from bridge.errors import StoreError
from bridge.memory import Memory
from bridge.ports import Clock
from bridge.types import Attachment, ConversationId

log = logging.getLogger(__name__)

_DAY: Final = timedelta(days=1)


class Keeper:
    """Implements `AttachmentKeeper`."""

    def __init__(
        self, settings: AttachmentSettings, store: Store, downloads: Downloads, memory: Memory, clock: Clock, var: Path
    ) -> None:
        """`memory` counts what each conversation brought today, for all processes."""
        self._settings = settings
        self._store = store
        self._downloads = downloads
        self._memory = memory
        self._clock = clock
        self._var = var

    async def keep(self, conversation: ConversationId, name: str, chunks: Chunks) -> Attachment:
        """Keep a file that comes in pieces. Raises AttachmentRefused, AttachmentUnavailable; then nothing is kept."""
        limits = self._settings.limits
        async with scratch(self._var) as path:
            size, digest = await self._collect(path, chunks)
            if size == 0:
                raise AttachmentRefused("type_refused", "the file is empty")
            kind = media_type(path.open("rb").read(NEEDED))
            if kind is None or kind not in limits.types:
                raise AttachmentRefused("type_refused", "only pictures, video, PDF and text are taken")
            await scan(path, self._settings.scanner)
            try:
                await self._count(conversation, size)
                await self._store.put(digest, path)
            except StoreError as error:
                raise AttachmentUnavailable(str(error)) from error
        clean = clean_name(name, kind)
        return Attachment(name=clean, media_type=kind, size=size, url=reference(digest, clean))

    async def fetch(self, conversation: ConversationId, name: str, source: Source) -> Attachment:
        """Keep what `source` gives; what must not be kept comes back with the reason. Raises AttachmentUnavailable."""
        try:
            async with source() as chunks:
                return await self.keep(conversation, name, chunks)
        except AttachmentRefused as refused:
            log.info("a file was refused", extra={"reason": refused.code})
            shown = clean_name(name, "")
            return Attachment(name=shown, media_type="application/octet-stream", size=0, url="", refused=refused.code)

    async def download(
        self, conversation: ConversationId, url: str, name: str, headers: Mapping[str, str] | None = None
    ) -> Attachment:
        """As `fetch`, from an address of the public internet. Raises AttachmentUnavailable."""
        source = functools.partial(self._downloads.open, url, headers or {})
        return await self.fetch(conversation, name, source)

    async def _collect(self, path: Path, chunks: Chunks) -> tuple[int, str]:
        """Write what comes, and no more than may come; return size and digest."""
        size, digest = 0, sha256()
        with path.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self._settings.limits.bytes:
                    raise AttachmentRefused("too_large", f"at most {self._settings.limits.bytes} bytes are taken")
                digest.update(chunk)
                file.write(chunk)
        return size, digest.hexdigest()

    async def _count(self, conversation: ConversationId, size: int) -> None:
        """Add to what the conversation brought today. Raises AttachmentRefused over the limit, StoreError."""
        name = f"bytes:{self._clock.now():%Y-%m-%d}:{conversation}"
        so_far = int(await self._memory.kept(name) or 0)
        if so_far + size > self._settings.limits.bytes_a_day:
            raise AttachmentRefused("too_large", "this conversation has brought too much today")
        await self._memory.keep(name, str(so_far + size), _DAY)
