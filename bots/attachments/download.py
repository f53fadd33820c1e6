"""Fetches a file from the public internet, and from nowhere else: what a stranger names may be our own network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bots.attachments.port import AttachmentRefused, AttachmentUnavailable
from bots.attachments.settings import DownloadLimits

_CHUNK: Final = 64 * 1024
_SHARED: Final = ip_network("100.64.0.0/10")
_NAT64: Final = ip_network("64:ff9b::/96")
_MOVED: Final = (301, 302, 303, 307, 308)


class Downloads:
    """Downloads with limits. `trusted` are the origins that the operator's own settings name, checked for nothing."""

    def __init__(self, limits: DownloadLimits, trusted: Collection[str] = ()) -> None:
        """`trusted` are such as "http://127.0.0.1:8081"."""
        self._limits = limits
        self._trusted = frozenset(str(URL(one).origin()) for one in trusted)

    @asynccontextmanager
    async def open(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a file. Raises AttachmentRefused, AttachmentUnavailable.

        `headers` may carry credentials: they do not follow to another host.
        """
        timeout = aiohttp.ClientTimeout(total=self._limits.timeout, sock_connect=5)
        connector = aiohttp.TCPConnector(resolver=_PublicOnly())
        plain = aiohttp.TCPConnector()
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as guarded,
            aiohttp.ClientSession(connector=plain, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as trusting,
        ):
            try:
                async with self._followed(url, headers, guarded, trusting) as response:
                    yield response.content.iter_chunked(_CHUNK)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if _refused_inside(error):
                    raise AttachmentRefused("type_refused", "the address is not on the public internet") from error
                raise AttachmentUnavailable(f"the file does not come: {type(error).__name__}") from error

    @asynccontextmanager
    async def _followed(
        self, url: str, headers: Mapping[str, str], guarded: aiohttp.ClientSession, trusting: aiohttp.ClientSession
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        first = _origin(url)
        for _ in range(self._limits.redirects + 1):
            origin = _origin(url)
            trusted = str(origin) in self._trusted
            if not trusted:
                _check(origin)
            session = trusting if trusted else guarded
            mine = headers if origin == first else {}
            async with session.get(url, headers=dict(mine), allow_redirects=False) as response:
                if response.status in _MOVED and "Location" in response.headers:
                    url = urljoin(url, response.headers["Location"])
                    continue
                if response.status >= 500 or response.status == 429:
                    raise AttachmentUnavailable(f"the platform answers {response.status}")
                if response.status != 200:
                    raise AttachmentRefused("unavailable", f"the platform answers {response.status}")
                yield response
                return
        raise AttachmentRefused("unavailable", "the platform sends us on and on")


class _PublicOnly(AbstractResolver):
    """Resolves names to public addresses; what is connected to is what was checked, so that a name cannot turn."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp wants it. Raises _Inside when one of the addresses is not public."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, place in found:
            address = str(place[0])
            if not is_public(address):
                raise _Inside(f"{host} is inside")
            results.append(
                ResolveResult(
                    hostname=host, host=address, port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
                )
            )
        return results

    async def close(self) -> None:
        """Nothing is held."""


class _Inside(OSError):
    """The address belongs to a network that is not the public internet."""


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, those that carry an IPv4 address inside judged by it."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        return found.is_global and not found.is_multicast
    return found.is_global and not found.is_multicast and found not in _SHARED


def _check(origin: URL) -> None:
    """Raises AttachmentRefused for what is not https to a name or a public address."""
    if origin.scheme != "https":
        raise AttachmentRefused("type_refused", "files are fetched by https only")
    host = origin.host or ""
    try:
        ip_address(host)
    except ValueError:
        # A name, or an address written so oddly that only resolving tells: the resolver checks what comes of it.
        return
    # aiohttp asks no resolver for an address.
    if not is_public(host):
        raise AttachmentRefused("type_refused", "the address is not on the public internet")


def _origin(url: str) -> URL:
    try:
        return URL(url).origin()
    except ValueError as error:
        raise AttachmentRefused("type_refused", "this is no address of a file") from error


def _refused_inside(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, _Inside):
            return True
        error = error.__cause__ or error.__context__
    return False
