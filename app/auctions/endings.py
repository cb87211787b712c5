"""What the steps of a lot mean for the rest of the market: who is told, what becomes of the offer.

Called after the desk, in the same transaction, by whatever moved the lot: the clock, or the bid
that ended a sale at a fixed price.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from app.auctions import negotiating
from app.auctions.desk import Outcome
from app.auctions.documents import index_lot
from app.auctions.engine.types import Change, Step
from app.auctions.events import LotAwarded, LotClosed, LotSuspended, LotUnsold
from app.auctions.models import Lot, LotSuspension
from app.auctions.types import LotOutcome, RulebookParams
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.core.actor import SYSTEM
from app.core.ids import new_id
from app.core.tx import UnitOfWork

OUTAGE: Final = "service_outage"
# How soon to look again at a lot that waits for a beat.
LOOK_AGAIN: Final = timedelta(milliseconds=200)


async def follow(uow: UnitOfWork, lot: Lot, rules: RulebookParams, outcome: Outcome) -> None:
    """Do what the clock's steps ask of others. Bids alone ask nothing."""
    for line in outcome.lines:
        step = line.event
        if not isinstance(step, Change):
            continue
        if step.step is Step.closed:
            await _end(uow, lot, rules)
        elif step.step is Step.suspended and step.facts.get("reason") == OUTAGE:
            await _suspend(uow, lot, rules, step, line.decided_at)
    if outcome.changes:
        await index_lot(uow, lot)


async def _end(uow: UnitOfWork, lot: Lot, rules: RulebookParams) -> None:
    """A lot is won by its leader, or unsold (流拍), which frees the offer."""
    at = lot.closed_at
    assert at is not None, "a closed lot says when"
    if lot.outcome == LotOutcome.won:
        uow.record(_award(lot, at))
    else:
        if not await negotiating.open_window(uow, lot, rules, at):
            await catalogue.release_offer(
                uow, actor=SYSTEM, offer_id=lot.offer_id, for_kind="lot", for_id=lot.id
            )
        uow.record(LotUnsold(lot.id, lot.number, lot.offer_id, at))
    uow.record(LotClosed(lot.id, lot.number, str(lot.outcome), at))
    await note_lot(
        uow,
        lot,
        "auctions.close_lot",
        outcome=lot.outcome,
        ending=lot.ending,
        closed_at=at.isoformat(),
        price_minor=lot.price_minor,
        seq=lot.seq,
        head=lot.head_hash,
    )


def _award(lot: Lot, at: datetime) -> LotAwarded:
    assert lot.leader_id is not None
    assert lot.price_minor is not None
    return LotAwarded(
        lot_id=lot.id,
        number=lot.number,
        offer_id=lot.offer_id,
        offer_number=lot.offer_number,
        achievement_id=lot.achievement_id,
        seller_id=lot.seller_id,
        buyer_id=lot.leader_id,
        title=lot.title,
        bid_on=lot.bid_on,
        amount_minor=lot.price_minor,
        currency=lot.currency,
        terms_hash=lot.terms_hash,
        closed_at=at,
    )


async def _suspend(
    uow: UnitOfWork, lot: Lot, rules: RulebookParams, step: Change, now: datetime
) -> None:
    """A lot whose cycle overlapped a gap resumes some time after the service is back."""
    started = datetime.fromisoformat(str(step.facts["gap_started_at"]))
    ended = step.facts.get("gap_ended_at")
    resumes_at = None if ended is None else now + rules.resume_after
    if lot.closed_at is None:  # else staff have ended it in the same instant
        lot.due_at = resumes_at or now + LOOK_AGAIN
    uow.session.add(
        LotSuspension(
            id=new_id(),
            lot_id=lot.id,
            reason=OUTAGE,
            suspended_at=now,
            gap_started_at=started,
            gap_ended_at=None if ended is None else datetime.fromisoformat(str(ended)),
            resumes_at=resumes_at,
        )
    )
    uow.record(LotSuspended(lot.id, lot.number, now))
    await note_lot(
        uow,
        lot,
        "auctions.suspend_lot",
        gap_started_at=started.isoformat(),
        gap_ended_at=ended,
    )


async def note_lot(uow: UnitOfWork, lot: Lot, action: str, **facts: Any) -> None:
    """One audit line of what the clock did."""
    await audit.note(
        uow,
        actor=SYSTEM,
        action=action,
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number, **facts},
    )
