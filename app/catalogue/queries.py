"""Every SELECT and every lock on achievements and claims; those on offers: ``offer_queries``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, or_, select, text, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from app.catalogue.errors import AchievementMissing, ClaimMissing, OwnerNumberTaken
from app.catalogue.models import (
    Achievement,
    AchievementClaim,
    AchievementCompleter,
    AchievementCoOwner,
    IntellectualProperty,
)
from app.catalogue.types import AchievementContent, AchievementState, ClaimState
from app.core.tx import UnitOfWork

Key = tuple[datetime, UUID]
_OWNER_NUMBER = "uq_achievement_care_id_owner_number"


async def get_achievement(uow: UnitOfWork, number: str) -> Achievement:
    """A record by its case number, unlocked. Raises AchievementMissing."""
    query = select(Achievement).where(Achievement.number == number)
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise AchievementMissing()
    return found


async def get_achievement_by_id(uow: UnitOfWork, achievement_id: UUID) -> Achievement:
    """A record by its id, unlocked. Raises AchievementMissing."""
    found = await uow.session.get(Achievement, achievement_id)
    if found is None:
        raise AchievementMissing()
    return found


async def lock_achievement(uow: UnitOfWork, number: str) -> Achievement:
    """Lock a record by its case number. Raises AchievementMissing."""
    return await _lock(uow, select(Achievement).where(Achievement.number == number))


async def lock_achievement_by_id(uow: UnitOfWork, achievement_id: UUID) -> Achievement:
    """Lock a record: everything that is offered or given of it changes under this lock."""
    return await _lock(uow, select(Achievement).where(Achievement.id == achievement_id))


async def _lock(uow: UnitOfWork, query: Select[Achievement]) -> Achievement:
    locking = query.with_for_update().execution_options(populate_existing=True)
    found = (await uow.session.scalars(locking)).one_or_none()
    if found is None:
        raise AchievementMissing()
    return found


async def lock_key(uow: UnitOfWork, person_id: UUID, key: str) -> None:
    """Let one request with this idempotency key through at a time.

    why: a twin would trip over the owner's number first, and be refused instead of answered
    """
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"catalogue.achievement:{person_id}:{key}"},
    )


async def find_drafted(uow: UnitOfWork, person_id: UUID, key: str) -> Achievement | None:
    """What this person made with this idempotency key."""
    query = select(Achievement).where(
        Achievement.created_by == person_id, Achievement.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def flush_achievement(uow: UnitOfWork) -> None:
    """Write what is pending. Raises OwnerNumberTaken when the owner's number names another row."""
    try:
        await uow.session.flush()
    except IntegrityError as error:
        cause = getattr(error.orig, "__cause__", None)
        if getattr(cause, "constraint_name", "") == _OWNER_NUMBER:
            raise OwnerNumberTaken() from error
        raise


async def get_content(uow: UnitOfWork, record: Achievement) -> AchievementContent:
    """A record with its belongings in order, as a plain value."""
    return (await load_contents(uow, {record.id: record}))[record.id]


async def load_contents(
    uow: UnitOfWork, records: Mapping[UUID, Achievement]
) -> dict[UUID, AchievementContent]:
    """The contents of many records in three statements."""
    owners: dict[UUID, list[AchievementCoOwner]] = {}
    completers: dict[UUID, list[AchievementCompleter]] = {}
    rights: dict[UUID, list[IntellectualProperty]] = {}
    ids = list(records)
    for owner in await uow.session.scalars(
        select(AchievementCoOwner)
        .where(AchievementCoOwner.achievement_id.in_(ids))
        .order_by(AchievementCoOwner.ordinal)
    ):
        owners.setdefault(owner.achievement_id, []).append(owner)
    for completer in await uow.session.scalars(
        select(AchievementCompleter)
        .where(AchievementCompleter.achievement_id.in_(ids))
        .order_by(AchievementCompleter.ordinal)
    ):
        completers.setdefault(completer.achievement_id, []).append(completer)
    for right in await uow.session.scalars(
        select(IntellectualProperty)
        .where(IntellectualProperty.achievement_id.in_(ids))
        .order_by(IntellectualProperty.ordinal)
    ):
        rights.setdefault(right.achievement_id, []).append(right)
    return {
        record_id: record.content(
            owners.get(record_id, ()), completers.get(record_id, ()), rights.get(record_id, ())
        )
        for record_id, record in records.items()
    }


async def replace_belongings(uow: UnitOfWork, record: Achievement, new: AchievementContent) -> None:
    """Write co-owners, completers and rights anew, in their order."""
    for table in (AchievementCoOwner, AchievementCompleter, IntellectualProperty):
        await uow.session.execute(delete(table).where(table.achievement_id == record.id))
    uow.session.add_all(
        AchievementCoOwner(
            achievement_id=record.id,
            ordinal=i,
            party_id=row.party_id,
            name=row.name,
            share_bp=row.share_bp,
        )
        for i, row in enumerate(new.co_owners, 1)
    )
    uow.session.add_all(
        AchievementCompleter(
            achievement_id=record.id,
            ordinal=i,
            person_id=row.person_id,
            name=row.name,
            role=row.role,
        )
        for i, row in enumerate(new.completers, 1)
    )
    uow.session.add_all(
        IntellectualProperty(
            achievement_id=record.id,
            ordinal=i,
            kind=row.kind,
            title=row.title,
            application_number=row.application_number or None,
            publication_number=row.publication_number or None,
            holder_name=row.holder_name,
            legal_status=row.legal_status,
            status_on=row.status_on,
            filed_on=row.filed_on,
            published_on=row.published_on,
            expires_on=row.expires_on,
            ipc=row.ipc,
        )
        for i, row in enumerate(new.rights, 1)
    )
    await uow.session.flush()


