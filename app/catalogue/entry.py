"""The verbs of achievements: draft, edit, submit, publish, return, withdraw."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.accounts.service import get_organisations, list_members
from app.accounts.types import VerificationState
from app.audit.service import note
from app.catalogue import access, consent_queries, offer_queries, queries, rules
from app.catalogue.confirming import ask_again, check_confirmed, may_mend
from app.catalogue.content import check_content, compute_content_hash
from app.catalogue.documents import make_achievement_document, make_offer_document
from app.catalogue.errors import AchievementInUse
from app.catalogue.events import (
    AchievementPublished,
    AchievementReturned,
    AchievementSubmitted,
    AchievementWithdrawn,
)
from app.catalogue.models import Achievement
from app.catalogue.types import (
    AchievementContent,
    AchievementFacts,
    AchievementState,
    Origin,
    ReturnReason,
)
from app.catalogue.versioning import keep_baseline, keep_version
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.errors import Faults, Forbidden, Invalid
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.plaintext import clean_text
from app.core.tx import UnitOfWork
from search.documents import Kind
from search.service import index_documents, remove_documents

MAX_NOTE = 2000


async def draft_achievement(
    uow: UnitOfWork, *, actor: Actor, content: AchievementContent, key: str
) -> AchievementFacts:
    """Save a draft for the organisation the actor acts for; the same key returns the same draft.

    Raises Unauthenticated, Forbidden, Invalid, OwnerNumberTaken, or KeyReused when the key named
    another content.
    """
    require(actor, access.DRAFT)
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("请先选择您代表的单位")
    asked = compute_content_hash(content)
    await queries.lock_key(uow, actor.person_id, key)
    if (seen := await queries.find_drafted(uow, actor.person_id, key)) is not None:
        rules.check_same_request((seen.owner_id, seen.content_hash), (actor.organisation_id, asked))
        return seen.facts()
    record = await make_draft(
        uow, actor, actor.organisation_id, actor.organisation_name, content, key, "draft"
    )
    await note_achievement(uow, actor, "draft_achievement", record)
    return record.facts()


async def make_draft(
    uow: UnitOfWork,
    actor: Actor,
    owner_id: UUID,
    holder_name: str,
    content: AchievementContent,
    key: str,
    action: str,
) -> Achievement:
    """Store a draft of an organisation and its first version. The key is locked by the caller."""
    cleaned = check_content(content, uow.now.astimezone(SHANGHAI).date())
    await _check_members(uow, actor, owner_id, cleaned, known=frozenset())
    await _check_links(uow, owner_id, cleaned, known=frozenset())
    record = Achievement(
        id=new_id(),
        number=await next_number(uow, "CG"),
        owner_id=owner_id,
        care_id=owner_id,
        holder_name=holder_name,
        origin=Origin.entered,
        content_hash=compute_content_hash(content),
        state=AchievementState.draft,
        version=1,
        return_reasons=[],
        created_by=actor.person_id,
        idempotency_key=key,
        created_at=uow.now,
        updated_at=uow.now,
    )
    record.write(cleaned)
    uow.session.add(record)
    await queries.flush_achievement(uow)
    await queries.replace_belongings(uow, record, cleaned)
    await keep_version(uow, actor, record, cleaned, action)
    return record


async def edit_achievement(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, content: AchievementContent
) -> AchievementFacts:
    """Change a record; a published one stays published, in a new version.

    Raises NotFound, Forbidden, AchievementStateForbids (under review), StaleVersion, Invalid,
    OwnerNumberTaken.
    """
    record = await queries.lock_achievement(uow, number)
    published = record.state == AchievementState.published
    permission = access.EDIT_PUBLISHED if published else access.EDIT
    if not may_mend(actor, await consent_queries.find_confirmation(uow, record.id)):
        require(actor, permission, owner=home_of(record), visible=is_seen(actor, record))
    rules.check_version(version, record.version)
    rules.check_edit(record.facts())
    cleaned = check_content(content, uow.now.astimezone(SHANGHAI).date())
    before = await queries.get_content(uow, record)
    known = {row.person_id for row in before.completers if row.person_id}
    await _check_members(uow, actor, home_of(record), cleaned, known=known)
    linked = {row.party_id for row in before.co_owners if row.party_id}
    await _check_links(uow, home_of(record), cleaned, known=linked)
    await keep_baseline(uow, record, before)
    record.write(cleaned)
    _touch(uow, record)
    await queries.flush_achievement(uow)
    await queries.replace_belongings(uow, record, cleaned)
    await keep_version(uow, actor, record, cleaned, "edit")
    await ask_again(uow, actor, record)
    if published:
        await index(uow, record)
    await note_achievement(uow, actor, "edit_achievement", record)
    return record.facts()


async def submit_achievement(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int
) -> AchievementFacts:
    """Hand a record to the operator.

    Raises NotFound, Forbidden (also while the organisation is not verified),
    AchievementStateForbids, StaleVersion, AwaitsConfirmation (entered on behalf, unconfirmed).
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.SUBMIT, owner=home_of(record), visible=is_seen(actor, record))
    rules.check_submit(record.facts())
    rules.check_version(version, record.version)
    await check_confirmed(uow, record)
    record.submitted_at = await uow.stamp()
    record.state = AchievementState.submitted
    record.return_reasons, record.return_note = [], ""
    _touch(uow, record)
    uow.record(AchievementSubmitted(record.id, record.owner_id, record.number, record.version))
    await note_achievement(uow, actor, "submit_achievement", record)
    return record.facts()


