"""Writers: rows of plain values to the bytes of a CSV or an XLSX file."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import WorkbookAlreadySaved

from frontend.exports.cells import Plain, as_csv, is_formula
from frontend.exports.columns import Kind

_FORMATS: Final[dict[Kind, str]] = {
    "money": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
}
_WIDTHS: Final[dict[Kind, int]] = {"money": 16, "date": 12, "time": 20, "number": 10, "state": 12}
_WIDEST = 48
_SAMPLE = 50  # rows by which text columns get their width
_EARLIEST = date(1900, 3, 1)  # before it spreadsheets count days wrongly
_MOST_DIGITS = 15  # a spreadsheet's numbers are doubles
# Excel reads _x0041_ as A; a literal one has its underscore escaped (ECMA-376, ST_Xstring).
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class CsvWriter:
    """RFC 4180 with CRLF, UTF-8 with a byte order mark, without which Excel takes it for GBK."""

    media_type = "text/csv; charset=utf-8"

    def head(self, headers: Sequence[str]) -> bytes:
        return b"\xef\xbb\xbf" + self.write([headers])

    def write(self, rows: Iterable[Sequence[Plain]]) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows([as_csv(value) for value in row] for row in rows)
        return out.getvalue().encode()


class XlsxWriter:
    """One worksheet with a frozen header; typed cells; rows go to the disk as they come."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, title: str, headers: Sequence[str], kinds: Sequence[Kind]) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", title)[:31] or "1")
        self._headers, self._kinds = headers, kinds
        self._begun = False

    def write(self, rows: Sequence[Sequence[Plain]]) -> None:
        """Add rows; the first ones also decide how wide the columns are."""
        if not self._begun:
            self._begin(rows[:_SAMPLE])
        for row in rows:
            self._sheet.append(
                [self._cell(value, kind) for value, kind in zip(row, self._kinds, strict=True)]
            )

    def add_line(self, text: str) -> None:
        """A sentence under the table."""
        self._sheet.append([self._cell(text, "text")])

    def finish(self) -> IO[bytes]:
        """The finished file, at its beginning; nobody else knows it, closing it removes it."""
        if not self._begun:
            self._begin([])
        file = tempfile.TemporaryFile()  # noqa: SIM115 - handed on, closed after it was sent
        try:
            self._book.save(file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def discard(self) -> None:
        """Let go of the rows of a table that nobody wants any more."""
        # why: saving is what removes the rows that openpyxl keeps on the disk
        with suppress(WorkbookAlreadySaved, OSError):
            self._book.save(io.BytesIO())

    def _begin(self, sample: Sequence[Sequence[Plain]]) -> None:
        self._begun = True
        for index, (header, kind) in enumerate(zip(self._headers, self._kinds, strict=True)):
            longest = max((_breadth(str(row[index] or "")) for row in sample), default=0)
            width = _WIDTHS.get(kind, min(longest + 2, _WIDEST))
            dimension = self._sheet.column_dimensions[get_column_letter(index + 1)]
            dimension.width = max(width, _breadth(header) + 2, 8)
        self._sheet.freeze_panes = "A2"
        heads = [self._cell(header, "text") for header in self._headers]
        for head in heads:
            if head is not None:
                head.font, head.alignment = Font(bold=True), Alignment(vertical="top")
        self._sheet.append(heads)

    def _cell(self, value: Plain, kind: Kind) -> WriteOnlyCell | None:
        if value is None:
            return None
        if isinstance(value, int | Decimal) and len(str(value).strip("-").replace(".", "")) > (
            _MOST_DIGITS
        ):
            value = str(value)
        elif isinstance(value, date):
            day = value.date() if isinstance(value, datetime) else value
            value = value if day >= _EARLIEST else str(value)
        if not isinstance(value, str):
            cell = WriteOnlyCell(self._sheet, value=value)
            if kind in _FORMATS:
                cell.number_format = _FORMATS[kind]
            return cell
        cell = WriteOnlyCell(self._sheet, value=_ESCAPED.sub("_x005F_", value))
        # why: openpyxl guesses formulas and error values by the first character
        cell.data_type = "s"
        if is_formula(value):
            cell.quotePrefix = True  # why: a text stays one also after somebody has edited it
        return cell


def _breadth(text: str) -> int:
    """How wide a text is in Latin characters; Chinese ones count double."""
    line = text.partition("\n")[0][:_WIDEST]
    return sum(2 if ord(character) > 0x2E7F else 1 for character in line)