async def list_own(
    uow: UnitOfWork, organisation_id: UUID, after: Key | None, limit: int
) -> Sequence[Achievement]:
    """What an organisation owns or has in its care unclaimed, last changed first."""
    query = select(Achievement).where(
        or_(
            Achievement.owner_id == organisation_id,
            (Achievement.care_id == organisation_id) & Achievement.owner_id.is_(None),
        )
    )
    return await _newest(uow, query, Achievement.updated_at, after, limit)


async def list_published(uow: UnitOfWork, after: Key | None, limit: int) -> Sequence[Achievement]:
    """The public list, newest first."""
    query = select(Achievement).where(Achievement.state == AchievementState.published)
    return await _newest(uow, query, Achievement.published_at, after, limit)


async def list_published_by_number(
    uow: UnitOfWork, numbers: Collection[str]
) -> Sequence[Achievement]:
    """Published records by their case numbers; others are left out."""
    if not numbers:
        return ()
    query = select(Achievement).where(
        Achievement.number.in_(numbers), Achievement.state == AchievementState.published
    )
    return (await uow.session.scalars(query)).all()


async def _newest(
    uow: UnitOfWork,
    query: Select[Achievement],
    order: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    after: Key | None,
    limit: int,
) -> Sequence[Achievement]:
    if after is not None:
        query = query.where(tuple_(order, Achievement.id) < after)
    query = query.order_by(order.desc(), Achievement.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_submitted(uow: UnitOfWork, after: Key | None, limit: int) -> Sequence[Achievement]:
    """The operator's queue, oldest first."""
    query = select(Achievement).where(Achievement.state == AchievementState.submitted)
    if after is not None:
        query = query.where(tuple_(Achievement.submitted_at, Achievement.id) > after)
    query = query.order_by(Achievement.submitted_at, Achievement.id).limit(limit)
    return (await uow.session.scalars(query)).all()


# ---------------------------------------------------------------- claims


async def find_requested(uow: UnitOfWork, person_id: UUID, key: str) -> AchievementClaim | None:
    """The claim this person made with this idempotency key."""
    query = select(AchievementClaim).where(
        AchievementClaim.created_by == person_id, AchievementClaim.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def get_claim(uow: UnitOfWork, claim_id: UUID) -> AchievementClaim:
    """A claim, unlocked; claims change under the lock of their achievement."""
    found = await uow.session.get(AchievementClaim, claim_id, populate_existing=True)
    if found is None:
        raise ClaimMissing()
    return found


async def list_claims_of(uow: UnitOfWork, achievement_id: UUID) -> Sequence[AchievementClaim]:
    """Every claim to an achievement, oldest first."""
    query = (
        select(AchievementClaim)
        .where(AchievementClaim.achievement_id == achievement_id)
        .order_by(AchievementClaim.created_at, AchievementClaim.id)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def list_waiting_claims(
    uow: UnitOfWork, after: Key | None, limit: int
) -> Sequence[tuple[AchievementClaim, Achievement]]:
    """Open claims with their achievements, oldest first."""
    query = (
        select(AchievementClaim, Achievement)
        .join(Achievement, Achievement.id == AchievementClaim.achievement_id)
        .where(AchievementClaim.state == ClaimState.pending)
    )
    if after is not None:
        query = query.where(tuple_(AchievementClaim.created_at, AchievementClaim.id) > after)
    query = query.order_by(AchievementClaim.created_at, AchievementClaim.id).limit(limit)
    return [(claim, record) for claim, record in await uow.session.execute(query)]


async def list_found(
    uow: UnitOfWork, after: UUID | None, limit: int
) -> Sequence[tuple[Achievement, AchievementContent]]:
    """Records that search finds, after an id, in id order."""
    query = select(Achievement).where(Achievement.state == AchievementState.published)
    if after is not None:
        query = query.where(Achievement.id > after)
    records = (await uow.session.scalars(query.order_by(Achievement.id).limit(limit))).all()
    return await _with_contents(uow, records)


async def lock_found(
    uow: UnitOfWork, ids: Collection[UUID]
) -> Sequence[tuple[Achievement, AchievementContent]]:
    """Those of these that search finds, kept from changing; in id order."""
    await share_achievements(uow, ids)
    query = (
        select(Achievement)
        .where(Achievement.id.in_(ids), Achievement.state == AchievementState.published)
        .order_by(Achievement.id)
        .execution_options(populate_existing=True)
    )
    return await _with_contents(uow, (await uow.session.scalars(query)).all())


async def share_achievements(uow: UnitOfWork, ids: Collection[UUID]) -> None:
    """Keep records from changing until the transaction ends, in id order; others may do so too."""
    query = select(Achievement.id).where(Achievement.id.in_(ids)).order_by(Achievement.id)
    await uow.session.execute(query.with_for_update(read=True))


async def _with_contents(
    uow: UnitOfWork, records: Sequence[Achievement]
) -> Sequence[tuple[Achievement, AchievementContent]]:
    contents = await load_contents(uow, {record.id: record for record in records})
    return [(record, contents[record.id]) for record in records]
