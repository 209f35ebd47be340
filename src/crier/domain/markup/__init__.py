"""Whether Telegram would take a text: its markup, its length, and fields put into it.

Speaks Telegram's own words, so that what is refused here reads as it would from there. Rules and
texts: TDLib's MessageEntity.cpp of 2026-07, on which the Bot API server is built.
"""

import re
from collections.abc import Mapping
from typing import Final

from crier.domain.markup import html, markdown
from crier.domain.markup.parsing import MarkupError, Parsed
from crier.domain.markup.visible import is_empty, visible

__all__ = ["MarkupError", "check", "escape", "escape_html", "escape_markdown", "render"]

TEXT_MAX_CHARS: Final = 4096
CAPTION_MAX_CHARS: Final = 1024
RAW_MAX_BYTES: Final = 32_768

_HTML: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_MARKDOWN: Final = str.maketrans({char: f"\\{char}" for char in "_*[]()~`>#+-=|{}.!\\"})


def check(text: str, parse_mode: str | None, limit: int = TEXT_MAX_CHARS) -> str:
    """Return the text that people will read.

    `limit` counts characters (code points) after parsing: 4096 for a text, 1024 for a caption,
    which may be empty.

    Raises:
        MarkupError: Telegram would refuse it.
    """
    is_caption = limit == CAPTION_MAX_CHARS
    if not text and not is_caption:
        raise MarkupError("message text is empty")
    if len(text.encode(errors="replace")) > RAW_MAX_BYTES:
        raise MarkupError(f"text is too long: Telegram reads {RAW_MAX_BYTES} bytes at most")
    plain = visible(parse(text, parse_mode))
    if is_empty(plain) and not is_caption:
        raise MarkupError("text must be non-empty")
    if len(plain) > limit:
        what = "message caption" if is_caption else "message"
        raise MarkupError(
            f"{what} is too long: it has {len(plain)} characters, Telegram takes {limit}"
        )
    return plain


def parse(text: str, parse_mode: str | None) -> Parsed:
    """Take the markup off.

    Raises:
        MarkupError: it is wrong; the words are Telegram's own.
    """
    if parse_mode is None:
        return Parsed(text)
    parser = _PARSERS.get(parse_mode)
    if parser is None:
        raise MarkupError("unsupported parse_mode: use HTML or MarkdownV2")
    return parser(text)


def escape_html(text: str) -> str:
    """`text` so that it reads as itself inside HTML."""
    return text.translate(_HTML)


def escape_markdown(text: str) -> str:
    """`text` so that it reads as itself inside MarkdownV2."""
    return text.translate(_MARKDOWN)


def escape(text: str, parse_mode: str | None) -> str:
    """`text` so that it reads as itself in this parse mode."""
    escaping = {"HTML": escape_html, "MarkdownV2": escape_markdown}.get(parse_mode or "")
    return escaping(text) if escaping else text


def render(template: str, fields: Mapping[str, str | None], parse_mode: str | None) -> str:
    """Fill `{first_name}` and the like, escaped. Only names in `fields` are fields; None is "".

    What a field holds is never looked at for other fields.
    """
    if not fields:
        return template
    names = re.compile("{(" + "|".join(map(re.escape, fields)) + ")}")
    return names.sub(lambda found: escape(fields[found[1]] or "", parse_mode), template)


_PARSERS: Final = {"HTML": html.parse, "MarkdownV2": markdown.parse}
