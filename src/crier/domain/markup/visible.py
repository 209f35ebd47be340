"""What people see of a text: what Telegram drops from it, and how far it trims it.

Blanks stay at the beginning where a marked piece begins with them, so that it matters which pieces
Telegram keeps. Rules: TDLib's `fix_formatted_text`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

from crier.domain.markup.parsing import MarkedSpan, Parsed

_DROPPED: Final = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f]")
_MARKS: Final = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
# What does not make a text non-empty, because nobody sees it.
_INVISIBLE: Final = re.compile(
    "[ \n\xa0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
    "\U000e0000-\U000e007f]*"
)


def clean(text: str) -> str:
    """`text` with blanks for control characters, and without what Telegram never keeps."""
    text = _CONTROL.sub(" ", _DROPPED.sub("", text))
    return _MARKS.sub(lambda run: "\u200c" * len(run[0]), text)


def is_empty(text: str) -> bool:
    """Return whether there is nothing to see."""
    return _INVISIBLE.fullmatch(text) is not None


def visible(parsed: Parsed) -> str:
    """Return the text cleaned, without blanks at its end and before its first marked piece."""
    text = clean(parsed.text)
    blanks = len(text) - len(text.lstrip(" \n"))
    if blanks and parsed.spans:
        gone = [found.start() for found in _DROPPED.finditer(parsed.text)]
        kept = _kept(_moved(_kept(parsed.spans), gone))
        blanks = min([blanks, *(span.begin for span in kept)])
    return text[blanks:].rstrip(" \n")


def _moved(spans: Iterable[MarkedSpan], gone: list[int]) -> list[MarkedSpan]:
    """Return where pieces stand without the characters at `gone`; empty ones are left out."""
    moved = (
        MarkedSpan(kind, begin - bisect_left(gone, begin), end - bisect_left(gone, end))
        for kind, begin, end in spans
    )
    return [span for span in moved if span.end > span.begin]


def _kept(spans: Iterable[MarkedSpan]) -> list[MarkedSpan]:
    """Pieces that Telegram keeps: of quotes and of others the outermost, if no quote cuts it."""
    ordered = sorted(spans, key=lambda span: (span.begin, -span.end))
    quotes = _outermost(span for span in ordered if span.kind == "quote")
    kept, at = [span for span in ordered if span.kind == "style"] + quotes, 0
    for span in _outermost(span for span in ordered if span.kind == "other"):
        while at < len(quotes) and quotes[at].end <= span.begin:
            at += 1
        if at == len(quotes) or not _cuts(quotes[at], span):
            kept.append(span)
    return kept


def _outermost(spans: Iterable[MarkedSpan]) -> list[MarkedSpan]:
    kept: list[MarkedSpan] = []
    for span in spans:
        if not kept or span.begin >= kept[-1].end:
            kept.append(span)
    return kept


def _cuts(quote: MarkedSpan, span: MarkedSpan) -> bool:
    return quote.end < span.end or span.begin < quote.begin < span.end
