"""Asks a ClamAV daemon about a file, by its INSTREAM command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bots.attachments.port import AttachmentRefused, AttachmentUnavailable
from bots.attachments.settings import Scanner

log = logging.getLogger(__name__)

_CHUNK: Final = 64 * 1024
_ANSWER: Final = 4096


async def scan(file: Path, settings: Scanner) -> None:
    """Return when the file is clean, or when no scanner is configured.

    Raises AttachmentRefused when it is not, AttachmentUnavailable when the daemon does not say.
    """
    if not settings.clamd:
        return
    try:
        async with asyncio.timeout(settings.timeout), _connected(settings.clamd) as (reader, writer):
            answer = await _ask(file, reader, writer)
    except (OSError, TimeoutError, EOFError, asyncio.LimitOverrunError) as error:
        log.warning("the virus scanner does not answer", extra={"error": type(error).__name__})
        raise AttachmentUnavailable("the virus scanner does not answer") from error
    if answer == "stream: OK":
        return
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        log.warning("the virus scanner refuses a file", extra={"reason": answer})
        raise AttachmentRefused("infected", "the virus scanner refuses this file")
    # Its StreamMaxLength may be smaller than our largest file.
    log.warning("the virus scanner could not read a file", extra={"reason": answer})
    raise AttachmentUnavailable("the virus scanner could not read the file")


@asynccontextmanager
async def _connected(clamd: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    if clamd.startswith("/"):
        reader, writer = await asyncio.open_unix_connection(clamd, limit=_ANSWER)
    else:
        host, _, port = clamd.rpartition(":")
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), limit=_ANSWER)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _ask(file: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    writer.write(b"zINSTREAM\0")
    with await asyncio.to_thread(file.open, "rb") as whole:
        while chunk := await asyncio.to_thread(whole.read, _CHUNK):
            writer.write(len(chunk).to_bytes(4, "big") + chunk)
            await writer.drain()
    writer.write(bytes(4))
    await writer.drain()
    return (await reader.readuntil(b"\0")).rstrip(b"\0").decode("utf-8", "replace")
