"""Takes files in: counts, looks at their bytes, has them scanned, and keeps them once."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from bots.attachments.download import Downloads
from bots.attachments.links import reference
from bots.attachments.port import AttachmentRefused, AttachmentUnavailable, Chunks, Source, TooMuchToday
from bots.attachments.scanner import scan
from bots.attachments.settings import AttachmentSettings
from bots.attachments.sniff import NEEDED, clean_name, fitting_name, media_type
from bots.attachments.store import Store, scratch
from bridge.errors import StoreError
from bridge.memory import Memory
from bridge.ports import Clock
from bridge.types import Attachment, ConversationId

log = logging.getLogger(__name__)

_DAY: Final = timedelta(days=1)
_UNKNOWN: Final = "application/octet-stream"


class Keeper:
    """Implements `AttachmentKeeper` and `AttachmentIntake`."""

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
        self._counting = asyncio.Lock()

    async def keep(self, conversation: ConversationId, name: str, chunks: Chunks) -> Attachment:
        """Keep a file that comes in pieces. Raises AttachmentRefused, AttachmentUnavailable; then nothing is kept."""
        try:
            async with scratch(self._var) as path:
                size, digest = await self._collect(path, chunks)
                kind = await self._judge(path)
                await scan(path, self._settings.scanner)
                await self._store_counted(conversation, path, size, digest)
        except (StoreError, OSError) as error:
            log.warning("a file could not be kept", extra={"error": str(error)})
            raise AttachmentUnavailable("files cannot be kept now") from error
        shown = fitting_name(name, kind)
        return Attachment(name=shown, media_type=kind, size=size, url=reference(digest, shown))

    async def fetch(self, conversation: ConversationId, name: str, source: Source) -> Attachment:
        """Keep what `source` gives; what must not be kept comes back with the reason. Raises AttachmentUnavailable."""
        try:
            async with source() as chunks:
                return await self.keep(conversation, name, chunks)
        except AttachmentRefused as refused:
            log.info("a file was refused", extra={"reason": refused.code})
            return Attachment(name=clean_name(name), media_type=_UNKNOWN, size=0, url="", refused=refused.code)

    async def download(
        self, conversation: ConversationId, url: str, name: str, headers: Mapping[str, str] | None = None
    ) -> Attachment:
        """As `fetch`, from an address of the public internet. Raises AttachmentUnavailable."""
        source = functools.partial(self._downloads.open, url, headers or {})
        return await self.fetch(conversation, name, source)

    async def _collect(self, path: Path, chunks: Chunks) -> tuple[int, str]:
        """Write what comes, and no more than may come; return size and digest."""
        size, digest, most = 0, sha256(), self._settings.limits.bytes
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise AttachmentRefused("too_large", f"at most {most} bytes are taken")
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
        return size, digest.hexdigest()

    async def _judge(self, path: Path) -> str:
        """The type of a file. Raises AttachmentRefused for one that is not taken."""
        kind = media_type(await asyncio.to_thread(_start, path))
        if kind is None or kind not in self._settings.limits.types:
            raise AttachmentRefused("type_refused", "this kind of file is not taken")
        return kind

    async def _store_counted(self, conversation: ConversationId, path: Path, size: int, digest: str) -> None:
        """Raises TooMuchToday, StoreError."""
        await self._count(conversation, size)
        try:
            await self._store.put(digest, path)
        except StoreError:
            # What was not kept is tried again, and must not count each time.
            await self._count(conversation, -size)
            raise

    async def _count(self, conversation: ConversationId, size: int) -> None:
        """Add to what the conversation brought today. Raises TooMuchToday, StoreError."""
        now = self._clock.now()
        name = f"bytes:{now:%Y-%m-%d}:{conversation}"
        # Another process may count at the same moment: some files more are no harm.
        async with self._counting:
            brought = int(await self._memory.kept(name) or 0) + size
            if brought > self._settings.limits.bytes_a_day:
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
                raise TooMuchToday((midnight - now).total_seconds())
            await self._memory.keep(name, str(brought), _DAY)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(NEEDED)
