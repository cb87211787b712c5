"""The gates: open, settle, block, lift; and the question that rooms above ask before a sale."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.audit.service import note
from app.catalogue import service as catalogue
from app.catalogue.types import OfferFacts
from app.clearances import access, notices, queries, rules
from app.clearances.errors import ClearanceMissing
from app.clearances.events import ClearanceDecided
from app.clearances.models import Clearance
from app.clearances.types import (
    MAX_WORDS,
    ClearanceFacts,
    ClearanceKind,
    ClearanceState,
    RightFacts,
    Verdict,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Faults, FieldError, Invalid
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.types import FileView, Staged

FILES = "clearances.clearance"


async def ask(uow: UnitOfWork, offer_id: UUID, mode: str) -> Verdict:
    """May this offer be sold now, in this way (``mode``, a word of the asking room)?

    Pass, or the open points as sentences. Asks no permission: the caller is another room's verb.
    Until its transaction ends nobody changes a gate of the offer. Raises OfferMissing.
    """
    await queries.lock_gates(uow, offer_id)
    offer = await catalogue.get_offer(uow, offer_id=offer_id)
    now = await uow.stamp()
    known = await queries.load_rules(uow, now.astimezone(SHANGHAI).date())
    live = rules.list_in_force(known, offer.disposal, mode, now.astimezone(SHANGHAI).date())
    return rules.decide(
        live,
        [row.facts() for row in await queries.list_clearances(uow, offer_id)],
        await list_rights(uow, offer_id),
        await catalogue.list_missing_consents(uow, offer_id=offer_id),
        now,
    )


async def list_rights(uow: UnitOfWork, offer_id: UUID) -> list[RightFacts]:
    """The rights of pre-emption in an offer, the most senior first; asks no permission.

    One with ``is_alive`` may be exercised; ``bidder_id`` says who bids under it.
    """
    return [row.facts() for row in await queries.list_rights(uow, offer_id)]


async def open_clearance(
    uow: UnitOfWork, *, actor: Actor, offer_number: str, kind: ClearanceKind
) -> ClearanceFacts:
    """Open a gate of one's own offer: nothing is sold until it is settled. Twice is once.

    Raises OfferMissing, Forbidden.
    """
    offer = await seen_offer(uow, actor, offer_number)
    require(actor, access.OPEN, owner=offer.owner_id)
    await queries.lock_gates(uow, offer.id)
    found = await queries.find_clearance(uow, offer.id, kind)
    if found is None:
        found = await _open(uow, actor, offer, kind)
        await _note(uow, actor, "open_clearance", found)
    return found.facts()


async def settle_clearance(
    uow: UnitOfWork,
    *,
    actor: Actor,
    clearance_id: UUID,
    basis: str,
    staged: Sequence[Staged] = (),
    key: str,
) -> ClearanceFacts:
    """Settle a gate on a basis (document, number, day) with its papers. Twice is once.

    Pre-emption passes when every right on record was answered or its time is over; with none on
    record a paper has to show that nobody holds one. Raises ClearanceMissing, Forbidden,
    ClearanceStateForbids, Invalid, what ``files`` refuses.
    """
    row = await _lock(uow, actor, clearance_id)
    require(actor, access.SETTLE, owner=row.owner_id)
    words = check_words("basis", basis, _n("请写明依据的文件名称、文号和日期。"))
    if row.state == ClearanceState.passed and row.basis == words:
        return row.facts()
    now = await uow.stamp()
    rights = await list_rights(uow, row.offer_id)
    rules.check_settling(row.facts(), rights, now)
    await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=FILES, owner_id=row.id, key=key
    )
    papers = await files.list_attached(uow, owner_kind=FILES, owner_id=row.id)
    if row.kind == ClearanceKind.preemption and not rights and not papers:
        sentence = _n("没有登记任何优先购买权人，请上传说明无人享有优先购买权的材料。")
        raise Invalid([FieldError("files", sentence)])
    row.basis = words
    await _decide(uow, actor, row, ClearanceState.passed, "settle_clearance")
    return row.facts()


async def block_clearance(
    uow: UnitOfWork, *, actor: Actor, offer_number: str, kind: ClearanceKind, reason: str
) -> ClearanceFacts:
    """Stop any sale of an offer for a reason, by an operator or supervisor. Twice is once.

    Raises OfferMissing, Forbidden, Invalid (no reason).
    """
    offer = await seen_offer(uow, actor, offer_number)
    require(actor, access.BLOCK)
    words = check_words("reason", reason, _n("请写明阻止的理由。"))
    await queries.lock_gates(uow, offer.id)
    row = await queries.find_clearance(uow, offer.id, kind) or await _open(uow, actor, offer, kind)
    if row.state == ClearanceState.blocked and row.reason == words:
        return row.facts()
    row.reason = words
    await _decide(uow, actor, row, ClearanceState.blocked, "block_clearance")
    await notices.tell_blocked(uow, row, offer)
    return row.facts()


async def lift_clearance(
    uow: UnitOfWork, *, actor: Actor, clearance_id: UUID, reason: str
) -> ClearanceFacts:
    """Open a blocked gate again, by an operator or supervisor; the house settles it anew.

    Raises ClearanceMissing, Forbidden, ClearanceStateForbids, Invalid (no reason).
    """
    row = await _lock(uow, actor, clearance_id)
    require(actor, access.BLOCK)
    words = check_words("reason", reason, _n("请写明解除的理由。"))
    if row.state == ClearanceState.open and row.reason == words:
        return row.facts()
    rules.check_state(row.facts(), ClearanceState.blocked)
    row.reason = words
    await _decide(uow, actor, row, ClearanceState.open, "lift_clearance")
    return row.facts()


async def reopen_preemption(uow: UnitOfWork, actor: Actor, offer: OfferFacts) -> None:
    """A right that comes to light after all opens the gate again. The caller holds its lock."""
    row = await queries.find_clearance(uow, offer.id, ClearanceKind.preemption)
    if row is None:
        row = await _open(uow, actor, offer, ClearanceKind.preemption)
        await _note(uow, actor, "open_clearance", row)
    elif row.state == ClearanceState.passed:
        await _decide(uow, actor, row, ClearanceState.open, "reopen_clearance")


async def guard_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """The papers of a gate are for its house and the platform. Raises ClearanceMissing."""
    row = await queries.get_clearance(uow, file.owner_id)
    if not may(actor, access.SEE_BOARD, owner=row.owner_id):
        raise ClearanceMissing()


async def seen_offer(uow: UnitOfWork, actor: Actor, number: str) -> OfferFacts:
    """An offer of one's own house, or any for the platform. Raises OfferMissing."""
    offer = await catalogue.find_offer(uow, number=number)
    if not may(actor, access.SEE_BOARD, owner=offer.owner_id):
        # why: to everybody else it is what the catalogue says it is, a public offer or nothing
        await catalogue.show_offer(uow, actor=actor, number=number)
        require(actor, access.SEE_BOARD, owner=offer.owner_id)
    return offer


