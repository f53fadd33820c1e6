"""Passwords, hashed with Argon2id, never more than a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 256
_AT_ONCE: Final = 2
_WAITING: Final = 32


class TooManyAtOnce(Exception):
    """More passwords wait to be checked than this process can serve: try again later."""


class Passwords:
    """Hashes and checks in threads; each takes 64 MiB and some tens of milliseconds on purpose."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Make a hash that stands in for that of names that do not exist. `hasher` is for tests: a cheap one."""
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobodys = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """Return what is stored. Raises TooManyAtOnce."""
        async with self._place():
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Whether a password is the stored one. None, for nobody's, costs the same. Raises TooManyAtOnce."""
        async with self._place():
            right = await asyncio.to_thread(self._verify, stored or self._nobodys, password)
        return right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._waiting >= _WAITING:
            raise TooManyAtOnce
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()
