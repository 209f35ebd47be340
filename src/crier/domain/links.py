"""The links that an ad's text holds: found as Telegram finds them, judged, and replaced.

Replaced are those behind words. Those that show as they are (a bare `https://…`) stay: people read
them.
"""

import html
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from crier.domain import markup, urls
from crier.domain.fields import FIELD

Replace = Callable[[str], str | None]
"""Takes a link's URL, gives its replacement, or None to keep it."""

_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[^:/?#@\[\]]*+://|(?:tg|ton|tonsite):", re.IGNORECASE)
_IN_TELEGRAM: Final = re.compile(
    r"(?:(?:tg|ton):(?://)?[a-z0-9_-]+|tonsite:(?://)?[a-z0-9._-]+)(?:[/?#]\S*)?",
    re.ASCII | re.IGNORECASE,
)
_SHOWN: Final = re.compile(r"\b(?:https?|tg|ton|tonsite)://[^\s<>\"]+", re.IGNORECASE)
_AFTER: Final = ".,;:!?'\")]}»”"

# Stands for a field while the text is parsed, for braces are wrong in MarkdownV2; of one length.
_STAND_INS: Final = {"first_name": "\ue000", "username": "\ue001"}


def replace_links(text: str, parse_mode: str | None, replace: Replace) -> str:
    """Return `text` with the URL of each link replaced, in order of appearance.

    A URL that is given or taken may hold personal fields. A text that is no valid markup has no
    links: Telegram does not take it.
    """
    parts, at = [], 0
    try:
        parsed = markup.parse(FIELD.sub(_stand_in, text), parse_mode)
    except markup.MarkupError:
        return text
    for link in parsed.links:
        if (url := replace(_with_fields(link.url))) is not None:
            parts += [text[at : link.start], _written(url, parse_mode)]
            at = link.end
    return "".join([*parts, text[at:]])


def links_of(text: str, parse_mode: str | None) -> list[str]:
    """Return the URLs of all links of `text`, in order of appearance."""
    found: list[str] = []
    replace_links(text, parse_mode, found.append)
    return found


class Shown(NamedTuple):
    """A link of a text, and the words that people see; None where it shows as it is."""

    words: str | None
    url: str


def shown_links(text: str, parse_mode: str | None) -> list[Shown]:
    """Return all links of `text`: those behind words, then those that show as they are, each of
    which counts once."""
    try:
        parsed = markup.parse(FIELD.sub(_stand_in, text), parse_mode)
    except markup.MarkupError:
        return []
    behind = [(parsed.text[slice(*link.words)], link.url) for link in parsed.links]
    rest, at = [], 0
    for begin, end in sorted(link.words for link in parsed.links):
        rest.append(parsed.text[at:begin])
        at = max(at, end)
    bare = _SHOWN.findall("\n".join([*rest, parsed.text[at:]]))
    found = [Shown(_with_fields(words), _with_fields(url)) for words, url in behind]
    found += [Shown(None, _with_fields(label)) for label in parsed.labels]
    seen = {url for _, url in found}
    plain = dict.fromkeys(_with_fields(url.rstrip(_AFTER)) for url in bare)
    return found + [Shown(None, url) for url in plain if url not in seen]


def web_of(url: str) -> str | None:
    """Return the http or https URL that Telegram makes of a link's; None for another one."""
    if _WEB.match(url):
        return url
    authority = re.split("[/?#]", url, maxsplit=1)[0]
    if _SCHEME.match(url) or "." not in authority.rpartition("@")[2]:
        return None
    return f"http://{url}"


def host_of(url: str) -> str | None:
    """Return the host that a link leads to, in ASCII; None for one that stays in Telegram.

    Telegram opens http and https, and `tg:`, `ton:` and `tonsite:` (TDLib's LinkManager); of
    anything else it makes no link at all.

    Raises:
        ValueError: it opens none such, or the link hides its host; the text says what is wrong.
    """
    if (target := web_of(url)) is not None:
        return urls.read_plain(target).host
    if not _IN_TELEGRAM.fullmatch(url):
        raise ValueError("must begin with https://, http:// or tg://: Telegram opens nothing else")
    return None


def with_ascii_host(url: str) -> str | None:
    """Return what to write for a link, so that no client of Telegram reads another host in it;
    None to keep it."""
    target = web_of(url)
    if target is None or (written := urls.with_ascii_host(target)) == target:
        return None
    return written


def _written(url: str, parse_mode: str | None) -> str:
    """`url` as a link's address is written in this markup."""
    return f'"{html.escape(url)}"' if parse_mode == "HTML" else re.sub(r"([)\\])", r"\\\1", url)


def _stand_in(field: re.Match[str]) -> str:
    return _STAND_INS[field[1]] * len(field[0])


def _with_fields(url: str) -> str:
    for name, char in _STAND_INS.items():
        url = url.replace(char * (len(name) + 2), f"{{{name}}}")
    return url
