"""Chat ids out of a file of any length, one after the other: JSON `{"chat_ids": [...]}` or CSV.

Only a buffer of the file is in memory at any time. A list yields (line, what stands there); the
line of a JSON list is the item's place in it, from 1.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterator
from re import Pattern
from typing import IO, Final

from crier.services.errors import InvalidError, ServiceError

CHUNK_BYTES: Final = 64 * 1024
MAX_ITEM_CHARS: Final = 10_000
_HEAD: Pattern[str] = re.compile(r'\s*\{\s*"chat_ids"\s*:\s*\[\s*')
_ITEM: Pattern[str] = re.compile(
    r'\s*(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|"(?:[^"\\]|\\.)*"|true|false|null)\s*([,\]])'
)
_TAIL: Pattern[str] = re.compile(r"\s*\}\s*")
_NAMES: Final = ("chat_id", "chat id", "chatid", "user_id", "telegram_id", "id")
_ID: Pattern[str] = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)

# What Telegram gives out (facts of Bot API 10.2; people's ids are documented up to 52 bits).
_PEOPLE: Final = range(1, 2**52)
_GROUPS: Final = range(-999_999_999_999, 0)
_SUPERGROUPS: Final = range(-1_997_852_516_351, -1_000_000_000_000)


def chat_id_of(text: str) -> int:
    """The chat id that stands in `text`.

    Raises:
        ValueError: none does; the text says why.
    """
    text = text.strip()
    if not _ID.fullmatch(text):
        raise ValueError("is no whole number")
    number = int(text)
    if number not in _PEOPLE and number not in _GROUPS and number not in _SUPERGROUPS:
        raise ValueError("is no id that Telegram gives to a chat")
    return number


def read_json(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The items of `{"chat_ids": [...]}`, as they are written there.

    Raises:
        ServiceError: it is no JSON. InvalidError: it is JSON, but something else.
    """
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
        yield line, item[1].strip('"')
    rest = buffer[at:] + "".join(chunk for _, chunk in zip(range(2), chunks, strict=False))
    if not _TAIL.fullmatch(rest):
        raise _what_else('{"chat_ids":[]' + rest, chunks)


def read_csv(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """The column `chat_id` of a CSV file with a header, else its first column.

    Commas, semicolons and tabs separate; empty lines are passed over.

    Raises:
        ServiceError: it is no text in UTF-8, or no CSV.
    """
    lines = _lines(stream)
    first = next(lines, "")
    separator = next((mark for mark in ("\t", ";") if mark in first), ",")
    rows = csv.reader(_again(first, lines), delimiter=separator)
    column, header = 0, True
    try:
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if header:
                header = False
                found = [name.lower() in _NAMES for name in cells]
                if any(found):
                    column = found.index(True)
                    continue
            yield rows.line_num, cells[column] if column < len(cells) else ""
    except csv.Error as error:
        raise ServiceError(f"line {rows.line_num} is no CSV: {error}") from None


def _texts(stream: IO[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while data := stream.read(CHUNK_BYTES):
            if text := decoder.decode(data):
                yield text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ServiceError("the file is no text in UTF-8") from None


def _lines(stream: IO[bytes]) -> Iterator[str]:
    rest = ""
    for text in _texts(stream):
        *whole, rest = (rest + text).splitlines(keepends=True) or [""]
        if rest.endswith("\n"):
            whole, rest = [*whole, rest], ""
        if len(rest) > CHUNK_BYTES * 4:
            raise ServiceError("a line of the file is too long: write one chat id a line")
        yield from whole
    if rest:
        yield rest


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _bad_item(rest: str, line: int) -> ServiceError:
    if rest.lstrip()[:1] in ("[", "{"):
        return InvalidError(**{f"chat_ids.{line - 1}": "must be a number"})
    return ServiceError(f"the body is no JSON: item {line} of chat_ids cannot be read")


def _what_else(text: str, chunks: Iterator[str]) -> ServiceError:
    """Why the body is not the one that is wanted."""
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
