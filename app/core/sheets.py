"""The first worksheet of an XLSX workbook, streamed, with guards against inflated archives."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

_MAX_INFLATED = 1 << 30  # bytes: more than a million rows of text need less


def read_sheet(path: Path) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield (row number, cell values) of the first worksheet.

    Formulas give the value that was stored with them. Raises BadZipFile, KeyError or ValueError
    when the file is no workbook, or inflates beyond a gigabyte.
    """
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_INFLATED:
            raise ValueError("workbook inflates beyond the limit")
    with path.open("rb") as file, warnings.catch_warnings():
        # why: openpyxl warns of missing styles and extensions, none of which we read
        warnings.simplefilter("ignore", UserWarning)
        workbook = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # why: some writers store a wrong size, and rows go missing
            yield from enumerate(sheet.iter_rows(values_only=True), 1)
        except IndexError as error:
            raise ValueError("workbook without worksheets") from error
        finally:
            workbook.close()
