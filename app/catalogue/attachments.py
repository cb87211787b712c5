"""Files of achievements and claims: public attachments (附件), evidence of a claim (权属证明).

Public attachments are seen by whoever sees the record; evidence by the claimant and the platform.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.audit.service import note
from app.catalogue import access, queries, rules
from app.catalogue.entry import home_of, is_seen
from app.catalogue.errors import AchievementMissing, ClaimMissing
from app.catalogue.models import Achievement
from app.catalogue.types import AchievementState
from app.core.access import may, require
from app.core.actor import Actor
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.errors import FileMissing
from app.files.types import FileView, Staged

PUBLIC_FILES: Final = "catalogue.achievement"
CLAIM_FILES: Final = "catalogue.claim"
PUBLIC_LAYER: Final = "public"


async def attach_public(
    uow: UnitOfWork, *, actor: Actor, number: str, staged: Sequence[Staged], key: str
) -> list[FileView]:
    """Put files on a record, by whoever may edit it; the same key puts them once.

    Raises NotFound, Forbidden, AchievementStateForbids (it is under review), Invalid, KeyReused,
    ContentGone.
    """
    record = await _lock_edited(uow, actor, number)
    attached = await files.attach_all(
        uow,
        actor=actor,
        staged=staged,
        owner_kind=PUBLIC_FILES,
        owner_id=record.id,
        layer=PUBLIC_LAYER,
        key=key,
    )
    await _note(uow, actor, "attach_public", record, [file.id for file in attached])
    return attached


async def detach_public(uow: UnitOfWork, *, actor: Actor, number: str, file_id: UUID) -> None:
    """Take a file off a record. Raises NotFound, Forbidden, AchievementStateForbids."""
    record = await _lock_edited(uow, actor, number)
    await files.detach(uow, owner_kind=PUBLIC_FILES, owner_id=record.id, file_id=file_id)
    await _note(uow, actor, "detach_public", record, [file_id])


async def list_public_files(uow: UnitOfWork, *, actor: Actor, number: str) -> list[FileView]:
    """The attachments of a record that this actor may see. Raises AchievementMissing."""
    record = await queries.get_achievement(uow, number)
    if not is_seen(actor, record):
        raise AchievementMissing()
    return await files.list_attached(
        uow, owner_kind=PUBLIC_FILES, owner_id=record.id, layer=PUBLIC_LAYER
    )


async def list_claim_files(
    uow: UnitOfWork, *, actor: Actor, claim_ids: Collection[UUID]
) -> Mapping[UUID, list[FileView]]:
    """The evidence of claims, for those who decide on them. Raises Forbidden."""
    require(actor, access.SEE_REVIEW)
    return await files.list_attached_many(uow, owner_kind=CLAIM_FILES, owner_ids=claim_ids)


async def guard_public(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """A public attachment is seen with its record. Raises FileMissing."""
    try:
        record = await queries.get_achievement_by_id(uow, file.owner_id)
    except AchievementMissing:
        raise FileMissing() from None
    if not is_seen(actor, record):
        raise FileMissing()


async def guard_claim(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """Evidence is for the claimant and for those who read the review. Raises FileMissing."""
    try:
        claim = await queries.get_claim(uow, file.owner_id)
    except ClaimMissing:
        raise FileMissing() from None
    own = may(actor, access.CLAIM, owner=claim.organisation_id)
    if not own and not may(actor, access.SEE_REVIEW):
        raise FileMissing()
    await note(
        uow,
        actor=actor,
        action="catalogue.read_claim_evidence",
        subject_kind="achievement_claim",
        subject_id=claim.id,
        facts={"file": str(file.id)},
    )


async def _lock_edited(uow: UnitOfWork, actor: Actor, number: str) -> Achievement:
    record = await queries.lock_achievement(uow, number)
    published = record.state == AchievementState.published
    permission = access.EDIT_PUBLISHED if published else access.EDIT
    require(actor, permission, owner=home_of(record), visible=is_seen(actor, record))
    rules.check_edit(record.facts())
    return record


async def _note(
    uow: UnitOfWork, actor: Actor, verb: str, record: Achievement, ids: Collection[UUID]
) -> None:
    await note(
        uow,
        actor=actor,
        action=f"catalogue.{verb}",
        subject_kind="achievement",
        subject_id=record.id,
        facts={"number": record.number, "files": [str(file_id) for file_id in ids]},
    )