async def publish_achievement(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int
) -> AchievementFacts:
    """Make a submitted record public; it can be found at once.

    Raises NotFound, Forbidden, AchievementStateForbids, StaleVersion.
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.REVIEW, visible=is_seen(actor, record))
    rules.check_review(record.facts())
    rules.check_version(version, record.version)
    record.published_at = await uow.stamp()
    record.state = AchievementState.published
    content = await queries.get_content(uow, record)
    _touch(uow, record)
    await uow.session.flush()
    await keep_version(uow, actor, record, content, "publish")
    await index(uow, record)
    uow.record(AchievementPublished(record.id, record.owner_id, record.number, record.version))
    await note_achievement(uow, actor, "publish_achievement", record)
    return record.facts()


async def return_achievement(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    version: int,
    reasons: Collection[ReturnReason],
    note_text: str = "",
) -> AchievementFacts:
    """Give a submitted record back with reasons from the list, and words if wanted.

    Raises NotFound, Forbidden, AchievementStateForbids, StaleVersion, Invalid without a reason
    (``other`` needs words).
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.REVIEW, visible=is_seen(actor, record))
    rules.check_review(record.facts())
    rules.check_version(version, record.version)
    faults = Faults()
    words = faults.limit("note", clean_text(note_text), MAX_NOTE)
    if not reasons:
        faults.add("reasons", "请至少选择一项退回原因。")
    if ReturnReason.other in reasons and not words:
        faults.add("note", "选择“其他原因”时请写明。")
    faults.check()
    record.state = AchievementState.returned
    record.return_reasons = [reason for reason in ReturnReason if reason in reasons]
    record.return_note = words
    _touch(uow, record)
    uow.record(AchievementReturned(record.id, record.owner_id, record.number, record.version))
    await note_achievement(uow, actor, "return_achievement", record)
    return record.facts()


async def withdraw_achievement(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int
) -> AchievementFacts:
    """Take a record back (its owner, or the operator); it can be edited and submitted again.

    Raises NotFound, Forbidden, AchievementStateForbids, StaleVersion, AchievementInUse while an
    offer of it is published or reserved.
    """
    record = await queries.lock_achievement(uow, number)
    require(actor, access.WITHDRAW, owner=home_of(record), visible=is_seen(actor, record))
    rules.check_withdraw(record.facts())
    rules.check_version(version, record.version)
    if await offer_queries.count_live(uow, record.id):
        raise AchievementInUse(number=record.number)
    record.state = AchievementState.withdrawn
    _touch(uow, record)
    await remove_documents(uow, kind=Kind.achievement, ids=[record.id])
    uow.record(AchievementWithdrawn(record.id, record.owner_id, record.number, record.version))
    await note_achievement(uow, actor, "withdraw_achievement", record)
    return record.facts()


# ---------------------------------------------------------------- shared by the room's verbs


def home_of(record: Achievement) -> UUID:
    """The organisation whose members write a record: its owner, else the one that cares for it."""
    return record.owner_id or record.care_id


def is_seen(actor: Actor, record: Achievement) -> bool:
    """Whether this actor may know that the record is there."""
    return record.state == AchievementState.published or may(
        actor, access.SEE_HIDDEN, owner=home_of(record)
    )


async def index(uow: UnitOfWork, record: Achievement) -> None:
    """Write the search documents of a published record and of its open offers."""
    content = await queries.get_content(uow, record)
    offers = await offer_queries.list_live_of(uow, record.id)
    await index_documents(
        uow,
        [
            make_achievement_document(record, content.rights),
            *(make_offer_document(offer, record) for offer in offers),
        ],
    )


async def note_achievement(
    uow: UnitOfWork, actor: Actor, verb: str, record: Achievement, **facts: str
) -> None:
    """The audit line of a verb on an achievement."""
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="achievement",
        subject_id=record.id,
        facts={"number": record.number, "version": record.version, **facts},
    )


def _touch(uow: UnitOfWork, record: Achievement) -> None:
    record.version += 1
    record.updated_at = uow.now


async def _check_members(
    uow: UnitOfWork,
    actor: Actor,
    home: UUID,
    content: AchievementContent,
    known: Collection[UUID],
) -> None:
    """Completers named by id are members of the record's organisation, or stood there before."""
    asked = {row.person_id for row in content.completers if row.person_id} - set(known)
    if not asked:
        return
    members = await list_members(uow, actor=actor, organisation_id=home)
    strangers = asked - {member.person_id for member in members}
    if strangers:
        faults = Faults()
        for i, row in enumerate(content.completers):
            if row.person_id in strangers:
                faults.add(f"completers-{i}-name", "只能选择本单位的成员。")
        raise Invalid(faults)


async def _check_links(
    uow: UnitOfWork, home: UUID, content: AchievementContent, known: Collection[UUID]
) -> None:
    """Co-owners linked to a party are verified organisations other than the owner, each once."""
    linked = [row.party_id for row in content.co_owners if row.party_id]
    fresh = set(linked) - set(known)
    found = await get_organisations(uow, ids=fresh) if fresh else {}
    faults = Faults()
    for i, row in enumerate(content.co_owners):
        if row.party_id is None:
            continue
        if row.party_id in fresh and (
            row.party_id not in found or found[row.party_id].state != VerificationState.verified
        ):
            faults.add(f"co_owners-{i}-name", "只能关联已认证的单位。")
        if row.party_id == home or linked.count(row.party_id) > 1:
            faults.add(f"co_owners-{i}-name", "共有人应是其他单位，且每个单位只写一次。")
    faults.check()
