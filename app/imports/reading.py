"""Refused rows beside what stood in the file: the file is read once more, in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from app.core.paging import Page
from app.core.tables import Row, UnreadableError
from app.imports.types import Refusal, TableShape

Fetch = Callable[[str | None], Awaitable[Page[Refusal]]]


async def read_refused(
    fetch: Fetch, path: Path | None, shape: TableShape
) -> AsyncIterator[tuple[Refusal, Sequence[str]]]:
    """Each refusal in the order of the file with its row's cells in the order of columns.

    Cells are empty where the file is gone (``path`` None) or its row cannot be read.
    """
    rows: Iterator[Row] = iter(())
    if path is not None:
        rows = shape.table(path).rows()
    row: Row | None = None
    after: str | None = None
    while True:
        page = await fetch(after)
        lines = [refusal.line for refusal in page.items]
        found, row = await asyncio.to_thread(_rows_at, rows, row, lines)
        for refusal in page.items:
            at = found.get(refusal.line)
            yield refusal, [at.values.get(column, "") if at else "" for column in shape.columns]
        if page.next is None:
            return
        after = page.next


def _rows_at(
    rows: Iterator[Row], row: Row | None, lines: Sequence[int]
) -> tuple[dict[int, Row], Row | None]:
    """The rows that begin on these ascending lines, and the row read last."""
    found: dict[int, Row] = {}
    try:
        for line in lines:
            while row is None or row.line < line:
                row = next(rows, None)
                if row is None:
                    return found, None
            if row.line == line:
                found[line] = row
    except (UnreadableError, UnicodeError, FileNotFoundError):
        return found, None
    return found, row
