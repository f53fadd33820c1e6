"""Where files are kept, each once, under the digest of its bytes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from obstore.exceptions import BaseError
from obstore.store import S3Store

from bridge.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from obstore.store import S3Config

_CHUNK: Final = 256 * 1024
# Nothing takes so long to come; what is older was left by a process that is no more.
_LEFT_S: Final = 3600.0
# Without any of these the library would go and ask the cloud that it believes to be in.
_CREDENTIALS: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file being read; `chunks` raises StoreError. `path` is set when it lies on this machine."""

    size: int
    chunks: AsyncGenerator[bytes, None]
    path: Path | None = None


class Store(Protocol):
    """Keeps bytes by their digest. Safe to use from many tasks and processes."""

    async def put(self, digest: str, file: Path) -> None:
        """Keep a file durably, whole or not at all; it may be moved away. Raises StoreError."""

    async def open(self, digest: str) -> Opened | None:
        """Read one; None when it is not there. Raises StoreError."""


class LocalStore:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder when the first file comes. Files are put from the same disk."""
        self._folder = folder

    async def put(self, digest: str, file: Path) -> None:
        """Sync it, move it, sync the folders: a kill at any moment leaves no half file under the name."""
        await asyncio.to_thread(self._put, digest, file)

    async def open(self, digest: str) -> Opened | None:
        """Read one; None when it is not there."""
        path = self._path(digest)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"the file cannot be read: {error.strerror}") from error
        return Opened(size, _read(path), path)

    def _put(self, digest: str, file: Path) -> None:
        path = self._path(digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync(file)
            file.replace(path)
            _sync(path.parent)
            _sync(self._folder)
        except OSError as error:
            raise StoreError(f"the file cannot be kept: {error.strerror}") from error

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


class ObjectStore:
    """A bucket of a store that speaks S3."""

    def __init__(self, url: str) -> None:
        """`s3://bucket/prefix?endpoint=…&region=…`; credentials come from AWS_… in the environment."""
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = query.get("endpoint")
        config: S3Config = {"region": query.get("region", "us-east-1")}
        if endpoint:
            config["endpoint"] = endpoint
        self._bucket = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options={"allow_http": bool(endpoint and endpoint.startswith("http://")), "timeout": "30s"},
            retry_config={"max_retries": 2},
        )

    async def put(self, digest: str, file: Path) -> None:
        """Upload a file; S3 shows it only when it is whole."""
        try:
            await self._bucket.put_async(_key(digest), file)
        except (BaseError, OSError) as error:
            raise StoreError(f"the file cannot be kept: {type(error).__name__}") from error

    async def open(self, digest: str) -> Opened | None:
        """Read one; None when it is not there."""
        try:
            found = await self._bucket.get_async(_key(digest))
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise StoreError(f"the file cannot be read: {type(error).__name__}") from error
        return Opened(found.meta["size"], _streamed(found.stream(_CHUNK)))


def open_store(url: str, var: Path) -> Store:
    """The store that is configured. What a killed process left half-way is removed. Raises ConfigError."""
    for left in _coming(var).glob("*"):
        # Another process that starts may be quicker.
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _LEFT_S:
                left.unlink()
    if not url:
        return LocalStore(var / "attachments")
    if not any(name in os.environ for name in _CREDENTIALS):
        raise ConfigError(
            f"attachments.toml: store.url: {url} needs credentials; "
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment."
        )
    return ObjectStore(url)


@asynccontextmanager
async def scratch(var: Path) -> AsyncIterator[Path]:
    """A place for a file while it comes; gone afterwards, and after a kill at a later start."""
    folder = _coming(var)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / token_hex(12)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _coming(var: Path) -> Path:
    return var / "attachments" / "coming"


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _read(path: Path) -> AsyncGenerator[bytes, None]:
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
    except OSError as error:
        raise StoreError(f"the file cannot be read: {error.strerror}") from error


async def _streamed(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in stream:
            yield bytes(chunk)
    except (BaseError, OSError) as error:
        raise StoreError(f"the file cannot be read: {type(error).__name__}") from error


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:]}"
