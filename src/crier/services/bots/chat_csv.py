"""Chat ids out of a CSV file of any length, or out of a plain list with one id a line.

The standard library reads the text as it is: only LF, CR and CRLF end a line. The separator is the
one with which the first line is a header that names the chat ids; Excel's `sep=;` counts as well.
Where the file does not say for certain which column holds the chat ids, it is refused: a wrong
guess makes strangers subscribers.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Final

from crier.services.bots.chat_lists import (
    MAX_ITEMS,
    MAX_SHOWN_CELLS,
    MAX_SHOWN_CHARS,
    ChatList,
    Item,
    Understood,
    found_in,
    too_many,
)
from crier.services.errors import InvalidError, ServiceError

MAX_LINE_CHARS: Final = 256 * 1024
MAX_ROW_LINES: Final = 1000
SEPARATORS: Final = (",", ";", "\t", "|")
_SURE: Final = frozenset({"chat_id", "chatid"})
_LIKELY: Final = frozenset(
    {"user_id", "userid", "telegram_id", "telegramid", "telegram_user_id", "tg_id", "tg_user_id"}
)
_HINT: Final = "sep="
_LEFT: Final = frozenset({"unsubscribed", "blocked", "gone"})
"""Values of `status` in Crier's own exports of people that a broadcast does not reach."""


def read_csv(stream: IO[bytes], column: str | None = None) -> ChatList:
    """Find the column that holds the chat ids, and read it.

    With a header it is the column called `column`, else `chat_id`, else the only one that names an
    id, such as `telegram_id`. Without a header the file must have a single column.

    Raises:
        ServiceError: it is no text in UTF-8, or no CSV (also while the items are read).
        InvalidError: the file does not say which column holds the chat ids.
    """
    lines = _Lines(stream)
    first = lines.peek()
    separator = _hinted(first)
    if separator is not None:
        next(lines)
        first = lines.peek()
    shape = _shape(_headers(first, separator), column)
    found = Understood(shape.separator, [*shape.header], shape.name)
    return ChatList(found, _items(lines, shape, found))


@dataclass(frozen=True)
class _Shape:
    """How the rows are to be read; a file without a header has one column."""

    separator: str
    header: Sequence[str] = ()
    index: int = 0

    @property
    def name(self) -> str | None:
        return self.header[self.index] if self.header else None

    @property
    def status(self) -> int | None:
        names = [_plain(name) for name in self.header]
        return names.index("status") if names.count("status") == 1 else None


class _Lines:
    """The lines of a text; `number` is that of the last one given, from 1."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        self._peeked: str | None = None
        self.number = 0
        self.row = 0
        """The line before the current row."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self._peeked = self._read() if self._peeked is None else self._peeked, None
        if not line:
            raise StopIteration
        self._count()
        if self.number - self.row > MAX_ROW_LINES:
            raise ServiceError(f"line {self.row + 1} opens a quote that is not closed")
        return line

    def peek(self) -> str:
        """Return the next line that is not empty; it stays to be read."""
        while not (line := self._read()).strip() and line:
            self._count()
        self.row = self.number
        self._peeked = line
        return line

    def close(self) -> None:
        """Leave the stream open: it belongs to the request."""
        self._stream.detach()

    def _count(self) -> None:
        self.number += 1
        if self.number > MAX_ITEMS:
            raise too_many()

    def _read(self) -> str:
        try:
            line = self._stream.readline(MAX_LINE_CHARS)
        except UnicodeDecodeError:
            raise ServiceError("the file is no text in UTF-8: save it as CSV UTF-8") from None
        if len(line) == MAX_LINE_CHARS:
            raise ServiceError("a line of the file is too long: write one chat id a line")
        return line


def _hinted(line: str) -> str | None:
    """Return the separator in a line such as `sep=;`, which Excel writes and reads."""
    text = line.rstrip("\r\n")
    return text[-1] if text.lower().startswith(_HINT) and len(text) == len(_HINT) + 1 else None


def _headers(line: str, separator: str | None) -> list[_Shape]:
    """Return what the first line may be: split by each separator that stands in it."""
    separators = [separator] if separator else [s for s in SEPARATORS if s in line] or [","]
    shapes = []
    for each in separators:
        try:
            cells = next(csv.reader([line], delimiter=each, strict=True), [])
        except csv.Error:
            continue
        shapes.append(_Shape(each, [cell.strip() for cell in cells]))
    return shapes


def _shape(shapes: Sequence[_Shape], column: str | None) -> _Shape:
    """Return the one header that names the chat ids, or the shape of a single column."""
    if not shapes:
        raise ServiceError("the first line is no CSV: a quote in it is not closed")
    if column:
        found = _columns(shapes, frozenset({_plain(column)}).__contains__)
    else:
        found = _columns(shapes, _SURE.__contains__) or _columns(shapes, _names_an_id)
    if len(found) == 1 and (column or _is_certain(found[0])):
        return found[0]
    if found or column or any(len(_filled(shape.header)) > 1 for shape in shapes):
        names = ", ".join(name[:MAX_SHOWN_CHARS] for name in shapes[0].header[:MAX_SHOWN_CELLS])
        raise InvalidError(column=f"{_WHICH if not column or found else _NONE} ({names})")
    return _Shape(shapes[0].separator)


_WHICH: Final = "the file does not say for certain which column holds the chat ids: name it here"
_NONE: Final = "is the name of no column of the file"


def _columns(shapes: Sequence[_Shape], wanted: Callable[[str], bool]) -> list[_Shape]:
    return [
        replace(shape, index=index)
        for shape in shapes
        for index, name in enumerate(shape.header)
        if wanted(_plain(name))
    ]


def _names_an_id(name: str) -> bool:
    return name == "id" or name.endswith("_id") or name in _LIKELY


def _is_certain(shape: _Shape) -> bool:
    """Return whether the name tells of a chat; an `id` beside other columns may number the rows."""
    name = _plain(shape.header[shape.index])
    return name in _SURE | _LIKELY or len(_filled(shape.header)) == 1


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _filled(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell.strip()]


def _items(lines: _Lines, shape: _Shape, found: Understood) -> Iterator[Item]:
    rows = csv.reader(lines, delimiter=shape.separator, strict=True)
    try:
        if shape.header:
            next(rows)
        while True:
            line = lines.number + 1
            lines.row = lines.number
            try:
                row = next(rows)
            except StopIteration:
                break
            if _filled(row):
                found.show(row)
                yield line, _chat_of(row, shape)
    except csv.Error as error:
        raise ServiceError(f"line {lines.row + 1} is no CSV: {error}") from None
    finally:
        lines.close()


def _chat_of(row: Sequence[str], shape: _Shape) -> int | str:
    """Return the chat id in a row, or why there is none to be taken over."""
    if _filled(row[max(1, len(shape.header)) :]):
        return "has more columns than the first line"
    if shape.index >= len(row):
        return "has no chat id"
    status = row[shape.status].strip().lower() if shape.status is not None else ""
    return f"is {status} in the file" if status in _LEFT else found_in(row[shape.index])
