"""A ClamAV daemon: the INSTREAM command, strictly, with one known virus and ways to fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final

_COMMAND: Final = b"zINSTREAM\0"
_LARGEST_CHUNK: Final = 1 << 20


def eicar() -> bytes:
    """The test file that all scanners take for a virus; put together here, so that they let this file be."""
    return (
        rb"X5O!P%@AP[4\PZX54(P^)7CC)7}"
        + b"$"
        + b"-".join((b"EICAR", b"STANDARD", b"ANTIVIRUS", b"TEST"))
        + b"-FILE!$H+H*"
    )


class Trouble(Enum):
    """How it fails."""

    SILENT = auto()
    """Takes the file and never answers."""
    HANGS_UP = auto()
    """Takes the file and closes."""
    TOO_LONG = auto()
    """Says that its StreamMaxLength is smaller than the file."""
    BABBLES = auto()
    """Answers more than anybody reads."""


class FakeClamd:
    """One daemon. `scanned` are the files it saw, `wrong` what a real one would not have understood."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self.scanned: list[bytes] = []
        self.wrong: list[str] = []
        self._released = asyncio.Event()

    @asynccontextmanager
    async def serving(self, path: Path | None = None) -> AsyncIterator[str]:
        """Serve on a free port of loopback, or a socket at `path`; yields what the configuration says."""
        if path is None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()[:2]
            place = f"{host}:{port}"
        else:
            server, place = await asyncio.start_unix_server(self._serve, path), str(path)
        try:
            yield place
        finally:
            self._released.set()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader)
            writer.write(answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.wrong.append("the stream broke off")
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        command = await reader.readexactly(len(_COMMAND))
        if command != _COMMAND:
            self.wrong.append(f"command {command!r}")
            return b"UNKNOWN COMMAND\0"
        whole = bytearray()
        while length := int.from_bytes(await reader.readexactly(4), "big"):
            if length > _LARGEST_CHUNK:
                self.wrong.append(f"a chunk of {length} bytes")
                return b"INSTREAM size limit exceeded. ERROR\0"
            whole += await reader.readexactly(length)
        self.scanned.append(bytes(whole))
        match self.trouble:
            case Trouble.SILENT:
                await self._released.wait()
                return b""
            case Trouble.HANGS_UP:
                return b""
            case Trouble.TOO_LONG:
                return b"INSTREAM size limit exceeded. ERROR\0"
            case Trouble.BABBLES:
                return b"stream: " + b"x" * 100_000 + b" FOUND\0"
            case None:
                return b"stream: Eicar-Test-Signature FOUND\0" if eicar() in whole else b"stream: OK\0"
