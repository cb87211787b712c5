"""What is told about money: to the organisation that paid, and to the operators when people must
look. Amounts and numbers only; no notice names an account or a payer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from app.accounts.service import tell_organisation, tell_platform
from app.core.i18n import Message, _n
from app.core.money import format_yuan
from app.core.tx import UnitOfWork
from app.inbox.types import Notice
from app.payments.models import PayOrder, Payout, Receipt
from app.payments.types import PayoutReason, ReceiptKind

WEBHOOK_KINDS: Final[Mapping[str, str]] = {
    "payments.receipt_matched": _n("本单位缴款到账"),
    "payments.receipt_returned": _n("本单位缴款未能入账，已退回"),
    "payments.payout_settled": _n("本单位退款到账"),
}
_PAYERS: Final = ("agent", "head")
_OPERATORS: Final = ("operator",)

_MATCHED = _n("缴款已到账：%(title)s")
_MATCHED_BODY = _n("缴款单 %(number)s 收到 %(amount)s，已入账。")
_SURPLUS_BODY = _n("缴款单 %(number)s 收到 %(amount)s，多付的 %(back)s 已原路退回。")
_RETURNED = _n("缴款未能入账，将原路退回：%(title)s")
_WHY: Final[Mapping[ReceiptKind, str]] = {
    ReceiptKind.late: _n(
        "缴款单 %(number)s 的 %(amount)s 在截止时间之后到账，不计入，全额原路退回。"
    ),
    ReceiptKind.short: _n(
        "缴款单 %(number)s 应缴 %(asked)s，收到 %(amount)s，金额不足，全额原路退回；"
        "请在截止时间前一次足额缴纳。"
    ),
    ReceiptKind.third_party: _n(
        "缴款单 %(number)s 的 %(amount)s 不是由贵单位已核验的银行账户转入，全额原路退回；"
        "请用本单位账户重新缴纳。"
    ),
    ReceiptKind.doubled: _n("缴款单 %(number)s 已缴清，重复缴纳的 %(amount)s 全额原路退回。"),
}
_UNKNOWN = _n("收到一笔无法对应缴款单的转账，将原路退回")
_UNKNOWN_BODY = _n("%(amount)s 的附言中没有缴款单编号，全额原路退回；请按缴款页的说明重新缴纳。")
_SETTLED = _n("退款已到账：%(title)s")
_SETTLED_BODY = _n("%(amount)s 已退回原付款账户（%(reason)s）。")
_STUCK = _n("划付滞留：%(number)s")
_STUCK_BODY = _n("%(amount)s 多次未能划出，系统继续重试，请核查银行接口。")
_DIFFERS = _n("银行对账有差异：%(day)s")
_DIFFERS_BODY = _n("新发现 %(count)s 条差异，请逐条核对并写明处理结果。")
_CONTRADICTS = _n("银行前后说法不一致：%(about)s")
_CONTRADICTS_BODY = _n("系统未据此改动账目，请与银行核对，并以当日对账单为准。")
_UNREAD = _n("银行对账单取不回来：%(day)s")
_UNREAD_BODY = _n("多次未能取回或内容无法识别，系统继续重试，请核查银行接口。")
_UNREGISTERED = _n("缴款单未能在银行登记：%(number)s")
_UNREGISTERED_BODY = _n("缴款单位暂时无法付款，系统继续重试，请核查银行接口。")
_ASKED = _n("人工退款待复核：%(number)s")
_ASKED_BODY = _n("申请退款 %(amount)s，须由另一位运营人员复核。")


def _notice(
    kind: str,
    href: str,
    subject: str,
    body: str,
    facts: Mapping[str, object],
    *,
    urgent: bool = False,
) -> Notice:
    """A notice; its facts are numbers and amounts."""
    return Notice(kind=kind, subject=subject, body=body, href=href, facts=facts, urgent=urgent)


async def tell_receipt(uow: UnitOfWork, receipt: Receipt, order: PayOrder | None) -> None:
    """Tell the payer's organisation what became of its money; nobody when it is unknown here."""
    if receipt.party_id is None:
        return
    kind = ReceiptKind(receipt.kind)
    said = {
        "number": order.number if order else "",
        "amount": format_yuan(receipt.amount_minor),
        "asked": format_yuan(order.amount_minor) if order else "",
        "back": format_yuan(receipt.back_minor),
    }
    facts: dict[str, object] = {
        "number": said["number"], "amount_minor": receipt.amount_minor, "kind": kind.value,
        "counted_minor": receipt.counted_minor, "back_minor": receipt.back_minor,
    }  # fmt: skip
    if order is None:
        notice = _notice(
            "payments.receipt_returned", "/desk/deposits", _UNKNOWN,
            Message(_UNKNOWN_BODY, amount=said["amount"]), facts, urgent=True,
        )  # fmt: skip
    elif receipt.counted_minor:
        body = _MATCHED_BODY if kind is ReceiptKind.matched else _SURPLUS_BODY
        notice = _notice(
            "payments.receipt_matched", order.page, Message(_MATCHED, title=order.title),
            Message(body, **said), facts,
        )  # fmt: skip
    else:
        notice = _notice(
            "payments.receipt_returned", order.page, Message(_RETURNED, title=order.title),
            Message(_WHY[kind], **said), facts, urgent=True,
        )  # fmt: skip
    await tell_organisation(
        uow,
        organisation_id=receipt.party_id,
        roles=_PAYERS,
        notice=notice,
        key=f"receipt:{receipt.id}",
    )


