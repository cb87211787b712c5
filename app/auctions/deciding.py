"""Deciding on applications: an operator's finding, the complaint about it, and what runs out."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from app.auctions import admission_notices as notices
from app.auctions import admission_queries as queries
from app.auctions import admission_rules as rules
from app.auctions.access import ANSWER_COMPLAINT, DECIDE_APPLICATION
from app.auctions.admission_errors import (
    ApplicationMissing,
    ApplicationStateForbids,
)
from app.auctions.admission_models import ApplicationComplaint, LotApplication
from app.auctions.admission_types import MAX_NOTE, ApplicationState, RefusalReason
from app.auctions.admitting import (
    accept,
    check_own,
    facts_of,
    lock_application,
    note,
    refuse,
    requirements_of,
)
from app.auctions.apart import check_apart
from app.auctions.errors import LotNotOpenForJoining
from app.auctions.queries import lock_lot
from app.auctions.sweeping import alone
from app.auctions.types import LotState
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.errors import Faults
from app.core.i18n import _n
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork


async def decide_application(
    uow: UnitOfWork,
    *,
    actor: Actor,
    application_id: UUID,
    accept_it: bool,
    reason: RefusalReason | None = None,
    note_text: str = "",
    values: Mapping[str, int] | None = None,
) -> None:
    """An operator's decision, once; the same decision twice is one.

    ``values`` settle what WEIGHTED weighs (by default what was declared). The applicant is told,
    with the reason, its source and the way to complain. Raises ApplicationMissing, Forbidden,
    DeciderBarred, ApplicationStateForbids, LotNotOpenForJoining (too late), Invalid.
    """
    access.require(actor, DECIDE_APPLICATION)
    lot, row = await lock_application(uow, application_id)
    needs = requirements_of(lot)
    if not needs.reviewed:
        raise ApplicationMissing()
    words = clean_text(note_text)
    if _is_same(row, actor, accept_it, reason, words):
        return
    await check_apart(uow, actor, lot.seller_id, row.party_id)
    rules.check_decision(facts_of(row), accept=accept_it, reason=reason, note=words)
    now = await uow.stamp()
    if not accept_it:
        assert reason is not None, "a refusal has its reason"
        await refuse(uow, actor, lot, row, reason, words, now)
    else:
        if rules.find_lapse(facts_of(row), needs, LotState(lot.state), now) is not None:
            raise LotNotOpenForJoining()
        settled = dict(row.declared) | dict(values or {})
        faults = Faults()
        rules.check_values(needs.criteria, settled, faults)
        faults.check()
        row.settled, row.note = settled, words
        await accept(uow, actor, lot, needs, row, now)
    await note(uow, actor, "decide_application", lot, row, accepted=accept_it, reason=row.reason)


async def complain(uow: UnitOfWork, *, actor: Actor, application_id: UUID, text: str) -> None:
    """Object to a refusal (异议), once, as long as the lot is not over. The same words twice are
    one complaint.

    Raises ApplicationMissing, Forbidden, ApplicationStateForbids, Invalid.
    """
    lot, row = await lock_application(uow, application_id)
    check_own(actor, row)
    words = _check_words("text", text, _n("请写明异议的事实和理由。"))
    if (seen := await queries.find_complaint(uow, row.id)) is not None:
        if seen.text == words:
            return
        raise ApplicationStateForbids(_n("已经提出过异议，请等待答复"))
    rules.check_state(facts_of(row), ApplicationState.refused)
    if lot.state == LotState.closed:
        raise ApplicationStateForbids(_n("标的已经结束，不能再提出异议"))
    uow.session.add(
        ApplicationComplaint(
            application_id=row.id,
            text=words,
            filed_by=actor.person_id,
            filed_at=await uow.stamp(),
            answer="",
        )
    )
    await uow.session.flush()
    await notices.tell_complaint(uow, lot, row)
    await note(uow, actor, "complain", lot, row)


async def answer_complaint(
    uow: UnitOfWork, *, actor: Actor, application_id: UUID, upheld: bool, answer: str
) -> None:
    """Answer a complaint, by an operator or supervisor who did not decide. An upheld one accepts
    the application when there is still time and he has not applied anew; else it is on record
    that he was right. The same answer twice is one.

    Raises Forbidden, ApplicationMissing, DeciderBarred, ApplicationStateForbids, Invalid.
    """
    access.require(actor, ANSWER_COMPLAINT)
    lot, row = await lock_application(uow, application_id)
    complaint = await queries.find_complaint(uow, row.id)
    if complaint is None:
        raise ApplicationMissing()
    words = _check_words("answer", answer, _n("请写明答复的理由。"))
    if complaint.answered_at is not None:
        if (complaint.upheld, complaint.answer) == (upheld, words):
            return
        raise ApplicationStateForbids(_n("该异议已经答复"))
    await check_apart(uow, actor, lot.seller_id, row.party_id)
    rules.check_answerer(facts_of(row), actor.person_id)
    now = await uow.stamp()
    complaint.upheld, complaint.answer = upheld, words
    complaint.answered_by, complaint.answered_at = actor.person_id, now
    await uow.session.flush()
    await notices.tell_answer(uow, lot, row, upheld=upheld)
    if upheld:
        needs = requirements_of(lot)
        in_time = lot.state != LotState.closed and now < needs.decides_until
        again = await queries.find_current(uow, lot.id, row.party_id) is not None
        if in_time and not again:
            await accept(uow, actor, lot, needs, row, now)
    await note(uow, actor, "answer_complaint", lot, row, upheld=upheld)


async def sweep_applications(uow: UnitOfWork, *, limit: int = 20) -> int:
    """Refuse what can no longer be admitted, with its reason; returns how many were settled.

    A suspended lot moves its ends: they are read again before anything is refused.
    """
    changed = 0
    for found in await queries.lock_due_lots(uow, limit):
        async with alone(uow, sweep="auctions.deciding.sweep_applications", lot=found.number):
            changed += await _settle_due(uow, found.id)
    return changed


async def _settle_due(uow: UnitOfWork, lot_id: UUID) -> int:
    """The applications of one lot whose time is over; how many were refused."""
    lot, _ = await lock_lot(uow, lot_id)
    now = await uow.stamp()
    needs, settled = requirements_of(lot), 0
    for row in await queries.list_due(uow, lot.id):
        if lot.state == LotState.suspended:
            row.due_at = now + rules.LOOK_AGAIN
            continue
        lapse = rules.find_lapse(facts_of(row), needs, LotState(lot.state), now)
        if lapse is None:
            row.due_at = needs.decides_until
            continue
        await refuse(uow, SYSTEM, lot, row, lapse, "", now)
        if needs.reviewed:
            await note(uow, SYSTEM, "lapse_application", lot, row, reason=lapse)
        settled += 1
    await uow.session.flush()
    return settled


def _is_same(
    row: LotApplication, actor: Actor, accept_it: bool, reason: RefusalReason | None, words: str
) -> bool:
    if row.decided_by is None or row.decided_by != actor.person_id or row.note != words:
        return False
    if accept_it:
        return row.state in (ApplicationState.accepted, ApplicationState.admitted)
    return row.state == ApplicationState.refused and row.reason == reason


def _check_words(field: str, text: str, missing: str) -> str:
    faults = Faults()
    words = faults.limit(field, clean_text(text), MAX_NOTE)
    if not words:
        faults.add(field, missing)
    faults.check()
    return words
