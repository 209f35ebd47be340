"""Where the links of a message lead: checked before it is stored, and shown to who reviews it.

Links must be such as Telegram opens, and must not hide their host behind a user name
(`https://bank.example@evil.example/`). What else may deceive is allowed and said: words that read
as another address, and letters of several alphabets in one name.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from crier.domain import hosts, links, urls

_AS_ADDRESS: Final = re.compile(
    r"\s*(?:https?://)?(?:www\.)?([^\s/?#@:]+\.[^\s/?#@:.]{2,})(?:[/?#:].*)?", re.IGNORECASE
)


class AdLink(NamedTuple):
    """A link as reviewers see it. `host` is as it is looked up, None for one inside Telegram."""

    text: str
    url: str
    host: str | None
    host_unicode: str | None
    """How people write the host, where that is not the same."""
    warning: str | None


def check_link(url: str, allow: Sequence[str] | None) -> None:
    """Check a button's link, or one behind words.

    Args:
        allow: hosts and networks that may be named although they are not public; None for all.

    Raises:
        ValueError: it may not be; the text says what is wrong.
    """
    links.host_of(url)
    if allow is not None and (target := links.web_of(url)) is not None:
        urls.check_public(urls.read(target), allow)


def check_text(text: str, parse_mode: str | None, allow: Sequence[str] | None) -> None:
    """Check all links of a text. Those that show as they are only must not hide their host.

    Raises:
        ValueError: one may not be; the text names it.
    """
    for shown in links.shown_links(text, parse_mode):
        try:
            if shown.words is not None:
                check_link(shown.url, allow)
            elif "@" in shown.url:
                _check_bare(links.web_of(shown.url) or "")
        except ValueError as error:
            raise ValueError(f"has a link that {error} ({shown.url[:100]})") from None


def links_of(text: str, parse_mode: str | None, buttons: Sequence[Sequence[Any]]) -> list[AdLink]:
    """Return all links of a message: of its text, then of its buttons."""
    shown = links.shown_links(text, parse_mode)
    shown += [links.Shown(b["text"], b["url"]) for row in buttons for b in row]
    return [_described(url if words is None else words, url) for words, url in shown]


def _check_bare(url: str) -> None:
    try:
        web = urls.read(url)
    except ValueError:
        return  # plain text to Telegram, too
    if web.has_login:
        urls.read_plain(url)


def _described(words: str, url: str) -> AdLink:
    try:
        host = links.host_of(url)
    except ValueError as error:
        return AdLink(words, url, None, None, f"it {error}")
    if host is None:
        return AdLink(words, url, None, None, None)
    written = hosts.unicode_host(host)
    return AdLink(words, url, host, None if written == host else written, _warning(words, host))


def _warning(words: str, host: str) -> str | None:
    if hosts.is_mixed(host):
        return "its host has letters of several alphabets"
    if (named := _AS_ADDRESS.fullmatch(words)) is None:
        return None
    try:
        seen = hosts.ascii_host(named[1])
    except ValueError:
        return None
    return None if seen == host.removeprefix("www.") else f"its words read as {named[1]}"
