"""What the clock does to lots: open, move on, close, suspend, resume; and the heartbeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from app.auctions import desk, queries
from app.auctions.documents import index_lot
from app.auctions.endings import LOOK_AGAIN, OUTAGE, follow, note_lot
from app.auctions.engine.modes import MODES
from app.auctions.engine.schedule import find_outage
from app.auctions.engine.types import Change, Head, Terms
from app.auctions.events import LotResumed
from app.auctions.models import Lot, ServiceOutage
from app.auctions.store import SqlStore
from app.auctions.sweeping import alone
from app.auctions.types import Gap, LotState, RulebookParams
from app.core.clock import read_offset
from app.core.ids import new_id
from app.core.tx import UnitOfWork

# The web process beats each second; two beats further apart than this had a gap between them.
OUTAGE_AFTER: Final = timedelta(seconds=2)
# A lot that the staff stopped is gone on with by them; the clock only asks whether it was.
LOOK_TOMORROW: Final = timedelta(days=1)
# A lot that could not be moved is tried again after this, so that it holds up no other.
TRY_AGAIN: Final = timedelta(seconds=10)


async def beat(uow: UnitOfWork) -> Gap | None:
    """Say that the web service lives; writes down and returns the gap that this beat ended."""
    row = await queries.lock_heartbeat(uow)
    if row is None:
        return None
    now = await uow.stamp()
    offset = await read_offset(uow.session)
    # why: a clock moved forward is not a gap in service
    last = row.beat_at + (offset - row.offset_by)
    gap = find_outage(last, now, OUTAGE_AFTER)
    if gap is not None:
        uow.session.add(ServiceOutage(id=new_id(), started_at=last, ended_at=now))
    row.beat_at, row.offset_by = max(last, now), offset
    return gap


async def sweep_lots(uow: UnitOfWork, *, limit: int = 100) -> int:
    """Do what the clock asks of lots; returns how many changed. A lot locked by a bid is skipped.

    A lot closes at its scheduled instant, however late that is noticed. One that cannot be moved
    is alarmed and tried again later; the others of its batch are not held up.
    """
    due = await queries.lock_due_lots(uow, last_beat=await queries.find_last_beat(uow), limit=limit)
    if not due:
        return 0
    now = await uow.stamp()
    last_beat = await queries.find_last_beat(uow)
    changed = 0
    for lot, rules in due:
        lot_id, moved = lot.id, list[bool]()
        async with alone(uow, sweep="auctions.closing.sweep_lots", lot=lot.number):
            moved.append(await _advance(uow, lot, rules, last_beat, now))
        if not moved:
            await queries.look_later(uow, lot_id, now + TRY_AGAIN)
        changed += sum(moved)
    return changed


async def _advance(
    uow: UnitOfWork, lot: Lot, rules: RulebookParams, last_beat: datetime | None, now: datetime
) -> bool:
    """Bring one locked lot up to ``now``; returns whether it changed."""
    before = lot.version
    store = SqlStore(uow).adopt(lot, rules, now, last_beat)
    if lot.state == LotState.suspended:
        await _resume_when_due(store, uow, lot, rules, last_beat, now)
    else:
        outcome = await desk.advance(store, lot.id)
        if lot.due_at is not None:
            lot.due_at = max(lot.due_at, now + LOOK_AGAIN)
        await follow(uow, lot, rules, outcome)
    # why: what fails here fails alone, and not at the end of the batch
    await uow.session.flush()
    return lot.version != before


async def _resume_when_due(
    store: SqlStore,
    uow: UnitOfWork,
    lot: Lot,
    rules: RulebookParams,
    last_beat: datetime | None,
    now: datetime,
) -> None:
    """Learn when the gap ended, then run the current cycle again in full (DOMAIN 2.11)."""
    suspension = await queries.get_open_suspension(uow, lot.id)
    if suspension.reason != OUTAGE or suspension.gap_started_at is None:
        lot.due_at = now + LOOK_TOMORROW
        return
    if suspension.resumes_at is None:
        ended = await queries.find_outage_ended_after(uow, suspension.gap_started_at)
        if ended is None or ended.ended_at is None:
            lot.due_at = now + LOOK_AGAIN
            return
        suspension.gap_ended_at = ended.ended_at
        suspension.resumes_at = lot.due_at = now + rules.resume_after
        lot.version += 1
        return
    serving = last_beat is not None and now - last_beat <= rules.outage_tolerance
    if now < suspension.resumes_at or not serving:
        lot.due_at = max(suspension.resumes_at, now + LOOK_AGAIN)
        return
    suspension.resumed_at = now
    await desk.change(store, lot.id, _resume)
    uow.record(LotResumed(lot.id, lot.number, lot.offer_id, lot.seller_id, now, OUTAGE))
    await index_lot(uow, lot)
    await note_lot(uow, lot, "auctions.resume_lot", cycle_ends_at=lot.cycle_ends_at.isoformat())


def _resume(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
    after, change = MODES[terms.mode].resume(terms, head, now)
    return after, (change,)
