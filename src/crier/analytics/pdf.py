"""Documents as PDF: a title, facts, tables and bars on pages of A4.

The font comes with Crier, so that a document looks the same on every machine. What it lacks becomes
an empty box. Each text is cut before anything is measured: time grows with what is shown, not with
what was written.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

TYPE: Final = "application/pdf"
FONT: Final = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
CELL_MAX_CHARS: Final = 160
_NAME: Final = "DejaVu Sans"
_BOX: Final = "\u25a1"
_INK, _MUTED, _LINE = (24, 28, 36), (95, 102, 115), (222, 225, 230)
_LINE_MM: Final = 5.2

Color = tuple[int, int, int]


class PdfDocument:
    """A PDF document that grows downwards."""

    def __init__(self, title: str, made_at: datetime) -> None:
        from fpdf import FPDF  # takes a second and 20 MB, which no process without a report spends

        class Pages(FPDF):
            """Pages with their number at the foot."""

            def footer(self) -> None:
                self.set_y(-12)
                self.set_font(size=8)
                self.set_text_color(*_MUTED)
                self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")

        self._pdf: FPDF = Pages(format="A4")
        self._pdf.set_margin(18)
        self._pdf.set_auto_page_break(True, 18)
        self._pdf.add_font(_NAME, fname=FONT)
        self._pdf.set_font(_NAME)
        self._glyphs = frozenset(getattr(self._pdf.current_font, "cmap", ()))
        self._pdf.set_creation_date(made_at)
        self._pdf.set_creator("Crier")
        self._pdf.set_title(self.legible(title, CELL_MAX_CHARS))
        self._pdf.add_page()

    def legible(self, text: str, most: int) -> str:
        """Return the first `most` characters of a text as the font can show them."""
        cut = text if len(text) <= most else f"{text[: most - 1]}…"
        return "".join(self._shown(char) for char in cut)

    def title(self, text: str, note: str) -> None:
        """Write the document's title, and what it is about in small letters below."""
        self._write(text, size=17, most=CELL_MAX_CHARS)
        self._pdf.ln(1)
        self._write(note, size=9, color=_MUTED, most=400)
        self._pdf.ln(3)

    def heading(self, text: str) -> None:
        """Begin a part; it is not left alone at the foot of a page."""
        if self._pdf.will_page_break(30):
            self._pdf.add_page()
        self._pdf.ln(4)
        self._write(text, size=12, most=CELL_MAX_CHARS)
        self._pdf.ln(1)

    def text(self, text: str, most: int) -> None:
        """Write a text of people, `most` characters of it."""
        self._write(text, size=9.5, most=most)

    def note(self, text: str) -> None:
        """Write a sentence in small letters."""
        self._write(text, size=8.5, color=_MUTED, most=400)

    def bar(self, parts: Sequence[tuple[str, int, Color]]) -> None:
        """Draw numbers as parts of one bar, which is empty where they are all 0, and below it what
        each color means."""
        whole = max(1, sum(number for _, number, _ in parts))
        left, top, width = self._pdf.l_margin, self._pdf.get_y() + 1, self._pdf.epw
        self._fill(left, top, width, 4, _LINE)
        for _, number, color in parts:
            self._fill(left, top, width * number / whole, 4, color)
            left += width * number / whole
        self._pdf.set_font(size=8)
        self._pdf.set_text_color(*_MUTED)
        self._pdf.set_y(top + 5)
        for name, _, color in parts:
            self._fill(self._pdf.get_x() + 1, self._pdf.get_y() + 1.4, 2.4, 2.4, color)
            self._pdf.set_x(self._pdf.get_x() + 4)
            self._pdf.cell(width / len(parts) - 4, _LINE_MM, self.legible(name, 20))
        self._pdf.ln(_LINE_MM + 1)

    def facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write names and their values, a line each."""
        for name, value in facts:
            self._pdf.set_font(size=9.5)
            self._pdf.set_text_color(*_MUTED)
            self._pdf.cell(60, _LINE_MM, self.legible(name, CELL_MAX_CHARS))
            self._write(value, size=9.5, most=CELL_MAX_CHARS)

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        widths: Sequence[int],
        *,
        texts: int,
    ) -> None:
        """Write a table, its head on each page. The first `texts` columns are texts, the others
        numbers."""
        from fpdf.fonts import FontFace

        self._pdf.set_font(size=8)
        self._pdf.set_text_color(*_INK)
        self._pdf.set_draw_color(*_LINE)
        sides = ["LEFT" if column < texts else "RIGHT" for column in range(len(head))]
        with self._pdf.table(
            borders_layout="HORIZONTAL_LINES",
            col_widths=tuple(widths),
            text_align=tuple(sides),
            line_height=_LINE_MM,
            headings_style=FontFace(color=_MUTED),
        ) as table:
            for cells in (head, *rows):
                table.row([self.legible(cell, CELL_MAX_CHARS) for cell in cells])

    def made(self) -> bytes:
        """Return the document's file."""
        return bytes(self._pdf.output())

    def _fill(self, left: float, top: float, width: float, height: float, color: Color) -> None:
        with self._pdf.local_context(fill_color=color):
            self._pdf.rect(left, top, width, height, style="F")

    def _write(self, text: str, *, size: float, color: Color = _INK, most: int) -> None:
        self._pdf.set_font(size=size)
        self._pdf.set_text_color(*color)
        height = max(_LINE_MM, size * 0.5)
        self._pdf.multi_cell(
            0, height, self.legible(text, most), align="L", new_x="LMARGIN", new_y="NEXT"
        )

    def _shown(self, char: str) -> str:
        """Return a character, a blank for one that moves or controls, a box for one that the font
        lacks."""
        if char == "\n":
            return char
        if char in "\u200d\ufe0e\ufe0f" or unicodedata.combining(char):
            return char if ord(char) in self._glyphs else ""
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Zs"):
            return " "
        return char if ord(char) in self._glyphs else _BOX
