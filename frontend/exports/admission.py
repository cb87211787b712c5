"""Applications and looks behind codes as tables; no code stands in any of them."""

from __future__ import annotations

from typing import Final

from app.auctions.types import ApplicationLine, ApplicationView, LookView
from app.core.i18n import _n
from frontend.exports.columns import Column, Listing

_LINE: Final[tuple[Column[ApplicationLine], ...]] = (
    Column(_n("标的编号"), lambda line: line.lot_number),
    Column(_n("标的名称"), lambda line: line.lot_title),
    Column(_n("报名单位"), lambda line: line.party_name),
    Column(_n("状态"), lambda line: line.state, "state"),
    Column(_n("未通过的理由"), lambda line: line.reason.label if line.reason else ""),
    Column(_n("报名时间"), lambda line: line.applied_at, "time"),
    Column(_n("办理截止"), lambda line: line.due_at, "time"),
)
OWN_APPLICATIONS: Final = Listing("applications.own", _n("我的报名"), _LINE)
WAITING_APPLICATIONS: Final = Listing(
    "applications.waiting", _n("待审核的报名"), _LINE, audited=True
)
COMPLAINTS: Final[Listing[ApplicationView]] = Listing(
    "applications.complaints",
    _n("报名异议"),
    (
        Column(_n("标的编号"), lambda one: one.lot_number),
        Column(_n("标的名称"), lambda one: one.lot_title),
        Column(_n("报名单位"), lambda one: one.party_name),
        Column(_n("未通过的理由"), lambda one: one.reason.label if one.reason else ""),
        Column(_n("异议内容"), lambda one: one.complaint.text if one.complaint else ""),
        Column(
            _n("提出时间"), lambda one: one.complaint.filed_at if one.complaint else None, "time"
        ),
    ),
    audited=True,
)
LOOKS: Final[Listing[LookView]] = Listing(
    "lots.looks",
    _n("查看竞买人身份的记录"),
    (
        Column(_n("标的编号"), lambda one: one.lot_number),
        Column(_n("标的名称"), lambda one: one.lot_title),
        Column(_n("理由"), lambda one: one.reason),
        Column(_n("申请人"), lambda one: one.asker),
        Column(_n("申请时间"), lambda one: one.asked_at, "time"),
        Column(_n("批准人"), lambda one: one.approver),
        Column(_n("批准时间"), lambda one: one.approved_at, "time"),
        Column(_n("查看时间"), lambda one: one.read_at, "time"),
    ),
    audited=True,
)