async def tell_settled(uow: UnitOfWork, payout: Payout, party_id: UUID, order: PayOrder) -> None:
    """Tell the organisation that its money is back."""
    notice = _notice(
        "payments.payout_settled",
        order.page,
        Message(_SETTLED, title=order.title),
        Message(
            _SETTLED_BODY,
            amount=format_yuan(payout.amount_minor),
            reason=PayoutReason(payout.reason).label,
        ),
        {"number": payout.number, "amount_minor": payout.amount_minor},
    )
    await tell_organisation(
        uow, organisation_id=party_id, roles=_PAYERS, notice=notice, key=f"payout:{payout.id}"
    )


async def tell_stuck(uow: UnitOfWork, payout: Payout) -> None:
    """Tell the operators that money will not go."""
    notice = _notice(
        "payments.payout_stuck",
        "/review/payouts?stuck=1",
        Message(_STUCK, number=payout.number),
        Message(_STUCK_BODY, amount=format_yuan(payout.amount_minor)),
        {"number": payout.number},
        urgent=True,
    )
    await tell_platform(
        uow, roles=_OPERATORS, notice=notice, key=f"stuck:{payout.id}:{payout.attempts}"
    )


async def tell_differs(uow: UnitOfWork, day: str, count: int) -> None:
    """Tell the operators that the bank's day is not ours."""
    notice = _notice(
        "payments.statement_differs",
        "/review/statements",
        Message(_DIFFERS, day=day),
        Message(_DIFFERS_BODY, count=count),
        {"day": day},
        urgent=True,
    )
    await tell_platform(uow, roles=_OPERATORS, notice=notice, key=f"differs:{day}:{uow.now}")


async def tell_contradicts(uow: UnitOfWork, about: str) -> None:
    """Tell the operators that the bank said two things of one number."""
    notice = _notice(
        "payments.bank_contradicts",
        "/review/statements",
        Message(_CONTRADICTS, about=about),
        _CONTRADICTS_BODY,
        {"about": about},
        urgent=True,
    )
    await tell_platform(uow, roles=_OPERATORS, notice=notice, key=f"contradicts:{about}")


async def tell_unread(uow: UnitOfWork, day: str) -> None:
    """Tell the operators that the bank's day cannot be had."""
    notice = _notice(
        "payments.statement_unread",
        "/review/statements",
        Message(_UNREAD, day=day),
        _UNREAD_BODY,
        {"day": day},
        urgent=True,
    )
    await tell_platform(uow, roles=_OPERATORS, notice=notice, key=f"unread:{day}")


async def tell_unregistered(uow: UnitOfWork, order: PayOrder) -> None:
    """Tell the operators that somebody cannot pay, for the bank does not take his order."""
    notice = _notice(
        "payments.order_stuck",
        "/review/payments",
        Message(_UNREGISTERED, number=order.number),
        _UNREGISTERED_BODY,
        {"number": order.number},
        urgent=True,
    )
    await tell_platform(uow, roles=_OPERATORS, notice=notice, key=f"unregistered:{order.id}")


async def tell_asked(uow: UnitOfWork, payout: Payout) -> None:
    """Tell the operators that a refund waits for a second pair of eyes."""
    notice = _notice(
        "payments.refund_asked",
        "/review/refunds",
        Message(_ASKED, number=payout.number),
        Message(_ASKED_BODY, amount=format_yuan(payout.amount_minor)),
        {"number": payout.number},
    )
    await tell_platform(uow, roles=_OPERATORS, notice=notice, key=f"refund:{payout.id}")
