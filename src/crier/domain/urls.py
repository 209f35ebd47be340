"""Web addresses that users give us: what may be fetched or linked to.

Only how an address is written is checked here, before it is stored. What a name resolves to is
checked when it is connected to (`net/guarded.py`).
"""

import re
from collections.abc import Sequence
from re import Pattern
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from crier.domain import hosts

MAX_CHARS: Final = 2048
PORTS: Final = {"http": 80, "https": 443}
# Browsers and URL libraries read a backslash as a slash, or do not: the host would be another one.
_NEVER: Pattern[str] = re.compile(r"[\s\x00-\x20\x7f\\]")
# Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses, too.
_NUMBER: Pattern[str] = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII | re.IGNORECASE)
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home", "intranet", "localdomain")


class Web(NamedTuple):
    """An http or https URL, read once, so that nobody reads another host in it."""

    url: str
    """With its host in ASCII, as it is looked up."""
    host: str
    port: int
    has_login: bool
    """Whether a user name or password stands before the host, even an empty one."""


def read(url: str) -> Web:
    """Read an http or https URL.

    Raises:
        ValueError: it is none; the text says what is wrong.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no URL that can be read") from None
    if parts.scheme not in PORTS:
        raise ValueError("must begin with http:// or https://")
    if len(url) > MAX_CHARS:
        raise ValueError(f"is longer than {MAX_CHARS} characters")
    try:
        host = hosts.ascii_host(host)
    except ValueError:
        raise ValueError("names no host that can be read") from None
    if _NEVER.search(url) or port == 0:
        raise ValueError("names no host that can be read")
    login, at, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    netloc = f"{login}{at}{named}" + ("" if port is None else f":{port}")
    written = parts._replace(netloc=netloc).geturl()
    return Web(written, host, port or PORTS[parts.scheme], bool(at))


def read_plain(url: str) -> Web:
    """Read a URL for people or for Telegram: one without a user name, which could pass for a host.

    Raises:
        ValueError: it is none; the text says what is wrong.
    """
    web = read(url)
    if web.has_login:
        raise ValueError(f"must not hold a user name before its host, which is {web.host}")
    return web


def masked(url: str) -> str:
    """Return where a URL leads, without what may be a secret: sign-in, path, query and fragment."""
    try:
        web = read(url)
    except ValueError:
        return "…"
    parts = urlsplit(web.url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def with_ascii_host(url: str) -> str:
    """`url` with its host as it is looked up, for readers that might see another one in it; what is
    no web address stays as it is."""
    if url.isascii():
        return url
    try:
        return read(url).url
    except ValueError:
        return url


def check_public(web: Web, allow: Sequence[str] = ()) -> None:
    """Check that a host is public, or on the allow-list.

    Args:
        allow: hosts, addresses and networks (`CRIER_FETCH_ALLOW`).

    Raises:
        ValueError: it is not; the text says what is wrong.
    """
    if not _allowed(web.host, allow) and not _public(web.host):
        raise ValueError("must be an address on the public internet")


def is_named(host: str, allow: Sequence[str]) -> bool:
    """Return whether the allow-list has a host (as it is looked up) by its name."""
    return any(host == entry.lower() or host == _ascii(entry) for entry in allow)


def _public(host: str) -> bool:
    if (address := hosts.address_of(host)) is not None:
        return hosts.is_public(address)
    labels = host.rstrip(".").split(".")
    if _NUMBER.fullmatch(labels[-1]) or labels[-1] in _LOCAL_NAMES:
        return False
    return len(labels) > 1


def _allowed(host: str, allow: Sequence[str]) -> bool:
    address = hosts.address_of(host)
    if address is None:
        return is_named(host, allow)
    return any(hosts.is_within(address, entry) for entry in allow)


def _ascii(entry: str) -> str:
    try:
        return hosts.ascii_host(entry)
    except ValueError:
        return entry
