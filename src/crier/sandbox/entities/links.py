"""Which links Telegram accepts, and its words for those it does not (tdlib `LinkManager`)."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_OTHER = re.compile(r"(tg|ton|tonsite):(?://)?", re.IGNORECASE)
_PART = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=\u0080-\U0010ffff]|%[0-9A-Fa-f]{2})*")
_USERINFO = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=:\u0080-\U0010ffff]|%[0-9A-Fa-f]{2})*")
_USER_LINK = re.compile(r"tg:(?://)?user\?id=([0-9]{1,13})(?:&.*)?$", re.IGNORECASE)


def user_id_of(url: str) -> int:
    """The user that a `tg://user?id=` link names, else 0."""
    match = _USER_LINK.match(url)
    return int(match.group(1)) if match else 0


def checked_link(url: str) -> str:
    """The link as Telegram stores it. Raises ValueError with Telegram's reason."""
    other = _OTHER.match(url)
    rest = url[other.end() :] if other else url
    scheme, userinfo, host, port, query = _split(rest)
    if other:
        if scheme or userinfo or port or host.startswith("["):
            name = other.group(1).lower()
            raise ValueError("Wrong tg URL" if name == "tg" else "Wrong ton URL")
        if not re.fullmatch(r"[A-Za-z0-9_.\-]+" if "site" in other.group(1) else r"[\w\-]+", host):
            raise ValueError("Unallowed characters in URL host")
        query = query[1:] if query.startswith("/?") else query
        return f"{other.group(1).lower()}://{host}{query}"
    if "." not in host and not host.startswith("["):
        raise ValueError("Wrong HTTP URL")
    at = f"{userinfo}@" if userinfo else ""
    behind = f":{port}" if port else ""
    return f"{scheme or 'http'}://{at}{host}{behind}{query}"


def _split(url: str) -> tuple[str, str, str, int, str]:
    """Scheme, userinfo, host, port and path with query; raises ValueError."""
    match = _SCHEME.match(url)
    scheme = match.group(1).lower() if match else ""
    if match and scheme not in ("http", "https"):
        raise ValueError("Unsupported URL protocol")
    rest = url[match.end() :] if match else url
    end = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
    authority, query = rest[:end], rest[end:].rstrip()
    userinfo, _, address = authority.rpartition("@")
    host, port = _host_and_port(address)
    if not host:
        raise ValueError("URL host is empty")
    if host == ".":
        raise ValueError("Host is invalid")
    if not host.startswith("["):
        _check_part(host, "host", _PART)
        _check_part(userinfo, "userinfo", _USERINFO)
    if not query.startswith("/"):
        query = "/" + query
    query = "".join(f"%{ord(c):02X}" if ord(c) <= 0x20 else c for c in query)
    return scheme, userinfo, host.lower(), port, query


def _host_and_port(address: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.+):([^:\]]*)", address)
    if not match:
        return address, 0
    port = match.group(2).lstrip("0")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5) or int(port) > 65535:
        raise ValueError("Wrong port number specified in the URL")
    return match.group(1), int(port)


def _check_part(part: str, name: str, allowed: re.Pattern[str]) -> None:
    match = allowed.match(part)
    if match and match.end() == len(part):
        return
    if match and part[match.end()] == "%":
        raise ValueError(f"Wrong percent-encoded symbol in URL {name}")
    raise ValueError(f"Disallowed character in URL {name}")
