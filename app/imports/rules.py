"""Pure decisions of imports: which column is what, what is a double, what a chunk's hash is."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from app.core.i18n import Message
from app.core.plaintext import clean_line
from app.core.tables import Row
from app.imports.errors import ChunkOutOfOrder
from app.imports.types import (
    CHUNK_ROWS,
    Chunk,
    HeaderMap,
    Layout,
    PreparedRow,
    R,
    Refusal,
    RowRefusedError,
)

_NAME_NOISE = re.compile(r"[\s_\-()（）\[\]【】:：*＊/、.]+")
_DATE = re.compile(r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))(?:[ T][\d:.]*)?")
_SHOWN = 60  # characters of a refused value; the reader has the file


def canonical_name(name: str) -> str:
    """A column name without case, width, brackets and spaces: 申请（专利权）人 is 申请专利权人."""
    return _NAME_NOISE.sub("", unicodedata.normalize("NFKC", clean_line(name)).casefold())


def map_header(columns: Iterable[str], layout: Layout[Any]) -> tuple[HeaderMap, list[str]]:
    """Match columns to fields; also returns what is wrong with the header, as sentences."""
    known = {alias: field for field, aliases in layout.headers.items() for alias in aliases}
    fields: dict[str, str] = {}
    ignored: list[str] = []
    faults: list[str] = []
    taken: dict[str, str] = {}
    for column in columns:
        field = known.get(canonical_name(column))
        if field is None:
            ignored.append(column)
        elif field in taken:
            faults.append(
                Message(
                    "“%(first)s”与“%(second)s”两列含义相同，请只保留一列",
                    first=taken[field],
                    second=column,
                )
            )
        else:
            taken[field], fields[column] = column, field
    faults += [
        Message("缺少必需的列：%(column)s", column=layout.headers[field][0])
        for field in layout.required
        if field not in taken
    ]
    return HeaderMap(fields, tuple(ignored)), faults


def read_chunks(
    rows: Iterable[Row], header: HeaderMap, layout: Layout[R], *, size: int = CHUNK_ROWS
) -> Iterator[Chunk[R]]:
    """Clean rows in chunks of ``size`` rows as read, good or bad.

    The same file always gives the same chunks, which is what makes a restart possible. A row
    whose identity stood further up in the file is refused and names the line it repeats.
    """
    seen: dict[bytes, int] = {}
    good: list[R] = []
    refusals: list[Refusal] = []
    read = ordinal = 0
    for row in rows:
        read += 1
        result = _prepare(row, header, layout, seen)
        if isinstance(result, list):
            refusals += result
        else:
            good.append(result)
        if read == size:
            yield _chunk(ordinal, good, read, refusals)
            good, refusals, read, ordinal = [], [], 0, ordinal + 1
    if read:
        yield _chunk(ordinal, good, read, refusals)


def compute_content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON; dates as ISO, enums by value."""
    packed = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    )
    return hashlib.sha256(packed.encode()).hexdigest()


def compute_chunk_hash(rows: Iterable[PreparedRow]) -> str:
    """SHA-256 over each row's number and content hash, in order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.owner_number}\n{row.content_hash}\n".encode())
    return digest.hexdigest()


def check_next_chunk(chunks_done: int, ordinal: int) -> bool:
    """True when the chunk is to be written, False when it stands already.

    Raises ChunkOutOfOrder when one before it is missing.
    """
    if ordinal > chunks_done:
        raise ChunkOutOfOrder(expected=chunks_done, got=ordinal)
    return ordinal == chunks_done


def parse_date(text: str) -> date | None:
    """A date as files write it: 2013.01.02, 20170503, 2017-5-3, 2017年5月3日; empty is None.

    Raises ValueError for anything else, and for days that do not exist.
    """
    if not text:
        return None
    text = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("日期无法识别")
    year, month, day, month2, day2 = match.groups()
    try:
        return date(int(year), int(month or month2), int(day or day2))
    except ValueError as error:
        raise ValueError("没有这一天") from error


def _prepare(
    row: Row, header: HeaderMap, layout: Layout[R], seen: dict[bytes, int]
) -> R | list[Refusal]:
    if row.problem:
        return [Refusal(row.line, "", row.problem)]
    fields = {field: row.values.get(column, "") for column, field in header.fields.items()}
    try:
        prepared = layout.prepare(row.line, fields)
    except RowRefusedError as error:
        return [
            Refusal(row.line, header.column_of(field) or field, reason, _shorten(value))
            for field, reason, value in error.faults
        ]
    for name, value in prepared.identities:
        if (first := seen.setdefault(_key(name, value), row.line)) != row.line:
            return [
                Refusal(
                    row.line,
                    "",
                    Message("%(name)s与第 %(first)s 行重复", name=name, first=first),
                    _shorten(value),
                )
            ]
    return prepared


def _key(name: str, value: str) -> bytes:
    """A short stand-in for an identity: a file of a million long texts must fit in memory."""
    return hashlib.blake2b(f"{name}\n{value}".encode(), digest_size=16).digest()


def _chunk(ordinal: int, rows: list[R], read: int, refusals: list[Refusal]) -> Chunk[R]:
    return Chunk(ordinal, tuple(rows), read, tuple(refusals), compute_chunk_hash(rows))


def _shorten(value: str) -> str:
    value = clean_line(value)
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
