"""Who is at the other end cannot be claimed, only proven."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bots.web.peers import client_address, is_loopback, may_open, neighbourhood, walk_back

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
PUBLIC = "https://support.demo-exchange.example"


@pytest.mark.parametrize(
    ("peer", "header", "address"),
    [
        ("198.51.100.7", "203.0.113.1", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.1", "203.0.113.1"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.1, 10.0.0.2", "203.0.113.1"),
        ("10.0.0.1", "203.0.113.1, 10.0.0.2, 10.0.0.3", "203.0.113.1"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.1, <script>", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.1:4711", "203.0.113.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.1", "203.0.113.1"),
        ("fd00::1", "203.0.113.1", "203.0.113.1"),
        ("", "203.0.113.1", ""),
    ],
)
def test_the_client_is_the_nearest_hop_that_is_no_proxy_of_ours(peer: str, header: str, address: str) -> None:
    assert walk_back(peer, [header], PROXIES) == address


def test_headers_are_believed_of_nobody_by_default() -> None:
    assert walk_back("10.0.0.1", ["203.0.113.1"], []) == "10.0.0.1"


def test_several_headers_are_one_list() -> None:
    assert walk_back("10.0.0.1", ["1.1.1.1", "203.0.113.1"], PROXIES) == "203.0.113.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("for=203.0.113.1", "203.0.113.1"),
        ("for=1.1.1.1, for=203.0.113.1;proto=https;by=10.0.0.1", "203.0.113.1"),
        ('proto=https;For="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=unknown", "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
        (";;,,=", "10.0.0.1"),
    ],
)
def test_the_standard_header_is_read_as_well(forwarded: str, address: str) -> None:
    headers = CIMultiDict({"Forwarded": forwarded})
    request = make_mocked_request("GET", "/chat", headers=headers).clone(remote="10.0.0.1")
    assert client_address(request, PROXIES) == address


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_addresses(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "localhost", "0.0.0.0", "127.0.0.1.example", "2130706433", "10.0.0.1"])
def test_nothing_else_is_this_machine(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "support.demo-exchange.example"),
        ("https://support.demo-exchange.example", "internal:8080"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://www.demo-exchange.example", "support.demo-exchange.example"),
    ],
)
def test_our_own_pages_and_the_listed_ones_may_open_the_socket(origin: str | None, host: str) -> None:
    assert may_open(origin, host, PUBLIC, ["https://www.demo-exchange.example"])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://www.demo-exchange.example.evil.example",
        "http://www.demo-exchange.example",
        "https://www.demo-exchange.example:444",
        "https://support.demo-exchange.example@evil.example",
        "http://127.0.0.1:9999",
        "null",
        "",
        "file://",
    ],
)
def test_no_other_page_may(origin: str) -> None:
    assert not may_open(origin, "127.0.0.1:8080", PUBLIC, ["https://www.demo-exchange.example"])


@pytest.mark.parametrize("origin", ["http://[::1", "http://[bad]", "ftp://127.0.0.1:8080", "x://127.0.0.1:8080"])
def test_what_is_no_origin_of_a_page_may_not(origin: str) -> None:
    assert not may_open(origin, "127.0.0.1:8080", PUBLIC, [])


@pytest.mark.parametrize(
    ("address", "counted_by"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_limits_are_counted_by_what_one_subscriber_has(address: str, counted_by: str) -> None:
    assert neighbourhood(address) == counted_by
