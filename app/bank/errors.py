"""The bank's refusals: a code, a status and a Chinese sentence, rendered as problem+json."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one field."""

    field: str
    message: str


class Refusal(Exception):
    """Base of every refusal; nothing has changed when it is raised."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "银行无法办理"

    def __init__(self, detail: str = "", *, errors: Sequence[Fault] = ()) -> None:
        self.detail = detail or "；".join(fault.message for fault in errors) or self.title
        self.errors = tuple(errors)
        super().__init__(self.detail)


class Unauthenticated(Refusal):
    code, status, title = "unauthenticated", 401, "缺少接口令牌，或令牌有误"


class NotFound(Refusal):
    code, status, title = "not-found", 404, "没有这个编号或地址"


class KeyReused(Refusal):
    code, title = "key-reused", "同一请求编号已用于另一内容"


class OrderDiffers(Refusal):
    """The number is taken by an order or a payout with other content."""

    code, title = "order-differs", "该编号已登记为另一内容"


class NotReceived(Refusal):
    code, title = "not-received", "没有收到过这笔款项，不能从中付款"


class OverPaidOut(Refusal):
    code, title = "over-paid-out", "付款合计超过了该笔收款的金额"


class Insufficient(Refusal):
    code, title = "insufficient", "账户余额不足"


class TooLarge(Refusal):
    code, status, title = "too-large", 413, "提交的内容过大"


class Invalid(Refusal):
    code, status, title = "invalid", 422, "填写的内容有误"


class Busy(Refusal):
    """Come again with the same key; only switches cause it."""

    code, status, title = "bank-busy", 503, "银行系统繁忙，请用同一请求编号重试"
