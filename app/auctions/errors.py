"""Refusals of this room. A refused bid is an answer with a row; only the edge raises it."""

from __future__ import annotations

from app.auctions.types import BidReceipt, sentence_of
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound


class LotMissing(NotFound):
    """No lot has this number."""

    code, title = "lot-missing", "未找到该竞价标的"


class RulebookMissing(NotFound):
    """No version of the rules has this name."""

    code, title = "rulebook-missing", "没有这一版竞价规则"


class TermsNotBiddable(Conflict):
    """Terms in several parts, or free at first, have no one number to bid."""

    code, title = "terms-not-biddable", "分期支付和先使用后付费的供给不能竞价，请先修改价格条款"


class LotNotOpenForJoining(Conflict):
    """The lot has ended, or its registration has."""

    code, title = "lot-not-open-for-joining", "本标的报名已经截止，不能再报名"


class NotOpenNow(Conflict):
    """Admitted, but nothing can be bid at this moment."""

    code, title = "lot-not-open", "已报名，目前不在报价时间内，请留意倒计时"


class SellerMayNotBid(Forbidden):
    """The seller takes no part in his own sale (拍卖法 30, DOMAIN 2.1)."""

    code, title = "seller-may-not-bid", "转让方不得参与本标的的竞价"


class StaffMayNotBid(Forbidden):
    """The operator's people take no part in a sale (拍卖法 22, DOMAIN 2.1)."""

    code, title = "staff-may-not-bid", "平台工作人员不得参与竞价"


class NotAdmitted(Forbidden):
    """Only an admitted bidder may bid."""

    code, title = "not-admitted", "贵单位尚未报名参加本标的的竞价"


class BidRefused(Conflict):
    """A refused bid at the edge: it has a number and a row, committed before this is raised."""

    code, title = "bid-refused", "报价未被接受"

    def __init__(self, receipt: BidReceipt) -> None:
        assert receipt.reason is not None
        super().__init__(
            sentence_of(receipt.reason),
            reason=str(receipt.reason),
            seq=receipt.seq,
            amount_minor=receipt.amount_minor,
            price_minor=receipt.price_minor,
            leader_code=receipt.leader_code,
            cycle_ends_at=receipt.cycle_ends_at.isoformat(),
            decided_at=receipt.decided_at.isoformat(),
        )
        self.receipt = receipt


class LotDraftMissing(NotFound):
    """No draft of one's own has this id."""

    code, title = "lot-draft-missing", "未找到该草稿"


class LotStateForbids(Conflict):
    """Where the lot stands, this cannot be done; the sentence says what stands in the way."""

    code, title = "lot-state-forbids", "标的的当前状态不允许此操作"


class ReasonNotYours(Forbidden):
    """This reason is another's to give."""

    code, title = "reason-not-yours", "这一理由须由另一方提出"


class JumpUnconfirmed(Invalid):
    """An amount so far above the least one that it is asked for again before it is a bid."""

    code, title = "jump-unconfirmed", "金额远高于最低应报金额，请核对并再次确认"

    def __init__(self, amount_minor: int, least_minor: int) -> None:
        super().__init__(
            [FieldError("amount", self.title)], amount_minor=amount_minor, least_minor=least_minor
        )
        self.amount_minor, self.least_minor = amount_minor, least_minor


class RecordMissing(NotFound):
    """There is no such file about a sale, or it is not the reader's to know of."""

    code, title = "sale-record-missing", "未找到该竞价记录或文书"


class SaleStillOpen(Conflict):
    """Nothing of a sale is opened before it is over, for nobody."""

    code, title = "sale-still-open", "竞价尚未结束，任何人不得开启密封内容"
