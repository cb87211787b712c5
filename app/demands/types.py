"""Words of demands: needs, states, what an author writes, and snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.core.official import Labelled, NationalField, Region

MASKED_HOLDER: Final = "（单位名称不公开）"


class DemandState(Labelled):
    """Where a demand stands."""

    draft = "draft", "草稿"
    submitted = "submitted", "待审核"
    published = "published", "征集中"
    returned = "returned", "已退回"
    closed = "closed", "已结束"


class Origin(Labelled):
    """How a demand came here."""

    entered = "entered", "单位登记"
    imported = "imported", "导入"


class Need(Labelled):
    """需求类型 (DOMAIN 7.3: union of several provinces' forms, seen as excerpts)."""

    challenge = "challenge", "技术攻关"
    adoption = "adoption", "成果引进"
    improvement = "improvement", "产品或工艺改进"
    testing = "testing", "检验检测"
    talent = "talent", "人才引进"
    equipment = "equipment", "设备共享"
    finance = "finance", "融资"


class Cooperation(Labelled):
    """合作方式."""

    transfer = "transfer", "技术转让"
    licence = "licence", "技术许可"
    commissioned = "commissioned", "委托开发"
    joint = "joint", "合作开发"
    equity = "equity", "技术入股"
    consulting = "consulting", "技术咨询"
    service = "service", "技术服务"


class Confidentiality(Labelled):
    """Whether the organisation's name is published."""

    open = "open", "公开单位名称"
    masked = "masked", "隐去单位名称"


class CloseReason(Labelled):
    """Why a demand ended."""

    solved = "solved", "已找到解决方案"
    withdrawn = "withdrawn", "需求方撤回"
    removed = "removed", "平台下架"
    expired = "expired", "有效期已满"


@dataclass(frozen=True, slots=True)
class DemandContent:
    """Everything an author may write. Only ``title`` is required to save a draft.

    ``budget_minor`` is what the solver would be paid, 分; None means 面议. ``deadline_on`` is when
    the solution must be there, ``expires_on`` the last day on which the demand is shown.
    """

    title: str
    need: Need = Need.challenge
    field: NationalField | None = None
    background: str = ""
    problem: str = ""
    targets: str = ""
    budget_minor: int | None = None
    deadline_on: date | None = None
    cooperation: tuple[Cooperation, ...] = ()
    region: Region | None = None
    confidentiality: Confidentiality = Confidentiality.open
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class DemandView:
    """A demand as one reader sees it; ``holder`` is masked unless he may know it.

    ``owner_id`` is None for imported demands and for readers of masked ones. ``expires_at`` is
    exclusive.
    """

    id: UUID
    number: str
    state: DemandState
    origin: Origin
    version: int
    content: DemandContent
    holder: str
    owner_id: UUID | None
    expires_at: datetime | None
    return_reason: str
    close_reason: CloseReason | None
    created_at: datetime
    submitted_at: datetime | None
    published_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Actions:
    """What this reader may do with a demand now; ``solve``: close it as solved, being its owner."""

    edit: bool = False
    submit: bool = False
    review: bool = False
    close: bool = False
    solve: bool = False


@dataclass(frozen=True, slots=True)
class DemandFacts:
    """Snapshot for rules."""

    id: UUID
    number: str
    owner_id: UUID | None
    care_id: UUID
    origin: Origin
    state: DemandState
    version: int
    content: DemandContent
    expires_at: datetime | None
