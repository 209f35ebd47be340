"""Which links Telegram accepts, and its words for those it does not (tdlib `LinkManager`)."""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

from crier.sandbox.entities.model import Entity, lower

SPACE = " \t\r\n\v\0"
"""What TDLib takes for a blank."""

_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_OTHER = re.compile(r"(tg|ton|tonsite):(?://)?", re.IGNORECASE | re.ASCII)
_END_OF_HOST = re.compile("[/?#]")
_ODD = re.compile(r"[^A-Za-z0-9.\-_!$,~*'();&+=\u0080-\U0010ffff]")
_PORT = re.compile(r"0*([1-9][0-9]{0,4})")
# Not possessive as a whole: before 3.11.5 such a group ended behind a `%` that it could not take.
_PART = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=\u0080-\U0010ffff]++|%[0-9A-Fa-f]{2})*")
_USERINFO = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=:\u0080-\U0010ffff]++|%[0-9A-Fa-f]{2})*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}")
_IPV6 = re.compile(r"\[[0-9a-f:.]*\]")
_CONTROL = re.compile("[\0-\x20]")
_TG = re.compile(r"tg:(?://)?(user|emoji|time)/?\?", re.IGNORECASE | re.ASCII)
_MAX_USER_ID = 2**40 - 1


def integer_of(text: str) -> int | None:
    """Return the 64-bit number that is written in the one plain way, else None."""
    if not _INTEGER.fullmatch(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def link_entity(url: str, offset: int, length: int) -> Entity | None:
    """Return the entity of a link; None where Telegram drops it."""
    user_id = user_id_of(url)
    if user_id:
        return Entity("text_mention", offset, length, str(user_id))
    try:
        return Entity("text_link", offset, length, checked_link(url))
    except ValueError:
        return None


def settle(text: str, entities: list[Entity]) -> list[Entity]:
    """`entities` with their addresses; a link without one has its text for it.

    A link within such a link is left out: it would go later, and to read each of many nested texts
    anew takes a time that grows with their square.
    """
    units = text.encode("utf-16-le")
    settled: dict[Entity, Entity | None] = {}
    around = 0, 0
    for entity in sorted(filter(_is_open, entities), key=lambda e: (e.offset, -e.length)):
        offset, end = entity.offset, entity.end
        inner = around[0] <= offset and end <= around[1] and around != (offset, end)
        if inner or entity in settled:
            settled.setdefault(entity, None)
            continue
        label = units[2 * offset : 2 * end].decode("utf-16-le")
        settled[entity] = label_entity(label, offset, entity.length)
        if settled[entity]:
            around = offset, end
    addressed = (settled[e] if _is_open(e) else e for e in entities)
    return [entity for entity in addressed if entity is not None]


def _is_open(entity: Entity) -> bool:
    return entity.type == "text_link" and not entity.argument


def label_entity(label: str, offset: int, length: int) -> Entity | None:
    """Return the entity of a link whose text is its address."""
    if not any(sign in label for sign in ".[:"):  # most words
        return None
    return link_entity(label, offset, length)


def user_id_of(url: str) -> int:
    """Return the user that a `tg://user?id=` link names, else 0."""
    for key, value in _tg_query(lower(url), "user"):
        if key == "id":
            user_id = integer_of(value) or 0
            return user_id if is_user_id(user_id) else 0
    return 0


def is_user_id(number: int) -> bool:
    """Return whether a person can have this id."""
    return 0 < number <= _MAX_USER_ID


def custom_emoji_of(url: str) -> str:
    """Return the emoji that a `tg://emoji?id=` link names, else ""."""
    for key, value in _tg_query(url, "emoji"):
        if key == "id":
            return value if integer_of(value) else ""
    return ""


def date_of(url: str) -> str:
    """Return the argument of the date that a `tg://time?unix=` link names, else ""."""
    unix, shown_as = 0, ""
    for key, value in _tg_query(url, "time"):
        if key == "unix":
            unix = integer_of(value) or 0
            if not 0 < unix < 2**31:
                return ""
        elif key == "format":
            shown_as = value
    try:
        return f"{unix} {date_format(shown_as)}" if unix else ""
    except ValueError:
        return ""


def date_format(text: str) -> str:
    """Return how a date is to be shown, in the one plain way.

    Raises:
        ValueError: Telegram refuses it; the text is its reason.
    """
    if text in ("r", "R"):
        return "r"
    if set(text) - set("tTdDwW"):
        raise ValueError("Invalid date format used")
    marks = ("w" if set("wW") & set(text) else "", _first(text, "dD"), _first(text, "tT"))
    return "".join(marks)


def _first(text: str, marks: str) -> str:
    return next((mark for mark in marks if mark in text), "")


def _tg_query(url: str, host: str) -> list[tuple[str, str]]:
    match = _TG.match(url)
    if match is None or match[1].lower() != host:
        return []
    pairs = url[match.end() :].partition("#")[0].split("&")
    return [(key, value) for key, _, value in (pair.partition("=") for pair in pairs)]


def checked_link(url: str) -> str:
    """Return the link as Telegram stores it.

    Raises:
        ValueError: Telegram refuses it; the text is its reason.
    """
    other = _OTHER.match(url)
    parts = _split(url[other.end() :] if other else url)
    if other:
        return _other_link(lower(other[1]), parts)
    if "." not in parts.host and not parts.is_ipv6:
        raise ValueError("Wrong HTTP URL")
    at = f"{parts.userinfo}@" if parts.userinfo else ""
    behind = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme or 'http'}://{at}{parts.host}{behind}{parts.query}"


