"""Words of imports: kinds, tallies, refusals, rows and chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

CHUNK_ROWS = 500


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
