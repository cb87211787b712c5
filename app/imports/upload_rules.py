"""Pure decisions of uploads: which column holds what, what may be started, what is kept."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n
from app.core.plaintext import clean_line
from app.core.tables import Row, TableKind, UnreadableError
from app.imports.errors import UploadNotReady
from app.imports.rules import map_header
from app.imports.types import (
    MAX_UPLOAD_ROWS,
    HeaderMap,
    Layout,
    Refusal,
    TableShape,
    UploadState,
)

MAX_COLUMNS: Final = 500
MAX_ATTEMPTS: Final = 5  # of one reading; a file that ends the worker each time is given up
SAMPLE_LENGTH: Final = 40

# Our own periods (本平台规则): a file may hold columns that nobody wanted, so it is not kept.
KEEP_REPORT: Final = timedelta(days=30)
KEEP_WAITING: Final = timedelta(days=7)


def guess_mapping(columns: Iterable[str], layout: Layout[Any]) -> dict[str, str]:
    """Column to field by the names fields are known by; the first of two alike has it."""
    guessed: dict[str, str] = {}
    for column in columns:
        found, _ = map_header([column], layout)
        field = found.fields.get(column)
        if field and field not in guessed.values():
            guessed[column] = field
    return guessed


def check_mapping(
    columns: Sequence[str], chosen: Mapping[str, str], layout: Layout[Any]
) -> dict[str, str]:
    """Column to field as somebody chose it. Raises Invalid: a field twice, or a required one not
    at all; columns and fields that do not exist are left out."""
    mapping = {
        column: field
        for column in columns
        if (field := chosen.get(column, "")) and field in layout.headers
    }
    faults = [
        FieldError(
            f"c-{columns.index(column)}",
            Message(_n("“%(field)s”只能对应一列。"), field=layout.headers[field][0]),
        )
        for column, field in mapping.items()
        if Counter(mapping.values())[field] > 1
    ]
    faults += [
        FieldError("", Message(_n("请选择“%(field)s”对应的列。"), field=layout.headers[field][0]))
        for field in layout.required
        if field not in mapping.values()
    ]
    if faults:
        raise Invalid(faults)
    return mapping


def make_header(columns: Iterable[str], mapping: Mapping[str, str]) -> HeaderMap:
    """The mapping as imports read it."""
    return HeaderMap(dict(mapping), tuple(c for c in columns if c not in mapping))


def compute_header_hash(columns: Iterable[str]) -> str:
    """The same column names, in any order, are the same kind of file."""
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()


def check_shape(columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse what is no table to be mapped. Raises UnreadableError with a sentence."""
    if len(columns) > MAX_COLUMNS:
        raise UnreadableError(
            Message(
                _n("表头有 %(count)s 列，最多 %(most)s 列，请检查分隔符或删除不需要的列"),
                count=len(columns),
                most=MAX_COLUMNS,
            )
        )
    if not rows:
        raise UnreadableError(_n("文件只有表头，没有数据行"))
    if len(columns) == 1 and all(row.problem for row in rows):
        raise UnreadableError(
            _n("第一行不像表头（可能是合并单元格的标题），请删除标题行，使列名位于第一行")
        )


def take_samples(columns: Sequence[str], rows: Iterable[Row]) -> list[list[str]]:
    """The cells of rows in the order of columns, shortened for looking at."""
    return [[_shorten(row.values.get(column, "")) for column in columns] for row in rows]


def count_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows as they are, up to the ceiling. Raises UnreadableError beyond it."""
    for number, row in enumerate(rows, 1):
        if number > MAX_UPLOAD_ROWS:
            most = f"{MAX_UPLOAD_ROWS:,}"
            raise UnreadableError(
                Message(_n("文件超过 %(most)s 行，请拆分为多个文件后分别上传"), most=most)
            )
        yield row


def number_refusals(refusals: Iterable[Refusal]) -> list[tuple[int, int, Refusal]]:
    """(line, which fault of that line, refusal): the same reading always numbers alike."""
    seen: Counter[int] = Counter()
    numbered = []
    for refusal in refusals:
        numbered.append((refusal.line, seen[refusal.line], refusal))
        seen[refusal.line] += 1
    return numbered


def check_ready(state: str, *states: UploadState) -> None:
    """Refuse a step whose turn it is not. Raises UploadNotReady."""
    if state not in states:
        raise UploadNotReady(state=state)


def pack_shape(shape: TableShape) -> dict[str, Any]:
    """A shape as JSON."""
    return {
        "kind": shape.kind.value,
        "encoding": shape.encoding,
        "delimiter": shape.delimiter,
        "columns": list(shape.columns),
    }


def unpack_shape(stored: Mapping[str, Any] | None) -> TableShape | None:
    """A shape from its JSON."""
    if stored is None:
        return None
    return TableShape(
        TableKind(stored["kind"]),
        stored["encoding"],
        stored["delimiter"],
        tuple(stored["columns"]),
    )


def _shorten(text: str) -> str:
    text = clean_line(text)
    return text if len(text) <= SAMPLE_LENGTH else text[:SAMPLE_LENGTH] + "…"
