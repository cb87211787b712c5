"""Lots, places in them and the bids of a closed one as tables; codes stand for bidders."""

from __future__ import annotations

from typing import Final

from app.auctions.life_types import StandingLot
from app.auctions.types import JoinedLot, LotView, PublicBid
from app.core.i18n import _n
from frontend.exports.columns import Column, Listing
from frontend.live import closes_at

# A lot, and its seller's name.
NamedLot = tuple[LotView, str]

PUBLIC_LOTS: Final[Listing[NamedLot]] = Listing(
    "lots.public",
    _n("竞价标的"),
    (
        Column(_n("标的编号"), lambda pair: pair[0].number),
        Column(_n("成果与权利"), lambda pair: pair[0].title),
        Column(_n("转让方"), lambda pair: pair[1]),
        Column(_n("供给编号"), lambda pair: pair[0].offer_number),
        Column(_n("起始价（元）"), lambda pair: pair[0].start_minor, "money"),
        Column(_n("加价幅度（元）"), lambda pair: pair[0].step_minor, "money"),
        Column(_n("当前价或成交价（元）"), lambda pair: pair[0].price_minor, "money"),
        Column(_n("竞买人数"), lambda pair: pair[0].bidder_count, "number"),
        Column(_n("状态"), lambda pair: pair[0].outcome or pair[0].state, "state"),
        Column(_n("报价开始"), lambda pair: pair[0].free_starts_at, "time"),
        Column(_n("结束时间"), lambda pair: closes_at(pair[0]), "time"),
    ),
)
OWN_LOTS: Final[Listing[LotView]] = Listing(
    "lots.own",
    _n("竞价标的"),
    (
        Column(_n("标的编号"), lambda lot: lot.number),
        Column(_n("成果与权利"), lambda lot: lot.title),
        Column(_n("供给编号"), lambda lot: lot.offer_number),
        Column(_n("起始价（元）"), lambda lot: lot.start_minor, "money"),
        Column(_n("加价幅度（元）"), lambda lot: lot.step_minor, "money"),
        Column(_n("当前价或成交价（元）"), lambda lot: lot.price_minor, "money"),
        Column(_n("竞买人数"), lambda lot: lot.bidder_count, "number"),
        Column(_n("状态"), lambda lot: lot.outcome or lot.state, "state"),
        Column(_n("公告时间"), lambda lot: lot.announced_at, "time"),
        Column(_n("结束时间"), closes_at, "time"),
    ),
)
JOINED_LOTS: Final[Listing[JoinedLot]] = Listing(
    "lots.joined",
    _n("参与的竞价"),
    (
        Column(_n("标的编号"), lambda place: place.lot.number),
        Column(_n("成果与权利"), lambda place: place.lot.title),
        Column(_n("我的代码"), lambda place: place.code),
        Column(_n("最高报价是我方"), lambda place: _n("是") if place.leading else _n("否")),
        Column(_n("当前价或成交价（元）"), lambda place: place.lot.price_minor, "money"),
        Column(_n("状态"), lambda place: place.lot.outcome or place.lot.state, "state"),
        Column(_n("结束时间"), lambda place: closes_at(place.lot), "time"),
    ),
)
STANDING_LOTS: Final[Listing[StandingLot]] = Listing(
    "lots.standing",
    _n("竞价标的监管"),
    (
        Column(_n("标的编号"), lambda lot: lot.number),
        Column(_n("成果与权利"), lambda lot: lot.title),
        Column(_n("状态"), lambda lot: lot.state, "state"),
        Column(_n("中止理由"), lambda lot: lot.reason.label if lot.reason else None),
        Column(_n("报价开始"), lambda lot: lot.free_starts_at, "time"),
        Column(_n("结束时间"), lambda lot: lot.free_ends_at, "time"),
        Column(_n("当前价或成交价（元）"), lambda lot: lot.price_minor, "money"),
        Column(_n("最迟恢复"), lambda lot: lot.resume_by, "time"),
    ),
)
BIDS: Final[Listing[PublicBid]] = Listing(
    "lots.bids",
    _n("报价记录"),
    (
        Column(_n("序号"), lambda bid: bid.seq, "number"),
        Column(_n("时间"), lambda bid: bid.at, "time"),
        Column(_n("竞买代码"), lambda bid: bid.code),
        Column(_n("报价（元）"), lambda bid: bid.amount_minor, "money"),
        Column(_n("结果"), lambda bid: "accepted" if bid.accepted else "refused", "state"),
        Column(_n("其后价格（元）"), lambda bid: bid.price_minor, "money"),
    ),
)
