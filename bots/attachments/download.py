"""Fetches a file from the public internet, and from nowhere else: what a stranger names may be our own network."""

from __future__ import annotations

import asyncio
import socket
import time
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
_CONNECT_S: Final = 5.0
_MOVED: Final = (301, 302, 303, 307, 308)
# The library calls them neither private nor global.
_SHARED: Final = ip_network("100.64.0.0/10")
# All that IANA has given out of IPv6 for use between networks (RFC 4291, section 2.4).
_UNICAST: Final = ip_network("2000::/3")
_NAT64: Final = ip_network("64:ff9b::/96")


class Downloads:
    """Downloads with limits. `trusted` are the origins that the operator's own settings name, checked for nothing."""

    def __init__(self, limits: DownloadLimits, trusted: Collection[str] = ()) -> None:
        """`trusted` are such as "http://127.0.0.1:8081"."""
        self._limits = limits
        self._trusted = frozenset(URL(one).origin() for one in trusted)

    @asynccontextmanager
    async def open(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a file. Raises AttachmentRefused, AttachmentUnavailable.

        `headers` may carry credentials: they do not follow to another host.
        """
        try:
            async with self._followed(url, headers) as response:
                yield response.content.iter_chunked(_CHUNK)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if _inside(error):
                raise AttachmentRefused("unavailable", "the address is not on the public internet") from error
            raise AttachmentUnavailable(f"the file does not come: {type(error).__name__}") from error

    @asynccontextmanager
    async def _followed(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        first, end = _origin(url), time.monotonic() + self._limits.timeout
        for _ in range(self._limits.redirects + 1):
            origin = _origin(url)
            mine = headers if origin == first else {}
            async with (
                self._session(origin, end - time.monotonic()) as session,
                session.get(url, headers=mine, allow_redirects=False) as found,
            ):
                if found.status in _MOVED and "Location" in found.headers:
                    url = _joined(url, found.headers["Location"])
                    continue
                if found.status >= 500 or found.status == 429:
                    raise AttachmentUnavailable(f"the platform answers {found.status}")
                if found.status != 200:
                    raise AttachmentRefused("unavailable", f"the platform answers {found.status}")
                yield found
                return
        raise AttachmentRefused("unavailable", "the platform sends us on and on")

    def _session(self, origin: URL, seconds: float) -> aiohttp.ClientSession:
        """For one request in the time that is left. Raises AttachmentRefused for what must not be asked."""
        if seconds <= 0:
            raise TimeoutError
        trusted = origin in self._trusted
        if not trusted:
            _check(origin)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=None if trusted else _PublicOnly()),
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Files are packed already, and what is unpacked may be a thousand times as much.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )


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
    """Whether an IP address is on the public internet; one that carries an IPv4 address is judged by it too."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and found not in _SHARED
    carried = _carried(found)
    if found in _NAT64 or found.ipv4_mapped:
        return carried is not None and is_public(str(carried))
    return found in _UNICAST and found.is_global and (carried is None or is_public(str(carried)))


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a gateway would send to."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _check(origin: URL) -> None:
    """Raises AttachmentRefused for what is not https to a name or a public address."""
    if origin.scheme != "https":
        raise AttachmentRefused("unavailable", "files are fetched by https only")
    host = origin.host or ""
    # For what looks like an address the library asks no resolver, and the system reads 2130706433 as 127.0.0.1.
    # All other names and oddities are resolved, and what comes of it is checked there.
    if (":" in host or host.replace(".", "").isdigit()) and not is_public(host):
        raise AttachmentRefused("unavailable", "the address is not on the public internet")


def _origin(url: str) -> URL:
    try:
        return URL(url).origin()
    except ValueError as error:
        raise AttachmentRefused("unavailable", "this is no address of a file") from error


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise AttachmentRefused("unavailable", "the platform sends us nowhere") from error


def _inside(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, _Inside):
            return True
        error = error.__cause__ or error.__context__
    return False
