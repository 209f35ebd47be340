"""HTML markup as Telegram reads it. Error offsets are in bytes of the raw text."""

from __future__ import annotations

import re
from typing import NamedTuple

from crier.sandbox.entities.links import (
    SPACE,
    date_format,
    integer_of,
    label_entity,
    link_entity,
    settle,
)
from crier.sandbox.entities.model import Entity, byte_offset, lower, sort_entities, utf16_length

_NAME = re.compile(f"[^>{SPACE}]*")
_ATTRIBUTE = re.compile(f"[^=>/\"'{SPACE}]*")
_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_SPECIAL = re.compile("[<&]")
# A longer number or name is none: the bounds keep what is read short.
_NUMBER = re.compile(r"&#(?:[xX]([0-9a-fA-F]{0,8})|([0-9]{0,8}))")
_WORD = re.compile("&([A-Za-z]{0,5})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNIX = re.compile(r"-?[0-9]*")
_WORDS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = {*_TYPES, "a", "tg-emoji", "tg-time", "pre", "code", "blockquote"}


class _Open(NamedTuple):
    tag: str
    argument: str
    unix: int
    offset: int
    shown_from: int


class _Parser:
    """One pass over the text; `_raw` ends in a NUL, which counts as a space, as in C."""

    def __init__(self, text: str) -> None:
        self._raw = text + "\0"
        self._size = len(text)
        self._shown: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        at = 0
        while at < self._size:
            match = _SPECIAL.search(self._raw, at, self._size)
            stop = match.start() if match else self._size
            self._show(self._raw[at:stop])
            at = stop
            if at < self._size:
                at = self._reference(at) if self._raw[at] == "&" else self._tag(at)
        if self._open:
            tag = self._open[-1].tag
            raise ValueError(f'Can\'t find end tag corresponding to start tag "{tag}"')
        text = "".join(self._shown)
        if _SURROGATE.search(text):
            raise ValueError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for "
                "unmatched surrogate code units"
            )
        plain = [e._replace(argument="") if e.type == "code" else e for e in self._entities]
        return text, sort_entities(settle(text, plain))

    def _show(self, text: str) -> None:
        self._shown.append(text)
        self._offset += utf16_length(text)

    def _reference(self, at: int) -> int:
        text, behind = _decode_reference(self._raw, at)
        self._show(text or "&")
        return behind if text else at + 1

    def _tag(self, at: int) -> int:
        return self._end_tag(at) if self._raw[at + 1] == "/" else self._start_tag(at)

    def _start_tag(self, begin: int) -> int:
        raw = self._raw
        at = _skip(_NAME, raw, begin + 1)
        if raw[at] == "\0":
            raise self._wrong("Unclosed start tag", begin)
        tag = lower(raw[begin + 1 : at])
        if tag not in _TAGS:
            raise self._wrong(f'Unsupported start tag "{tag}"', begin)
        argument, unix = "", 0
        while raw[at := self._skip_spaces(at)] != ">":
            name, value, at = self._attribute(tag, at, begin)
            argument = _argument(tag, name, value, argument)
            if (tag, name) == ("tg-time", "unix") and value is not None:
                unix = _unix(value)
        if tag == "span" and argument != "spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self._open.append(_Open(tag, argument, unix, self._offset, len(self._shown)))
        return at + 1

    def _attribute(self, tag: str, at: int, begin: int) -> tuple[str, str | None, int]:
        """Name, value (None where there is none) and the place behind."""
        raw = self._raw
        behind = _skip(_ATTRIBUTE, raw, at)
        name = raw[at:behind]
        if not name:
            raise self._wrong(f'Empty attribute name in the tag "{tag}"', begin)
        at = self._skip_spaces(behind)
        unclosed = f'Unclosed start tag "{tag}"'
        if raw[at] != "=":
            self._check_open(at, unclosed, begin)
            return name, None, at
        at = self._skip_spaces(at + 1)
        self._check_open(at, unclosed, begin)
        value, at = self._quoted(at) if raw[at] in "\"'" else self._token(at)
        self._check_open(at, "Unclosed start tag", begin)
        return name, value, at

    def _check_open(self, at: int, reason: str, begin: int) -> None:
        if self._raw[at] == "\0":
            raise self._wrong(reason, begin)

    def _wrong(self, what: str, at: int) -> ValueError:
        return ValueError(f"{what} at byte offset {byte_offset(self._raw, at)}")

    def _skip_spaces(self, at: int) -> int:
        while self._raw[at] in " \t\r\n\v":  # a NUL ends the tag, as the text's end does
            at += 1
        return at

    def _token(self, at: int) -> tuple[str, int]:
        behind = _skip(_TOKEN, self._raw, at)
        if self._raw[behind] not in SPACE and self._raw[behind] != ">":
            raise self._wrong("Unexpected end of name token", at)
        return self._raw[at:behind].lower(), behind

    def _quoted(self, at: int) -> tuple[str, int]:
        quote = self._raw[at]
        at += 1
        value: list[str] = []
        while self._raw[at] not in (quote, "\0"):
            text, behind = "", at
            if self._raw[at] == "&":
                text, behind = _decode_reference(self._raw, at)
            value.append(text or self._raw[at])
            at = behind if text else at + 1
        return "".join(value), at + (self._raw[at] == quote)

    def _end_tag(self, begin: int) -> int:
        raw = self._raw
        if not self._open:
            raise self._wrong("Unexpected end tag", begin)
        behind = _skip(_NAME, raw, begin + 2)
        found = lower(raw[begin + 2 : behind])
        at = self._skip_spaces(behind)
        if raw[at] != ">":
            raise self._wrong("Unclosed end tag", begin)
        opened = self._open.pop()
        if found and found != opened.tag:
            raise ValueError(
                f"Unmatched end tag at byte offset {byte_offset(raw, begin)}, "
                f'expected "</{opened.tag}>", found "</{found}>"'
            )
        if self._offset > opened.offset:
            self._close(opened)
        return at + 1

    def _close(self, opened: _Open) -> None:
        tag, argument = opened.tag, opened.argument
        length = self._offset - opened.offset
        if tag in _TYPES:
            self._add(_TYPES[tag], opened.offset, length)
        elif tag == "a":
            self._link(argument, opened.offset, length)
        elif tag == "tg-emoji":
            if not integer_of(argument):
                raise ValueError("Invalid custom emoji identifier specified")
            self._add("custom_emoji", opened.offset, length, argument)
        elif tag == "tg-time":
            shown_as = date_format(argument)
            if opened.unix > 0:
                self._add("date_time", opened.offset, length, f"{opened.unix} {shown_as}")
        elif tag in ("pre", "code"):
            self._settle_last(opened, length)
            self._code(tag, argument, opened.offset, length)
        elif tag == "blockquote":
            kind = "expandable_blockquote" if argument else "blockquote"
            self._add(kind, opened.offset, length)

    def _add(self, kind: str, offset: int, length: int, argument: str = "") -> None:
        self._entities.append(Entity(kind, offset, length, argument))

    def _link(self, address: str, offset: int, length: int) -> None:
        if not address:
            self._add("text_link", offset, length)  # `settle` finds its address
        elif (entity := link_entity(address, offset, length)) is not None:
            self._entities.append(entity)  # a bad link is dropped, its text stays

    def _settle_last(self, opened: _Open, length: int) -> None:
        """Whether a link around code is one matters for the `pre` around both."""
        while self._entities and self._entities[-1] == ("text_link", opened.offset, length, ""):
            label = "".join(self._shown[opened.shown_from :])
            self._entities.pop()
            if (entity := label_entity(label, opened.offset, length)) is not None:
                self._entities.append(entity)

    def _code(self, tag: str, language: str, offset: int, length: int) -> None:
        """`pre` around `code` with a language, in either order, is one `pre` with a language."""
        last = self._entities[-1] if self._entities else None
        if tag == "pre" and last and last[:3] == ("code", offset, length) and last.argument:
            self._entities[-1] = last._replace(type="pre")
        elif tag == "code" and language and last == ("pre", offset, length, ""):
            self._entities[-1] = last._replace(argument=language)
        else:
            self._add(tag, offset, length, language)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _argument(tag: str, name: str, value: str | None, known: str) -> str:
    """Return what a tag says once this attribute is read; `known` is what it said before."""
    if (tag, name) == ("blockquote", "expandable"):
        return "1"
    if value is None:
        return known
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "format")):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value[9:]
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value[3:]
    return known


def _unix(value: str) -> int:
    """Return the number that `value` begins with, as it fits into 32 bits."""
    match = _UNIX.match(value)
    assert match is not None
    number = 0
    for digit in match[0].lstrip("-"):
        number = (number * 10 + int(digit)) % 2**32
    if match[0].startswith("-"):
        number = -number
    return (number + 2**31) % 2**32 - 2**31


def _decode_reference(raw: str, at: int) -> tuple[str, int]:
    """Return the character that stands at `&`, and the place behind; "" where it is a plain `&`."""
    if number := _NUMBER.match(raw, at):
        digits, base = (number[2], 10) if number[1] is None else (number[1], 16)
        behind = number.end()
        code = int(digits, base) if digits else 0
        if code == 0 or code >= 0x10FFFF or behind - at >= 10:
            return "", at
        text = chr(code)
    else:
        word = _WORD.match(raw, at)
        assert word is not None
        text, behind = _WORDS.get(word[1], ""), word.end()
        if not text:
            return "", at
    return text, behind + (raw[behind] == ";")


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """Return the shown text and its entities.

    Raises:
        ValueError: the markup is wrong; the text is Telegram's reason.
    """
    return _Parser(text).parse()
