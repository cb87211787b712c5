"""The verbs of claims (认领): an organisation asks for an import, an operator decides."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts.service import get_organisations
from app.audit.service import note
from app.catalogue import access, queries, rules
from app.catalogue.attachments import CLAIM_FILES
from app.catalogue.content import MAX_EVIDENCE
from app.catalogue.entry import MAX_NOTE, index, is_seen
from app.catalogue.errors import AlreadyClaiming
from app.catalogue.events import ClaimRequested, ClaimResolved
from app.catalogue.models import Achievement, AchievementClaim
from app.catalogue.types import ClaimFacts, ClaimState
from app.core.access import require
from app.core.actor import Actor
from app.core.errors import Faults, Forbidden
from app.core.ids import new_id
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from app.files.service import attach_all
from app.files.types import Staged

TAKEN_BY_ANOTHER = "该成果已由其他单位认领。"


async def claim_imported(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    evidence: str,
    files: Sequence[Staged] = (),
    key: str,
) -> ClaimFacts:
    """Ask for an imported achievement with evidence; the same key returns the same claim.

    Raises NotFound, Forbidden (managers of verified organisations only), NotClaimable,
    AlreadyClaiming, Invalid, KeyReused.
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.CLAIM, visible=is_seen(actor, record))
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("请先选择您代表的单位")
    words = clean_text(evidence)
    if (seen := await queries.find_requested(uow, actor.person_id, key)) is not None:
        rules.check_same_request(
            (seen.achievement_id, seen.organisation_id, seen.evidence),
            (record.id, actor.organisation_id, words),
        )
        await _attach(uow, actor, seen, files, key)
        return seen.facts()
    rules.check_claimable(record.facts())
    faults = Faults()
    faults.limit("evidence", words, MAX_EVIDENCE)
    if not words:
        faults.add("evidence", "请写明权属证明，例如专利登记簿副本、转让合同或权利人名称变更证明。")
    faults.check()
    for claim in await queries.list_claims_of(uow, record.id):
        if claim.organisation_id == actor.organisation_id and claim.state == ClaimState.pending:
            raise AlreadyClaiming()
    claim = AchievementClaim(
        id=new_id(),
        achievement_id=record.id,
        organisation_id=actor.organisation_id,
        evidence=words,
        state=ClaimState.pending,
        created_by=actor.person_id,
        idempotency_key=key,
        created_at=uow.now,
    )
    uow.session.add(claim)
    await uow.session.flush()
    await _attach(uow, actor, claim, files, key)
    uow.record(ClaimRequested(claim.id, record.id, claim.organisation_id, claim.state))
    await _note(uow, actor, "claim_imported", claim, record)
    return claim.facts()


async def accept_claim(uow: UnitOfWork, *, actor: Actor, claim_id: UUID) -> ClaimFacts:
    """Make the claimant the owner; the other open claims are refused.

    The holder becomes the claimant's name, unless the imported text names it already (it may
    name others beside it). Raises NotFound, Forbidden, ClaimDecided, NotClaimable.
    """
    record, claim = await _lock(uow, actor, claim_id)
    rules.check_claimable(record.facts())
    organisations = await get_organisations(uow, ids=[claim.organisation_id])
    name = organisations[claim.organisation_id].name
    record.owner_id = claim.organisation_id
    if name not in record.holder_name:
        record.holder_name = name
    record.version += 1
    record.updated_at = uow.now
    await _decide(uow, actor, claim, record, ClaimState.accepted, "")
    for other in await queries.list_claims_of(uow, record.id):
        if other.state == ClaimState.pending:
            await _decide(uow, actor, other, record, ClaimState.refused, TAKEN_BY_ANOTHER)
    await index(uow, record)
    return claim.facts()


async def refuse_claim(
    uow: UnitOfWork, *, actor: Actor, claim_id: UUID, note_text: str
) -> ClaimFacts:
    """Refuse a claim with words. Raises NotFound, Forbidden, ClaimDecided, Invalid."""
    record, claim = await _lock(uow, actor, claim_id)
    faults = Faults()
    words = faults.limit("note", clean_text(note_text), MAX_NOTE)
    if not words:
        faults.add("note", "请写明未通过的原因。")
    faults.check()
    await _decide(uow, actor, claim, record, ClaimState.refused, words)
    return claim.facts()


async def _lock(
    uow: UnitOfWork, actor: Actor, claim_id: UUID
) -> tuple[Achievement, AchievementClaim]:
    """Lock the achievement of a claim, then read the claim again."""
    require(actor, access.DECIDE_CLAIM)
    found = await queries.get_claim(uow, claim_id)
    record = await queries.lock_achievement_by_id(uow, found.achievement_id)
    claim = await queries.get_claim(uow, claim_id)
    rules.check_undecided(ClaimState(claim.state))
    return record, claim


async def _decide(
    uow: UnitOfWork,
    actor: Actor,
    claim: AchievementClaim,
    record: Achievement,
    state: ClaimState,
    words: str,
) -> None:
    claim.decided_at = await uow.stamp()
    claim.state, claim.decision_note, claim.decided_by = state, words, actor.person_id
    await uow.session.flush()
    uow.record(ClaimResolved(claim.id, record.id, claim.organisation_id, state))
    verb = "accept_claim" if state is ClaimState.accepted else "refuse_claim"
    await _note(uow, actor, verb, claim, record)


async def _attach(
    uow: UnitOfWork, actor: Actor, claim: AchievementClaim, files: Sequence[Staged], key: str
) -> None:
    await attach_all(
        uow, actor=actor, staged=files, owner_kind=CLAIM_FILES, owner_id=claim.id, key=key
    )


async def _note(
    uow: UnitOfWork, actor: Actor, verb: str, claim: AchievementClaim, record: Achievement
) -> None:
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="achievement_claim",
        subject_id=claim.id,
        facts={
            "achievement_id": str(record.id),
            "number": record.number,
            "organisation_id": str(claim.organisation_id),
        },
    )
