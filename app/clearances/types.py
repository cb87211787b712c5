"""Words of clearances (前置审查) and of rights of pre-emption (优先购买权)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.catalogue.types import Disposal, Trust
from app.core.official import Labelled
from app.files.types import FileView

MAX_WORDS: Final = 2000  # characters of a basis, a reason, a notice


class ClearanceKind(Labelled):
    """What has to be settled (DOMAIN 1.8)."""

    preemption = "preemption", "优先购买权的通知与答复"
    partner_consent = "partner_consent", "合作转化各方同意"
    decision = "decision", "单位集体决策"
    state_assets = "state_assets", "国有资产审批或备案"
    secrecy = "secrecy", "保密审查"
    security = "security", "国家安全审查"
    export = "export", "技术出口许可或合同登记"
    fiscal_abroad = "fiscal_abroad", "财政资金项目成果向境外转让或独占许可的批准"
    encumbrance = "encumbrance", "质押、查封等权利负担"
    other = "other", "其他前置事项"


class ClearanceState(Labelled):
    """Where a gate stands."""

    open = "open", "待办理"
    passed = "passed", "已通过"
    blocked = "blocked", "已阻止"


class RightBasis(Labelled):
    """Where a right of pre-emption comes from."""

    completer = "completer", "职务技术成果完成人（民法典第八百四十七条）"
    commissioner = "commissioner", "委托开发的委托人（民法典第八百五十九条）"
    co_developer = "co_developer", "合作开发的其他当事人（民法典第八百六十条）"
    co_owner = "co_owner", "按份共有人（民法典第三百零五条，待核实）"
    agreement = "agreement", "合同或章程约定"


class ServiceWay(Labelled):
    """How the holder was told."""

    workbench = "workbench", "平台内送达"
    paper = "paper", "书面送达"
    public = "public", "公告送达"


class RightResponse(Labelled):
    """What became of a right; ``silent`` is a waiver by silence."""

    take_part = "take_part", "参加并保留优先购买权"
    waive = "waive", "放弃"
    silent = "silent", "逾期未答复，视为放弃"


@dataclass(frozen=True, slots=True)
class GateRule:
    """One dated row: what a way of disposal needs, or what a kind of gate is about.

    ``disposal`` and ``mode`` None stand for every one; ``required`` False is opened where it
    applies. ``days`` is the notice in calendar days (日), ``public_days`` after how many a public
    notice counts as served; both of pre-emption alone.
    """

    kind: ClearanceKind
    disposal: Disposal | None
    mode: str | None
    required: bool
    days: int | None
    public_days: int | None
    reason: str
    source: str
    trust: Trust
    in_force_from: date
    in_force_to: date | None


@dataclass(frozen=True, slots=True)
class ClearanceFacts:
    """Snapshot of one gate."""

    id: UUID
    offer_id: UUID
    kind: ClearanceKind
    state: ClearanceState
    basis: str
    reason: str
    opened_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class RightFacts:
    """Snapshot of one right. ``answer_by`` is exclusive; ``bidder_id`` is the party that bids under
    it: the holder, or the organisation through which a person takes part."""

    id: UUID
    offer_id: UUID
    owner_id: UUID
    holder_id: UUID | None
    bidder_id: UUID | None
    basis: RightBasis
    rank: int
    way: ServiceWay
    notified_at: datetime
    served_at: datetime
    answer_by: datetime
    response: RightResponse | None
    responded_at: datetime | None

    @property
    def is_alive(self) -> bool:
        """Whether it may still be exercised."""
        return self.response in (None, RightResponse.take_part)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer before a sale: passed, or what is open, a sentence each."""

    passed: bool
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClearanceView:
    """A gate as its house and the platform see it."""

    facts: ClearanceFacts
    files: tuple[FileView, ...]
    may_settle: bool
    may_block: bool
    may_lift: bool


@dataclass(frozen=True, slots=True)
class RightView:
    """A right as its house, its holder and the platform see it."""

    facts: RightFacts
    holder_name: str
    owner_name: str
    offer_number: str
    title: str
    notice: str
    note: str
    files: tuple[FileView, ...]
    may_answer: bool  # the holder himself
    may_record: bool  # the house, with his written answer

    @property
    def id(self) -> UUID:
        return self.facts.id


@dataclass(frozen=True, slots=True)
class Board:
    """Everything before a sale of one offer; ``needed`` are required kinds not yet opened."""

    offer_id: UUID
    offer_number: str
    title: str
    disposal: Disposal
    verdict: Verdict
    clearances: tuple[ClearanceView, ...]
    needed: tuple[GateRule, ...]
    rules: tuple[GateRule, ...]
    rights: tuple[RightView, ...]
    may_open: bool
    may_block: bool
    may_record: bool
