"""What a table to be exported is: named columns of a kind, and rows of plain values."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

# Rows of one file. A spreadsheet of more is slow to open, and a list of more wants a filter.
MOST_ROWS: Final = 50_000

# text: a str, a word with a label, or several of them · money: whole 分 · date, time: a date or an
# aware instant, shown in Beijing time · number: an int or a Decimal · state: a word of a state.
# None is an empty cell in every kind.
Kind = Literal["text", "money", "date", "time", "number", "state"]

T = TypeVar("T")
Rows = Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready to be written: its name (also the file's), (header, kind) columns, its rows."""

    name: str
    columns: Sequence[tuple[str, Kind]]
    rows: Rows
    most: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its header (Chinese source text), and how a row tells its value."""

    header: str
    value: Callable[[T], Any]
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list of the market as a table.

    ``word`` names it in the audit trail, ``name`` names the file (Chinese source text).
    ``audited``: it tells of others what is not public, so taking it away leaves a line.
    """

    word: str
    name: str
    columns: tuple[Column[T], ...]
    audited: bool = False
    most: int = MOST_ROWS

    def heads(self) -> list[tuple[str, Kind]]:
        return [(column.header, column.kind) for column in self.columns]

    def row(self, item: T) -> list[Any]:
        return [column.value(item) for column in self.columns]
