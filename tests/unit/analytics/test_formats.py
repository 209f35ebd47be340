"""Exports are well-formed, exact, and run nothing in a spreadsheet."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyarrow import parquet as arrow

from crier.analytics import formats, parquet, xlsx

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS = ("id", "text", "at", "price", "extra")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ROWS: list[tuple[Any, ...]] = [
    (1, "plain, \"quoted\"\nline", NOON, Decimal("12.5"), None),
    (-1001234567890, "=1+1", None, None, [1, 2]),
    (2**62, "<b>&", NOON, None, 0.25),
]  # fmt: skip


def whole(kind: formats.Format, rows: Any = ROWS) -> bytes:
    return b"".join(formats.write(kind, COLUMNS, rows))


def sheets(data: bytes) -> list[list[list[str | None]]]:
    """The cells of each sheet, as texts."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        listed = ET.fromstring(book.read("xl/workbook.xml"))
        for number in range(1, len(listed.findall(f".//{NS}sheet")) + 1):
            sheet = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(sheet.iter(f"{NS}f")), "a formula"
            found.append(
                [[next(c.itertext(), None) for c in row] for row in sheet.iter(f"{NS}row")]
            )
    return found


def test_csv_reads_back() -> None:
    rows = list(csv.reader(io.StringIO(whole("csv").decode(), newline="")))
    assert rows == [
        list(COLUMNS),
        ["1", 'plain, "quoted"\nline', "2026-01-02T12:00:00Z", "12.50", ""],
        ["-1001234567890", "'=1+1", "", "", "[1, 2]"],
        [str(2**62), "<b>&", "2026-01-02T12:00:00Z", "", "0.25"],
    ]


def test_json_reads_back_as_it_was() -> None:
    found = json.loads(whole("json"))
    assert found[1] == {"id": -1001234567890, "text": "=1+1", "at": None, "price": None,
                        "extra": "[1, 2]"}  # fmt: skip
    assert [row["id"] for row in found] == [1, -1001234567890, 2**62]
    assert json.loads(whole("json", [])) == []


def test_xlsx_reads_back_with_exact_ids() -> None:
    (sheet,) = sheets(whole("xlsx"))
    assert sheet[0] == list(COLUMNS)
    assert sheet[1] == ["1", 'plain, "quoted"\nline', "2026-01-02T12:00:00Z", "12.50", None]
    assert sheet[2] == ["-1001234567890", "'=1+1", None, None, "[1, 2]"]
    assert sheet[3][0] == str(2**62)


def test_xlsx_takes_any_text_and_goes_on_in_further_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 4)
    rows = [(n, "\x00\x0b\ud800 ]]> &", None, None, "x" * 40_000) for n in range(7)]
    book = sheets(whole("xlsx", rows))
    assert [len(sheet) for sheet in book] == [4, 4, 2]
    assert all(sheet[0] == list(COLUMNS) for sheet in book)
    assert [row[0] for sheet in book for row in sheet[1:]] == [str(n) for n in range(7)]
    assert len(book[0][1][4] or "") == xlsx.MAX_CELL_CHARS


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\t"]
)
def test_formulas_are_defused(text: str) -> None:
    assert formats.defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "plain", "1-2", "'=1", "https://x.example"])
def test_other_texts_stay(text: str) -> None:
    assert formats.defused(text) == text


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_an_export_starts_before_the_first_row_and_keeps_nothing(kind: formats.Format) -> None:
    asked = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal asked
        for n in range(25_000):
            asked += 1
            yield (n, "some text that takes its place", NOON, None, None)

    chunks = formats.write(kind, COLUMNS, rows())
    next(chunks)
    assert asked == 0
    sizes = [len(chunk) for chunk in chunks]
    assert max(sizes) < 60_000 < sum(sizes)
    assert asked == 25_000


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", " =1", '"=1"')


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("separator", [";", "\t", "\r\n", "\n", "; ", ";\u00a0\0"])
def test_no_csv_reader_finds_a_formula_behind_another_separator(
    formula: str, separator: str
) -> None:
    """As a spreadsheet reads it that separates by `;` or tabs: quotes inside a cell are letters."""
    data = whole("csv", [(1, f"x{separator}{formula};y", None, None, [f"a;{formula}"])]).decode()
    cells = [
        cell.strip(' \0\u00a0"')
        for line in data.splitlines()[1:]
        for part in line.split(";")
        for cell in part.split("\t")
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\uff1d"))]


def test_a_csv_text_without_formulas_stays_as_it_is() -> None:
    text = "a;b\tc\n;; - no ;'x' 5=5;1-1\r\n"
    (_, row) = csv.reader(
        io.StringIO(whole("csv", [(1, text, None, None, None)]).decode(), newline="")
    )
    assert row[1] == text.replace("; - no", ";' - no")


def test_a_long_text_is_defused_in_linear_time() -> None:
    for text in (";" * 10**6, "; " * 500_000, ";" + " " * 10**6, "\t" * 10**6, '"' * 10**6):
        assert len(str(formats._csv_cell(text))) >= len(text)


@pytest.mark.parametrize(
    "text", ["a_x000D_b", "_x0041_", "_x005F_x000D_", "_x00e9__xZZZZ_ _x000D", "a\rb\r\nc"]
)
def test_xlsx_texts_are_read_as_they_were_written(text: str) -> None:
    """As Excel reads them: XML first, then `_xHHHH_` is the character of that number."""
    (sheet,) = sheets(whole("xlsx", [(1, text, None, None, None)]))
    assert sheet[1][1] is not None
    read = re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), sheet[1][1])
    assert read == text


MESSAGE = ("id", "content", "sent_at", "price", "ctr")
SENT: list[tuple[Any, ...]] = [
    (2**62, "=1+1\n;=2", NOON, Decimal("12.50"), 0.25),
    (-1001234567890, None, None, None, None),
]


def test_parquet_reads_back_with_the_types_of_the_database() -> None:
    data = b"".join(formats.write("parquet", MESSAGE, SENT))
    rows = arrow.read_table(io.BytesIO(data)).to_pylist()
    assert [tuple(row.values()) for row in rows] == SENT
    assert (
        arrow.read_table(io.BytesIO(b"".join(formats.write("parquet", MESSAGE, [])))).num_rows == 0
    )


def test_parquet_goes_out_group_by_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    read = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal read
        for read in range(1, 26):
            yield (read, "text", NOON, Decimal("1.00"), 0.5)

    chunks = formats.write("parquet", MESSAGE, rows())
    assert next(chunks) == b"PAR1"
    assert read == 0
    groups = [next(chunks)]
    assert read == 10
    groups += chunks
    found = arrow.ParquetFile(io.BytesIO(b"PAR1" + b"".join(groups)))
    assert found.num_row_groups == 3
    assert found.read().column("id").to_pylist() == list(range(1, 26))
