"""The first worksheet of an XLSX workbook, streamed, with guards against inflated archives."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

_MAX_INFLATED = 1 << 30  # bytes: more than a million rows of text need less
_MAX_STRINGS = 256 << 20  # bytes of the table of texts, which is held in memory whole
MAX_COLUMNS, MAX_ROWS = 1 << 9, 1 << 20  # Excel's own end is at 16,384 and 1,048,576


def read_sheet(path: Path) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield (row number, cell values) of the first worksheet.

    Formulas give the value that was stored with them. Raises BadZipFile, KeyError or ValueError
    when the file is no workbook, inflates beyond a gigabyte, or holds more than 256 MB of texts.
    Cells beyond 512 columns or 1,048,576 rows are not read: a few bytes can claim any number.
    """
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_INFLATED:
            raise ValueError("workbook inflates beyond the limit")
        if any(
            entry.file_size > _MAX_STRINGS
            for entry in archive.infolist()
            if entry.filename.lower().endswith("sharedstrings.xml")
        ):
            raise ValueError("workbook holds more texts than fit in memory")
    # why so late: its 180 modules are a thirtieth of a start
    load_workbook = import_module("openpyxl").load_workbook
    with path.open("rb") as file, warnings.catch_warnings():
        # why: openpyxl warns of missing styles and extensions, none of which we read
        warnings.simplefilter("ignore", UserWarning)
        workbook = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # why: some writers store a wrong size, and rows go missing
            cells = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
            yield from enumerate(map(_without_tail, cells), 1)
        except IndexError as error:
            raise ValueError("workbook without worksheets") from error
        finally:
            workbook.close()


def _without_tail(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row's cells up to its last one that holds something."""
    end = len(cells)
    if cells.count(None) == end:
        return ()  # why first: a sheet may claim a million rows that are not there
    while end and cells[end - 1] is None:
        end -= 1
    return cells[:end]
