"""The papers that show who a person is (实名): files of his verification until it is decided."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from app.core.tx import UnitOfWork
from app.files import service as files

PERSON_FILES: Final = "accounts.person"  # owner kind; the owner is the verification


async def take_papers_off(uow: UnitOfWork, verification_id: UUID) -> None:
    """Nothing of them stays; their contents go with the next sweep."""
    attached = await files.list_attached(uow, owner_kind=PERSON_FILES, owner_id=verification_id)
    for file in attached:
        await files.detach(uow, owner_kind=PERSON_FILES, owner_id=verification_id, file_id=file.id)
