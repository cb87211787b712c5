"""What the clock does to lots: open, move on, close, suspend, resume; and the heartbeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from app.auctions import queries, rules
from app.auctions.documents import index_lot
from app.auctions.events import LotAwarded, LotSuspended, LotUnsold
from app.auctions.models import Lot, LotSuspension, ServiceOutage
from app.auctions.types import Close, Gap, LotOutcome, LotState, RulebookParams, Suspend
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.core.actor import SYSTEM
from app.core.clock import read_offset
from app.core.ids import new_id
from app.core.tx import UnitOfWork

# The web process beats each second; two beats further apart than this had a gap between them.
OUTAGE_AFTER: Final = timedelta(seconds=2)
# How soon to look again at a lot that waits for a beat.
LOOK_AGAIN: Final = timedelta(milliseconds=200)
# A lot that the staff stopped waits for them, not for the clock.
LOOK_AT_STOPPED: Final = timedelta(days=1)


async def beat(uow: UnitOfWork) -> Gap | None:
    """Say that the web service lives; writes down and returns the gap that this beat ended."""
    row = await queries.lock_heartbeat(uow)
    if row is None:
        return None
    now = await uow.stamp()
    offset = await read_offset(uow.session)
    # why: a clock moved forward is not a gap in service
    last = row.beat_at + (offset - row.offset_by)
    gap = rules.find_outage(last, now, OUTAGE_AFTER)
    if gap is not None:
        uow.session.add(ServiceOutage(id=new_id(), started_at=last, ended_at=now))
    row.beat_at, row.offset_by = max(last, now), offset
    return gap


async def sweep_lots(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Do what the clock asks of lots; returns how many changed. A lot locked by a bid is skipped.

    A lot closes at its scheduled instant, however late that is noticed.
    """
    last_beat = await queries.find_last_beat(uow)
    due = await queries.lock_due_lots(uow, last_beat=last_beat, limit=limit)
    if not due:
        return 0
    now = await uow.stamp()
    last_beat = await queries.find_last_beat(uow)
    outages = await queries.list_outages(
        uow,
        after=min(lot.cycle_starts_at for lot, _ in due),
        before=max(lot.cycle_ends_at for lot, _ in due),
    )
    changed = 0
    for lot, params in due:
        before = lot.version
        await _advance(uow, lot, params, outages=outages, last_beat=last_beat, now=now)
        if lot.version != before:
            changed += 1
            await index_lot(uow, lot)
    return changed


async def _advance(
    uow: UnitOfWork,
    lot: Lot,
    params: RulebookParams,
    *,
    outages: list[Gap],
    last_beat: datetime | None,
    now: datetime,
) -> None:
    """Bring one locked lot up to ``now``."""
    if lot.state == LotState.suspended:
        await _resume_when_due(uow, lot, params, last_beat, now)
        return
    phase = rules.compute_phase(lot.facts(params), now)
    if phase != lot.state:
        lot.state = phase
        lot.version += 1
    if phase is LotState.announced:
        lot.due_at = lot.free_starts_at
    elif phase is LotState.free:
        lot.due_at = lot.free_ends_at
    else:
        answer = rules.decide_close(
            lot.facts(params),
            outages=outages,
            last_beat=last_beat,
            now=now,
            tolerance=params.outage_tolerance,
        )
        if isinstance(answer, Close):
            await _close(uow, lot, answer.at)
        elif isinstance(answer, Suspend):
            await _suspend(uow, lot, params, answer.gap, now)
        else:
            lot.due_at = max(answer.until, now + LOOK_AGAIN)


async def _close(uow: UnitOfWork, lot: Lot, at: datetime) -> None:
    """End a lot: won by its leader, or unsold (流拍), which frees the offer."""
    lot.state, lot.closed_at, lot.due_at = LotState.closed, at, None
    lot.version += 1
    if lot.leader_id is not None and lot.price_minor is not None:
        lot.outcome = LotOutcome.won
        uow.record(
            LotAwarded(
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
        )
    else:
        lot.outcome = LotOutcome.unsold
        await catalogue.release_offer(
            uow, actor=SYSTEM, offer_id=lot.offer_id, for_kind="lot", for_id=lot.id
        )
        uow.record(LotUnsold(lot.id, lot.number, lot.offer_id, at))
    await _note(
        uow,
        lot,
        "auctions.close_lot",
        outcome=lot.outcome,
        closed_at=at.isoformat(),
        price_minor=lot.price_minor,
        seq=lot.seq,
    )


async def _suspend(
    uow: UnitOfWork, lot: Lot, params: RulebookParams, gap: Gap, now: datetime
) -> None:
    """Stop a lot whose cycle overlapped a gap; it resumes some time after the service is back."""
    resumes_at = None if gap.ended_at is None else now + params.resume_after
    lot.state = LotState.suspended
    lot.due_at = resumes_at or now + LOOK_AGAIN
    lot.version += 1
    uow.session.add(
        LotSuspension(
            id=new_id(),
            lot_id=lot.id,
            reason="service_outage",
            suspended_at=now,
            gap_started_at=gap.started_at,
            gap_ended_at=gap.ended_at,
            resumes_at=resumes_at,
        )
    )
    uow.record(LotSuspended(lot.id, lot.number, now))
    await _note(
        uow,
        lot,
        "auctions.suspend_lot",
        gap_started_at=gap.started_at.isoformat(),
        gap_ended_at=gap.ended_at.isoformat() if gap.ended_at else None,
    )


async def _resume_when_due(
    uow: UnitOfWork, lot: Lot, params: RulebookParams, last_beat: datetime | None, now: datetime
) -> None:
    """Learn when the gap ended, then run the current cycle again in full (DOMAIN 2.11)."""
    suspension = await queries.get_open_suspension(uow, lot.id)
    if suspension.gap_started_at is None:  # the staff stopped it and let it go on
        lot.due_at = now + LOOK_AT_STOPPED
        return
    if suspension.resumes_at is None:
        ended = await queries.find_outage_ended_after(uow, suspension.gap_started_at)
        if ended is None or ended.ended_at is None:
            lot.due_at = now + LOOK_AGAIN
            return
        suspension.gap_ended_at = ended.ended_at
        suspension.resumes_at = lot.due_at = now + params.resume_after
        lot.version += 1
        return
    serving = last_beat is not None and now - last_beat <= params.outage_tolerance
    if now < suspension.resumes_at or not serving:
        lot.due_at = max(suspension.resumes_at, now + LOOK_AGAIN)
        return
    suspension.resumed_at = now
    lot.state = LotState.limited
    lot.cycle_starts_at = now
    lot.cycle_ends_at = lot.due_at = now + timedelta(seconds=lot.window_s)
    lot.version += 1
    await _note(uow, lot, "auctions.resume_lot", cycle_ends_at=lot.cycle_ends_at.isoformat())


async def _note(uow: UnitOfWork, lot: Lot, action: str, **facts: Any) -> None:
    await audit.note(
        uow,
        actor=SYSTEM,
        action=action,
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number, **facts},
    )
