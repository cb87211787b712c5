"""What may be read of lots. Nothing here tells who stands behind a code, but one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.auctions import queries, rules
from app.auctions.access import BID, LIST_OWN, SEE_OWN_PLACE, STAFF
from app.auctions.errors import (
    LotNotOpenForJoining,
    NotOpenNow,
    SellerMayNotBid,
    StaffMayNotBid,
)
from app.auctions.models import Bid, Lot, LotSuspension, Rulebook
from app.auctions.queries import LotRow
from app.auctions.types import (
    BidOutcome,
    JoinedLot,
    LotLive,
    LotView,
    MyPlace,
    PublicBid,
    RulebookParams,
    RulebookView,
    Shelf,
    SuspensionView,
)
from app.core import access
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.paging import Page, decode_id, decode_place, encode_cursor
from app.core.tx import UnitOfWork

MOST_BIDS: Final = 500


async def show_lot(uow: UnitOfWork, *, number: str) -> LotView:
    """The public face of a lot. Raises LotMissing."""
    return _view(await queries.get_lot_row(uow, number))


async def list_public_bids(uow: UnitOfWork, *, lot_id: UUID) -> list[PublicBid]:
    """The newest accepted bids of a lot, at most 500, newest first."""
    return [_public(bid) for bid in await queries.list_bids(uow, lot_id, MOST_BIDS)]


async def find_my_place(uow: UnitOfWork, *, actor: Actor, lot: LotView) -> MyPlace | None:
    """How the actor's own organisation stands; None when it does not take part."""
    if actor.organisation_id is None or not access.may(actor, SEE_OWN_PLACE):
        return None
    place = await queries.find_bidder(uow, lot.id, actor.organisation_id)
    if place is None:
        return None
    leading = lot.leader_code == place.code
    return MyPlace(
        code=place.code,
        admitted_at=place.admitted_at,
        leading=leading,
        won=leading and lot.is_over,
    )


def find_obstacle(actor: Actor, lot: LotView, place: MyPlace | None) -> DomainError | None:
    """Why the actor can neither join nor bid now, or None; what the verbs would refuse."""
    if actor.roles & STAFF:
        return StaffMayNotBid()
    if lot.seller_id == actor.organisation_id:
        return SellerMayNotBid()
    try:
        access.require(actor, BID)
    except DomainError as refusal:
        return refusal
    if lot.is_over or lot.is_late:
        return LotNotOpenForJoining() if place is None else NotOpenNow("报价已经结束")
    if place is not None and not lot.is_open:
        return NotOpenNow()
    return None


async def list_suspensions(uow: UnitOfWork, *, lot_id: UUID) -> list[SuspensionView]:
    """Every suspension of a lot with the gap that caused it, the latest first."""
    return [_suspension(row) for row in await queries.list_suspensions(uow, lot_id)]


async def show_rulebook(uow: UnitOfWork, *, version: str) -> RulebookView:
    """One version of the rules, to be printed. Raises RulebookMissing."""
    return _rulebook(await queries.get_rulebook(uow, version))


async def show_rulebook_in_force(uow: UnitOfWork) -> RulebookView:
    """The version that a lot announced now would be born under."""
    return _rulebook(await queries.get_rulebook_in_force(uow, uow.now))


async def read_live(uow: UnitOfWork, *, lot_id: UUID, after: int) -> LotLive:
    """The head and the bids decided after a number, read in one statement."""
    row = await queries.get_live_row(uow, lot_id, after, MOST_BIDS)
    return LotLive(_view(row), tuple(_public_json(row.lot, bid) for bid in row.bids))


async def list_lots(
    uow: UnitOfWork, *, shelf: Shelf, after: str | None = None, limit: int = 20
) -> Page[LotView]:
    """One public list of lots, by keyset. Raises Invalid for a broken cursor."""
    edge = decode_place(after)
    if shelf is Shelf.ended:
        rows = await queries.list_closed_lots(uow, after=edge, limit=limit + 1)
    else:
        rows = await queries.list_open_lots(
            uow, started=shelf is Shelf.running, after=edge, limit=limit + 1
        )
    return _page([_view(row) for row in rows], limit)


async def list_own_lots(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = 20
) -> Page[LotView]:
    """The lots that the actor's organisation sells, newest first."""
    access.require(actor, LIST_OWN)
    rows = await queries.list_lots_of(
        uow, seller_id=actor.organisation_id, after=decode_id(after), limit=limit + 1
    )
    return _page_by_id([_view(row) for row in rows], limit)


