"""Deals as a table."""

from __future__ import annotations

from typing import Final

from app.core.i18n import _n
from app.deals.types import DealView
from frontend.exports.columns import Column, Listing

_COLUMNS: Final[tuple[Column[DealView], ...]] = (
    Column(_n("交易编号"), lambda deal: deal.number),
    Column(_n("成果与权利"), lambda deal: deal.title),
    Column(_n("转让方"), lambda deal: deal.seller_name),
    Column(_n("受让方"), lambda deal: deal.buyer_name),
    Column(_n("成交价（元）"), lambda deal: deal.amount_minor, "money"),
    Column(_n("标的编号"), lambda deal: deal.origin_number),
    Column(_n("供给编号"), lambda deal: deal.offer_number),
    Column(_n("状态"), lambda deal: deal.state, "state"),
    Column(_n("成交时间"), lambda deal: deal.priced_at, "time"),
    Column(_n("签约截止"), lambda deal: deal.sign_by_day, "date"),
)

DEALS: Final = Listing("deals", _n("交易"), _COLUMNS, audited=True)
