"""Every SELECT and lock of the audit trail."""

from __future__ import annotations

from sqlalchemy import select, text

from app.audit.models import AuditEntry, AuditSeal
from app.core.tx import UnitOfWork

# why: one sealer at a time; readers and writers of entries are never held up
_SEALER_LOCK = 0x6B656A69


async def lock_sealer(uow: UnitOfWork) -> None:
    """Wait to be the only sealer until this transaction ends."""
    await uow.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK})


async def find_last_seal(uow: UnitOfWork) -> AuditSeal | None:
    """The head of the chain."""
    query = select(AuditSeal).order_by(AuditSeal.position.desc()).limit(1)
    return (await uow.session.scalars(query)).one_or_none()


async def list_unsealed(uow: UnitOfWork, limit: int) -> list[AuditEntry]:
    """Entries of finished transactions without a seal, in commit-safe order (xid, seq)."""
    query = (
        select(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(
            AuditSeal.entry_id.is_(None),
            # why: below this horizon every transaction has ended, so no entry can come in between
            text("audit_entry.xid < pg_snapshot_xmin(pg_current_snapshot())"),
        )
        .order_by(AuditEntry.xid, AuditEntry.seq)
        .limit(limit)
    )
    return list(await uow.session.scalars(query))


async def list_seals(
    uow: UnitOfWork, after: int, limit: int
) -> list[tuple[AuditSeal, AuditEntry | None]]:
    """Seals after a position, each with its entry."""
    query = (
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.position > after)
        .order_by(AuditSeal.position)
        .limit(limit)
    )
    return [(seal, entry) for seal, entry in await uow.session.execute(query)]


async def list_entries(uow: UnitOfWork, subject_id: object, limit: int) -> list[AuditEntry]:
    """The newest entries about one thing."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    )
    return list(await uow.session.scalars(query))


async def list_of_person(uow: UnitOfWork, person_id: object, limit: int) -> list[AuditEntry]:
    """The newest entries of what one person did."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.person_id == person_id)
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    )
    return list(await uow.session.scalars(query))
