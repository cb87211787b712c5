"""Evidence for an organisation's verification (认证材料): its heads upload, the platform reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from app.accounts import access
from app.accounts.errors import NotEditable
from app.accounts.organisations import lock_managed, note_organisation
from app.accounts.types import VerificationState
from app.core.access import may, require
from app.core.actor import Actor
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.errors import FileMissing
from app.files.types import FileView, Staged

EVIDENCE: Final = "accounts.organisation"


async def attach_evidence(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, staged: Sequence[Staged], key: str
) -> list[FileView]:
    """Add files to an application, by a head, until it is verified; the same key adds them once.

    Raises NotFound, Forbidden, NotEditable, Invalid, KeyReused, ContentGone.
    """
    await _lock_open(uow, actor, organisation_id)
    attached = await files.attach_all(
        uow, actor=actor, staged=staged, owner_kind=EVIDENCE, owner_id=organisation_id, key=key
    )
    ids = [str(file.id) for file in attached]
    await note_organisation(uow, actor, "accounts.attach_evidence", organisation_id, files=ids)
    return attached


async def detach_evidence(
    uow: UnitOfWork, *, actor: Actor, organisation_id: UUID, file_id: UUID
) -> None:
    """Take a file back, by a head, until the organisation is verified. Raises as above."""
    await _lock_open(uow, actor, organisation_id)
    await files.detach(uow, owner_kind=EVIDENCE, owner_id=organisation_id, file_id=file_id)
    await note_organisation(
        uow, actor, "accounts.detach_evidence", organisation_id, files=[str(file_id)]
    )


async def list_evidence(
    uow: UnitOfWork, *, actor: Actor, organisation_ids: Collection[UUID]
) -> Mapping[UUID, list[FileView]]:
    """The evidence of organisations, for their heads and for the review. Raises Forbidden."""
    for organisation_id in organisation_ids:
        if not may(actor, access.SEE_REVIEW):
            require(actor, access.MANAGE, owner=organisation_id)
    return await files.list_attached_many(uow, owner_kind=EVIDENCE, owner_ids=organisation_ids)


async def guard_evidence(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """Evidence is for the organisation's heads and the review. Raises FileMissing."""
    own = may(actor, access.MANAGE, owner=file.owner_id)
    if not own and not may(actor, access.SEE_REVIEW):
        raise FileMissing()
    await note_organisation(uow, actor, "accounts.read_evidence", file.owner_id, file=str(file.id))


async def _lock_open(uow: UnitOfWork, actor: Actor, organisation_id: UUID) -> None:
    organisation = await lock_managed(uow, actor, organisation_id)
    if organisation.state == VerificationState.verified:
        raise NotEditable()
