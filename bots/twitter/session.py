"""The HTTP session under tweepy: it goes where X is said to be, and remembers the limits that X tells."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, cast

import aiohttp
from yarl import URL

HOST: Final = "https://api.twitter.com"
"""The host that tweepy writes into every request, and signs."""
_PATIENCE: Final = aiohttp.ClientTimeout(total=25, sock_connect=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What X said is left of an endpoint's limit. `reset` is Unix time in seconds."""

    left: int
    reset: float

    def pause(self, now: float) -> float:
        """Seconds between two requests that make what is left last."""
        return max(0.0, self.reset - now) / max(1, self.left) if self.reset > now else 0.0


class Session:
    """Stands where tweepy wants an `aiohttp.ClientSession`."""

    def __init__(self, origin: str) -> None:
        """`origin` is scheme, host and port of X's API."""
        self.origin = origin.rstrip("/")
        self._there = URL(origin)
        self._inner: aiohttp.ClientSession | None = None
        self.allowances: dict[str, Allowance] = {}

    def request(self, method: str, url: str | URL, **options: object) -> AbstractAsyncContextManager[object]:
        """As `ClientSession.request`."""
        signed = url if isinstance(url, URL) else URL(url)
        there = self._there.with_path(signed.raw_path, encoded=True).with_query(None)
        there = URL(f"{there}?{signed.raw_query_string}", encoded=True) if signed.raw_query_string else there
        if self._inner is None:
            # A connection kept open may break under a request, which aiohttp then sends again: with a signature that
            # X has seen, and refuses.
            self._inner = aiohttp.ClientSession(timeout=_PATIENCE, connector=aiohttp.TCPConnector(force_close=True))
        inner = self._inner.request(method, there, **options)  # type: ignore[arg-type]
        return _Watched(self, signed.path, cast("AbstractAsyncContextManager[aiohttp.ClientResponse]", inner))

    async def close(self) -> None:
        """Let go of the connections."""
        if self._inner is not None:
            await self._inner.close()

    def note(self, path: str, headers: Mapping[str, str]) -> None:
        """Remember what X says of an endpoint's limit."""
        try:
            left, reset = int(headers["x-rate-limit-remaining"]), float(headers["x-rate-limit-reset"])
        except (KeyError, ValueError):
            return
        self.allowances[path] = Allowance(left=left, reset=reset)

    def pause(self, path: str) -> float:
        """Seconds to leave an endpoint alone, so that its limit is never met."""
        found = self.allowances.get(path)
        return 0.0 if found is None else found.pause(time.time())


class _Watched:
    """A request under way."""

    def __init__(self, session: Session, path: str, inner: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> None:
        self._session = session
        self._path = path
        self._inner = inner

    async def __aenter__(self) -> aiohttp.ClientResponse:
        response = await self._inner.__aenter__()
        self._session.note(self._path, response.headers)
        return response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._inner.__aexit__(kind, error, trace)
