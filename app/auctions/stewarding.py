"""What staff and sellers do to a lot that was published: stop it, go on, end it, undo its result.

Nobody sets a price, a leader or an end by hand: each verb is one numbered step whose effect the
engine alone decides. Every step states a reason of a closed list and a statement in words, and both
are announced to everybody who takes part (ADR 0018).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from app.auctions import desk, life_queries, queries
from app.auctions.access import JUDGE_LOT, STEER_LOT
from app.auctions.announcing import announce, check_statement, find_said
from app.auctions.apart import check_apart
from app.auctions.endings import follow
from app.auctions.engine import staff
from app.auctions.engine.amending import BEFORE_OPENING
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import Change, Head, LotState, Terms
from app.auctions.errors import LotStateForbids, ReasonNotYours
from app.auctions.events import (
    LotAnnulled,
    LotClosed,
    LotFailed,
    LotResumed,
    LotSuspended,
    LotTerminated,
)
from app.auctions.life_types import (
    BY_OPERATOR,
    BY_SELLER,
    AnnouncementKind,
    AnnulGround,
    FailReason,
    SuspendReason,
    TerminateReason,
)
from app.auctions.models import Lot, LotSuspension
from app.auctions.store import SqlStore
from app.auctions.types import LotOutcome, RulebookParams
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.core import access
from app.core.actor import Actor
from app.core.calendar import compute_end_in_days, load_calendar
from app.core.clock import SHANGHAI
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.tx import UnitOfWork

# A seller may not stop a price that is being found.
_BEFORE_LIMITED: Final = BEFORE_OPENING | {LotState.free, LotState.suspended, LotState.closed}
_BID_STANDS: Final = _n("已有有效报价或者已进入限时报价期，请向平台说明理由，由平台决定中止")

Step = Callable[[Terms, Head, datetime], tuple[Head, Change]]


async def suspend_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    reason: SuspendReason,
    statement: str,
    key: str,
) -> None:
    """Stop a lot (中止); a running cycle starts again in full when it goes on.

    The operator for faults, complaints, an authority or the seller's request (L-网拍28); the seller
    himself only while no bid stands and no limited period runs, for a dispute over the title, a
    grave error of the announcement or force majeure. Raises LotMissing, Forbidden, ReasonNotYours,
    Invalid (no statement), LotStateForbids, KeyReused.
    """
    lot = await _enter(uow, actor, number)
    if await find_said(uow, lot, AnnouncementKind.suspended, key, reason, statement):
        return
    check_statement(statement)
    judges = access.may(actor, JUDGE_LOT)
    _check_reason(reason, judges=judges)
    untouched = judges or not await life_queries.has_valid_bid(uow, lot.id)

    def stop(terms: Terms, head: Head, at: datetime) -> tuple[Head, Change]:
        if not judges and not (untouched and head.state in _BEFORE_LIMITED):
            raise LotStateForbids(_BID_STANDS)
        said = {"reason": reason.value, "statement": statement}
        return MODES[terms.mode].suspend(terms, head, at, **said)

    now = await steer(uow, actor, lot, stop)
    uow.session.add(
        LotSuspension(id=new_id(), lot_id=lot.id, reason=reason.value, suspended_at=now)
    )
    await announce(uow, actor, lot, AnnouncementKind.suspended, statement, key, reason=reason)
    uow.record(LotSuspended(lot.id, lot.number, now))
    await note_step(uow, actor, "suspend_lot", lot, reason=reason.value)


def _check_reason(reason: SuspendReason, *, judges: bool) -> None:
    """Whose reason it is."""
    if judges and reason not in BY_OPERATOR:
        raise ReasonNotYours("平台中止标的，请选择平台的理由；由转让方提出的，选择“转让方请求”")
    if not judges and reason not in BY_SELLER:
        raise ReasonNotYours()


async def end_cause(
    uow: UnitOfWork, *, actor: Actor, number: str, statement: str, key: str
) -> datetime:
    """Write down that the cause of a suspension has ended; answers until when the lot must go on.

    Five days (L-网拍28), the starting day not counted. Raises LotMissing, Forbidden, Invalid,
    LotStateForbids, KeyReused.
    """
    access.require(actor, JUDGE_LOT)
    lot = await _enter(uow, actor, number)
    if said := await find_said(uow, lot, AnnouncementKind.cause_ended, key, "", statement):
        return datetime.fromisoformat(said.facts["resume_by"])
    check_statement(statement)
    standing = await _get_suspension(uow, lot)
    if standing.cause_ended_at is not None:
        raise LotStateForbids("中止原因消除的时间已经记录")
    now = await uow.stamp()
    rulebook = await queries.get_rulebook(uow, lot.rulebook_version)
    days = RulebookParams.of(rulebook.params).resume_within_days
    end = compute_end_in_days(await load_calendar(uow), now.astimezone(SHANGHAI).date(), days)
    standing.cause_ended_at, standing.resume_by = now, end.ends_at
    facts = {"resume_by": end.ends_at.isoformat()}
    await announce(uow, actor, lot, AnnouncementKind.cause_ended, statement, key, **facts)
    await note_step(uow, actor, "end_cause", lot, **facts)
    return end.ends_at


async def resume_lot(
    uow: UnitOfWork, *, actor: Actor, number: str, statement: str, key: str
) -> None:
    """Let a suspended lot go on (恢复): by the operator, or by the seller who stopped it himself.

    A suspension for an outage ends by the clock alone. Raises LotMissing, Forbidden, Invalid,
    LotStateForbids, KeyReused.
    """
    lot = await _enter(uow, actor, number)
    if await find_said(uow, lot, AnnouncementKind.resumed, key, "", statement):
        return
    check_statement(statement)
    standing = await _get_suspension(uow, lot)
    reason = SuspendReason(standing.reason)
    if reason is SuspendReason.service_outage:
        raise LotStateForbids("因服务中断的中止由系统在服务恢复后自动恢复")
    if not access.may(actor, JUDGE_LOT) and reason not in BY_SELLER:
        raise ReasonNotYours("由平台中止的标的，由平台恢复")
    now = await steer(uow, actor, lot, _go_on)
    standing.cause_ended_at = standing.cause_ended_at or now
    standing.resumed_at = now
    await announce(uow, actor, lot, AnnouncementKind.resumed, statement, key)
    uow.record(LotResumed(lot.id, lot.number, lot.offer_id, lot.seller_id, now))
    await note_step(uow, actor, "resume_lot", lot, cycle_ends_at=lot.cycle_ends_at.isoformat())


def _go_on(terms: Terms, head: Head, now: datetime) -> tuple[Head, Change]:
    """Not out of a suspension that the clock has found at this very instant."""
    if head.suspended_at == now:
        raise ValueError("the service was away: the clock stops it and lets it go on")
    return MODES[terms.mode].resume(terms, head, now)


async def terminate_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    reason: TerminateReason,
    statement: str,
    key: str,
) -> None:
    """End a lot before its end (终止): nobody has won, the offer is free again, deposits go back.

    The seller may only withdraw it, while no bid stands (拍卖法 29); every other reason is the
    operator's. Raises LotMissing, Forbidden, ReasonNotYours, Invalid, LotStateForbids, KeyReused.
    """
    lot = await _enter(uow, actor, number)
    if await find_said(uow, lot, AnnouncementKind.terminated, key, reason, statement):
        return
    check_statement(statement)
    if not access.may(actor, JUDGE_LOT):
        if reason is not TerminateReason.withdrawn:
            raise ReasonNotYours()
        if await life_queries.has_valid_bid(uow, lot.id):
            raise LotStateForbids("已有有效报价，不能撤回；确有法定理由的，请向平台说明")
    elif reason is TerminateReason.withdrawn:
        raise ReasonNotYours("撤回须由转让方提出")
    now = await steer(
        uow,
        actor,
        lot,
        lambda _terms, head, at: staff.terminated(
            head, at, reason=reason.value, statement=statement
        ),
    )
    # why after the step: the clock may have found a gap in service just before it
    standing = await life_queries.find_suspension(uow, lot.id)
    if standing is not None:
        standing.resumed_at = now
    await catalogue.release_offer(
        uow, actor=actor, offer_id=lot.offer_id, for_kind="lot", for_id=lot.id
    )
    await announce(uow, actor, lot, AnnouncementKind.terminated, statement, key, reason=reason)
    uow.record(
        LotTerminated(lot.id, lot.number, lot.offer_id, lot.seller_id, now, reason=reason.value)
    )
    uow.record(LotClosed(lot.id, lot.number, LotOutcome.terminated.value, now))
    await note_step(uow, actor, "terminate_lot", lot, reason=reason.value)


async def fail_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    reason: FailReason,
    statement: str,
    key: str,
) -> None:
    """Say that the winner defaulted (未能成交). He may not take part when it is put up again.

    By the operator. The deal that was opened is ended by its own room. Raises LotMissing,
    Forbidden, Invalid, LotStateForbids, KeyReused.
    """
    access.require(actor, JUDGE_LOT)
    lot = await _enter(uow, actor, number)
    if await find_said(uow, lot, AnnouncementKind.failed, key, reason, statement):
        return
    check_statement(statement)
    check_over(lot)
    now = await steer(
        uow,
        actor,
        lot,
        lambda _terms, head, at: staff.failed(head, at, reason=reason.value, statement=statement),
    )
    await announce(uow, actor, lot, AnnouncementKind.failed, statement, key, reason=reason)
    uow.record(
        LotFailed(
            lot.id,
            lot.number,
            lot.offer_id,
            lot.seller_id,
            now,
            reason=reason.value,
            defaulter_id=lot.leader_id,
        )
    )
    await note_step(uow, actor, "fail_lot", lot, reason=reason.value)


async def annul_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    ground: AnnulGround,
    statement: str,
    key: str,
) -> None:
    """Void the result of a lot (撤销), on a ground of L-网拍31 (by analogy).

    By the operator. Raises LotMissing, Forbidden, Invalid, LotStateForbids, KeyReused.
    """
    access.require(actor, JUDGE_LOT)
    lot = await _enter(uow, actor, number)
    if await find_said(uow, lot, AnnouncementKind.annulled, key, ground, statement):
        return
    check_statement(statement)
    check_over(lot)
    was = str(lot.outcome)
    now = await steer(
        uow,
        actor,
        lot,
        lambda _terms, head, at: staff.annulled(head, at, reason=ground.value, statement=statement),
    )
    lot.negotiation_ends_at = None
    await announce(uow, actor, lot, AnnouncementKind.annulled, statement, key, reason=ground)
    uow.record(
        LotAnnulled(
            lot.id,
            lot.number,
            lot.offer_id,
            lot.seller_id,
            now,
            reason=ground.value,
            was=was,
        )
    )
    await note_step(uow, actor, "annul_lot", lot, reason=ground.value)


async def _enter(uow: UnitOfWork, actor: Actor, number: str) -> Lot:
    """The locked lot, for who may steer it at all. Raises DeciderBarred for an operator who
    belongs to the seller, or to whom the lot has gone to."""
    lot_id = await queries.get_lot_id(uow, number)
    lot, _ = await queries.lock_lot(uow, lot_id)
    access.require(actor, STEER_LOT, owner=lot.seller_id)
    if access.may(actor, JUDGE_LOT):
        await check_apart(uow, actor, lot.seller_id, lot.leader_id)
    return lot


async def _get_suspension(uow: UnitOfWork, lot: Lot) -> LotSuspension:
    standing = await life_queries.find_suspension(uow, lot.id)
    if standing is None:
        raise LotStateForbids("标的没有中止")
    return standing


def check_over(lot: Lot) -> None:
    """Only a result that was written down, and told, can be undone."""
    if lot.state != LotState.closed:
        raise LotStateForbids("标的尚未结束")


async def steer(uow: UnitOfWork, actor: Actor, lot: Lot, step: Step) -> datetime:
    """Let the desk take one numbered step, after those of the clock that were due; what the engine
    refuses is a state that forbids it. Answers the instant."""

    def move(terms: Terms, head: Head, now: datetime) -> tuple[Head, tuple[Change, ...]]:
        after, change = step(terms, head, now)
        return after, (change,)

    store = SqlStore(uow, person_id=actor.person_id)
    try:
        outcome = await desk.change(store, lot.id, move)
    except ValueError as error:
        raise LotStateForbids() from error
    await follow(uow, lot, store.rules, outcome)
    assert outcome.sale.head.decided_at is not None, "the desk has just decided"
    return outcome.sale.head.decided_at


async def note_step(uow: UnitOfWork, actor: Actor, verb: str, lot: Lot, **facts: Any) -> None:
    await audit.note(
        uow,
        actor=actor,
        action=f"auctions.{verb}",
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number, "seq": lot.seq, **facts},
    )
