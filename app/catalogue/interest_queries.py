"""Every statement on counted views of records. There is nothing to lock: counts are added up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.interest_models import AchievementViews, OrganisationViews
from app.core.tx import UnitOfWork

# why row by row: after an outage there may be more than the values of one statement


async def add_views(uow: UnitOfWork, on_day: date, counts: Sequence[tuple[UUID, int]]) -> None:
    """Add (achievement, views) to those of a day."""
    statement = insert(AchievementViews)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["achievement_id", "on_day"],
            set_={"views": AchievementViews.views + statement.excluded.views},
        ),
        [
            {"achievement_id": achievement_id, "on_day": on_day, "views": views}
            for achievement_id, views in counts
        ],
    )


async def add_views_of_organisations(
    uow: UnitOfWork, on_day: date, counts: Sequence[tuple[UUID, UUID, int]]
) -> None:
    """Add (achievement, organisation, views) to those of a day."""
    statement = insert(OrganisationViews)
    await uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["achievement_id", "organisation_id", "on_day"],
            set_={"views": OrganisationViews.views + statement.excluded.views},
        ),
        [
            {"achievement_id": one, "organisation_id": house, "on_day": on_day, "views": views}
            for one, house, views in counts
        ],
    )


async def delete_views_before(uow: UnitOfWork, day: date, limit: int) -> int:
    """Delete what is older than a day, at most ``limit`` rows of each table; returns how many."""
    total = 0
    for table, key in (
        (AchievementViews, (AchievementViews.achievement_id, AchievementViews.on_day)),
        (
            OrganisationViews,
            (
                OrganisationViews.achievement_id,
                OrganisationViews.organisation_id,
                OrganisationViews.on_day,
            ),
        ),
    ):
        old = select(*key).where(table.on_day < day).limit(limit)
        gone = await uow.session.execute(
            delete(table).where(tuple_(*key).in_(old)).returning(table.on_day)
        )
        total += len(gone.all())
    return total


async def load_views_since(uow: UnitOfWork, achievement_id: UUID, first: date) -> dict[date, int]:
    """Views of a record by day, from a day on."""
    query = select(AchievementViews.on_day, AchievementViews.views).where(
        AchievementViews.achievement_id == achievement_id, AchievementViews.on_day >= first
    )
    return {row.on_day: row.views for row in await uow.session.execute(query)}


async def count_views(uow: UnitOfWork, achievement_id: UUID) -> int:
    """Views of a record as far as they are kept."""
    query = select(func.coalesce(func.sum(AchievementViews.views), 0)).where(
        AchievementViews.achievement_id == achievement_id
    )
    return int((await uow.session.execute(query)).scalar_one())


async def list_lookers(
    uow: UnitOfWork, achievement_id: UUID, limit: int
) -> list[tuple[UUID, int, date]]:
    """(organisation, views, last day) of a record, the last to look first."""
    last = func.max(OrganisationViews.on_day)
    query = (
        select(OrganisationViews.organisation_id, func.sum(OrganisationViews.views), last)
        .where(OrganisationViews.achievement_id == achievement_id)
        .group_by(OrganisationViews.organisation_id)
        .order_by(last.desc(), OrganisationViews.organisation_id)
        .limit(limit)
    )
    return [(house, int(views), on) for house, views, on in await uow.session.execute(query)]
