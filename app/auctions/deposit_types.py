"""Words of deposits (保证金): states, grounds of forfeiture and its uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from app.core.official import Labelled
from app.payments.types import OrderView, PayoutState, PayoutView, ReceiptView

PURPOSE: Final = "deposit"  # of a pay order


class DepositState(Labelled):
    """required → paid → locked → the rest (DOMAIN 2.7); ``lapsed``: was never paid in time."""

    required = "required", "待交纳"
    paid = "paid", "已到账"
    locked = "locked", "已锁定"
    released = "released", "已退还"
    applied_to_price = "applied_to_price", "抵作价款"
    converted_to_performance = "converted_to_performance", "转为履约保证金"
    forfeited = "forfeited", "不予退还"
    frozen = "frozen", "争议冻结"
    lapsed = "lapsed", "未交纳"


class ReleaseReason(Labelled):
    """Why a deposit goes home. The first come from an application, the rest from the lot's end."""

    application = "application", "报名未通过或已撤回"
    not_winner = "not_winner", "未成为受让方"
    unsold = "unsold", "标的流拍"
    terminated = "terminated", "标的终止"
    annulled = "annulled", "成交结果撤销"
    by_hand = "by_hand", "人工退还"


class ForfeitReason(Labelled):
    """Why a deposit is not given back: a closed list, printed with the lot's rules."""

    refuses_to_sign = "refuses_to_sign", "成为受让方后拒绝签订合同"
    refuses_to_pay = "refuses_to_pay", "未按约定支付价款"
    other_terms = "other_terms", "签订与公告实质不符的合同"
    false_qualification = "false_qualification", "提供虚假的资格材料"
    collusion = "collusion", "与他人恶意串通"
    withdrew = "withdrew", "报名确认后无正当理由退出（公告已载明）"


class Use(Labelled):
    """What a forfeited deposit is for, in the order in which it is used up."""

    costs = "costs", "本次竞价产生的费用"
    shortfall = "shortfall", "再次处置的差价"
    seller = "seller", "归转让方"
    returned = "returned", "余额退还竞买人"


class EndKind(Labelled):
    """How the deposits of a lot end, by how the lot did."""

    running = "running", "进行中"
    won = "won", "成交"
    unsold = "unsold", "流拍"
    failed = "failed", "受让方违约"
    terminated = "terminated", "终止"
    annulled = "annulled", "撤销"


class DepositFilter(Labelled):
    """Which deposits an operator looks at."""

    to_decide = "to_decide", "待处置"
    held = "held", "锁定中"
    frozen = "frozen", "已冻结"
    all = "all", "全部"


@dataclass(frozen=True, slots=True)
class DepositRules:
    """One dated version of the rules of deposits: grounds and uses with their sources."""

    version: str
    release_within_h: int
    grounds: Mapping[ForfeitReason, str]  # → source
    uses: tuple[Use, ...]

    @classmethod
    def of(cls, version: str, stored: Mapping[str, Any]) -> Self:
        return cls(
            version,
            int(stored["release_within_h"]),
            {ForfeitReason(one["reason"]): one["source"] for one in stored["grounds"]},
            tuple(Use(one) for one in stored["uses"]),
        )


@dataclass(frozen=True, slots=True)
class Portion:
    """Part of a forfeited deposit, in 分."""

    use: Use
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Forfeiture:
    """A forfeiture that waits for its second person: what is proposed, by whom, since when."""

    reason: ForfeitReason
    portions: tuple[Portion, ...]
    statement: str
    asked_by: UUID
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DepositView:
    """A deposit as its own organisation, or an operator, sees it. Money in 分."""

    id: UUID
    lot_id: UUID
    lot_number: str
    lot_title: str
    lot_end: EndKind
    party_id: UUID
    party_name: str
    amount_minor: int
    due_at: datetime
    state: DepositState
    leader: bool
    locked_at: datetime | None
    ended_at: datetime | None
    release_due_at: datetime | None
    release_reason: ReleaseReason | None
    returned_at: datetime | None
    forfeit_reason: ForfeitReason | None
    portions: tuple[Portion, ...]
    statement: str
    asked: Forfeiture | None = None

    @property
    def waits(self) -> bool:
        """Whether it is still to be paid."""
        return self.state is DepositState.required

    @property
    def to_decide(self) -> bool:
        """Whether an operator has to say what becomes of it: its winner did not buy, or one has
        proposed to keep it."""
        defaulted = self.state is DepositState.applied_to_price and self.lot_end is EndKind.failed
        return defaulted or self.asked is not None


@dataclass(frozen=True, slots=True)
class DepositPage:
    """What the page of one's own deposit shows."""

    deposit: DepositView
    order: OrderView
    receipts: tuple[ReceiptView, ...]
    payouts: tuple[PayoutView, ...]
    own_account: tuple[str, str] | None  # bank and last four digits of the verified account

    @property
    def under_way(self) -> bool:
        """Whether something is being done that a reload may show done."""
        return any(one.state is not PayoutState.settled for one in self.payouts)
