"""Values of the room: points to check, and what they are checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.core.i18n import _n
from app.core.settings import Settings
from app.core.signs import Sign, SignOf
from search.drift.types import LastCheck
from search.embedding import BROKEN
from search.following.types import Dead, Standing

MODEL_BROKEN: Final = BROKEN
"""Begins a fault of search that is one of its model's files."""


class State(StrEnum):
    """How a point stands. The order is that of urgency."""

    bad = "bad"  # mend it now
    warn = "warn"  # mend it soon
    ok = "ok"


STATE_LABELS: Final[Mapping[State, str]] = {
    State.bad: _n("须立即处理"),
    State.warn: _n("待处理"),
    State.ok: _n("正常"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at. Texts are Chinese constants or Messages.

    ``found`` says what was seen, ``why`` what it would lead to, ``mend`` what to do about it.
    ``stops`` tells whether the market must not serve while it is bad. ``lines`` are particulars.
    """

    key: str
    title: str
    state: State
    found: str
    why: str
    mend: str
    stops: bool = False
    lines: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether somebody must do something."""
        return self.state is not State.ok


@dataclass(frozen=True, slots=True)
class Report:
    """All points at one instant, the urgent ones first."""

    at: datetime | None
    points: tuple[Point, ...]

    @property
    def open(self) -> int:
        """How many points wait for somebody."""
        return sum(point.open for point in self.points)

    @property
    def ready(self) -> bool:
        """Whether the market may serve."""
        return not any(point.stops and point.state is State.bad for point in self.points)


@dataclass(frozen=True, slots=True)
class Machine:
    """What the program knows by itself: its settings, the revision its tables must have, and why
    PostgreSQL stands in for the engine of search in this process, and questions have no meaning
    there, "" when that is not so."""

    settings: Settings
    revision: str
    find_search_fault: Callable[[], str] = lambda: ""
    find_meaning_fault: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the disk of the data folder, in bytes."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What the serving role could do that it need not."""

    name: str
    superuser: bool
    may_create: bool  # roles, databases, or a way around row security
    owns_tables: bool
    may_rewrite: bool  # audit entries


@dataclass(frozen=True, slots=True)
class DatedRows:
    """Rows of one table of rules that were not read in the law's own text.

    ``unread`` rows came from excerpts or general knowledge (待核实); ``ours`` are this market's own
    defaults. ``sources`` names them.
    """

    table: str
    unread: int
    ours: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the checks are decided on, read in one transaction."""

    now: datetime
    database_skew: timedelta
    offset: timedelta
    revision: str
    role: RoleFacts
    signs: Mapping[SignOf, Sign]
    dated: tuple[DatedRows, ...]
    calendar_years: frozenset[int]
    role_holders: Mapping[str, int]
    demo_logins: int
    held_jobs: int
    dead_dispatches: int
    mails_failing: int
    overdue_s: float
    disk: Disk | None
    followers: tuple[Standing, ...] = ()
    dead_documents: tuple[Dead, ...] = ()
    index_check: LastCheck | None = None
    encoder_missing: bool = False
