"""The verbs of deals: open one from its origin, show it, list one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.accounts import service as accounts
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.catalogue.types import apply_bid, compute_hash
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.calendar import load_calendar
from app.core.ids import new_id
from app.core.money import Money
from app.core.numbers import next_number
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork
from app.deals import queries, rules
from app.deals.access import LIST_ALL, SEE_DEAL
from app.deals.errors import DealMissing
from app.deals.events import DealCancelled, DealOpened
from app.deals.models import Deal
from app.deals.types import DealState, DealView, OriginKind


async def open_deal(
    uow: UnitOfWork,
    *,
    origin_kind: OriginKind,
    origin_id: UUID,
    origin_number: str,
    seller_id: UUID,
    buyer_id: UUID,
    achievement_id: UUID,
    offer_id: UUID,
    offer_number: str,
    title: str,
    amount: Money,
    bid_on: str,
    priced_at: datetime,
) -> str:
    """Open the deal of an origin and give its offer away; returns the deal's number.

    Called by the market itself when a price was found. The same origin gives the same deal.
    Raises what the catalogue refuses when the offer is not kept for this origin.
    """
    if (seen := await queries.find_deal_of(uow, origin_kind, origin_id)) is not None:
        return seen.number
    deal_id = new_id()
    offer = await catalogue.show_offer(uow, actor=SYSTEM, number=offer_number)
    terms_hash = compute_hash(apply_bid(offer.content.terms, amount))
    await catalogue.complete_offer(
        uow,
        offer_id=offer_id,
        for_kind=origin_kind,
        for_id=origin_id,
        holder_id=buyer_id,
        deal_id=deal_id,
        price_terms_hash=terms_hash,
    )
    end = rules.compute_sign_by(await load_calendar(uow), priced_at)
    deal = Deal(
        id=deal_id,
        number=await next_number(uow, "JY"),
        state=DealState.awaiting_contract,
        origin_kind=origin_kind,
        origin_id=origin_id,
        origin_number=origin_number,
        seller_id=seller_id,
        buyer_id=buyer_id,
        achievement_id=achievement_id,
        offer_id=offer_id,
        offer_number=offer_number,
        title=title,
        amount_minor=amount.minor,
        currency=amount.currency,
        bid_on=bid_on,
        terms_hash=terms_hash,
        priced_at=priced_at,
        opened_at=uow.now,
        sign_by=end.ends_at,
        sign_by_provisional=end.provisional,
    )
    uow.session.add(deal)
    uow.record(DealOpened(deal.id, deal.number, seller_id, buyer_id))
    await audit.note(
        uow,
        actor=SYSTEM,
        action="deals.open_deal",
        subject_kind="deal",
        subject_id=deal.id,
        facts={
            "number": deal.number,
            "origin": origin_number,
            "amount_minor": amount.minor,
            "terms_hash": terms_hash,
        },
    )
    return deal.number


async def cancel_deal(
    uow: UnitOfWork, *, origin_kind: OriginKind, origin_id: UUID, reason: str
) -> str:
    """Cancel the deal of an origin whose result fell, and take the offer back; returns its number.

    Called by the market itself. Twice is once. Raises DealMissing while the deal has not been
    opened yet: the news of the award is still on its way.
    """
    deal = await queries.find_deal_of(uow, origin_kind, origin_id, lock=True)
    if deal is None:
        raise DealMissing()
    if deal.state == DealState.cancelled:
        return deal.number
    await catalogue.take_back_offer(uow, offer_id=deal.offer_id, deal_id=deal.id, reason=reason)
    now = await uow.stamp()
    deal.state, deal.cancelled_at, deal.cancelled_for = DealState.cancelled, now, reason
    uow.record(DealCancelled(deal.id, deal.number, deal.seller_id, deal.buyer_id))
    await audit.note(
        uow,
        actor=SYSTEM,
        action="deals.cancel_deal",
        subject_kind="deal",
        subject_id=deal.id,
        facts={"number": deal.number, "reason": reason},
    )
    return deal.number


async def show_deal(uow: UnitOfWork, *, actor: Actor, number: str) -> DealView:
    """A deal for its parties and the platform's eyes; to others it is missing (DealMissing)."""
    deal = await queries.get_deal(uow, number)
    if not _may_see(actor, deal):
        raise DealMissing()
    return (await _views(uow, [deal]))[0]


async def find_deal_number_of_lot(uow: UnitOfWork, *, actor: Actor, lot_id: UUID) -> str | None:
    """The number of the deal that came of a lot, when this actor may see it."""
    deal = await queries.find_deal_of(uow, OriginKind.lot, lot_id)
    return deal.number if deal is not None and _may_see(actor, deal) else None


async def list_deals(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = 20
) -> Page[DealView]:
    """The deals of the actor's organisation, newest first; all of them for the platform's eyes.

    Raises Unauthenticated, Forbidden (he acts for no organisation), Invalid for a broken cursor.
    """
    everything = access.may(actor, LIST_ALL)
    if not everything:
        access.require(actor, SEE_DEAL)
    deals = await queries.list_deals(
        uow,
        party_id=None if everything else actor.organisation_id,
        after=decode_id(after),
        limit=limit + 1,
    )
    shown = deals[:limit]
    more = encode_cursor(shown[-1].id) if len(deals) > limit else None
    return Page(await _views(uow, shown), more)


def _may_see(actor: Actor, deal: Deal) -> bool:
    return access.may(actor, SEE_DEAL, owner=deal.seller_id) or access.may(
        actor, SEE_DEAL, owner=deal.buyer_id
    )


async def _views(uow: UnitOfWork, deals: Sequence[Deal]) -> list[DealView]:
    parties = {deal.seller_id for deal in deals} | {deal.buyer_id for deal in deals}
    names = {
        party.id: party.name
        for party in (await accounts.get_organisations(uow, ids=parties)).values()
    }
    return [_view(deal, names) for deal in deals]


def _view(deal: Deal, names: dict[UUID, str]) -> DealView:
    return DealView(
        id=deal.id,
        number=deal.number,
        state=DealState(deal.state),
        origin_kind=OriginKind(deal.origin_kind),
        origin_id=deal.origin_id,
        origin_number=deal.origin_number,
        seller_id=deal.seller_id,
        seller_name=names[deal.seller_id],
        buyer_id=deal.buyer_id,
        buyer_name=names[deal.buyer_id],
        achievement_id=deal.achievement_id,
        offer_id=deal.offer_id,
        offer_number=deal.offer_number,
        title=deal.title,
        amount_minor=deal.amount_minor,
        currency=deal.currency,
        bid_on=deal.bid_on,
        terms_hash=deal.terms_hash,
        priced_at=deal.priced_at,
        opened_at=deal.opened_at,
        sign_by=deal.sign_by,
        sign_by_provisional=deal.sign_by_provisional,
        cancelled_at=deal.cancelled_at,
    )
