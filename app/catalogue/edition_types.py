"""Words of editions and conversion lists. Other rooms enter by ``types``, which says them again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.core.official import Labelled, NationalField, Region


class EditionKind(Labelled):
    """What an edition is: a catalogue (成果目录) or a list of conversion (转化清单)."""

    catalogue = "catalogue", "成果目录"
    conversion_list = "conversion_list", "转化清单"


class EditionState(Labelled):
    """A draft is compiled; a published edition never changes."""

    draft = "draft", "编制中"
    published = "published", "已发布"
    discarded = "discarded", "已作废"


class Visibility(Labelled):
    """Who reads a published edition."""

    public = "public", "公开"
    internal = "internal", "单位内部"


class EditionSort(Labelled):
    """The order of achievements inside a section."""

    newest = "newest", "按发布时间，新的在前"
    by_title = "title", "按名称"
    maturity = "maturity", "按成熟度，高的在前"


class PlanRoute(Labelled):
    """How a unit means to convert an achievement."""

    transfer = "transfer", "转让"
    exclusive = "exclusive", "独占许可"
    ordinary = "ordinary", "普通许可"
    equity = "equity", "作价投资"
    own_use = "own_use", "自行实施转化"
    cooperation = "cooperation", "合作转化"
    auction = "auction", "网络竞价"
    undecided = "undecided", "待定"


class ConversionStatus(Labelled):
    """How far an achievement is on its way, read from what the market's rooms know."""

    not_started = "not_started", "未启动"
    negotiating = "negotiating", "洽谈中"
    offered = "offered", "已发布供给"
    in_lot = "in_lot", "竞价中"
    deal_made = "deal_made", "已成交待签约"
    signed = "signed", "已签约"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which published achievements an edition takes; an empty set means all.

    ``owner_id`` names an organisation (the market's editions only); ``trl_from`` 1 to 9.
    ``since_last``: only what was published after the former edition of this issuer and title.
    """

    fields: frozenset[NationalField] = frozenset()
    regions: frozenset[Region] = frozenset()
    kinds: frozenset[str] = frozenset()
    trl_from: int | None = None
    owner_id: UUID | None = None
    since_last: bool = False
    with_imported: bool = False
    sort: EditionSort = EditionSort.newest


@dataclass(frozen=True, slots=True)
class EditionContent:
    """Everything a compiler may write of an edition."""

    title: str
    period: str = ""
    foreword: str = ""
    visibility: Visibility = Visibility.public
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """Snapshot of an edition; ``owner_id`` None is the market's own."""

    id: UUID
    number: str | None
    kind: EditionKind
    owner_id: UUID | None
    issuer: str
    title: str
    period: str
    issue: int | None
    foreword: str
    visibility: Visibility
    state: EditionState
    size: int
    sha256: str | None
    version: int
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One achievement of an edition: ``content`` as published; ``withdrawn`` is today's word."""

    achievement_id: UUID
    section: NationalField | None
    content: dict[str, Any]
    withdrawn: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class EditionSection:
    """The achievements of one national field (None: without one)."""

    field: NationalField | None
    rows: tuple[EditionRow, ...]


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """Against the former edition of this issuer and title: (number, title) of new and gone."""

    former_number: str
    former_issue: int
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EditionView:
    """A published edition as a reader sees it; ``intact`` says that its hash still fits."""

    facts: EditionFacts
    sections: tuple[EditionSection, ...]
    diff: EditionDiff | None
    intact: bool
    may_manage: bool


@dataclass(frozen=True, slots=True)
class DraftView:
    """An edition being compiled: what its selection finds now, in order, and what is taken out.

    ``included`` is how many stay; ``capped`` when they are more than an edition holds.
    """

    facts: EditionFacts
    content: EditionContent
    owner_name: str
    rows: tuple[EditionRow, ...]
    included: int
    capped: bool
    next_issue: int

    @property
    def excluded(self) -> int:
        """How many are taken out."""
        return len(self.rows) - self.included


@dataclass(frozen=True, slots=True)
class ConversionPlanContent:
    """What a manager sets for one achievement of the list."""

    route: PlanRoute | None = None
    responsible_id: UUID | None = None
    next_step: str = ""
    target_on: date | None = None
    negotiating: bool = False


@dataclass(frozen=True, slots=True)
class ConversionEntry:
    """One line of a list to be frozen, as the read model derived it.

    ``published``: its record is public, so that a public list may name it.
    """

    achievement_id: UUID
    number: str
    title: str
    field: NationalField | None
    published: bool
    status: ConversionStatus
    route: PlanRoute | None = None
    responsible_id: UUID | None = None
    next_step: str = ""
    target_on: date | None = None
