"""HTML markup as Telegram reads it. Error offsets are in bytes of the raw text."""

from __future__ import annotations

import re
from typing import NamedTuple

from crier.sandbox.entities.links import checked_link, user_id_of
from crier.sandbox.entities.model import Entity, byte_offset, sort_entities, utf16_length

_SPACE = " \t\r\n\v\0"
_NAME = re.compile(f"[^>{_SPACE}]*")
_ATTRIBUTE = re.compile(f"[^=>/\"'{_SPACE}]*")
_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_SPECIAL = re.compile("[<&]")
_NUMBER = re.compile(r"&#(?:x([0-9a-fA-F]*)|([0-9]*))")
_WORD = re.compile("&([A-Za-z]*)")
_EMOJI_ID = re.compile(r"-?(?!0+$)[0-9]{1,19}")
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
        self._code_languages: dict[Entity, str] = {}

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
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise ValueError(
                "Text contains invalid Unicode characters after decoding HTML entities, check for "
                "unmatched surrogate code units"
            )
        return text, sort_entities(self._entities)

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
            raise ValueError(f"Unclosed start tag at byte offset {byte_offset(raw, begin)}")
        tag = raw[begin + 1 : at].lower()
        where = byte_offset(raw, begin)
        if tag not in _TAGS:
            raise ValueError(f'Unsupported start tag "{tag}" at byte offset {where}')
        argument = ""
        while raw[at] != ">":
            at = self._skip_spaces(at)
            if raw[at] == ">":
                break
            name, value, at = self._attribute(tag, at, where)
            argument = _argument(tag, name, value) or argument
        if tag == "span" and argument != "spoiler":
            raise ValueError(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        self._open.append(_Open(tag, argument, self._offset, len(self._shown)))
        return at + 1

    def _attribute(self, tag: str, at: int, where: int) -> tuple[str, str, int]:
        """Name, value ("1" where there is none) and the place behind."""
        raw = self._raw
        behind = _skip(_ATTRIBUTE, raw, at)
        name = raw[at:behind]
        if not name:
            raise ValueError(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
        at = self._skip_spaces(behind)
        unclosed = ValueError(f'Unclosed start tag "{tag}" at byte offset {where}')
        if at >= self._size:
            raise unclosed
        if raw[at] != "=":
            return name, "1" if name == "expandable" else "", at
        at = self._skip_spaces(at + 1)
        if at >= self._size:
            raise unclosed
        value, at = self._quoted(at) if raw[at] in "\"'" else self._token(at)
        if at >= self._size:
            raise ValueError(f"Unclosed start tag at byte offset {where}")
        return name, value or ("1" if name == "expandable" else ""), at

    def _skip_spaces(self, at: int) -> int:
        while at < self._size and self._raw[at] in _SPACE:
            at += 1
        return at

    def _token(self, at: int) -> tuple[str, int]:
        behind = _skip(_TOKEN, self._raw, at)
        if self._raw[behind] not in _SPACE and self._raw[behind] != ">":
            where = byte_offset(self._raw, at)
            raise ValueError(f"Unexpected end of name token at byte offset {where}")
        return self._raw[at:behind].lower(), behind

    def _quoted(self, at: int) -> tuple[str, int]:
        quote = self._raw[at]
        at += 1
        value: list[str] = []
        while at < self._size and self._raw[at] != quote:
            text, behind = "", at
            if self._raw[at] == "&":
                text, behind = _decode_reference(self._raw, at)
            value.append(text or self._raw[at])
            at = behind if text else at + 1
        return "".join(value), at + 1 if at < self._size else at

    def _end_tag(self, begin: int) -> int:
        raw = self._raw
        where = byte_offset(raw, begin)
        if not self._open:
            raise ValueError(f"Unexpected end tag at byte offset {where}")
        behind = _skip(_NAME, raw, begin + 2)
        found = raw[begin + 2 : behind].lower()
        at = self._skip_spaces(behind)
        if raw[at] != ">":
            raise ValueError(f"Unclosed end tag at byte offset {where}")
        opened = self._open.pop()
        if found and found != opened.tag:
            raise ValueError(
                f"Unmatched end tag at byte offset {where}, "
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
            self._link(argument or "".join(self._shown[opened.shown_from :]), opened.offset, length)
        elif tag == "tg-emoji":
            if not _EMOJI_ID.fullmatch(argument):
                raise ValueError("Invalid custom emoji identifier specified")
            self._add("custom_emoji", opened.offset, length, argument)
        elif tag in ("pre", "code"):
            self._code(tag, argument, opened.offset, length)
        elif tag == "blockquote":
            kind = "expandable_blockquote" if argument else "blockquote"
            self._add(kind, opened.offset, length)

    def _add(self, kind: str, offset: int, length: int, argument: str = "") -> Entity:
        entity = Entity(kind, offset, length, argument)
        self._entities.append(entity)
        return entity

    def _link(self, url: str, offset: int, length: int) -> None:
        user_id = user_id_of(url)
        if user_id:
            self._add("text_mention", offset, length, str(user_id))
            return
        try:
            self._add("text_link", offset, length, checked_link(url))
        except ValueError:
            return  # a bad link is dropped, its text stays

    def _code(self, tag: str, language: str, offset: int, length: int) -> None:
        """`pre` around `code` with a language, in either order, is one `pre` with a language."""
        other = "code" if tag == "pre" else "pre"
        last = self._entities[-1] if self._entities else None
        if last is not None and last[:3] == (other, offset, length):
            inner = self._code_languages.get(last, "") if tag == "pre" else language
            if inner:
                self._entities[-1] = Entity("pre", offset, length, inner)
                return
        entity = self._add(tag, offset, length)
        if tag == "code" and language:
            self._code_languages[entity] = language


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _argument(tag: str, name: str, value: str) -> str:
    """What an attribute means for its tag; "" where nothing."""
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id"), ("blockquote", "expandable")):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value[9:]
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value[3:]
    return ""


def _decode_reference(raw: str, at: int) -> tuple[str, int]:
    """The character that stands at `&`, and the place behind; "" where it is a plain `&`."""
    number = _NUMBER.match(raw, at)
    if number:
        digits, base = (
            (number.group(1), 16) if number.group(1) is not None else (number.group(2), 10)
        )
        behind = number.end()
        if not digits or behind - at >= 10:  # and no int() of more digits than it takes
            return "", at
        code = int(digits, base)
        if code == 0 or code >= 0x10FFFF:
            return "", at
        text = chr(code)
    else:
        word = _WORD.match(raw, at)
        assert word is not None
        text, behind = _WORDS.get(word.group(1), ""), word.end()
        if not text:
            return "", at
    return text, behind + (raw[behind] == ";")


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """Shown text and entities. Raises ValueError with Telegram's reason."""
    return _Parser(text).parse()
