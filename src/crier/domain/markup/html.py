"""Telegram's HTML, parsed as TDLib's `parse_html` does, with its errors."""

import re
from typing import Final, NamedTuple

from crier.domain.markup.links import check_kept, is_date_format, is_id, is_link, kept_labels
from crier.domain.markup.parsing import SPACE, Kind, Link, MarkedSpan, Parsed, byte_offset, refused

_TAGS: Final = frozenset(
    ("a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji",
     "tg-time", "span", "pre", "code", "blockquote")
)  # fmt: skip
# A longer number or name is none: the bounds keep what is read short.
_ENTITY: Final = re.compile(
    r"&(?:#[xX](?P<hex>[0-9a-fA-F]{0,8})|#(?P<dec>[0-9]{0,8})|(?P<name>[A-Za-z]{0,5}));?", re.ASCII
)
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_NAME_TOKEN: Final = re.compile(r"[A-Za-z0-9.-]*", re.ASCII)
_WORD: Final = re.compile(f"[^{SPACE}>]*")
_PLAIN: Final = re.compile(r"[^&<]+")
_UNIX: Final = re.compile(r"-?[0-9]*", re.ASCII)
_STYLES: Final = _TAGS - {"a", "tg-emoji", "tg-time", "pre", "code", "blockquote"}


class _Tag(NamedTuple):
    name: str
    value: str
    begin: int
    date: int = 0


class _Parser:
    """Reads `text` once, from left to right; a NUL is put at its end, as TDLib's strings have."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._text = text + "\0"
        self._at = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[_Tag] = []
        self._spans: list[MarkedSpan] = []
        self._links: list[Link] = []
        self._open_links: list[int] = []
        self._addresses: list[str] = []
        self._labels: list[tuple[int, int]] = []
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
        text = "".join(self._out)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise refused(
                "Text contains invalid Unicode characters after decoding HTML entities, check for "
                "unmatched surrogate code units"
            )
        labels = kept_labels(text, self._labels)
        for begin, end in labels:
            self._spans.append(MarkedSpan("other", begin, end))
            self._addresses.append(text[begin:end])
        check_kept(self._addresses)
        shown = tuple(text[begin:end] for begin, end in labels)
        return Parsed(text, tuple(self._spans), tuple(self._links), shown)

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
            code = int(found["hex"] or "0", 16) if found["dec"] is None else int(found["dec"] or 0)
            if code == 0 or code >= 0x10FFFF or len(found[0].rstrip(";")) >= 10:
                return ""
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
        value, link, date = "", None, 0
        while (attribute := self._attribute(name, begin)) is not None:
            if (found := _value_of(name, *attribute)) is not None:
                value, link = found, Link(found, self._value_at, self._at)
            if name == "tg-time" and attribute[0] == "unix":
                date = _unix(attribute[1] or "0")
        if name == "a" and link is not None and link.url:
            self._open_links.append(len(self._links))
            self._links.append(link)
        if name == "span" and value != "spoiler":
            raise self._wrong('Tag "span" must have class "tg-spoiler"', begin)
        self._at += 1
        self._open.append(_Tag(name, value, self._length, date))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str | None] | None:
        """Return the next attribute and its value (None without one); None at the tag's end."""
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
        if tag.name == "a" and tag.value:
            number = self._open_links.pop()
            words = (tag.begin, self._length)
            self._links[number] = self._links[number]._replace(words=words)
        if self._length > tag.begin and self._is_kept(tag):
            kind: Kind = "style" if tag.name in _STYLES else "other"
            kind = "quote" if tag.name == "blockquote" else kind
            self._spans.append(MarkedSpan(kind, tag.begin, self._length))

    def _is_kept(self, tag: _Tag) -> bool:
        """Return whether the tag marks something.

        Raises:
            MarkupError: what it says is wrong.
        """
        if tag.name == "a":
            kept = tag.value != "" and is_link(tag.value)
            self._addresses += [tag.value] if kept else []
            self._labels += [] if tag.value else [(tag.begin, self._length)]
            return kept
        if tag.name == "tg-emoji" and not is_id(tag.value):
            raise refused("Invalid custom emoji identifier specified")
        if tag.name == "tg-time" and not is_date_format(tag.value):
            raise refused("Invalid date format used")
        return tag.name != "tg-time" or tag.date > 0

    def _word(self, start: int) -> str:
        found = _WORD.match(self._text, start)
        assert found is not None
        self._at = found.end()
        return found[0].encode(errors="replace").lower().decode()  # only Latin letters have cases

    def _skip_blanks(self) -> None:
        while self._text[self._at] in " \t\r\n\v":
            self._at += 1

    def _closed(self, what: str, begin: int) -> None:
        if self._text[self._at] == "\0":
            raise self._wrong(what, begin)

    def _wrong(self, what: str, index: int) -> ValueError:
        return refused(f"{what} at byte offset {byte_offset(self._source, index)}")


def _value_of(tag: str, attribute: str, value: str | None) -> str | None:
    """Return what an attribute says that matters for this tag."""
    if tag == "blockquote" and attribute == "expandable":
        return "1"
    if tag == "span" and attribute == "class":
        return value.removeprefix("tg-") if value and value.startswith("tg-") else None
    if (tag, attribute) in {("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "format")}:
        return value
    return None


def _unix(value: str) -> int:
    """Return the number that `value` begins with, as it fits into 32 bits."""
    found = _UNIX.match(value)
    assert found is not None
    number = 0
    for digit in found[0].lstrip("-"):
        number = (number * 10 + int(digit)) % 2**32
    number = -number if found[0].startswith("-") else number
    return (number + 2**31) % 2**32 - 2**31


def parse(text: str) -> Parsed:
    """Take the markup off.

    Raises:
        MarkupError: Telegram would refuse it.
    """
    return _Parser(text).parse()
