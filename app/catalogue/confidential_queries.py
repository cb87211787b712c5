"""Every SELECT and lock of the confidential layer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_

from app.catalogue.confidential_errors import LayerMissing
from app.catalogue.confidential_models import (
    ConfidentialAcceptance,
    ConfidentialGuest,
    ConfidentialLayer,
    ConfidentialNda,
    ConfidentialOpening,
)
from app.catalogue.models import Achievement
from app.core.tx import UnitOfWork

Key = tuple[datetime, UUID]


async def find_layer(uow: UnitOfWork, achievement_id: UUID) -> ConfidentialLayer | None:
    """The layer of an achievement, fresh."""
    return await uow.session.get(ConfidentialLayer, achievement_id, populate_existing=True)


async def find_nda(uow: UnitOfWork, achievement_id: UUID) -> ConfidentialNda | None:
    """The NDA in force: the newest version."""
    query = (
        select(ConfidentialNda)
        .where(ConfidentialNda.achievement_id == achievement_id)
        .order_by(ConfidentialNda.version.desc())
        .limit(1)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_ndas(uow: UnitOfWork, achievement_id: UUID) -> dict[int, ConfidentialNda]:
    """Every version of the NDA."""
    query = select(ConfidentialNda).where(ConfidentialNda.achievement_id == achievement_id)
    return {row.version: row for row in await uow.session.scalars(query)}


async def find_guest(
    uow: UnitOfWork, achievement_id: UUID, organisation_id: UUID, *, share: bool = False
) -> ConfidentialGuest | None:
    """An organisation's standing; ``share`` holds it still until the reading is recorded."""
    query = select(ConfidentialGuest).where(
        ConfidentialGuest.achievement_id == achievement_id,
        ConfidentialGuest.organisation_id == organisation_id,
    )
    if share:
        query = query.with_for_update(read=True)
    return (
        await uow.session.scalars(query.execution_options(populate_existing=True))
    ).one_or_none()


async def get_guest(
    uow: UnitOfWork, achievement_id: UUID, organisation_id: UUID
) -> ConfidentialGuest:
    """An organisation's standing. Raises LayerMissing when it never asked nor was invited."""
    found = await find_guest(uow, achievement_id, organisation_id)
    if found is None:
        raise LayerMissing()
    return found


async def list_guests(uow: UnitOfWork, achievement_id: UUID) -> list[ConfidentialGuest]:
    """All who asked or were invited, in order of their first appearance."""
    query = (
        select(ConfidentialGuest)
        .where(ConfidentialGuest.achievement_id == achievement_id)
        .order_by(ConfidentialGuest.id)
    )
    return list(await uow.session.scalars(query))


async def find_acceptance(
    uow: UnitOfWork, achievement_id: UUID, organisation_id: UUID
) -> ConfidentialAcceptance | None:
    """The newest acceptance of an organisation."""
    query = (
        select(ConfidentialAcceptance)
        .where(
            ConfidentialAcceptance.achievement_id == achievement_id,
            ConfidentialAcceptance.organisation_id == organisation_id,
        )
        .order_by(ConfidentialAcceptance.nda_version.desc())
        .limit(1)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_acceptances(
    uow: UnitOfWork, achievement_id: UUID
) -> dict[UUID, ConfidentialAcceptance]:
    """The newest acceptance of each organisation."""
    query = (
        select(ConfidentialAcceptance)
        .where(ConfidentialAcceptance.achievement_id == achievement_id)
        .order_by(ConfidentialAcceptance.nda_version)
    )
    return {row.organisation_id: row for row in await uow.session.scalars(query)}


async def list_openings(
    uow: UnitOfWork, achievement_id: UUID, after: Key | None, limit: int
) -> list[ConfidentialOpening]:
    """Who opened what, newest first, after the last one seen."""
    query = select(ConfidentialOpening).where(ConfidentialOpening.achievement_id == achievement_id)
    if after is not None:
        query = query.where(
            tuple_(ConfidentialOpening.opened_at, ConfidentialOpening.id) < tuple_(*after)
        )
    query = query.order_by(ConfidentialOpening.opened_at.desc(), ConfidentialOpening.id.desc())
    return list(await uow.session.scalars(query.limit(limit)))


async def list_rooms(
    uow: UnitOfWork, organisation_id: UUID, after: Key | None, limit: int
) -> list[Row[ConfidentialGuest, Achievement]]:
    """The layers an organisation may open now, the one that ends first before the others."""
    query = (
        select(ConfidentialGuest, Achievement)
        .join(Achievement, Achievement.id == ConfidentialGuest.achievement_id)
        .where(
            ConfidentialGuest.organisation_id == organisation_id,
            text("confidential_guest.state = 'invited'"),  # why: literal, to match the index
            ConfidentialGuest.until > uow.now,
            Achievement.state == "published",
        )
    )
    if after is not None:
        query = query.where(tuple_(ConfidentialGuest.until, ConfidentialGuest.id) > tuple_(*after))
    query = query.order_by(ConfidentialGuest.until, ConfidentialGuest.id).limit(limit)
    return list((await uow.session.execute(query)).all())


async def list_accepted_now(
    uow: UnitOfWork, organisation_id: UUID, achievement_ids: Collection[UUID]
) -> set[UUID]:
    """Of these achievements, those whose NDA in force this organisation accepted."""
    newest = (
        select(ConfidentialNda.achievement_id, func.max(ConfidentialNda.version).label("version"))
        .where(ConfidentialNda.achievement_id.in_(achievement_ids))
        .group_by(ConfidentialNda.achievement_id)
        .subquery()
    )
    query = select(newest.c.achievement_id).join(
        ConfidentialAcceptance,
        (ConfidentialAcceptance.achievement_id == newest.c.achievement_id)
        & (ConfidentialAcceptance.nda_version == newest.c.version)
        & (ConfidentialAcceptance.organisation_id == organisation_id),
    )
    return set(await uow.session.scalars(query))
