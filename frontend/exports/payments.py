"""Money as tables: arrivals that did not fit, payouts, differences, days, deposits."""

from __future__ import annotations

from typing import Final

from app.auctions.types import DepositView
from app.core.i18n import _n
from app.payments.types import DifferenceView, PayoutView, ReceiptView, StatementView
from frontend.exports.columns import Column, Listing

ODD_RECEIPTS: Final[Listing[ReceiptView]] = Listing(
    "payments.receipts",
    _n("异常到账"),
    (
        Column(_n("到账时间"), lambda one: one.arrived_at, "time"),
        Column(_n("银行流水号"), lambda one: one.reference),
        Column(_n("缴款单"), lambda one: one.order_number),
        Column(_n("单位"), lambda one: one.party_name),
        Column(_n("付款人"), lambda one: one.payer),
        Column(_n("账号末四位"), lambda one: one.payer_digits),
        Column(_n("类别"), lambda one: one.kind, "state"),
        Column(_n("金额（元）"), lambda one: one.amount_minor, "money"),
        Column(_n("计入（元）"), lambda one: one.counted_minor, "money"),
        Column(_n("退回（元）"), lambda one: one.back_minor, "money"),
        Column(_n("状态"), lambda one: one.state, "state"),
    ),
    audited=True,
)
PAYOUTS: Final[Listing[PayoutView]] = Listing(
    "payments.payouts",
    _n("划付"),
    (
        Column(_n("编号"), lambda one: one.number),
        Column(_n("时间"), lambda one: one.made_at, "time"),
        Column(_n("缴款单"), lambda one: one.order_number),
        Column(_n("单位"), lambda one: one.party_name),
        Column(_n("类别"), lambda one: one.kind, "state"),
        Column(_n("事由"), lambda one: one.reason, "state"),
        Column(_n("金额（元）"), lambda one: one.amount_minor, "money"),
        Column(_n("状态"), lambda one: one.state, "state"),
        Column(_n("尝试次数"), lambda one: one.attempts, "number"),
        Column(_n("到账时间"), lambda one: one.settled_at, "time"),
    ),
    audited=True,
)
DIFFERENCES: Final[Listing[DifferenceView]] = Listing(
    "payments.differences",
    _n("对账差异"),
    (
        Column(_n("日期"), lambda one: one.day, "date"),
        Column(_n("类别"), lambda one: one.kind, "state"),
        Column(_n("流水号"), lambda one: one.reference),
        Column(_n("银行（元）"), lambda one: one.bank_minor, "money"),
        Column(_n("平台（元）"), lambda one: one.our_minor, "money"),
        Column(_n("发现时间"), lambda one: one.found_at, "time"),
    ),
    audited=True,
)
STATEMENTS: Final[Listing[StatementView]] = Listing(
    "payments.statements",
    _n("对账记录"),
    (
        Column(_n("日期"), lambda one: one.day, "date"),
        Column(_n("结果"), lambda one: one.state, "state"),
        Column(_n("银行流水（条）"), lambda one: one.rows, "number"),
        Column(_n("收入（元）"), lambda one: one.in_minor, "money"),
        Column(_n("支出（元）"), lambda one: one.out_minor, "money"),
        Column(_n("未处理差异"), lambda one: one.differences, "number"),
        Column(_n("取回时间"), lambda one: one.read_at, "time"),
    ),
    audited=True,
)
_DEPOSIT: Final[tuple[Column[DepositView], ...]] = (
    Column(_n("标的编号"), lambda one: one.lot_number),
    Column(_n("标的名称"), lambda one: one.lot_title),
    Column(_n("金额（元）"), lambda one: one.amount_minor, "money"),
    Column(_n("交纳截止"), lambda one: one.due_at, "time"),
    Column(_n("状态"), lambda one: one.state, "state"),
    Column(_n("锁定时间"), lambda one: one.locked_at, "time"),
    Column(_n("退还到账"), lambda one: one.returned_at, "time"),
)
OWN_DEPOSITS: Final[Listing[DepositView]] = Listing("deposits.own", _n("保证金"), _DEPOSIT)
DEPOSITS: Final[Listing[DepositView]] = Listing(
    "deposits.all",
    _n("保证金"),
    (Column(_n("单位"), lambda one: one.party_name), *_DEPOSIT),
    audited=True,
)
