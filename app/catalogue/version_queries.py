"""Every SELECT on versions of records, on the names in them and on what was hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.version_models import (
    AchievementCompleterName,
    AchievementVersion,
    AchievementVersionHiding,
)
from app.core.ids import new_id
from app.core.tx import UnitOfWork


async def find_newest(
    uow: UnitOfWork, achievement_id: UUID, *, published: bool = False, before: int | None = None
) -> AchievementVersion | None:
    """The newest version row, or the newest that everybody could read; ``before`` is exclusive."""
    rows = await list_versions(uow, achievement_id, before, 1, published=published)
    return rows[0] if rows else None


async def find_version(
    uow: UnitOfWork, achievement_id: UUID, version: int
) -> AchievementVersion | None:
    """One version row."""
    return await uow.session.get(AchievementVersion, (achievement_id, version))


async def list_versions(
    uow: UnitOfWork, achievement_id: UUID, before: int | None, limit: int, *, published: bool
) -> Sequence[AchievementVersion]:
    """Version rows of a record, newest first; ``published`` leaves out what never was public."""
    query = select(AchievementVersion).where(AchievementVersion.achievement_id == achievement_id)
    if published:
        query = query.where(AchievementVersion.published)
    if before is not None:
        query = query.where(AchievementVersion.version < before)
    query = query.order_by(AchievementVersion.version.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_hidings(uow: UnitOfWork, achievement_id: UUID) -> dict[int, str]:
    """Hidden versions of a record with their reasons."""
    query = select(AchievementVersionHiding.version, AchievementVersionHiding.reason).where(
        AchievementVersionHiding.achievement_id == achievement_id
    )
    return {row.version: row.reason for row in await uow.session.execute(query)}


async def list_names(uow: UnitOfWork, achievement_id: UUID) -> dict[UUID, str]:
    """The names that versions of a record point at, as far as they were not erased."""
    query = select(AchievementCompleterName.id, AchievementCompleterName.name).where(
        AchievementCompleterName.achievement_id == achievement_id,
        AchievementCompleterName.erased_at.is_(None),
    )
    return {row.id: row.name for row in await uow.session.execute(query)}


async def lock_name(
    uow: UnitOfWork, achievement_id: UUID, name_id: UUID
) -> AchievementCompleterName | None:
    """Lock one name of a record."""
    query = (
        select(AchievementCompleterName)
        .where(
            AchievementCompleterName.id == name_id,
            AchievementCompleterName.achievement_id == achievement_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def ensure_names(
    uow: UnitOfWork, achievement_id: UUID, names: Collection[str]
) -> dict[str, UUID]:
    """The ids of these names, made where there is none yet. The record is locked by the caller."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    known = {name: name_id for name_id, name in (await list_names(uow, achievement_id)).items()}
    missing = [name for name in wanted if name not in known]
    for name in missing:
        known[name] = new_id()
    if missing:
        await uow.session.execute(
            insert(AchievementCompleterName),
            [
                {"id": known[name], "achievement_id": achievement_id, "name": name}
                for name in missing
            ],
        )
    return {name: known[name] for name in wanted}


async def list_kept(uow: UnitOfWork, ids: Collection[UUID]) -> set[UUID]:
    """Which of these records have any version row."""
    query = (
        select(AchievementVersion.achievement_id)
        .where(AchievementVersion.achievement_id.in_(ids))
        .distinct()
    )
    return set(await uow.session.scalars(query))
