"""Words of imports: kinds, tallies, refusals, rows and chunks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from app.core.actor import Actor
from app.core.official import Labelled
from app.core.tables import Table, TableKind

CHUNK_ROWS = 500
# Of an uploaded file. Our own limits (本平台规则); the command line knows none of them.
MAX_UPLOAD: Final = 200 * 1024 * 1024
MAX_UPLOAD_ROWS: Final = 1_000_000
MAX_KEPT: Final = 50_000  # refusals told one by one
SAMPLE_ROWS: Final = 3
UPLOAD_OWNER: Final = "imports.upload"  # what the files of uploads are attached to
UPLOAD_JOB: Final = "imports.work_upload"


class ImportKind(StrEnum):
    """What a file brings."""

    achievements = "achievements"
    demands = "demands"


class OnBadRow(StrEnum):
    """What to do about a bad row: leave it out, or bring in nothing while there is one."""

    skip = "skip"
    stop = "stop"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One fault of one row. ``column`` is named as in the file; empty for the whole row."""

    line: int
    column: str
    reason: str
    value: str = ""


class RowRefusedError(Exception):
    """A row cannot be taken; holds every (field, reason, value) found wrong with it."""

    def __init__(self, faults: list[tuple[str, str, str]]) -> None:
        super().__init__("; ".join(reason for _, reason, _ in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows were read, and what became of them; counts add up to ``read``."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.read + other.read,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.refused + other.refused,
        )

    @property
    def taken(self) -> int:
        """Rows that were not refused."""
        return self.read - self.refused


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands: in whose care, how many chunks are committed, their counts."""

    id: UUID
    care_id: UUID
    chunks_done: int
    tally: Tally


class PreparedRow(Protocol):
    """A clean row, ready to be written."""

    @property
    def line(self) -> int: ...

    @property
    def owner_number(self) -> str:
        """The care organisation's own number; unique there."""
        ...

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that would be written; equal hashes mean nothing changed."""
        ...

    @property
    def identities(self) -> tuple[tuple[str, str], ...]:
        """(name in Chinese, value) pairs of which each may stand in a file once."""
        ...


R = TypeVar("R", bound=PreparedRow)


@dataclass(frozen=True, slots=True)
class Layout(Generic[R]):
    """How rows of one kind are read.

    ``headers`` gives each field the column names it goes by, in canonical form
    (:func:`app.imports.rules.canonical_name`). A file must have each of ``required``. ``prepare``
    takes (line, fields) and cleans one row, or raises RowRefusedError. ``analyse`` does the costly
    part of writing that needs no database, one result a row; it may run in another process.
    """

    kind: ImportKind
    headers: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    prepare: Callable[[int, Mapping[str, str]], R]
    analyse: Callable[[tuple[R, ...]], list[Any]] | None = None


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """Which column holds which field; ``ignored`` columns hold nothing we take."""

    fields: Mapping[str, str]
    ignored: tuple[str, ...] = ()

    def column_of(self, name: str) -> str:
        """The column that holds a field, as the file names it; empty when none does."""
        return next((c for c, f in self.fields.items() if f == name), "")


@dataclass(frozen=True, slots=True)
class Chunk(Generic[R]):
    """Up to 500 rows as read: the good ones, and how many there were at all.

    ``analysed`` holds what the layout's ``analyse`` gave for each of ``rows``, or nothing yet.
    """

    ordinal: int
    rows: tuple[R, ...]
    read: int
    refusals: tuple[Refusal, ...] = ()
    sha256: str = ""
    analysed: tuple[Any, ...] = ()

    @property
    def refused(self) -> int:
        return self.read - len(self.rows)


# A room's verb for one chunk; returns the rows it had to refuse at the last moment.
WriteChunk = Callable[..., Awaitable[Sequence[Refusal]]]
# A room's answer to "what would writing this chunk do?"; it writes nothing.
JudgeChunk = Callable[..., Awaitable[tuple[Tally, Sequence[Refusal]]]]


class UploadState(Labelled):
    """Where an uploaded file stands."""

    received = "received", "正在读取"
    mapping = "mapping", "待核对列"
    checking = "checking", "正在检查"
    checked = "checked", "待确认导入"
    running = "running", "正在导入"
    finished = "finished", "导入完成"
    cancelled = "cancelled", "已取消"
    refused = "refused", "无法导入"

    @property
    def is_over(self) -> bool:
        return self in (UploadState.finished, UploadState.cancelled, UploadState.refused)

    @property
    def is_working(self) -> bool:
        """Whether the worker has it, so that it changes without anybody doing anything."""
        return self in (UploadState.received, UploadState.checking, UploadState.running)


class Phase(StrEnum):
    """Which reading of a file refused a row."""

    check = "check"
    run = "run"


@dataclass(frozen=True, slots=True)
class TableShape:
    """How a file was read: told by its content when it came."""

    kind: TableKind
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def table(self, path: Path) -> Table:
        """The file, to be read as it was when it came: nothing is guessed a second time."""
        return Table(path, self.kind, self.encoding, self.delimiter, self.columns)


@dataclass(frozen=True, slots=True)
class UploadView:
    """An uploaded file and what became of it.

    ``samples`` holds the cells of the first rows, shortened. ``checked`` counts what a run would
    do; ``result`` what it did. ``refusals`` are those kept of the last reading (a row may have
    several). ``purge_at``: when file and report are taken away; None once they were.
    """

    id: UUID
    kind: ImportKind
    care_id: UUID
    care_name: str
    person_name: str
    state: UploadState
    file_id: UUID | None
    file_name: str
    file_sha256: str
    size: int
    shape: TableShape | None
    samples: tuple[tuple[str, ...], ...]
    mapping: Mapping[str, str]
    done_rows: int
    total_rows: int
    checked: Tally | None
    result: Tally | None
    refusals: int
    problem: str
    stopping: bool
    created_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    purge_at: datetime | None
    now: datetime

    @property
    def phase(self) -> Phase:
        """The reading whose refusals are told."""
        return Phase.check if self.result is None else Phase.run

    @property
    def rate(self) -> int:
        """Rows a second of the reading that is under way or was the last one."""
        if self.began_at is None or not self.done_rows:
            return 0
        seconds = ((self.ended_at or self.now) - self.began_at).total_seconds()
        return round(self.done_rows / max(seconds, 0.1))

    @property
    def seconds_left(self) -> int | None:
        """About how long it will still take; None while nobody can tell."""
        if not self.rate or not self.total_rows:
            return None
        return max(0, round((self.total_rows - self.done_rows) / self.rate))


@dataclass(frozen=True, slots=True)
class UploadWork:
    """What the worker needs for an upload that waits for it."""

    id: UUID
    kind: ImportKind
    care_id: UUID
    state: UploadState
    file_name: str
    file_sha256: str
    shape: TableShape | None
    mapping: Mapping[str, str]
    rows: int
    actor: Actor