class _Parts(NamedTuple):
    scheme: str
    userinfo: str
    host: str
    port: int
    query: str
    """Path and query; begins with a slash."""

    @property
    def is_ipv6(self) -> bool:
        return self.host.startswith("[") and self.host.endswith("]")


def _other_link(scheme: str, parts: _Parts) -> str:
    if parts.scheme or parts.userinfo or parts.port or parts.is_ipv6:
        raise ValueError("Wrong tg URL" if scheme == "tg" else "Wrong ton URL")
    if not re.fullmatch(
        r"[A-Za-z0-9_.\-]+" if scheme == "tonsite" else r"[A-Za-z0-9_\-]+", parts.host
    ):
        raise ValueError("Unallowed characters in URL host")
    return f"{scheme}://{parts.host}{parts.query[parts.query.startswith('/?') :]}"


def _split(url: str) -> _Parts:
    match = _SCHEME.match(url)
    scheme = lower(match[1]) if match else ""
    if match and scheme not in ("http", "https"):
        raise ValueError("Unsupported URL protocol")
    rest = url[match.end() :] if match else url
    found = _END_OF_HOST.search(rest)
    end = found.start() if found else len(rest)
    address, port = _host_and_port(rest[:end])
    userinfo, _, host = address.rpartition("@")
    host = lower(host)
    _check_host(host)
    if not (host.startswith("[") and host.endswith("]")):
        _check_part(host, "host", _PART)
        _check_part(userinfo, "userinfo", _USERINFO)
    query = rest[end:].rstrip(SPACE)
    if not query.startswith("/"):
        query = "/" + query
    query = _CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", query)
    return _Parts(scheme, userinfo, host, port, query)


def _host_and_port(address: str) -> tuple[str, int]:
    at = max(map(address.rfind, ":]@"))
    if at <= 0 or address[at] != ":":
        return address, 0
    port = _PORT.fullmatch(address, at + 1)
    if not port or int(port[1]) > 65535:
        raise ValueError("Wrong port number specified in the URL")
    return address[:at], int(port[1])


def _check_host(host: str) -> None:
    if host.startswith("[") and host.endswith("]"):
        try:
            socket.inet_pton(socket.AF_INET6, host[1:-1].partition("\0")[0])
        except (OSError, ValueError):
            raise ValueError("Wrong IPv6 address specified in the URL") from None
        if not _IPV6.fullmatch(host):
            raise ValueError("Wrong IPv6 URL host")
    if not host:
        raise ValueError("URL host is empty")
    if host == ".":
        raise ValueError("Host is invalid")


def _check_part(part: str, name: str, allowed: re.Pattern[str]) -> None:
    if not _ODD.search(part):
        return  # the common way, which is faster
    match = allowed.match(part)
    if match and match.end() == len(part):
        return
    if match and part[match.end()] == "%":
        raise ValueError(f"Wrong percent-encoded symbol in URL {name}")
    raise ValueError(f"Disallowed character in URL {name}")
