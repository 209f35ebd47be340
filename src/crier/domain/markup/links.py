"""Which addresses Telegram takes for a link behind words; others it drops, and the words stay.

What an ad may link to is another matter (`domain/links.py`): this is TDLib's `LinkManager`, on
which it depends where the text of a message begins.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from typing import Final

from crier.domain.markup.parsing import SPACE, MarkupError
from crier.domain.markup.visible import clean

_URL: Final = re.compile(r"(?:([^:/?#@\[\]]*)://)?([^/?#]*)(.*)", re.DOTALL)
_OWN: Final = re.compile(r"(tg|ton|tonsite):(?://)?", re.ASCII | re.IGNORECASE)
_PORT: Final = re.compile(r":([^:@\]]*)\Z")
_RIGHT_PORT: Final = re.compile(r"0*[1-9][0-9]{0,4}", re.ASCII)
_SITE: Final = re.compile(r"[\w.\-]+", re.ASCII)
_PLACE: Final = re.compile(r"[\w\-]+", re.ASCII)
# Not possessive as a whole: before 3.11.5 such a group ended behind a `%` that it could not take.
_PART: Final = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]++|%[0-9A-Fa-f]{2})*")
_USER: Final = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=:\x80-\U0010ffff]++|%[0-9A-Fa-f]{2})*")
_TG: Final = re.compile(r"tg:(?://)?(emoji|time)/?\?([^#]*)", re.ASCII | re.IGNORECASE)
_INTEGER: Final = re.compile(r"-?[1-9][0-9]{0,18}", re.ASCII)


def is_link(url: str) -> bool:
    """Return whether Telegram keeps the link; `tg://user?id=…` is one as any of its own."""
    own = _OWN.match(url)
    found = _URL.match(url, own.end() if own else 0)
    assert found is not None
    scheme, authority = found[1], found[2]
    port = _PORT.search(authority, 1)
    name = authority[: port.start()] if port else authority
    user, _, host = name.rpartition("@")
    if scheme is not None and scheme.lower() not in ("http", "https"):
        return False
    if port and not (_RIGHT_PORT.fullmatch(port[1]) and int(port[1]) < 65536):
        return False
    is_ipv6 = len(host) > 1 and host[0] == "[" and host[-1] == "]"
    if own:
        signs = _SITE if len(own[1]) > 3 else _PLACE
        plain = scheme is None and not user and not port
        return plain and host != "." and bool(signs.fullmatch(host))
    if is_ipv6:
        return _is_ipv6(host[1:-1])
    right = _PART.fullmatch(host) and _USER.fullmatch(user)
    return "." in host and host != "." and bool(right)


def kept_labels(text: str, labels: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return those pieces of `text` that are links to what they say.

    A piece within another that is one is left out: Telegram drops it, and to read each of many
    nested pieces takes a time that grows with their square.
    """
    kept: list[tuple[int, int]] = []
    for begin, end in sorted(set(labels), key=lambda label: (label[0], -label[1])):
        if kept and end <= kept[-1][1]:
            continue
        label = text[begin:end]
        if any(sign in label for sign in ".[:") and is_link(label):
            kept.append((begin, end))
    return kept


def check_kept(urls: Iterable[str]) -> None:
    """Raise `MarkupError` where a link that was kept makes Telegram refuse the whole message."""
    for url in urls:
        try:
            url.encode()
        except UnicodeEncodeError:
            raise MarkupError("MessageEntityTextUrl.url must be encoded in UTF-8") from None
        if not is_link(cleaned := clean(url.rstrip(SPACE))):
            raise MarkupError(f"entity URL '{cleaned}' is invalid: use another address")


def is_emoji_or_date(url: str) -> bool:
    """Return whether it is `tg://emoji?id=…` or `tg://time?unix=…`, as MarkdownV2 writes those."""
    for key, value in _parameters(url, "emoji"):
        if key == "id":
            return is_id(value)
    dates = [value for key, value in _parameters(url, "time") if key == "unix"]
    formats = [value for key, value in _parameters(url, "time") if key == "format"]
    right = all(is_id(date) and 0 < int(date) < 2**31 for date in dates)
    return bool(dates) and right and is_date_format(formats[-1] if formats else "")


def is_date_format(text: str) -> bool:
    """Return whether it says how a date is shown: `r` alone, or some of day of week, date and
    time."""
    return text in ("r", "R") or not set(text) - set("tTdDwW")


def is_id(text: str) -> bool:
    """Return whether it is a whole number of 64 bits, not 0, written in the one plain way."""
    return bool(_INTEGER.fullmatch(text)) and -(2**63) <= int(text) < 2**63


def _parameters(url: str, host: str) -> Iterator[tuple[str, str]]:
    found = _TG.match(url)
    if found and found[1].lower() == host:
        for parameter in found[2].split("&"):
            key, _, value = parameter.partition("=")
            yield key, value


def _is_ipv6(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True
