"""Host names as they are looked up, and addresses that are on the public internet.

Names are read as browsers read them: UTS 46, non-transitional, so that `faß.de` is `xn--fa-hia.de`
and not another owner's `fass.de`, which the older IDNA made of it. `ascii_host` is the only place
that turns a name into ASCII.
"""

import ipaddress
import re
import unicodedata
from typing import Final

import idna

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_CHARS: Final = 253
_INPUT_MAX_CHARS: Final = 1024
# Underscores are in names that exist; browsers and resolvers take them.
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.ASCII)
_RIGHT_TO_LEFT: Final = frozenset(("R", "AL", "AN"))
_JOINERS: Final = "\u200c\u200d"

# Of all IPv6 only this is given out for the public internet; what IANA keeps for itself within it.
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL: Final[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]] = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.175.48.0/24",  # AS112
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks …
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: leads to any IPv4 address
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)  # https://www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-special-registry


def ascii_host(host: str) -> str:
    """Return the name or address that `host` is looked up by: lower case, ASCII, IPv6 without
    brackets.

    Raises:
        ValueError: it is none.
    """
    if ":" in host:
        if "%" in host:  # a zone names a network card of this machine
            raise ValueError("no host name")
        return ipaddress.IPv6Address(host).compressed
    if len(host) > _INPUT_MAX_CHARS:
        raise ValueError("no host name")
    try:
        mapped = idna.uts46_remap(host, std3_rules=False)
        labels = mapped.split(".")
        if any(map(_is_right_to_left, labels)):
            for label in filter(None, labels):
                idna.check_bidi(label, check_ltr=True)
        name = ".".join(map(_ascii_label, labels))
    except (idna.IDNAError, UnicodeError) as error:
        raise ValueError("no host name") from error
    if not _NAME.fullmatch(name) or len(name.rstrip(".")) > MAX_CHARS:
        raise ValueError("no host name")
    return name


def unicode_host(host: str) -> str:
    """Return how people write what `ascii_host` gave."""
    return ".".join(map(_unicode_label, host.split(".")))


def is_mixed(host: str) -> bool:
    """Return whether a label of a name has letters of several scripts, as `pаypal` with a Cyrillic
    а has.

    Japanese and Korean are written in several; Latin letters beside them are usual, too.
    """
    return any(_mixed(label) for label in unicode_host(host).split("."))


def address_of(host: str) -> Address | None:
    """Return the address that a host is written as; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public internet, and leads to no other kind of
    address."""
    if isinstance(address, ipaddress.IPv6Address):
        if inner := _inner(address):
            return is_public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not _is_special(address)


def is_within(address: Address, network: str) -> bool:
    """Return whether an address, or the IPv4 one within it, belongs to a network (or is one)."""
    try:
        wanted = ipaddress.ip_network(network)
    except ValueError:
        return False
    inner = _inner(address)
    return address in wanted or (inner is not None and inner in wanted)


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a kernel or a NAT64 gateway makes of an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _is_special(address: Address) -> bool:
    return any(address in network for network in _SPECIAL)


def _is_right_to_left(label: str) -> bool:
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in label)


def _ascii_label(label: str) -> str:
    if label.startswith("xn--"):
        text = label[4:].encode("ascii").decode("punycode")
        if text.isascii() or idna.uts46_remap(text, std3_rules=False) != text:
            raise ValueError("no host name")
        return _checked(text)
    return label if label.isascii() else _checked(label)


def _checked(label: str) -> str:
    """Return the ASCII form of a label that browsers take: symbols such as ❤ are none of IDNA
    2008's, and in use."""
    idna.check_initial_combiner(label)
    for at, char in enumerate(label):
        if char in _JOINERS and not idna.valid_contextj(label, at):
            raise ValueError("no host name")
    return f"xn--{label.encode('punycode').decode()}"


def _unicode_label(label: str) -> str:
    try:
        return label[4:].encode().decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label


def _mixed(label: str) -> bool:
    scripts = {unicodedata.name(char, "?").split()[0] for char in label if char.isalpha()}
    east_asian = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"}
    if scripts & east_asian:
        scripts = scripts - east_asian - {"LATIN"}
        return bool(scripts)
    return len(scripts) > 1
