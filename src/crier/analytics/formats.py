"""Exports as CSV, JSON, XLSX and Parquet, byte by byte: each writer takes rows and gives chunks at
once.

A text that a spreadsheet would run as a formula gets an apostrophe in front, in CSV and XLSX; JSON
and Parquet are for programs and hold texts as they are. Spreadsheets of many countries separate
cells of a CSV file by `;`, and then take our quotes for letters: what follows a `;`, a tab or a
line break inside a text is the start of a cell to them, so it is treated as one. Numbers of more
than 15 digits go into XLSX as text, since spreadsheets would round them.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from crier.analytics import parquet
from crier.analytics.xlsx import Workbook

Format = Literal["csv", "json", "xlsx", "parquet"]
TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_NUMBERS: Final = frozenset((int, type(None)))
_PLAIN: Final = _NUMBERS | {str}
"""Most cells are of these types and go out as they are: to ask costs less than to call."""
_CHUNK_BYTES: Final = 64 * 1024
_CHUNK_ROWS: Final = 250
"""Rows after which a chunk ends that is smaller: nobody waits for long, in XLSX above all, where
compressed rows are few bytes."""
_STARTS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA: Final = re.compile(f"[\\s\\0]*[{_STARTS}]|[\\t\\r\\n]")
_INNER: Final = re.compile(f"([;\\t\\r\\n])(?=(?:[^\\S\\t\\r\\n]|[\\0\"'])*+[{_STARTS}])")
_HARMLESS: Final = re.compile(f"[^\\s\\0{_STARTS}][^;\\t\\r\\n]*+\\Z")
"""Most texts: neither of the two above can be in one, and this is asked in half the time."""


def write(kind: Format, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the file in chunks; the first, which names the columns, comes before any row is
    read."""
    match kind:
        case "csv":
            return _csv(columns, rows)
        case "json":
            return _json(columns, rows)
        case "xlsx":
            return _xlsx(columns, rows)
        case "parquet":
            return parquet.write(columns, rows)


def defused(text: str) -> str:
    """Return `text` as a spreadsheet shows it and does not run it."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain(value: Any) -> str | int | float | None:
    """Return a value as the HTTP API writes it."""
    match value:
        case None | str() | bool() | int() | float():
            return value
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:.2f}"
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _cell(value: Any) -> str | int | float | None:
    """Return a spreadsheet's cell: texts that people wrote are defused."""
    return defused(value) if isinstance(value, str) else plain(value)


def _csv_cell(value: Any) -> str | int | float | None:
    """Return the same for a file in which `;`, tabs and line breaks may separate cells, too."""
    if type(value) is str:
        return value if _HARMLESS.match(value) else _INNER.sub(r"\1'", defused(value))
    cell = plain(value)
    return _INNER.sub(r"\1'", cell) if isinstance(cell, str) else cell


def _moment(value: datetime) -> str:
    text: str = msgspec.to_builtins(value.astimezone(UTC))  # in an eighth of isoformat()'s time
    return text


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    yield _taken(buffer)
    for number, row in enumerate(rows, 1):
        writer.writerow([v if type(v) in _NUMBERS else _csv_cell(v) for v in row])
        if number % _CHUNK_ROWS == 0 or buffer.tell() >= _CHUNK_BYTES:
            yield _taken(buffer)
    yield _taken(buffer)


def _json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    yield b"["
    chunk = bytearray()
    separator = b"\n"
    for number, row in enumerate(rows, 1):
        values = [v if type(v) in _PLAIN else plain(v) for v in row]
        chunk += separator + msgspec.json.encode(dict(zip(columns, values, strict=True)))
        separator = b",\n"
        if number % _CHUNK_ROWS == 0 or len(chunk) >= _CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk) + b"\n]\n"


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    book = Workbook(columns)
    yield book.taken()
    for number, row in enumerate(rows, 1):
        book.add([v if type(v) in _NUMBERS else _cell(v) for v in row])
        if number % _CHUNK_ROWS == 0 or book.waiting >= _CHUNK_BYTES:
            yield book.taken()
    book.close()
    yield book.taken()


def _taken(buffer: io.StringIO) -> bytes:
    """Return what was written since the last time."""
    data = buffer.getvalue().encode(errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return data
