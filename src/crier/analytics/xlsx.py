"""An XLSX file written as a stream: rows in, bytes out, nothing kept.

The usual writers finish a file before its first byte can be sent. A workbook is a ZIP of XML parts
in any order, and a ZIP can be written to what cannot seek: sheets go out as they grow, and the
parts that list them come last (ECMA-376; cells are inline strings: there is no shared table).
"""

import io
import math
import re
import zipfile
from collections.abc import Sequence
from typing import IO, Final
from xml.sax.saxutils import escape

from typing_extensions import Buffer

MAX_ROWS: Final = 1_048_576
"""Of one sheet, its head included; further rows go to further sheets."""
MAX_CELL_CHARS: Final = 32_767
_EXACT: Final = 10**15
_TOGETHER: Final = 50
"""Rows that are compressed in one call."""
_BAD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# `_x000D_` in a text is read as the character of that number (ECMA-376 part 1, 22.9.2.19), so an
# underscore that begins such a word is written as one; XML itself would turn CR into LF.
_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_UNDERSCORE: Final = "_x005F_"
_CR: Final = "_x000D_"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
Cell = str | int | float | None


class Sink(io.RawIOBase):
    """Takes what is written and gives it away; cannot seek."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        with memoryview(data) as view:
            self.data += view
            return view.nbytes

    def taken(self) -> bytes:
        """Return the bytes since the last time."""
        data = bytes(self.data)
        self.data.clear()
        return data


class Workbook:
    """`add` rows, send what `taken` gives whenever `waiting` is large, then `close`."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._sink = Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheets = 0
        self._rows = 0
        self._lines: list[str] = []
        self._part: IO[bytes]
        self._open_sheet()

    @property
    def waiting(self) -> int:
        """Bytes that can be taken."""
        return len(self._sink.data)

    def taken(self) -> bytes:
        """Return the bytes since the last time."""
        self._write_lines()
        return self._sink.taken()

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row."""
        if self._rows == MAX_ROWS:
            self._close_sheet()
            self._open_sheet()
        self._rows += 1
        self._lines.append(f"<row>{''.join(map(_cell, row))}</row>")
        if len(self._lines) == _TOGETHER:
            self._write_lines()

    def close(self) -> None:
        """Write what ends the file."""
        self._close_sheet()
        for name, text in self._parts().items():
            self._zip.writestr(name, _HEAD + text)
        self._zip.close()

    def _open_sheet(self) -> None:
        self._sheets += 1
        self._rows = 0
        name = f"xl/worksheets/sheet{self._sheets}.xml"
        self._part = self._zip.open(name, "w", force_zip64=True)
        self._write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>')
        self.add(self._columns)

    def _close_sheet(self) -> None:
        self._write_lines()
        self._write("</sheetData></worksheet>")
        self._part.close()

    def _write_lines(self) -> None:
        if self._lines:
            self._write("".join(self._lines))
            self._lines.clear()

    def _write(self, text: str) -> None:
        self._part.write(text.encode())

    def _parts(self) -> dict[str, str]:
        """Return the parts that say what the others are."""
        numbers = range(1, self._sheets + 1)
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        sheets = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
        links = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        return {
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            f'ContentType="{_SHEET_TYPE}.sheet.main+xml"/>{types}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            f"<sheets>{sheets}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f"{links}</Relationships>",
        }


def _cell(value: Cell) -> str:
    match value:
        case str() if len(value) < MAX_CELL_CHARS and value.isalnum():
            return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
        case None:
            return "<c/>"
        case bool():
            return f'<c t="b"><v>{int(value)}</v></c>'
        case int() if abs(value) < _EXACT:
            return f"<c><v>{value}</v></c>"
        case float() if math.isfinite(value):
            return f"<c><v>{value!r}</v></c>"
    text = _BAD.sub("\ufffd", str(value)[:MAX_CELL_CHARS])
    text = escape(_ESCAPED.sub(_UNDERSCORE, text).replace("\r", _CR))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
