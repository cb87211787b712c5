"""Rights of pre-emption as a table."""

from __future__ import annotations

from typing import Final

from app.clearances.types import RightView
from app.core.i18n import _n
from frontend.exports.columns import Column, Listing

OWN_RIGHTS: Final[Listing[RightView]] = Listing(
    "rights.own",
    _n("我的优先购买权"),
    (
        Column(_n("供给编号"), lambda one: one.offer_number),
        Column(_n("成果名称"), lambda one: one.title),
        Column(_n("处置单位"), lambda one: one.owner_name),
        Column(_n("权利依据"), lambda one: one.facts.basis.label),
        Column(_n("顺位"), lambda one: one.facts.rank, "number"),
        Column(_n("通知时间"), lambda one: one.facts.notified_at, "time"),
        Column(_n("答复期限"), lambda one: one.facts.answer_by, "time"),
        Column(_n("答复"), lambda one: one.facts.response.label if one.facts.response else ""),
    ),
)
