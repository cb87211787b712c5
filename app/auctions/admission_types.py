"""Words of admission (报名与资格确认): states, the closed list of refusals, what pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.auctions.engine.types import Criterion
from app.core.official import Labelled
from app.files.types import FileView

MAX_STATEMENT: Final = 4000  # characters
MAX_NOTE: Final = 2000


class ApplicationState(Labelled):
    """Where an application stands. ``accepted`` waits for the deposit, where one is asked for."""

    submitted = "submitted", "待审核"
    accepted = "accepted", "已通过审核"
    admitted = "admitted", "已取得竞买资格"
    refused = "refused", "未通过"
    withdrawn = "withdrawn", "已撤回"


class RefusalReason(Labelled):
    """The closed list: nobody is refused for anything else. ``source`` says what it rests on."""

    seller = "seller", "转让方不得参与本标的的竞价"
    staff = "staff", "平台工作人员及其所在单位不得参与竞价"
    related_party = "related_party", "与转让方存在关联关系"
    documents_missing = "documents_missing", "报名材料不齐全"
    documents_untrue = "documents_untrue", "报名材料不真实或不能核实"
    condition_not_met = "condition_not_met", "不符合公告载明的受让方资格条件"
    values_unproven = "values_unproven", "申报的评分数值没有材料证明"
    defaulted_before = "defaulted_before", "在本成果此前的竞价中成交后违约"
    too_late = "too_late", "报名时间已经截止"
    deposit_missing = "deposit_missing", "未在截止前从本单位账户足额交纳保证金"
    not_decided = "not_decided", "截止前未能完成资格审核"
    lot_ended = "lot_ended", "标的已经结束，不再接受报名"

    @property
    def source(self) -> str:
        """What the reason rests on (Chinese source text)."""
        return _SOURCES[self]


_SOURCES: Final[Mapping[RefusalReason, str]] = {
    RefusalReason.seller: "拍卖法第三十条",
    RefusalReason.staff: "拍卖法第二十二条",
    RefusalReason.related_party: "最高人民法院网络司法拍卖规定第三十四条（参照）",
    RefusalReason.documents_missing: "标的公告所列报名材料",
    RefusalReason.documents_untrue: "标的公告所列报名材料",
    RefusalReason.condition_not_met: "标的公告所列受让方资格条件",
    RefusalReason.values_unproven: "标的公告所列评分标准",
    RefusalReason.defaulted_before: "最高人民法院网络司法拍卖规定第二十四条（参照）",
    RefusalReason.too_late: "标的公告所列报名期限",
    RefusalReason.deposit_missing: "最高人民法院网络司法拍卖规定第十七条（参照）",
    RefusalReason.not_decided: "本平台规则",
    RefusalReason.lot_ended: "标的公告",
}

# What an operator may find; the others follow from the record.
CHOSEN: Final = (
    RefusalReason.documents_missing,
    RefusalReason.documents_untrue,
    RefusalReason.condition_not_met,
    RefusalReason.values_unproven,
    RefusalReason.related_party,
    RefusalReason.staff,
    RefusalReason.defaulted_before,
)


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an applicant to a lot must bring. Money in 分; the ends are exclusive.

    ``reviewed``: an operator decides before anybody is admitted.
    """

    reviewed: bool
    conditions: str
    documents: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    deposit_minor: int
    joins_from: datetime | None
    joins_until: datetime
    decides_until: datetime
    deposit_due_at: datetime | None = None  # when the deposit must have arrived, exclusive

    @property
    def at_once(self) -> bool:
        """Whether joining is being admitted: nothing to bring, to pay or to decide."""
        return not (
            self.reviewed
            or self.conditions
            or self.documents
            or self.criteria
            or self.deposit_minor
        )


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """Snapshot of one application for rules."""

    id: UUID
    lot_id: UUID
    party_id: UUID
    state: ApplicationState
    reason: RefusalReason | None
    decided_by: UUID | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint about a refusal, and its answer."""

    text: str
    filed_at: datetime
    upheld: bool | None
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as the applicant or an operator sees it. No code is in it, nor when the
    bidder was admitted: who decides must not be able to tell which code came of it."""

    id: UUID
    lot_number: str
    lot_title: str
    party_id: UUID
    party_name: str
    state: ApplicationState
    reason: RefusalReason | None
    note: str
    statement: str
    values: tuple[tuple[Criterion, int | None], ...]
    documents: tuple[tuple[str, tuple[FileView, ...]], ...]
    conditions: str
    deposit_minor: int
    deposit_due_at: datetime | None
    applied_at: datetime
    decided_at: datetime | None
    due_at: datetime | None
    complaint: ComplaintView | None
    may_withdraw: bool
    may_complain: bool
    may_decide: bool
    may_answer: bool


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """One line of a list of applications."""

    id: UUID
    lot_number: str
    lot_title: str
    party_name: str
    state: ApplicationState
    reason: RefusalReason | None
    applied_at: datetime
    due_at: datetime | None
    complained: bool


@dataclass(frozen=True, slots=True)
class ApplyView:
    """What the form of an application needs: the lot's demands, and what stands already."""

    lot_number: str
    lot_title: str
    seller_name: str
    needs: Requirements
    application: ApplicationView | None


@dataclass(frozen=True, slots=True)
class LookView:
    """A look behind the codes of a lot, in its steps; never the names."""

    id: UUID
    lot_number: str
    lot_title: str
    reason: str
    asker: str
    asked_at: datetime
    approver: str
    approved_at: datetime | None
    expires_at: datetime | None
    read_at: datetime | None
    may_approve: bool
    may_read: bool


@dataclass(frozen=True, slots=True)
class Unveiled:
    """What a look shows, once: who stands behind which code."""

    look: LookView
    names: tuple[tuple[str, str], ...]
