"""Lists of chat ids, and those that come as JSON: `{"chat_ids": [...]}` of any length.

Only a buffer of the body is in memory at any time. `services/bots/chat_csv.py` reads CSV files.
"""

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import IO, Final

from crier.services.errors import InvalidError, ServiceError, TooLargeError

MAX_ITEMS: Final = 1_000_000
"""Lines of one list: some seconds of a thread and of the database."""
MAX_SHOWN_ROWS: Final = 5
MAX_SHOWN_CELLS: Final = 20
MAX_SHOWN_CHARS: Final = 60
CHUNK_BYTES: Final = 64 * 1024
MAX_ITEM_CHARS: Final = 10_000
_HEAD: Pattern[str] = re.compile(r'\s*\{\s*"chat_ids"\s*:\s*\[\s*')
_ITEM: Pattern[str] = re.compile(
    r'\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|"(?:[^"\\]|\\.)*"|true|false|null)\s*([,\]])'
)
_TAIL: Pattern[str] = re.compile(r"\s*\}\s*")
_ID: Pattern[str] = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)

# What Telegram gives out (facts of Bot API 10.2; people's ids are documented up to 52 bits).
_PEOPLE: Final = range(1, 2**52)
_GROUPS: Final = range(-999_999_999_999, 0)
_SUPERGROUPS: Final = range(-1_997_852_516_351, -1_000_000_000_000)


Item = tuple[int, int | str]
"""The line, from 1 (of JSON the place in the list), and its chat id, or why it holds none."""


@dataclass
class Understood:
    """How a list was read, for a person to look at: names of columns and the first rows, cut."""

    separator: str | None = None
    columns: list[str] = field(default_factory=list)
    column: str | None = None
    first_rows: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.columns = _cut(self.columns)

    def show(self, row: Sequence[str]) -> None:
        """Keep a row if it is one of the first."""
        if len(self.first_rows) < MAX_SHOWN_ROWS:
            self.first_rows.append(_cut(row))


@dataclass
class ChatList:
    """A list that is being read; `understood` holds the first rows once these have been."""

    understood: Understood
    items: Iterator[Item]


def found_in(text: str) -> int | str:
    """Return the chat id that stands in `text`, or why none does."""
    text = text.strip()
    if not _ID.fullmatch(text):
        return "is no whole number"
    number = int(text)
    if number not in _PEOPLE and number not in _GROUPS and number not in _SUPERGROUPS:
        return "is no id that Telegram gives to a chat"
    return number


def too_many() -> TooLargeError:
    """Return the error of a list with more than `MAX_ITEMS` lines."""
    return TooLargeError(f"the list has more than {MAX_ITEMS:,} lines: split it")


def read_json(stream: IO[bytes], column: str | None = None) -> ChatList:
    """Read `{"chat_ids": [...]}`.

    Raises:
        ServiceError: it is no JSON (also while the items are read).
        InvalidError: it is JSON, but something else, or a column is asked for.
    """
    if column is not None:
        raise InvalidError(column="is for CSV files: JSON has no columns")
    found = Understood()
    return ChatList(found, _items(stream, found))


def _items(stream: IO[bytes], found: Understood) -> Iterator[Item]:
    chunks = _texts(stream)
    buffer = next(chunks, "")
    head = _HEAD.match(buffer)
    if head is None:
        raise _what_else(buffer, chunks)
    at, line, closed = head.end(), 0, buffer[head.end() : head.end() + 1] == "]"
    at += closed
    while not closed:
        item = _ITEM.match(buffer, at)
        if item is None:
            more = next(chunks, "")
            if not more or len(buffer) - at > MAX_ITEM_CHARS:
                raise _bad_item(buffer[at:], line + 1)
            buffer, at = buffer[at:] + more, 0
            continue
        at, line, closed = item.end(), line + 1, item[2] == "]"
        if line > MAX_ITEMS:
            raise too_many()
        text = item[1].strip('"')
        found.show([text])
        yield line, found_in(text)
    rest = buffer[at:] + "".join(chunk for _, chunk in zip(range(2), chunks, strict=False))
    if not _TAIL.fullmatch(rest):
        raise _what_else('{"chat_ids":[]' + rest, chunks)


def _texts(stream: IO[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while data := stream.read(CHUNK_BYTES):
            if text := decoder.decode(data):
                yield text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ServiceError("the file is no text in UTF-8") from None


def _bad_item(rest: str, line: int) -> ServiceError:
    if rest.lstrip()[:1] in ("[", "{"):
        return InvalidError(**{f"chat_ids.{line - 1}": "must be a number"})
    return ServiceError(f"the body is no JSON: item {line} of chat_ids cannot be read")


def _what_else(text: str, chunks: Iterator[str]) -> ServiceError:
    """Return why the body is not the one that is wanted."""
    text += "".join(chunk for _, chunk in zip(range(16), chunks, strict=False))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ServiceError("the body is no JSON")
    if not isinstance(found, dict):
        return InvalidError(**{"": 'must be an object: {"chat_ids": [...]}'})
    if unknown := [name for name in found if name != "chat_ids"]:
        return InvalidError(**{unknown[0]: "Extra inputs are not permitted"})
    return InvalidError(chat_ids="must be a list of numbers")


def _cut(cells: Sequence[str]) -> list[str]:
    return [cell[:MAX_SHOWN_CHARS] for cell in cells[:MAX_SHOWN_CELLS]]
