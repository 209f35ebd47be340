"""Clients' addresses: read however they are written, believed only from trusted proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crier.domain import addresses

PROXIES = ("10.0.0.0/8", "fd00::/8", "::ffff:192.168.0.0/112")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:5000", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:5000", "2001:db8::1"),
        ('"[2001:db8::1]:5000"', "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        *[(text, None) for text in ("", "unknown", "_hidden", "1.2.3", "192.0.2.1:8:9", "[", "%")],
    ],
)
def test_an_address_is_read_as_it_is_written(text: str, address: str | None) -> None:
    found = addresses.read(text)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not one of ours: made up
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("192.168.7.7", "198.51.100.1", "198.51.100.1"),  # a mapped network of proxies
        ("[fd00::1]:99", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("", "198.51.100.1", None),
        ("no address", "", None),
    ],
)
def test_the_client_is_the_last_that_is_no_trusted_proxy(
    peer: str, forwarded: str, client: str | None
) -> None:
    assert addresses.client(peer, forwarded, PROXIES) == client


def test_all_mapped_addresses_are_all_of_ipv4() -> None:
    assert addresses.client("192.0.2.1", "198.51.100.1", ["::ffff:0:0/96"]) == "198.51.100.1"
    assert addresses.client("192.169.0.1", "198.51.100.1", PROXIES) == "192.169.0.1"


@pytest.mark.parametrize(("proxies", "client"), [(31, "198.51.100.1"), (32, "10.0.0.2")])
def test_no_more_than_32_hops_are_looked_at(proxies: int, client: str) -> None:
    forwarded = ",".join(["198.51.100.1", *["10.0.0.2"] * proxies])
    assert addresses.client("10.0.0.1", forwarded, PROXIES) == client


def test_an_ipv6_client_is_its_64_and_shares_wider_networks() -> None:
    assert addresses.shares("2001:db8:1:2:3::4") == [
        ("2001:db8:1:2::/64", 1), ("2001:db8:1::/56", 4), ("2001:db8:1::/48", 16),
    ]  # fmt: skip
    one, other = addresses.shares("2001:db8:1:2::1"), addresses.shares("2001:db8:1:2:f:f:f:f")
    assert one == other
    assert addresses.shares("192.0.2.1") == [("192.0.2.1", 1)]
    assert addresses.shares("::ffff:192.0.2.1") == [("192.0.2.1", 1)]
    assert addresses.shares("2002:c000:201:77::9") == [("192.0.2.1", 1)], "6to4"
    assert addresses.shares("2001:0:5ef5:79fd::3fff:fdfe") == [("192.0.2.1", 1)], "Teredo"
    assert addresses.shares(None) == [("", 1)]


@given(peer=st.text(max_size=60), forwarded=st.text(max_size=200))
def test_whatever_is_said_gives_an_address_or_none(peer: str, forwarded: str) -> None:
    for first in (peer, "10.0.0.1"):
        found = addresses.client(first, forwarded, PROXIES)
        assert found is None or str(addresses.read(found)) == found
        assert addresses.shares(found)
