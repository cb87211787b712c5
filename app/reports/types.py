"""What the read models answer: plain frozen values, ready to be shown.

Labels are Chinese source texts (translated where they are rendered); money is in 分; instants
are aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.catalogue.types import AchievementState, ConversionStatus, PlanRoute
from app.core.official import NationalField


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the market, e.g. ("公开成果", 12408, "项"). Money has ``minor`` instead."""

    label: str
    value: int = 0
    unit: str = ""
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One public thing in a list.

    ``kind``: achievement, offer, demand or lot; ``href`` is its page. ``state`` is a word of its
    room's states ("" shows none). ``price_minor`` with ``price_label`` ("起始价", "当前价",
    "成交价", "预算"); ``price_label`` alone when there is no number ("面议"). ``ends_at``: until
    when one can act. ``imported``: information carried over, not offered by a verified holder.
    """

    kind: str
    kind_label: str
    number: str
    title: str
    href: str
    state: str = ""
    holder: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    price_label: str = ""
    price_minor: int | None = None
    ends_at: datetime | None = None
    published_at: datetime | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One newly public thing in a feed."""

    path: str
    title: str
    summary: str
    author: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FieldCount:
    """One national field with how many public things it holds; ``capped`` shows as 1万+."""

    label: str
    count: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class HomeView:
    """The front page: true figures, what moves now, what is new.

    Lists hold what there is, newest first, at most what the page shows (6 lots, 6 offers,
    6 achievements, 6 demands); running lots come first, by what ends soonest.
    """

    figures: tuple[Figure, ...] = ()
    hot_words: tuple[str, ...] = ()
    fields: tuple[FieldCount, ...] = ()
    lots: tuple[Card, ...] = ()
    offers: tuple[Card, ...] = ()
    achievements: tuple[Card, ...] = ()
    demands: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldingsView:
    """What an organisation shows in public, newest first, each at most one shelf."""

    achievements: tuple[Card, ...] = ()
    offers: tuple[Card, ...] = ()
    lots: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for the actor: how many of them, and where to see to it.

    ``tone``: "warn" when somebody else is waiting, "info" otherwise.
    """

    label: str
    count: int
    href: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class DeskView:
    """What an actor finds when he comes to work: his tasks, then what moves that concerns him."""

    tasks: tuple[Task, ...] = ()
    lots: tuple[Card, ...] = ()
    deals: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The operator's queue: each kind of thing with how many wait, and since when the oldest."""

    queues: tuple[Task, ...] = ()
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One audit entry for reading; names are looked up, never stored in the trail."""

    seq: int
    at: datetime
    action: str
    subject_kind: str
    subject_id: str
    person: str
    organisation: str
    facts: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class ConversionFilter:
    """What of a conversion list is asked for; ``late``: the target day has passed."""

    status: ConversionStatus | None = None
    responsible_id: UUID | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class ConversionLine:
    """One achievement of a unit with its derived status and what is planned."""

    achievement_id: UUID
    number: str
    title: str
    field: NationalField | None
    state: AchievementState
    trl: int | None
    status: ConversionStatus
    route: PlanRoute | None
    responsible_id: UUID | None
    responsible: str
    next_step: str
    target_on: date | None
    negotiating: bool
    plan_version: int
    late: bool


@dataclass(frozen=True, slots=True)
class DisclosureCounts:
    """How many disclosures one unit has; no word of any."""

    organisation: str
    submitted: int
    waiting: int
    overdue: int
    accepted: int
    converted: int
