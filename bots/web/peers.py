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
    """The client's address: the right-most hop that is not a trusted proxy. Headers of others are not believed.

    A trusted proxy must write X-Forwarded-For or remove it: `Forwarded` counts only where that is missing.
    """
    plain, standard = request.headers.getall("X-Forwarded-For", []), request.headers.getall("Forwarded", [])
    return walk_back(request.remote or "", plain or _named(standard), trusted)


def walk_back(peer: str, headers: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address of the first hop, seen from us, that is not trusted; a hop that is no address ends the walk.

    `headers` are lists of hops as in X-Forwarded-For, the nearest one last.
    """
    hops = [hop.strip() for header in headers for hop in header.split(",") if hop.strip()]
    address = peer
    while hops and _among(address, trusted):
        nearest = _without_port(hops.pop())
        if _parsed(nearest) is None:
            return address
        address = nearest
    return address


def _named(headers: Sequence[str]) -> list[str]:
    """The hops of `Forwarded` (RFC 7239), each as X-Forwarded-For would write it."""
    elements = [element for header in headers for element in header.split(",")]
    pairs = [[pair.strip() for pair in element.split(";")] for element in elements]
    named = [next((pair[4:] for pair in one if pair.lower().startswith("for=")), "unknown") for one in pairs]
    return [hop.strip('"') for hop in named]


def _without_port(hop: str) -> str:
    """The address of `192.0.2.1:80` and `[2001:db8::1]:80`; anything else unchanged."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def neighbourhood(address: str) -> str:
    """What limits are counted by: an address, of IPv6 its /64, since whoever has one of those has all of them."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed or address)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def may_open(origin: str | None, host: str, public_url: str, allowed: Sequence[str]) -> bool:
    """Whether a page may open the widget's socket. What is no page sends no Origin and has no cookies to abuse."""
    if origin is None:
        return True
    return origin in (f"http://{host}", f"https://{host}", _origin(public_url), *allowed)


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
