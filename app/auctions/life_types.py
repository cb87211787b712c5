"""Words of a lot's life around the bidding: drafts, announcements, why a lot stops and ends.

Every list of reasons is closed, with its source; a reason is published with a statement in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.auctions.engine.types import BidMode, LotOutcome, LotState
from app.core.i18n import _n


class Sourced(StrEnum):
    """A closed word with its Chinese label and the source that knows it."""

    label: str
    source: str

    def __new__(cls, value: str, label: str = "", source: str = "") -> Sourced:
        made = str.__new__(cls, value)
        made._value_ = value
        made.label, made.source = label, source
        return made


_OURS = _n("本平台规定")


class SuspendReason(Sourced):
    """Why a lot is suspended (中止)."""

    service_outage = "service_outage", _n("服务中断"), _n("参照网络司法拍卖规定 28")
    system_fault = "system_fault", _n("系统故障"), _n("参照网络司法拍卖规定 28")
    complaint = "complaint", _n("收到影响权属或者公平的投诉举报"), _OURS
    authority = "authority", _n("司法或者行政机关要求"), _n("参照网络司法拍卖规定 28")
    seller_request = "seller_request", _n("转让方说明理由并请求中止"), _OURS
    title_dispute = "title_dispute", _n("权属争议"), _OURS
    notice_error = "notice_error", _n("公告内容有重大错误"), _OURS
    force_majeure = "force_majeure", _n("不可抗力"), _n("民法典 180")


class TerminateReason(Sourced):
    """Why a lot is ended before its end (终止)."""

    title_lost = "title_lost", _n("权属发生变化或者灭失"), _OURS
    forbidden = "forbidden", _n("国家法律政策禁止处置"), _n("拍卖法 7")
    authority = "authority", _n("司法或者行政机关要求"), _OURS
    notice_error = "notice_error", _n("公告内容有重大错误且无法更正"), _OURS
    withdrawn = "withdrawn", _n("转让方撤回"), _n("拍卖法 29")


class FailReason(Sourced):
    """How a winner defaulted (P-惠 6, P-宁须 4-5)."""

    refused_to_sign = "refused_to_sign", _n("成交后拒绝签约"), _n("交易机构规则摘录")
    did_not_pay = "did_not_pay", _n("未按规定付款"), _n("拍卖法 39")
    other_terms = "other_terms", _n("提出与公告不同的条件签约"), _n("交易机构规则摘录")
    false_papers = "false_papers", _n("以虚假材料取得资格"), _n("交易机构规则摘录")
    collusion = "collusion", _n("恶意串通"), _n("拍卖法 65")


class AnnulGround(Sourced):
    """On what ground a result is voided (撤销; L-网拍31, by analogy)."""

    misdescription = "misdescription", _n("标的说明严重失实"), _n("参照网络司法拍卖规定 31（一）")
    system_error = "system_error", _n("系统故障致使结果错误"), _n("参照网络司法拍卖规定 31（二）")
    collusion = "collusion", _n("恶意串通"), _n("参照网络司法拍卖规定 31（三）")
    ineligible = "ineligible", _n("受让方不具备资格"), _n("参照网络司法拍卖规定 31（四）")
    unequal = "unequal", _n("违法限制参加或者条件不平等"), _n("参照网络司法拍卖规定 31（五）")
    procedure = "procedure", _n("严重违反程序且损害利益"), _n("参照网络司法拍卖规定 31（六）")


class AnnouncementKind(StrEnum):
    """What was announced of a lot (公告)."""

    published = "published"
    amended = "amended"
    suspended = "suspended"
    cause_ended = "cause_ended"
    resumed = "resumed"
    terminated = "terminated"
    failed = "failed"
    annulled = "annulled"
    negotiating = "negotiating"
    negotiated = "negotiated"
    look_asked = "look_asked"
    look_approved = "look_approved"
    look_read = "look_read"

    @property
    def label(self) -> str:
        return _KINDS[self]


_KINDS = {
    AnnouncementKind.published: _n("竞价公告"),
    AnnouncementKind.amended: _n("变更公告"),
    AnnouncementKind.suspended: _n("中止公告"),
    AnnouncementKind.cause_ended: _n("中止原因消除"),
    AnnouncementKind.resumed: _n("恢复公告"),
    AnnouncementKind.terminated: _n("终止公告"),
    AnnouncementKind.failed: _n("未能成交公告"),
    AnnouncementKind.annulled: _n("结果撤销公告"),
    AnnouncementKind.negotiating: _n("进入协商期"),
    AnnouncementKind.negotiated: _n("协商期结束"),
    AnnouncementKind.look_asked: _n("申请查看身份"),
    AnnouncementKind.look_approved: _n("同意查看身份"),
    AnnouncementKind.look_read: _n("已查看身份"),
}


@dataclass(frozen=True, slots=True)
class AnnouncementView:
    """One announcement as everybody sees it; ``facts`` are public."""

    kind: AnnouncementKind
    statement: str
    facts: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class LotDraftView:
    """A lot that is being written; ``form`` as typed, without a hidden reserve."""

    id: UUID
    offer_number: str
    offer_title: str
    form: Mapping[str, list[str]]
    version: int
    relisted_from: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a change announcement changes; None leaves a thing as it is. Money in 分.

    ``step_minor`` makes one step all the way; several tiers cannot be amended, only replaced by
    one. ``reserve_minor`` lowers or raises an open reserve; a hidden one stays as committed.
    """

    free_starts_at: datetime | None = None
    free_ends_at: datetime | None = None
    registration_ends_at: datetime | None = None
    start_minor: int | None = None
    step_minor: int | None = None
    reserve_minor: int | None = None
    deposit_minor: int | None = None
    deposit_due_at: datetime | None = None
    conditions: str | None = None
    documents: tuple[str, ...] | None = None
    viewing: str | None = None
    viewing_starts_at: datetime | None = None
    viewing_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A lot as a calendar shows it: when it opens and when its scheduled span ends."""

    number: str
    title: str
    mode: str
    state: LotState
    outcome: LotOutcome | None
    registration_ends_at: datetime | None
    starts_at: datetime
    ends_at: datetime
    start_minor: int
    version: int
    changed_at: datetime


class LotStep(StrEnum):
    """What an actor may do to a published lot now."""

    amend = "amend"
    suspend = "suspend"
    end_cause = "end_cause"
    resume = "resume"
    terminate = "terminate"
    fail = "fail"
    annul = "annul"
    end_negotiation = "end_negotiation"
    relist = "relist"


# Whose reason it is to suspend: a seller's own, and the operator's.
BY_SELLER: Final = frozenset(
    {SuspendReason.title_dispute, SuspendReason.notice_error, SuspendReason.force_majeure}
)
BY_OPERATOR: Final = frozenset(
    {
        SuspendReason.system_fault,
        SuspendReason.complaint,
        SuspendReason.authority,
        SuspendReason.seller_request,
    }
)


def list_reasons(*, judge: bool) -> dict[LotStep, tuple[Sourced, ...]]:
    """The closed list behind each step, as the verbs take it: from whom may judge a lot, or from
    its seller. Whether the step is open at all is another question."""
    if not judge:
        return {
            LotStep.suspend: tuple(one for one in SuspendReason if one in BY_SELLER),
            LotStep.terminate: (TerminateReason.withdrawn,),
        }
    return {
        LotStep.suspend: tuple(one for one in SuspendReason if one in BY_OPERATOR),
        LotStep.terminate: tuple(
            one for one in TerminateReason if one is not TerminateReason.withdrawn
        ),
        LotStep.fail: tuple(FailReason),
        LotStep.annul: tuple(AnnulGround),
    }


@dataclass(frozen=True, slots=True)
class StandingLot:
    """A lot that is not over, as the operator watches it; ``reason`` while it is suspended.

    ``resume_by``: the last instant, exclusive, once the cause has ended (L-网拍28).
    """

    number: str
    title: str
    mode: BidMode
    state: LotState
    free_starts_at: datetime
    free_ends_at: datetime
    cycle_ends_at: datetime
    price_minor: int | None
    seq: int
    suspended_at: datetime | None
    reason: SuspendReason | None
    resume_by: datetime | None
