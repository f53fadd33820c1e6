"""Who is at the other end: the address behind trusted proxies, and the page a socket was opened from."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

Network: TypeAlias = IPv4Network | IPv6Network
Address: TypeAlias = IPv4Address | IPv6Address

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def client_address(request: web.Request, trusted: Sequence[Network]) -> str:
    """The client's address: the right-most hop that is not a trusted proxy. Headers of others are not believed."""
    return walk_back(request.remote or "", request.headers.getall("X-Forwarded-For", []), trusted)


def walk_back(peer: str, headers: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address of the first hop, seen from us, that is not trusted."""
    hops = [hop.strip() for header in headers for hop in header.split(",") if hop.strip()]
    address = peer
    while hops and _among(address, trusted):
        nearest = hops.pop()
        if _parsed(nearest) is None:
            return address
        address = nearest
    return address


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def may_open(origin: str | None, host: str, public_url: str, allowed: Sequence[str]) -> bool:
    """Whether a page may open the widget's socket. What is no page sends no Origin and has no cookies to abuse."""
    if origin is None:
        return True
    if origin == "null":
        return False
    parts = urlsplit(origin)
    return parts.netloc == host or origin in (_origin(public_url), *allowed)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _among(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> Address | None:
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
