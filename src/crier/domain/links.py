"""The links that an ad's text holds behind words: found, and replaced by others.

Links that show as they are (a bare `https://…`) stay: people read them.
"""

import html
import re
from collections.abc import Callable
from typing import Final

Replace = Callable[[str], str | None]
"""Takes a link's URL, gives its replacement (which needs no escaping), or None to keep it."""

_HREF: Final = re.compile(
    r"""(<a\s[^<>]*?\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE
)
# An escaped character, a code block, inline code, or the start of a link's URL.
_MARKDOWN: Final = re.compile(
    r"\\.|```(?:\\.|[^\\])*?```|`(?:\\.|[^\\`])*`|(\]\()((?:\\.|[^\\)])*)\)", re.DOTALL
)


def replace_links(text: str, parse_mode: str | None, replace: Replace) -> str:
    """Return `text` (valid markup) with the URL of each link replaced, in order of appearance."""
    if parse_mode == "HTML":
        return _HREF.sub(lambda match: _html_link(match, replace), text)
    if parse_mode == "MarkdownV2":
        return _MARKDOWN.sub(lambda match: _markdown_link(match, replace), text)
    return text


def links_of(text: str, parse_mode: str | None) -> list[str]:
    """Return the URLs of all links of `text`, in order of appearance."""
    found: list[str] = []
    replace_links(text, parse_mode, found.append)
    return found


def _html_link(match: re.Match[str], replace: Replace) -> str:
    raw = match[2] or match[3] or match[4] or ""
    url = replace(html.unescape(raw))
    return match[0] if url is None else f'{match[1]}"{url}"'


def _markdown_link(match: re.Match[str], replace: Replace) -> str:
    if match[1] is None:
        return match[0]
    url = replace(re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL))
    return match[0] if url is None else f"]({url})"