async def list_joined_lots(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = 20
) -> Page[JoinedLot]:
    """The lots that the actor's organisation takes part in, newest first, with its own code."""
    access.require(actor, LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_lots_of(
        uow, bidder_id=actor.organisation_id, after=decode_id(after), limit=limit + 1
    )
    page = _page_by_id([_view(row) for row in rows], limit)
    codes = await queries.list_own_codes(uow, actor.organisation_id, [lot.id for lot in page.items])
    return Page([JoinedLot(lot, codes[lot.id]) for lot in page.items], page.next)


def _page(views: Sequence[LotView], limit: int) -> Page[LotView]:
    shown = list(views[:limit])
    more = len(views) > limit
    return Page(shown, encode_cursor(_edge(shown[-1]), shown[-1].id) if more else None)


def _edge(lot: LotView) -> datetime:
    """What the public lists are sorted by, see ``queries.list_open_lots``."""
    if lot.closed_at is not None:
        return lot.closed_at
    if lot.free_starts_at > lot.now:
        return lot.free_starts_at
    return lot.free_ends_at if lot.free_ends_at > lot.now else lot.cycle_ends_at


def _page_by_id(views: Sequence[LotView], limit: int) -> Page[LotView]:
    shown = list(views[:limit])
    return Page(shown, encode_cursor(shown[-1].id) if len(views) > limit else None)


def _view(row: LotRow) -> LotView:
    lot = row.lot
    facts = lot.facts(_NO_RULES)
    return LotView(
        id=lot.id,
        number=lot.number,
        offer_id=lot.offer_id,
        achievement_id=lot.achievement_id,
        seller_id=lot.seller_id,
        offer_number=lot.offer_number,
        title=lot.title,
        particulars=tuple((label, text) for label, text in lot.particulars),
        mode=lot.bid_mode,
        state=rules.compute_phase(facts, row.now),
        outcome=lot.lot_outcome,
        rulebook_version=lot.rulebook_version,
        start_minor=lot.start_minor,
        step_minor=lot.step_minor,
        window_s=lot.window_s,
        free_starts_at=lot.free_starts_at,
        free_ends_at=lot.free_ends_at,
        cycle_ends_at=lot.cycle_ends_at,
        price_minor=lot.price_minor,
        leader_code=lot.leader_code,
        next_minor=rules.next_amount(facts),
        seq=lot.seq,
        version=lot.version,
        bidder_count=row.bidders,
        announced_at=lot.announced_at,
        closed_at=lot.closed_at,
        now=row.now,
    )


# The phase and the next amount follow from the lot alone.
_NO_RULES: Final = RulebookParams(0, 0, 0, 0, leader_may_raise=False)


def _public(bid: Bid) -> PublicBid:
    return PublicBid(
        seq=bid.seq,
        accepted=True,
        at=bid.decided_at,
        code=bid.code,
        amount_minor=bid.amount_minor,
        price_minor=bid.price_after_minor,
        leader_code=bid.leader_code_after,
        closes_at=bid.cycle_ends_after,
    )


def _public_json(lot: Lot, bid: dict[str, Any]) -> PublicBid:
    """A bid as PostgreSQL's JSON tells it, without what the public may not see."""
    accepted = bid["outcome"] == BidOutcome.accepted
    at = datetime.fromisoformat(bid["decided_at"])
    free = at < lot.free_ends_at
    return PublicBid(
        seq=bid["seq"],
        accepted=accepted,
        at=at,
        code=bid["code"] if accepted else "",
        amount_minor=bid["amount_minor"] if accepted else None,
        price_minor=bid["price_after_minor"],
        leader_code=bid["leader_code_after"],
        closes_at=lot.free_ends_at if free else datetime.fromisoformat(bid["cycle_ends_after"]),
    )


def _suspension(row: LotSuspension) -> SuspensionView:
    return SuspensionView(
        suspended_at=row.suspended_at,
        gap_started_at=row.gap_started_at,
        gap_ended_at=row.gap_ended_at,
        resumes_at=row.resumes_at,
        resumed_at=row.resumed_at,
        reason=row.reason,
        resume_by=row.resume_by,
    )


def _rulebook(row: Rulebook) -> RulebookView:
    return RulebookView(
        version=row.version,
        title=row.title,
        clauses=tuple(row.clauses),
        params=RulebookParams.of(row.params),
        source=row.source,
        trust=row.trust,
        in_force_from=row.in_force_from,
    )
