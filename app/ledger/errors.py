"""What the ledger refuses."""

from app.core.errors import Conflict, NotFound


class AccountMissing(NotFound):
    code, title = "ledger-account-missing", "账户不存在"


class HoldMissing(NotFound):
    code, title = "ledger-hold-missing", "冻结记录不存在"


class InsufficientFunds(Conflict):
    code, title = "insufficient-funds", "可用余额不足"


class HoldAlreadyResolved(Conflict):
    code, title = "hold-already-resolved", "该笔冻结已处理"


class PostTooLarge(Conflict):
    code, title = "post-too-large", "放款金额超过冻结金额"


class TransferMismatch(Conflict):
    code, title = "transfer-mismatch", "同一编号的划转内容不一致"


class CurrencyMismatch(Conflict):
    code, title = "currency-mismatch", "两个账户的币种不一致"
