"""Every SELECT and every lock on saved searches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.core.tx import UnitOfWork
from app.searches.errors import SavedSearchMissing
from app.searches.models import SavedSearchRow
from app.searches.types import Counted


async def find_same(uow: UnitOfWork, person_id: UUID, question_hash: str) -> SavedSearchRow | None:
    """What this person keeps of this question."""
    query = select(SavedSearchRow).where(
        SavedSearchRow.person_id == person_id, SavedSearchRow.question_hash == question_hash
    )
    return (await uow.session.scalars(query)).one_or_none()


async def count_saved(uow: UnitOfWork, person_id: UUID) -> int:
    """How many questions a person keeps."""
    query = select(func.count()).where(SavedSearchRow.person_id == person_id)
    return (await uow.session.execute(query)).scalar_one()


async def get_own(
    uow: UnitOfWork, person_id: UUID, search_id: UUID, *, lock: bool = False
) -> SavedSearchRow:
    """One of a person's own. Raises SavedSearchMissing, also for another's."""
    query = select(SavedSearchRow).where(
        SavedSearchRow.id == search_id, SavedSearchRow.person_id == person_id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise SavedSearchMissing()
    return found


async def list_own(
    uow: UnitOfWork, person_id: UUID, after: UUID | None, limit: int
) -> Sequence[SavedSearchRow]:
    """A person's own, the one saved last first."""
    query = select(SavedSearchRow).where(SavedSearchRow.person_id == person_id)
    if after is not None:
        query = query.where(SavedSearchRow.id < after)
    return (await uow.session.scalars(query.order_by(SavedSearchRow.id.desc()).limit(limit))).all()


async def keep_count(uow: UnitOfWork, person_id: UUID, search_id: UUID, counted: Counted) -> None:
    """Keep a count, unless its person has looked since it was asked for."""
    await uow.session.execute(
        update(SavedSearchRow)
        .where(
            SavedSearchRow.id == search_id,
            SavedSearchRow.person_id == person_id,
            SavedSearchRow.looked_at == counted.since,
        )
        .values(new_count=counted.new.value, new_capped=counted.new.capped, counted_at=uow.now)
    )


async def delete_row(uow: UnitOfWork, search_id: UUID) -> None:
    """Delete one."""
    await uow.session.execute(delete(SavedSearchRow).where(SavedSearchRow.id == search_id))


# ---------------------------------------------------------------- news


async def take_due(uow: UnitOfWork, limit: int, next_at: datetime) -> set[UUID]:
    """Whose news are due, up to so many searches; each is due again at ``next_at``."""
    due = (
        select(SavedSearchRow.id)
        .where(SavedSearchRow.news_at <= uow.now)
        .order_by(SavedSearchRow.news_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = await uow.session.scalars(
        update(SavedSearchRow)
        .where(SavedSearchRow.id.in_(due))
        .values(news_at=next_at)
        .returning(SavedSearchRow.person_id)
        .execution_options(synchronize_session=False)
    )
    return set(taken)


async def list_watched(
    uow: UnitOfWork, person_id: UUID, *, lock: bool = False
) -> Sequence[SavedSearchRow]:
    """The searches of which a person wants to be told."""
    query = (
        select(SavedSearchRow)
        .where(SavedSearchRow.person_id == person_id, SavedSearchRow.news_at.is_not(None))
        .order_by(SavedSearchRow.id.desc())
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await uow.session.scalars(query)).all()