def check_words(field: str, text: str, missing: str) -> str:
    """What somebody wrote, cleaned. Raises Invalid when it is missing or too long."""
    faults = Faults()
    words = faults.limit(field, clean_text(text), MAX_WORDS)
    if not words:
        faults.add(field, missing)
    faults.check()
    return words


async def _open(uow: UnitOfWork, actor: Actor, offer: OfferFacts, kind: ClearanceKind) -> Clearance:
    row = Clearance(
        id=new_id(),
        offer_id=offer.id,
        owner_id=offer.owner_id,
        kind=kind,
        state=ClearanceState.open,
        basis="",
        reason="",
        opened_by=actor.person_id,
        opened_at=uow.now,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row


async def _lock(uow: UnitOfWork, actor: Actor, clearance_id: UUID) -> Clearance:
    found = await queries.get_clearance(uow, clearance_id)
    if not may(actor, access.SEE_BOARD, owner=found.owner_id):
        raise ClearanceMissing()
    await queries.lock_gates(uow, found.offer_id)
    return await queries.get_clearance(uow, clearance_id)


async def _decide(
    uow: UnitOfWork, actor: Actor, row: Clearance, state: ClearanceState, verb: str
) -> None:
    row.decided_at, row.decided_by, row.state = await uow.stamp(), actor.person_id, state
    if state is ClearanceState.open:
        row.basis = ""
    await uow.session.flush()
    uow.record(ClearanceDecided(row.id, row.offer_id, row.kind, state))
    await _note(uow, actor, verb, row)


async def _note(uow: UnitOfWork, actor: Actor, verb: str, row: Clearance) -> None:
    await note(
        uow,
        actor=actor,
        action=f"clearances.{verb}",
        subject_kind="clearance",
        subject_id=row.id,
        facts={"offer_id": str(row.offer_id), "kind": row.kind, "state": row.state},
    )
