"""Addresses of clients: how they are written, which a proxy vouches for, what counts as one client.

Everything that counts, logs or records a client takes its address from `client`.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
MAX_HOPS: Final = 32
"""Of `X-Forwarded-For`, from its end; nobody has more proxies of their own."""
_SHARES: Final = ((64, 1), (56, 4), (48, 16))


def read(text: str) -> Address | None:
    """Return an address, whether written with a port, in brackets or with a zone; None: it is none.

    An IPv4 address that an IPv6 socket met (`::ffff:192.0.2.1`) is the IPv4 address that it is.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def client(peer: str, forwarded: str, trusted: Sequence[str]) -> str | None:
    """Return the address of the client; None where the peer has none.

    Args:
        peer: the other end of the connection.
        forwarded: `X-Forwarded-For`; of it only what trusted proxies added is believed.
        trusted: networks of these proxies.
    """
    networks = _networks(tuple(trusted))
    believed: Address | None = None
    for hop in [peer, *reversed(forwarded.rsplit(",", MAX_HOPS)[-MAX_HOPS:])]:
        address = read(hop)
        if address is None:
            break
        believed = address
        if not any(address in network for network in networks):
            break
    return str(believed) if believed else None


def shares(address: str | None) -> list[tuple[str, int]]:
    """Under which names an address is counted, and how many times a limit each of them has.

    Whoever has one IPv6 address has 2⁶⁴ of them, and often more: its /64 counts as one client, and
    the networks around it have a few times as much. Addresses that stand for an IPv4 address (6to4,
    Teredo) count as that one.
    """
    found = read(address or "")
    if isinstance(found, IPv6Address):
        teredo = found.teredo
        found = found.sixtofour or (teredo[1] if teredo else found)
    if isinstance(found, IPv6Address):
        return [(str(IPv6Network((int(found), bits), strict=False)), n) for bits, n in _SHARES]
    return [(str(found or ""), 1)]


@lru_cache(maxsize=16)
def _networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(map(_network, trusted))


def _network(text: str) -> Network:
    """Return a network; one of mapped addresses is the IPv4 network that it is."""
    found = ip_network(text)
    mapped = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    return IPv4Network((int(mapped), found.prefixlen - 96)) if mapped else found
