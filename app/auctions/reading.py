"""What may be read of lots. Nothing here tells who stands behind a code, but one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.auctions import queries
from app.auctions.access import BID, LIST_OWN, SEE_OWN_PLACE, STAFF
from app.auctions.engine.modes import MODES
from app.auctions.engine.modes.buy_now import BuyNow
from app.auctions.engine.schedule import HELD, limited_starts_at
from app.auctions.engine.types import Head
from app.auctions.errors import (
    LotNotOpenForJoining,
    NotOpenNow,
    SellerMayNotBid,
    StaffMayNotBid,
)
from app.auctions.heads import head_of, terms_of
from app.auctions.models import Bid, Lot, LotSuspension, Rulebook
from app.auctions.queries import LotRow
from app.auctions.types import (
    Act,
    Auctioneer,
    BidMode,
    BidOutcome,
    JoinedLot,
    LotLive,
    LotState,
    LotView,
    MyPlace,
    Note,
    Origin,
    PublicBid,
    PublicStep,
    RulebookParams,
    RulebookView,
    Shelf,
    Step,
    SuspensionView,
    Terms,
)
from app.core import access
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.paging import Page, decode_id, decode_place, encode_cursor
from app.core.tx import UnitOfWork

MOST_BIDS: Final = 500
# Of these nobody is shown whose they are while the lot runs.
SECRET_ACTS: Final = frozenset({Act.store, Act.seal})
# In these there is something to answer, though no bid may be placed.
_ANSWERING: Final = frozenset({LotState.confirming, LotState.exercising})


async def show_lot(uow: UnitOfWork, *, number: str) -> LotView:
    """The public face of a lot. Raises LotMissing."""
    return _view(await queries.get_lot_row(uow, number))


async def list_public_bids(uow: UnitOfWork, *, lot_id: UUID) -> list[PublicBid]:
    """What was accepted of a lot, at most 500, newest first; maxima are not listed, and whose a
    sealed bid is nobody is shown."""
    return [_public(bid) for bid in await queries.list_bids(uow, lot_id, MOST_BIDS)]


async def find_my_place(uow: UnitOfWork, *, actor: Actor, lot: LotView) -> MyPlace | None:
    """How the actor's own organisation stands; None when it does not take part."""
    if actor.organisation_id is None or not access.may(actor, SEE_OWN_PLACE):
        return None
    found = await queries.find_own_place(uow, lot.id, actor.organisation_id)
    if found is None:
        return None
    place, stored_seq, sealed = found
    leading = lot.leader_code == place.code
    answer = Act.exercise if place.code in lot.exercised else None
    return MyPlace(
        code=place.code,
        admitted_at=place.admitted_at,
        leading=leading,
        won=leading and lot.is_sold,
        rank=place.rank,
        bid_in_free=place.bid_in_free,
        confirmed=place.confirmed,
        stored_seq=stored_seq,
        sealed_seq=sealed.seq if sealed else None,
        sealed_at=sealed.decided_at if sealed else None,
        sealed_commitment=sealed.commitment if sealed else None,
        answer=Act.waive if place.code in lot.waived else answer,
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
    if place is not None and not (lot.is_open or lot.state in _ANSWERING):
        return NotOpenNow()
    return None


async def list_suspensions(uow: UnitOfWork, *, lot_id: UUID) -> list[SuspensionView]:
    """Every suspension of a lot with the gap that caused it, the latest first."""
    return [_suspension(row) for row in await queries.list_suspensions(uow, lot_id)]


async def show_rulebook(uow: UnitOfWork, *, version: str) -> RulebookView:
    """One version of the rules, to be printed. Raises RulebookMissing."""
    return _rulebook(await queries.get_rulebook(uow, version))


async def show_rulebook_in_force(uow: UnitOfWork, *, demonstration: bool = False) -> RulebookView:
    """The version that a lot announced now would be born under."""
    found = await queries.get_rulebook_in_force(uow, uow.now, demonstration=demonstration)
    return _rulebook(found)


async def read_live(uow: UnitOfWork, *, lot_id: UUID, after: int) -> LotLive:
    """The head and what happened after a number, read in one statement."""
    row = await queries.get_live_row(uow, lot_id, after, MOST_BIDS)
    lot = _view(row)
    # what was cut off of one list must not be passed over by the other
    cut = [rows[-1]["seq"] for rows in (row.bids, row.steps) if len(rows) == MOST_BIDS]
    until = min(cut, default=lot.seq)
    return LotLive(
        lot,
        tuple(_public_json(lot, bid) for bid in row.bids if bid["seq"] <= until),
        tuple(_step_json(step) for step in row.steps if step["seq"] <= until),
        until,
    )


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
    lot, now = row.lot, row.now
    terms, head = terms_of(lot, _NO_RULES), head_of(lot)
    mode = MODES[terms.mode]
    least = mode.least(terms, head, now)
    return LotView(
        id=lot.id,
        number=lot.number,
        offer_id=lot.offer_id,
        achievement_id=lot.achievement_id,
        seller_id=lot.seller_id,
        offer_number=lot.offer_number,
        title=lot.title,
        particulars=tuple((label, text) for label, text in lot.particulars),
        mode=terms.mode,
        state=mode.phase(terms, head, now),
        outcome=head.outcome,
        rulebook_version=lot.rulebook_version,
        start_minor=lot.start_minor,
        step_minor=lot.step_minor,
        window_s=lot.window_s,
        free_starts_at=terms.free_starts_at + head.shift,
        free_ends_at=terms.free_ends_at + head.shift,
        cycle_ends_at=head.cycle_ends_at,
        price_minor=head.price_minor,
        leader_code=head.leader,
        next_minor=least or head.price_minor or lot.start_minor,
        seq=lot.seq,
        version=lot.version,
        bidder_count=row.bidders,
        announced_at=lot.announced_at,
        closed_at=head.closed_at,
        now=now,
        **_more(lot, terms, head, now),
    )


def _more(lot: Lot, terms: Terms, head: Head, now: datetime) -> dict[str, Any]:
    """What a lot shows beyond its price: how it is bid for, and what it asks of bidders."""
    starts, ends = terms.registration_starts_at, terms.registration_ends_at
    asking, next_change_at = _asking(terms, head, now)
    return {
        "terms": terms,
        "ending": head.ending,
        "registration_starts_at": None if starts is None else starts + head.shift,
        "registration_ends_at": None if ends is None else ends + head.shift,
        "limited_starts_at": head.limited_starts_at or limited_starts_at(terms, head),
        "reserve_kind": terms.reserve_kind,
        "reserve_commitment": lot.reserve_commitment,
        "has_proxies": terms.proxies,
        "preference": terms.preference,
        "leader_rank": head.leader_rank,
        "rival_code": head.rival,
        "bidders_turn": head.bidders_turn,
        "exercised": head.exercised,
        "waived": head.waived,
        "asking_minor": asking,
        "next_change_at": next_change_at,
        "suspended_from": head.suspended_from,
        "suspended_at": head.suspended_at,
        "deposit_minor": lot.deposit_minor or 0,
        "deposit_due_at": lot.deposit_due_at,
        "admission": lot.admission,
        "conditions": lot.conditions,
        "documents": tuple(lot.documents),
        "auctioneer": Auctioneer.of(lot.auctioneer),
        "notice": lot.notice,
        "negotiation_ends_at": lot.negotiation_ends_at,
        "relisted_from": lot.relisted_from,
        "genesis_hash": lot.genesis_hash,
        # why: whoever sees every link can try what is not told of an event (whose maximum, why it
        # was refused) against the next one
        "head_hash": lot.head_hash if head.is_over else None,
    }


def _asking(terms: Terms, head: Head, now: datetime) -> tuple[int | None, datetime | None]:
    """The price that stands, where one is taken rather than bid, and when it falls next."""
    mode = MODES[terms.mode]
    if not isinstance(mode, BuyNow):
        return None, None
    asking = mode.asking(terms, head, now)
    if terms.mode is not BidMode.dutch or asking == terms.floor_minor or head.state in HELD:
        return asking, None
    passed = (now - head.cycle_starts_at) // terms.window + 1
    return asking, head.cycle_starts_at + max(passed, 1) * terms.window


# What is read of a lot follows from the lot alone.
_NO_RULES: Final = RulebookParams(0, 0, 0, 0, leader_may_raise=False)


def _public(bid: Bid) -> PublicBid:
    act = Act(bid.act)
    return PublicBid(
        seq=bid.seq,
        accepted=True,
        at=bid.decided_at,
        code="" if act in SECRET_ACTS else bid.code,
        amount_minor=bid.amount_minor,
        price_minor=bid.price_after_minor,
        leader_code=bid.leader_code_after,
        closes_at=bid.cycle_ends_after,
        act=act,
        origin=Origin(bid.origin),
        note=_note(bid.note, over=False),
        commitment=bid.commitment,
    )


def _note(stored: str | None, *, over: bool) -> Note | None:
    """Why an automatic bid was more than the least. That somebody's maximum is reached, or the
    hidden reserve, is told with the record; an equal price has to be explained at once."""
    note = Note(stored) if stored else None
    return note if over or note is Note.tie else None


def _public_json(lot: LotView, bid: dict[str, Any]) -> PublicBid:
    """A bid as PostgreSQL's JSON tells it, without what the public may not see."""
    accepted, act = bid["outcome"] == BidOutcome.accepted, Act(bid["act"])
    at = datetime.fromisoformat(bid["decided_at"])
    free = at < lot.free_ends_at
    shown = accepted and act not in SECRET_ACTS
    closes_at = datetime.fromisoformat(bid["cycle_ends_after"])
    return PublicBid(
        seq=bid["seq"],
        accepted=accepted,
        at=at,
        code=bid["code"] if shown else "",
        amount_minor=bid["amount_minor"] if shown else None,
        price_minor=bid["price_after_minor"],
        leader_code=bid["leader_code_after"],
        closes_at=min(lot.free_ends_at, closes_at) if free else closes_at,
        act=act,
        origin=Origin(bid["origin"]),
        note=_note(bid["note"], over=lot.is_over),
        commitment=bid["commitment"],
    )


def _step_json(step: dict[str, Any]) -> PublicStep:
    at = datetime.fromisoformat(step["at"])
    return PublicStep(step["seq"], Step(step["step"]), at, step["facts"])


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
        shown_from=row.shown_from,
    )
