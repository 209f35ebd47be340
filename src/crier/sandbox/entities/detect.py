"""What Telegram finds in a text by itself: links, mentions, hashtags, commands and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from crier.sandbox.entities.model import Entity, utf16_length
from crier.sandbox.entities.urls import Span, tg_urls, web_urls

_INTERESTING = re.compile(r"[./@#$:]|[0-9][0-9 \-]{12}")
_MENTION = re.compile(r"(?<!\w)@([A-Za-z0-9_]{3,32})(?!\w)")
_SHORT_NAMES = frozenset(("gif", "nft", "pic", "ufc", "vid"))
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32}|(?!@))(?![\w/<>])")
_CASHTAG = re.compile(r"\$(1INCH|[A-Z]+)")
_AT_NAME = re.compile(r"@[A-Za-z0-9_]{3,32}(?![A-Za-z0-9_])")
_AT_START_OF_NAME = re.compile(r"@[A-Za-z0-9_]{3,32}")
_MAX_HASHTAG = 256
_CARD = re.compile(r"[0-9]{16,19}(?= )|[0-9][0-9 \-]*")
_NO_CARD = re.compile(r"[0-9][0-9 \-]*")
_DIGIT = re.compile("[0-9]")


def detect(text: str) -> list[Entity]:
    """Entities found in `text`, in order; none overlaps another."""
    if not _INTERESTING.search(text):
        return []
    found = chain(
        _mentions(text),
        (Span("bot_command", *match.span()) for match in _COMMAND.finditer(text)),
        _hashtags(text),
        _cashtags(text),
        _bank_cards(text),
        tg_urls(text),
        web_urls(text),
    )
    spans = sorted(found, key=lambda span: (span.begin, -span.end))
    entities, at, units = [], 0, 0
    for kind, begin, end in spans:
        if begin >= at:
            units += utf16_length(text[at:begin])
            length = utf16_length(text[begin:end])
            entities.append(Entity(kind, units, length))
            at, units = end, units + length
    return entities


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        if len(match[1]) > 3 or match[1].lower() in _SHORT_NAMES:
            yield Span("mention", *match.span())


def _is_tag_sign(char: str) -> bool:
    """Return whether a hashtag may hold this character."""
    return (
        char.isalpha()
        or char.isdecimal()
        or char in "_\u200c\u00b7"
        or "\u0d80" <= char <= "\u0dff"
    )


def _hashtags(text: str) -> Iterator[Span]:
    at = 0
    while (begin := text.find("#", at)) >= 0:
        at = begin + 1
        if begin and _is_tag_sign(text[begin - 1]):
            continue
        while at < len(text) and _is_tag_sign(text[at]):
            at += 1
        end = min(at, begin + 1 + _MAX_HASHTAG)
        tag = text[begin + 1 : end]
        if tag and end == at and (name := _AT_START_OF_NAME.match(text, at)):
            end = at = name.end()
        if any(map(str.isalpha, tag)) and not text.startswith("#", at):
            yield Span("hashtag", begin, end)


def _cashtags(text: str) -> Iterator[Span]:
    for match in _CASHTAG.finditer(text):
        begin, end = match.span()
        if begin and (_is_tag_sign(text[begin - 1]) or text[begin - 1] == "$"):
            continue
        if len(match[1]) > 8:
            continue
        if name := _AT_NAME.match(text, end):
            end = name.end()
        if end == len(text) or not (_is_tag_sign(text[end]) or text[end] == "$"):
            yield Span("cashtag", begin, end)


def _bank_cards(text: str) -> Iterator[Span]:
    at = 0
    while digit := _DIGIT.search(text, at):
        begin = digit.start()
        before = text[begin - 1 : begin]
        is_part = before.isalpha() or (before != "" and before in ".,+-_")
        run = (_NO_CARD if is_part else _CARD).match(text, begin)
        assert run is not None
        at = run.end()
        number = run[0].rstrip(" -")
        digits = re.sub("[ -]", "", number)
        if is_part or not 13 <= len(digits) <= 19 or len(number) > 2 * len(digits) - 1:
            continue
        end = begin + len(number)
        behind = text[end : end + 1]
        if not (behind.isalpha() or (behind != "" and behind in "-_")) and _is_card(digits):
            yield Span("bank_card_number", begin, end)


def _is_card(digits: str) -> bool:
    """Return whether the check digit is right, and the length as the issuer's cards have it."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    if sum(d - 9 if d > 9 else d for d in doubled) % 10:
        return False
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return size in (13, 16, 18, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720 or 2200 <= four <= 2204:
        return size == 16
    if two in (34, 37):
        return size == 15
    return two not in (62, 81) or size >= 16
