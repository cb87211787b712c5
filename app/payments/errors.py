"""What payments refuse."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class OrderMissing(NotFound):
    code, title = "pay-order-missing", "未找到该缴款单"


class ReceiptMissing(NotFound):
    code, title = "receipt-missing", "未找到该笔到账"


class PayoutMissing(NotFound):
    code, title = "payout-missing", "未找到该笔划付"


class DifferenceMissing(NotFound):
    code, title = "difference-missing", "未找到该条对账差异"


class OrderOver(Conflict):
    code, title = "pay-order-over", "该缴款单已到账或已关闭"


class PayoutDecided(Conflict):
    code, title = "payout-decided", "该笔退款已复核"


class DifferenceSettled(Conflict):
    code, title = "difference-settled", "该条差异已处理"


class NothingToRefund(Conflict):
    code, title = "nothing-to-refund", "该笔款项没有可退的余额"


class SamePerson(Forbidden):
    code, title = "four-eyes", "申请人不能复核自己提出的退款，请由另一位运营人员复核"


class SignatureWrong(Invalid):
    """The message is not the bank's: one sentence for every way in which it is not."""

    code, status, title = "bank-signature-wrong", 400, "签名无效，通知未受理"


class EventStale(Invalid):
    """Signed, but long ago or ahead of time: it may be a recording of an old message."""

    code, status, title = "bank-event-stale", 400, "通知的时间戳已过期，未受理"


class EventUnreadable(Invalid):
    """Signed and fresh, but not what we agreed on with the bank."""

    code, status, title = "bank-event-unreadable", 400, "通知内容不符合约定格式，未受理"


class EventContradicts(Conflict):
    """The same event number came with another content, or one reference with another amount."""

    code, title = "bank-event-contradicts", "同一编号的通知内容不一致，已记录待人工核对"
