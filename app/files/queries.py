"""Every SELECT and lock of attachments."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, text

from app.core.tx import UnitOfWork
from app.files.errors import FileMissing
from app.files.models import Attachment, ContentSweep


async def get_attachment(uow: UnitOfWork, file_id: UUID, *, lock: bool = False) -> Attachment:
    """A file that is still attached. Raises FileMissing."""
    query = select(Attachment).where(Attachment.id == file_id, Attachment.detached_at.is_(None))
    if lock:
        query = query.with_for_update()
    found = (
        await uow.session.scalars(query.execution_options(populate_existing=True))
    ).one_or_none()
    if found is None:
        raise FileMissing()
    return found


async def find_attached(
    uow: UnitOfWork, person_id: UUID | None, owner_id: UUID, key: str
) -> Attachment | None:
    """What this person attached to this thing with this key."""
    query = select(Attachment).where(
        Attachment.attached_by == person_id,
        Attachment.owner_id == owner_id,
        Attachment.idempotency_key == key,
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_attached(
    uow: UnitOfWork, owner_kind: str, owner_ids: list[UUID], layer: str
) -> list[Attachment]:
    """What is attached to things of one kind, in order."""
    query = (
        select(Attachment)
        .where(
            Attachment.owner_kind == owner_kind,
            Attachment.owner_id.in_(owner_ids),
            Attachment.layer == layer,
            Attachment.detached_at.is_(None),
        )
        .order_by(Attachment.attached_at, Attachment.id)
    )
    return list(await uow.session.scalars(query))


async def count_attached(uow: UnitOfWork, owner_kind: str, owner_id: UUID, layer: str) -> int:
    """How many files one thing has."""
    query = select(func.count()).where(
        Attachment.owner_kind == owner_kind,
        Attachment.owner_id == owner_id,
        Attachment.layer == layer,
        Attachment.detached_at.is_(None),
    )
    return (await uow.session.execute(query)).scalar_one()


async def lock_content(uow: UnitOfWork, sha256: str, *, sweeping: bool = False) -> None:
    """Keep a content from being swept while it is attached, or from being attached while swept."""
    name = "pg_advisory_xact_lock" if sweeping else "pg_advisory_xact_lock_shared"
    await uow.session.execute(
        text(f"SELECT {name}(hashtextextended(:name, 0))"), {"name": f"files.content:{sha256}"}
    )


async def is_named(uow: UnitOfWork, sha256: str) -> bool:
    """Whether any attachment still names a content."""
    query = select(Attachment.id).where(
        Attachment.sha256 == sha256, Attachment.detached_at.is_(None)
    )
    return (await uow.session.execute(query.limit(1))).first() is not None


async def lock_sweep(uow: UnitOfWork) -> ContentSweep | None:
    """The sweep's place when it is due and nobody else sweeps."""
    query = (
        select(ContentSweep)
        .where(ContentSweep.due_at <= uow.now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()
