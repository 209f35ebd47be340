"""Web addresses that users give us: what may be fetched or linked to.

Only how an address is written is checked here, before it is stored. What a name resolves to is
checked when it is connected to, by whoever does that.
"""

import ipaddress
import re
from collections.abc import Sequence
from re import Pattern
from typing import Final
from urllib.parse import urlsplit

MAX_CHARS: Final = 2048
_HOST: Pattern[str] = re.compile(r"[^\s\x00-\x20/?#@\\%<>\"{}|^`]+")
# Browsers and URL libraries read a backslash as a slash, or do not: the host would be another one.
_NEVER: Pattern[str] = re.compile(r"[\s\x00-\x20\x7f\\]")
# Resolvers read 127.1, 0x7f000001 and 2130706433 as addresses, too.
_NUMBER: Pattern[str] = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.ASCII | re.IGNORECASE)
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home", "intranet", "localdomain")


def check_web(url: str) -> str:
    """The host of an http or https URL, as it is looked up (IDNA).

    Raises:
        ValueError: it is none; the text says what is wrong.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no URL that can be read") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with http:// or https://")
    if len(url) > MAX_CHARS:
        raise ValueError(f"is longer than {MAX_CHARS} characters")
    host = _looked_up(host)
    if not _HOST.fullmatch(host) or _NEVER.search(url) or port == 0:
        raise ValueError("names no host that can be read")
    return host


def _looked_up(host: str) -> str:
    """The ASCII name that a host is looked up by; empty where it is none."""
    if ":" in host:  # IPv6
        return host.lower()
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return ""


def check_public(url: str, allow: Sequence[str] = ()) -> None:
    """Check that `url` is one that Crier may fetch: public, or on the allow-list.

    Args:
        allow: hosts, addresses and networks (`CRIER_FETCH_ALLOW`).

    Raises:
        ValueError: it is not; the text says what is wrong.
    """
    host = check_web(url)
    if not _allowed(host, allow) and not _public(host):
        raise ValueError("must be an address on the public internet")


def _public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    labels = host.rstrip(".").split(".")
    if _NUMBER.fullmatch(labels[-1]) or labels[-1] in _LOCAL_NAMES:
        return False
    return len(labels) > 1


def _allowed(host: str, allow: Sequence[str]) -> bool:
    if host in (entry.lower() for entry in allow):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any("/" in entry and address in ipaddress.ip_network(entry) for entry in allow)
