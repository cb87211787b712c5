"""Tabular files told by their content: CSV, XLSX and JSON lines, whatever their name says.

Rows are streamed with the line on which they begin, so a report can point at them. A row that
cannot be read is still a row, with a problem instead of values: the reader decides what to do.
"""

from __future__ import annotations

import codecs
import csv
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any

from app.core.i18n import Message
from app.core.sheets import read_sheet

_BLOCK = 1 << 20
_SAMPLE_LINES = 30
MAX_CELL = 1 << 20  # characters; a longer cell is a lost quotation mark, not a text
_DELIMITERS = (",", "\t", ";", "|", "，")


class TableKind(StrEnum):
    csv = "csv"
    xlsx = "xlsx"
    jsonl = "jsonl"


class UnreadableError(ValueError):
    """The file is no table we can read; the message is a Chinese sentence for people."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on (1-based; a sheet's row number) and its cells as text.

    ``problem`` is empty, or says in Chinese why the row could not be read; ``values`` then holds
    what could be.
    """

    line: int
    values: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: how it was read, its column names, and its rows, streamed anew each time."""

    path: Path
    kind: TableKind
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """Every row but the header and blank lines, from the start of the file."""
        if self.kind is TableKind.xlsx:
            return _sheet_rows(self.path)
        if self.kind is TableKind.jsonl:
            return _json_rows(self.path, self.encoding)
        return _csv_rows(self.path, self.encoding, self.delimiter)


def open_table(path: Path) -> Table:
    """Find out what a file is and read its column names.

    Raises UnreadableError for an empty or binary file, old ``.xls``, mixed encodings, a JSON array,
    and for column names that are missing or said twice.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise UnreadableError("文件是空的")
    if head.startswith(b"PK\x03\x04"):
        return Table(path, TableKind.xlsx, "", "", _checked(next(_sheet_cells(path), (0, []))[1]))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableError("这是旧版 Excel（.xls）文件，请另存为 .xlsx 后再导入")
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as text:
        first = text.read(4096).lstrip()
    if not first:
        raise UnreadableError("文件是空的")
    if first.startswith("["):
        raise UnreadableError("这是一个 JSON 数组，请改为每行一个 JSON 对象（.jsonl）")
    if first.startswith("{"):
        names = dict.fromkeys(
            name for row in islice(_json_rows(path, encoding), _SAMPLE_LINES) for name in row.values
        )
        return Table(path, TableKind.jsonl, encoding, "", _checked(list(names)))
    delimiter = find_delimiter(path, encoding)
    header = next(_csv_records(path, encoding, delimiter), (0, [], ""))[1]
    return Table(path, TableKind.csv, encoding, delimiter, _checked(header))


def find_encoding(path: Path) -> str:
    """UTF-8 (with or without a mark), UTF-16 with a mark, else GB18030; the whole file must agree.

    Raises UnreadableError when no encoding reads every byte, or when the file is binary.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        if _reads_all(path, encoding):
            return encoding
    raise UnreadableError("文件的文字编码无法识别，请另存为 UTF-8 后再导入")


def find_delimiter(path: Path, encoding: str) -> str:
    """The separator that splits the first records most evenly; a comma when none does."""

    def evenness(delimiter: str) -> tuple[int, int]:
        records = _csv_records(path, encoding, delimiter)
        widths = [
            len(cells) for (_, cells, _), _ in zip(records, range(_SAMPLE_LINES), strict=False)
        ]
        header = widths[0] if widths else 0
        return (sum(w == header for w in widths) if header > 1 else 0, header)

    return max(_DELIMITERS, key=evenness)


def _reads_all(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                if "\0" in decoder.decode(block):
                    raise UnreadableError("这是二进制文件，请提供 CSV、XLSX 或 JSONL 文件")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _checked(header: list[str]) -> tuple[str, ...]:
    names = [name for name in header if name]
    if not names:
        raise UnreadableError("没有找到表头")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UnreadableError("表头重复：" + "、".join(twice))
    return tuple(names)


def _fit(line: int, header: list[str], cells: list[str]) -> Row:
    """Match cells to column names; a row of another length cannot be trusted."""
    values = {name: cell for name, cell in zip(header, cells, strict=False) if name}
    if len(cells) > len(header) and any(cells[len(header) :]):
        return Row(
            line,
            values,
            Message(
                "该行有 %(cells)s 列，多于表头的 %(header)s 列",
                cells=len(cells),
                header=len(header),
            ),
        )
    if len(cells) < len(header):
        return Row(
            line,
            values,
            Message(
                "该行只有 %(cells)s 列，少于表头的 %(header)s 列",
                cells=len(cells),
                header=len(header),
            ),
        )
    return Row(line, values)


def _csv_records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """(first line, cells, problem) of each record that is not blank."""
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding=encoding, newline="") as file:
        # why bounded: a line without an end would be read into memory whole
        reader = csv.reader(_bounded_lines(file), delimiter=delimiter)
        while True:
            line = reader.line_num + 1
            try:
                cells = [cell.strip() for cell in next(reader)]
            except StopIteration:
                return
            except csv.Error:
                yield line, [], "该行无法解析，可能缺少一个引号"
                continue
            if any(cells):
                yield line, cells, ""


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    records = _csv_records(path, encoding, delimiter)
    _, header, _ = next(records)
    for line, cells, problem in records:
        yield Row(line, {}, problem) if problem else _fit(line, header, cells)


def _json_rows(path: Path, encoding: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="\n") as file:
        for line, text in enumerate(_bounded_lines(file), 1):
            if text and not text.isspace():
                yield _json_row(line, text)


def _bounded_lines(file: IO[str]) -> Iterator[str]:
    """Lines, each cut where it is too long to be one: memory stays bounded."""
    while text := file.readline(4 * MAX_CELL):
        yield text


def _json_row(line: int, text: str) -> Row:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return Row(line, {}, "该行不是完整的 JSON")
    if not isinstance(record, dict):
        return Row(line, {}, "该行不是 JSON 对象")
    values: dict[str, str] = {}
    for name, value in record.items():
        parts = value if isinstance(value, list) else [value]
        if any(isinstance(part, dict | list) for part in parts):
            return Row(line, values, Message("“%(name)s”的内容有嵌套，无法导入", name=name))
        values[name.strip()] = "；".join(filter(None, map(_as_text, parts)))
    return Row(line, values)


def _sheet_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        for line, cells in read_sheet(path):
            texts = [_as_text(cell) for cell in cells]
            if any(texts):
                yield line, texts
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, SyntaxError) as error:
        raise UnreadableError("这个压缩文件不是可以读取的 XLSX 工作簿") from error


def _sheet_rows(path: Path) -> Iterator[Row]:
    records = _sheet_cells(path)
    _, header = next(records)
    while header and not header[-1]:
        header.pop()
    for line, cells in records:
        # why: a sheet stores no trailing blanks, so a short row is a row with empty cells
        yield _fit(line, header, cells + [""] * (len(header) - len(cells)))


def _as_text(value: Any) -> str:
    """A cell's value as people would type it; a whole number without its decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        value = value.date() if value.time() == value.time().min else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
