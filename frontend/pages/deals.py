"""Pages of deals: one's own list, and one deal."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.auctions.service import read_paid
from app.core.i18n import _n
from app.core.web import ActorDep, TxDep
from app.deals import service
from app.deals.types import OriginKind
from frontend import exports
from frontend.exports.deals import DEALS
from frontend.render import page

router = APIRouter(include_in_schema=False)

ORIGINS: Final = {OriginKind.lot: _n("网络竞价")}
BID_ON: Final = {
    "amount": _n("成交价款总额"),
    "entry_fee": _n("入门费（提成另按价格条款）"),
    "valuation": _n("作价金额"),
}


@router.get("/deals/{number}", name="deal_show")
async def show(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """One deal, for its parties and the platform's eyes."""
    deal = await tx.run(service.show_deal, actor=actor, number=number)
    paid_minor = 0
    if deal.origin_kind is OriginKind.lot:
        paid_minor = await tx.run(read_paid, lot_id=deal.origin_id)
    return page(
        request,
        "deals/show.html",
        deal=deal,
        origins=ORIGINS,
        bid_on=BID_ON,
        paid_minor=paid_minor,
        left_minor=max(0, deal.amount_minor - paid_minor) if deal.bid_on == "amount" else None,
        selling=deal.seller_id == actor.organisation_id,
    )


@router.get("/desk/deals", name="deal_desk")
async def show_desk(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """The deals of one's organisation; all of them for the platform's eyes."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_deals, actor=actor)
        return await exports.send(request, tx, actor, DEALS, fetch)
    found = await tx.run(service.list_deals, actor=actor, after=after or None)
    return page(
        request,
        "deals/desk.html",
        deals=found.items,
        next=found.next,
        first=not after,
        mine=actor.organisation_id,
    )
