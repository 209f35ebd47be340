"""Telegram's HTML, parsed as TDLib's `parse_html` does, with its errors."""

import re
from typing import Final, NamedTuple

from crier.domain.parsing import SPACE, Link, Parsed, byte_offset, first, refused

_TAGS: Final = frozenset(
    ("a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji",
     "tg-time", "span", "pre", "code", "blockquote")
)  # fmt: skip
_ENTITY: Final = re.compile(
    r"&(?:#x(?P<hex>[0-9a-fA-F]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*));?", re.ASCII
)
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_TOKEN: Final = re.compile(r"[A-Za-z0-9.-]*", re.ASCII)
_PLAIN: Final = re.compile(r"[^&<]+")
_DATE_FORMAT: Final = re.compile(r"[rR]|[tTdDwW]*")


class _Tag(NamedTuple):
    name: str
    value: str
    begin: int


class _Parser:
    """Reads `text` once, from left to right; a NUL is put at its end, as TDLib's strings have."""

    def __init__(self, text: str) -> None:
        self._source = text.replace("\0", " ")
        self._text = self._source + "\0"
        self._at = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[_Tag] = []
        self._entities: list[int] = []
        self._links: list[Link] = []
        self._value_at = 0

    def parse(self) -> Parsed:
        while self._at < len(self._source):
            if found := _PLAIN.match(self._source, self._at):
                self._write(found[0])
                self._at = found.end()
            elif self._text[self._at] == "&":
                self._write(self._entity() or self._take())
            elif self._text[self._at + 1] == "/":
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            name = self._open[-1].name
            raise refused(f'Can\'t find end tag corresponding to start tag "{name}"')
        return Parsed("".join(self._out), first(self._entities), tuple(self._links))

    def _write(self, text: str) -> None:
        self._out.append(text)
        self._length += len(text)

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _entity(self) -> str:
        """The character that is written here as `&…;`, and step over it; else an empty string."""
        found = _ENTITY.match(self._text, self._at)
        if found is None:
            return ""
        if found["name"] is not None:
            char = _NAMED.get(found["name"], "")
        else:
            if len(found[0].rstrip(";")) >= 10:  # and no int() of more digits than it takes
                return ""
            code = int(found["hex"] or "0", 16) if found["dec"] is None else int(found["dec"] or 0)
            if code == 0 or code >= 0x10FFFF:
                return ""
            if 0xD800 <= code <= 0xDFFF:
                raise refused(
                    "Text contains invalid Unicode characters after decoding HTML entities, "
                    "check for unmatched surrogate code units"
                )
            char = chr(code)
        if char:
            self._at = found.end()
        return char

    def _start_tag(self) -> None:
        begin = self._at
        name = self._word(begin + 1)
        if self._text[self._at] == "\0":
            raise self._wrong("Unclosed start tag", begin)
        if name not in _TAGS:
            raise self._wrong(f'Unsupported start tag "{name}"', begin)
        value, link = "", None
        while (attribute := self._attribute(name, begin)) is not None:
            if found := _value_of(name, *attribute):
                value, link = found, Link(found, self._value_at, self._at)
        if name == "a" and link is not None:
            self._links.append(link)
        if name == "span" and value != "spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self._at += 1
        self._open.append(_Tag(name, value, self._length))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str | None] | None:
        """The next attribute and its value (None without one); None at the tag's end."""
        self._skip_blanks()
        if self._text[self._at] == ">":
            return None
        start = self._at
        while self._text[self._at] not in SPACE + "=>/\"'":
            self._at += 1
        name = self._text[start : self._at]
        if not name:
            raise self._wrong(f'Empty attribute name in the tag "{tag}"', begin)
        self._skip_blanks()
        if self._text[self._at] != "=":
            self._closed(f'Unclosed start tag "{tag}"', begin)
            return name, None
        self._at += 1
        self._skip_blanks()
        self._closed(f'Unclosed start tag "{tag}"', begin)
        self._value_at = self._at
        value = self._quoted() if self._text[self._at] in "'\"" else self._token()
        self._closed("Unclosed start tag", begin)
        return name, value

    def _quoted(self) -> str:
        quote, value = self._take(), []
        while self._text[self._at] not in (quote, "\0"):
            value.append((self._text[self._at] == "&" and self._entity()) or self._take())
        if self._text[self._at] == quote:
            self._at += 1
        return "".join(value)

    def _token(self) -> str:
        start = self._at
        found = _NAME_TOKEN.match(self._text, start)
        assert found is not None
        self._at = found.end()
        if self._text[self._at] not in SPACE + ">":
            raise self._wrong("Unexpected end of name token", start)
        return found[0].lower()

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise self._wrong("Unexpected end tag", begin)
        name = self._word(begin + 2)
        self._skip_blanks()
        if self._text[self._at] != ">":
            raise self._wrong("Unclosed end tag", begin)
        tag = self._open.pop()
        if name and name != tag.name:
            where = byte_offset(self._source, begin)
            raise refused(
                f'Unmatched end tag at byte offset {where}, expected "</{tag.name}>", '
                f'found "</{name}>"'
            )
        self._at += 1
        if self._length > tag.begin:
            _check_value(tag)
            self._entities.append(tag.begin)

    def _word(self, start: int) -> str:
        self._at = start
        while self._text[self._at] not in SPACE + ">":
            self._at += 1
        word = self._text[start : self._at]
        return word.lower() if word.isascii() else word

    def _skip_blanks(self) -> None:
        while self._text[self._at] in " \t\r\n\v":
            self._at += 1

    def _closed(self, what: str, begin: int) -> None:
        if self._text[self._at] == "\0":
            raise self._wrong(what, begin)

    def _wrong(self, what: str, index: int) -> ValueError:
        return refused(f"{what} at byte offset {byte_offset(self._source, index)}")


def _value_of(tag: str, attribute: str, value: str | None) -> str | None:
    """What an attribute says that matters for this tag."""
    if tag == "blockquote" and attribute == "expandable":
        return "1"
    if tag == "span" and attribute == "class":
        return value.removeprefix("tg-") if value and value.startswith("tg-") else None
    if (tag, attribute) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "format")}:
        return value
    return None


def _check_value(tag: _Tag) -> None:
    if tag.name == "tg-emoji" and not re.fullmatch(r"-?(?!0+$)[0-9]{1,19}", tag.value, re.ASCII):
        raise refused("Invalid custom emoji identifier specified")
    if tag.name == "tg-time" and not _DATE_FORMAT.fullmatch(tag.value):
        raise refused("Invalid date format used")


def parse(text: str) -> Parsed:
    """Take the markup off. Raises `MarkupError` as Telegram would."""
    return _Parser(text).parse()
