"""What a reader of the lot room may do now, as the names of panels, in order.

The room's verbs decide again; here is only what makes no sense to offer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.auctions.types import LotState, LotView, MyPlace, Preference
from app.core.i18n import _n
from frontend.lot_modes import SHAPES, Way


def panels_of(lot: LotView, place: MyPlace | None, *, barred: bool) -> list[str]:
    """The panels of one reader, in order. ``barred``: he can neither join nor bid."""
    if place is None:
        if barred:
            return []
        return ["apply" if is_examined(lot) else "join"]
    panels = _acting(lot, place)
    if lot.deposit_minor and not lot.is_over:
        panels.append("deposit")
    return panels


def is_examined(lot: LotView) -> bool:
    """Whether one must apply: something is asked of bidders before they get a code."""
    weighed = lot.terms is not None and lot.terms.criteria
    asked = lot.conditions or lot.documents or lot.deposit_minor or weighed
    return lot.admission == "reviewed" or bool(asked)


def _acting(lot: LotView, place: MyPlace) -> list[str]:
    if lot.state is LotState.exercising:
        return _exercising(lot, place)
    if SHAPES[lot.mode].way is Way.sealed:
        if place.sealed_seq is not None:
            return ["sealed"]
        return ["seal"] if lot.is_open else []
    if SHAPES[lot.mode].way is Way.taking:
        return ["accept"] if lot.is_open else []
    return _rising(lot, place)


def _rising(lot: LotView, place: MyPlace) -> list[str]:
    if lot.state is LotState.confirming:
        return [] if place.confirmed or _missed_free(lot, place) else ["confirm"]
    if not lot.is_open or _shut_out(lot, place):
        return []
    panels = ["bid"]
    if _may_match(lot, place):
        panels.insert(0, "match")
    if lot.has_proxies:
        panels.append("maximum")
    return panels


def _missed_free(lot: LotView, place: MyPlace) -> bool:
    """Whether the lot wants a bid in the free period, and this bidder made none."""
    return lot.terms is not None and lot.terms.must_bid_in_free and not place.bid_in_free


def _shut_out(lot: LotView, place: MyPlace) -> bool:
    """Whether the limited period goes on without this bidder."""
    terms = lot.terms
    if terms is None or lot.state is not LotState.limited:
        return False
    return _missed_free(lot, place) or (terms.confirm_s > 0 and not place.confirmed)


def _may_match(lot: LotView, place: MyPlace) -> bool:
    if lot.preference is not Preference.match or place.rank is None or lot.leader_code is None:
        return False
    senior = lot.leader_rank is None or place.rank < lot.leader_rank
    return senior and lot.leader_code != place.code


def _exercising(lot: LotView, place: MyPlace) -> list[str]:
    if lot.is_late:
        return []
    if lot.bidders_turn:
        return ["raise"] if place.code == lot.rival_code else []
    waiting = place.rank is not None and place.answer is None
    return ["exercise"] if waiting and place.code not in lot.exercised + lot.waived else []


def why_not(lot: LotView, place: MyPlace | None, panels: Sequence[str]) -> str:
    """What an admitted bidder without a panel is told."""
    if place is None or lot.is_over or set(panels) - {"deposit"}:
        return ""
    if lot.is_late:
        return _n("报价已经结束，正在确认结果。")
    if lot.state in _LIMITING and _missed_free(lot, place):
        return _n("您没有在自由报价期内报价，不能参加限时报价，可以继续观看。")
    if _shut_out(lot, place):
        return _n("您没有按时确认，不能参加限时报价，可以继续观看。")
    if lot.state is LotState.exercising:
        return _of_the_rights(lot, place)
    return _WAITING.get(lot.state, "")


_LIMITING: Final = frozenset({LotState.confirming, LotState.limited})


def _of_the_rights(lot: LotView, place: MyPlace) -> str:
    """Whose answer is awaited, as it looks to this bidder."""
    if not lot.bidders_turn:
        if place.code in lot.waived:
            return _n("您已放弃优先购买权，正在等待其他优先购买权人答复。")
        return _n("报价已经结束，正在等待优先购买权人答复。")
    if place.code == lot.leader_code:
        return _n("您已同意以该价格购买，正在等待最高报价人决定是否追加报价。")
    return _n("优先购买权人已同意购买，正在等待最高报价人决定是否追加报价。")


_WAITING: Final = {
    LotState.announced: _n("已取得报价资格，请在报价开始后回到本页。"),
    LotState.registering: _n("已取得报价资格，请在报价开始后回到本页。"),
    LotState.confirming: _n("您已确认参加限时报价，请等待限时报价开始。"),
}
