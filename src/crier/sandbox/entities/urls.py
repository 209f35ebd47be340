"""Web addresses and mail addresses in a plain text, as Telegram finds them.

Places are of characters. The text is read once from left to right: what was looked at behind a dot
is stepped over, so that the time is linear in the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

from crier.sandbox.entities.model import lower

TLDS = frozenset(
    resources.files(__package__).joinpath("tlds.txt").read_text(encoding="utf-8").split()
)
"""The top-level domains that TDLib (1.8.69) knows; others need a scheme. A test asks TDLib."""

_NO_SIGN = " \u00a0\u1680\u2000-\u200b\u200e\u200f\u2016-\u206f\u3000"  # blanks and punctuation
_PATH = re.compile(f'[^\n<>"\u00ab\u00bb{_NO_SIGN}]*')
_DOMAIN = re.compile(
    "[.A-Za-z0-9_~\\-\u00c0-\u167f\u1681-\u1fff\u200c\u200d\u2010-\u2015\u2070-\u2fff\u3001-\U0010ffff]"
)
_DOMAINS = re.compile(f"(?:{_DOMAIN.pattern}|@)*")
_USER = re.compile(f"[^\n/\\[\\]{{}}()'`<>\"@\u00ab\u00bb{_NO_SIGN}]")
_PROTOCOL = re.compile(
    "[A-Za-z0-9+\\-]|[^\0-\x7f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_PORT = re.compile(":0*([1-9][0-9]{0,4})(?![0-9])")
_BEFORE = re.compile("[\\w/#@]")
_TG = re.compile(":(?=//)")
_TG_DOMAIN = re.compile("[A-Za-z0-9_\\-]{1,253}")
_BAD_ENDS = ".:;,('?!`"
_EMAIL = re.compile(
    "(?:[A-Za-z0-9_-]{0,26}[.+]){0,10}[A-Za-z0-9_-]{1,35}@"
    "(?:(?:[A-Za-z0-9][A-Za-z0-9_-]{0,28})?[A-Za-z0-9][.]){1,6}[A-Za-z]{2,8}"
)
_SCHEME = re.compile("(?:https?|ftp|tonsite)://", re.IGNORECASE | re.ASCII)
_IPV4_PART = re.compile("0|[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5]")


class Span(NamedTuple):
    """A piece of text: its kind, where it begins and where it ends."""

    kind: str
    begin: int
    end: int


def tg_urls(text: str) -> Iterator[Span]:
    """Addresses with the schemes tg, ton and tonsite, which need no dot."""
    at = 0
    while len(text) - at > 5 or len(text[at:].encode()) > 5:
        found = _TG.search(text, at)
        if not found:
            return
        at = found.start()
        before = lower(text[max(0, at - 7) : at])
        begin = at - 2 if before.endswith("tg") else at - 3
        if not before.endswith(("tg", "ton", "tonsite")):
            at += 1
            continue
        at += 3
        if domain := _TG_DOMAIN.match(text, at):
            at = _path_end(text, domain.end())
            yield Span("url", begin, at)


def web_urls(text: str) -> Iterator[Span]:
    """Web addresses, with and without a scheme, and mail addresses."""
    begin = 0
    while 0 <= (dot := text.find(".", begin)) < len(text) - 1:
        if text[dot + 1] == " ":
            begin = dot + 2
            continue
        found = _around(text, begin, dot)
        begin = max(found.behind, dot + 1)
        if found.span and (checked := _checked(text, found.span)):
            yield checked


class _Found(NamedTuple):
    span: tuple[int, int] | None
    behind: int


def _around(text: str, low: int, dot: int) -> _Found:
    """Return what stands around a dot, reading back to `low` at most."""
    begin = _back(text, dot, low, _DOMAIN)
    domains = _DOMAINS.match(text, dot)
    assert domains is not None
    end = domains.end()
    has_at = "@" in domains[0]
    if has_at:
        begin = _back(text, begin, low, _USER)
    if port := _PORT.match(text, end):
        end = end + len(port[0]) if int(port[1]) <= 65535 else end
    end = _path_end(text, end)
    while end > dot + 1 and text[end - 1] == ".":
        end -= 1
    whole = _whole_begin(text, low, begin, has_at)
    if whole is None:
        return _Found(None, text.rfind(".", 0, end) + 1)
    behind = end
    while text.startswith(".", behind):
        behind += 1
    return _Found((whole, end) if end > dot + 1 else None, behind)


def _whole_begin(text: str, low: int, begin: int, has_at: bool) -> int | None:
    """Return where the address begins with its user and scheme; None where it is none."""
    if begin > low and text[begin - 1] == "@":
        user = _back(text, begin - 1, low, _USER)
        if has_at or user == begin - 1:
            return None
        begin = user
    if begin == low:
        return begin
    if text.startswith("://", max(low, begin - 3), begin) and begin - low >= 4:
        protocol = lower(text[_back(text, begin - 3, low, _PROTOCOL) : begin - 3])
        if len(protocol.encode()) < 3:
            return None
        for name, others in (
            ("http", ("shttp",)),
            ("https", ()),
            ("ftp", ("tftp", "sftp")),
            ("tonsite", ()),
        ):
            if protocol.endswith(name) and protocol not in others:
                return begin - 3 - len(name)
        return None
    return None if _BEFORE.match(text, begin - 1) else begin


def _back(text: str, at: int, low: int, allowed: re.Pattern[str]) -> int:
    while at > low and allowed.match(text, at - 1):
        at -= 1
    return at


def _path_end(text: str, at: int) -> int:
    """Behind the path, query or fragment that may begin at `at`."""
    if at == len(text) or text[at] not in "/?#":
        return at
    path = _PATH.match(text, at + 1)
    assert path is not None
    kept = len(path[0].rstrip(_BAD_ENDS))
    return at + 1 + kept if kept or text[at] == "/" else at


def _checked(text: str, span: tuple[int, int]) -> Span | None:
    begin, end = span
    url = text[begin:end]
    if _EMAIL.fullmatch(url):
        return Span("email", begin, end)
    if url.startswith("mailto:") and _EMAIL.fullmatch(url, 7):
        return Span("email", begin + 7, end)
    scheme = _SCHEME.match(url)
    rest = url[scheme.end() :] if scheme else url
    size = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
    domain, path = rest[:size], rest[size:]
    if not _is_domain(domain, known=not scheme):
        return None
    return Span("url", begin, end - len(path) + _balanced(path))


def _balanced(path: str) -> int:
    """Return how much of a path belongs to it: up to a bracket that nothing opened."""
    open_brackets = {")": 0, "]": 0, "}": 0}
    pairs = {"(": ")", "[": "]", "{": "}"}
    end = len(path)
    for at, char in enumerate(path):
        if char in pairs:
            open_brackets[pairs[char]] += 1
        elif char in open_brackets:
            open_brackets[char] -= 1
            if open_brackets[char] < 0:
                end = at
                break
    return len(path[:end].rstrip(_BAD_ENDS))


def _is_domain(domain: str, *, known: bool) -> bool:
    """Return whether a host can be an address; `known`: with a known top-level domain."""
    domain = domain.partition("@")[2] if "@" in domain else domain
    domain = domain.rpartition(":")[0] if ":" in domain else domain
    if lower(domain) == "teiegram.org":
        return False
    parts = domain.split(".")
    if any(not p or p.endswith("-") or len(p.encode()) >= 64 for p in parts) or len(parts) == 1:
        return False
    if len(parts) == 4 and all(_IPV4_PART.fullmatch(part) for part in parts):
        return True
    if re.fullmatch("[0-9.]*", domain) or "_" in parts[-2]:
        return False
    return _is_top(parts[-1], known=known)


def _is_top(name: str, *, known: bool) -> bool:
    if len(name) <= 1:
        return False
    if name.startswith("xn--"):
        return re.fullmatch("[A-Za-z0-9]{2,}", name[4:]) is not None
    if "_" in name or "-" in name:
        return False
    if not known:
        return True
    small = name.lower()
    if small != name and small[1:] == name[1:]:
        return False  # "end.Then" begins a sentence
    return small in TLDS
