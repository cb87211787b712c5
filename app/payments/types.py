"""Words of payments (支付)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.core.official import Labelled


class OrderState(Labelled):
    """Where an order stands. ``opening``: the bank has not confirmed it yet."""

    opening = "opening", "正在向银行登记"
    open = "open", "待缴款"
    paid = "paid", "已到账"
    closed = "closed", "已关闭"


class ReceiptKind(Labelled):
    """What an arrival is (DOMAIN 2.7); only ``matched`` and the due part of ``surplus`` count."""

    matched = "matched", "相符"
    surplus = "surplus", "多付"
    late = "late", "逾期到账"
    short = "short", "少付"
    third_party = "third_party", "非本人账户"
    doubled = "doubled", "重复缴款"
    unknown = "unknown", "无法对应"


class ReceiptState(Labelled):
    """What became of an arrival."""

    counted = "counted", "已入账"
    returning = "returning", "退回中"
    returned = "returned", "已退回"


class PayoutKind(Labelled):
    """Back to where it came from, or to whom it is due."""

    refund = "refund", "退款"
    capture = "capture", "扣划"


class PayoutReason(Labelled):
    """Why money leaves. The first ones are the returns of arrivals that do not count."""

    late = "late", "逾期到账，全额退回"
    short = "short", "金额不足，全额退回"
    surplus = "surplus", "超出应缴金额的部分退回"
    third_party = "third_party", "非本单位已核验账户转入，全额退回"
    doubled = "doubled", "重复缴款，全额退回"
    unknown = "unknown", "无法对应缴款单，全额退回"
    released = "released", "保证金退还"
    forfeited = "forfeited", "保证金扣划"
    manual = "manual", "人工退款"


class PayoutState(Labelled):
    """asked → waiting → sending → ordered → settled; a failed try waits again.

    ``asked`` (by hand, needs a second person) may be ``refused``.
    """

    asked = "asked", "待复核"
    waiting = "waiting", "待划付"
    sending = "sending", "正在提交银行"
    ordered = "ordered", "银行已受理"
    settled = "settled", "已到账"
    refused = "refused", "复核未通过"


class PayoutFilter(Labelled):
    """Which payouts a list shows."""

    all = "all", "全部"
    stuck = "stuck", "滞留"
    asked = "asked", "待复核"


class DifferenceKind(Labelled):
    """How the bank's day and ours differ."""

    unknown_row = "unknown_row", "银行有、平台无"
    missing_row = "missing_row", "平台有、银行无"
    amount = "amount", "金额不一致"
    twice = "twice", "银行重复记录"
    balance = "balance", "余额不一致"


class StatementState(Labelled):
    """Where the comparison of one day stands."""

    asked = "asked", "待取回"
    even = "even", "一致"
    differs = "differs", "有差异"


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the classification of an arrival needs of its order. Money in 分."""

    amount_minor: int
    due_at: datetime
    state: OrderState


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival; ``at`` on the market's clock, ``own`` from the party's own verified account."""

    amount_minor: int
    at: datetime
    own: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an arrival is: ``counted_minor`` stays, ``back_minor`` goes back; both in 分."""

    kind: ReceiptKind
    counted_minor: int
    back_minor: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its party sees it. ``counter_href`` leads to the bank; empty until registered."""

    id: UUID
    number: str
    purpose: str
    subject_kind: str
    subject_id: UUID
    party_id: UUID
    amount_minor: int
    due_at: datetime
    state: OrderState
    payee_name: str
    payee_bank: str
    payee_account: str
    counter_href: str
    opened_at: datetime
    paid_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One arrival. ``payer`` is masked where it is a person."""

    id: UUID
    reference: str
    order_number: str | None
    party_name: str
    kind: ReceiptKind
    state: ReceiptState
    amount_minor: int
    counted_minor: int
    back_minor: int
    payer: str
    payer_digits: str
    arrived_at: datetime
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutView:
    """One payout, for the operators' queue and for the party it goes back to."""

    id: UUID
    number: str
    kind: PayoutKind
    reason: PayoutReason
    state: PayoutState
    amount_minor: int
    order_number: str | None
    receipt_id: UUID
    party_name: str
    attempts: int
    last_error: str
    note: str
    asked_by: UUID | None
    made_at: datetime
    due_at: datetime | None
    stuck_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One difference of one day."""

    id: UUID
    day: date
    kind: DifferenceKind
    reference: str
    bank_minor: int | None
    our_minor: int | None
    found_at: datetime
    settled_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class StatementView:
    """The comparison of one day. ``rows`` is how many rows the bank named."""

    day: date
    state: StatementState
    rows: int
    in_minor: int
    out_minor: int
    differences: int
    read_at: datetime | None


NOTE_MAX: Final = 500
