"""The links that an ad's text holds behind words: found as Telegram finds them, and replaced.

Links that show as they are (a bare `https://…`) stay: people read them.
"""

import html
import re
from collections.abc import Callable
from typing import Final

from crier.domain import markup, urls
from crier.domain.fields import FIELD

Replace = Callable[[str], str | None]
"""Takes a link's URL, gives its replacement, or None to keep it."""

_BARE: Final = re.compile(r"(?=[^:/?#@\s]+\.[^:/?#@\s])[^:/?#@\s]++(?:[/?#]|$)")

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


def web_of(url: str) -> str | None:
    """The http or https URL that Telegram makes of a link's; None for another one."""
    if _BARE.match(url):
        return f"http://{url}"
    return url if url.lower().startswith(("https://", "http://")) else None


def with_ascii_host(url: str) -> str | None:
    """What to write for a link, so that no client of Telegram reads another host in it; None to
    keep it."""
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
