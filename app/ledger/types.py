"""Words of the ledger."""

from enum import StrEnum


class TransferKind(StrEnum):
    direct = "direct"  # 划转
    hold = "hold"  # 冻结
    post = "post"  # 放款
    void = "void"  # 解冻
