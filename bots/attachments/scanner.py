"""Asks a ClamAV daemon about a file, by its INSTREAM command."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from bots.attachments.port import AttachmentRefused, AttachmentUnavailable
from bots.attachments.settings import Scanner

_CHUNK: Final = 64 * 1024
_ANSWER: Final = 4096


async def scan(file: Path, settings: Scanner) -> None:
    """Return when the file is clean, or when no scanner is configured.

    Raises AttachmentRefused when it is not, AttachmentUnavailable when the daemon does not say.
    """
    if not settings.clamd:
        return
    try:
        async with asyncio.timeout(settings.timeout):
            answer = await _ask(file, settings.clamd)
    except (OSError, TimeoutError, EOFError) as error:
        raise AttachmentUnavailable("the virus scanner does not answer") from error
    if answer.endswith(": OK"):
        return
    if answer.endswith(" FOUND"):
        raise AttachmentRefused("infected", "the virus scanner refuses this file")
    raise AttachmentUnavailable("the virus scanner could not read the file")


async def _ask(file: Path, clamd: str) -> str:
    host, colon, port = clamd.rpartition(":")
    if colon and port.isdecimal():
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    else:
        reader, writer = await asyncio.open_unix_connection(clamd)
    try:
        writer.write(b"zINSTREAM\0")
        with await asyncio.to_thread(file.open, "rb") as whole:
            while chunk := await asyncio.to_thread(whole.read, _CHUNK):
                writer.write(len(chunk).to_bytes(4, "big") + chunk)
                await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return (await reader.readuntil(b"\0"))[:_ANSWER].rstrip(b"\0").decode("utf-8", "replace")
    finally:
        writer.close()
