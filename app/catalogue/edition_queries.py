"""Every SELECT and every lock on editions and plans of conversion."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text, tuple_

from app.catalogue.edition_models import CatalogueEdition, CatalogueEditionRow, ConversionPlan
from app.catalogue.edition_types import EditionKind, EditionState, Selection, Visibility
from app.catalogue.errors import EditionMissing
from app.catalogue.models import Achievement, IntellectualProperty
from app.catalogue.offer_models import Offer
from app.catalogue.types import AchievementState, OfferState, Origin
from app.core.tx import UnitOfWork

Key = tuple[datetime, UUID]


async def get_edition(uow: UnitOfWork, number: str) -> CatalogueEdition:
    """A published edition by its number, unlocked. Raises EditionMissing."""
    query = select(CatalogueEdition).where(CatalogueEdition.number == number)
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise EditionMissing()
    return found


async def get_draft(uow: UnitOfWork, edition_id: UUID) -> CatalogueEdition:
    """An edition by its id, unlocked. Raises EditionMissing."""
    found = await uow.session.get(CatalogueEdition, edition_id)
    if found is None:
        raise EditionMissing()
    return found


async def lock_edition(uow: UnitOfWork, edition_id: UUID) -> CatalogueEdition:
    """Lock an edition by its id. Raises EditionMissing."""
    query = (
        select(CatalogueEdition)
        .where(CatalogueEdition.id == edition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise EditionMissing()
    return found


async def lock_issues(uow: UnitOfWork, owner_id: UUID | None, kind: EditionKind) -> None:
    """Let one edition of an issuer and kind be published at a time: issues are counted."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"catalogue.issue:{owner_id}:{kind}"},
    )


async def find_made(uow: UnitOfWork, person_id: UUID, key: str) -> CatalogueEdition | None:
    """What this person made with this idempotency key."""
    query = select(CatalogueEdition).where(
        CatalogueEdition.created_by == person_id, CatalogueEdition.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_last(
    uow: UnitOfWork,
    owner_id: UUID | None,
    kind: EditionKind,
    title: str,
    before: int | None = None,
) -> CatalogueEdition | None:
    """The newest published edition of a series (issuer, kind and title), or the one before an
    issue."""
    query = select(CatalogueEdition).where(
        CatalogueEdition.state == EditionState.published,
        CatalogueEdition.kind == kind,
        CatalogueEdition.title == title,
        CatalogueEdition.owner_id == owner_id if owner_id else CatalogueEdition.owner_id.is_(None),
    )
    if before is not None:
        query = query.where(CatalogueEdition.issue < before)
    query = query.order_by(CatalogueEdition.issue.desc()).limit(1)
    return (await uow.session.scalars(query)).one_or_none()


# ---------------------------------------------------------------- what an edition takes


async def list_candidates(
    uow: UnitOfWork,
    selection: Selection,
    owner_id: UUID | None,
    since: datetime | None,
    limit: int,
    *,
    lock: bool = False,
) -> Sequence[Achievement]:
    """Published achievements that a selection finds, in id order.

    With ``lock`` each is share-locked: one that is being withdrawn is waited for, and left out.
    """
    query = select(Achievement).where(Achievement.state == AchievementState.published)
    owner = owner_id or selection.owner_id
    if owner is not None:
        query = query.where(Achievement.owner_id == owner)
    if not selection.with_imported:
        query = query.where(
            or_(Achievement.origin == Origin.entered, Achievement.owner_id.is_not(None))
        )
    if selection.fields:
        query = query.where(Achievement.field.in_(sorted(selection.fields)))
    if selection.regions:
        query = query.where(Achievement.region.in_(sorted(selection.regions)))
    if selection.kinds:
        query = query.where(Achievement.kind.in_(sorted(selection.kinds)))
    if selection.trl_from is not None:
        query = query.where(Achievement.trl >= selection.trl_from)
    if selection.since_last and since is not None:
        query = query.where(Achievement.published_at > since)
    query = query.order_by(Achievement.id).limit(limit)
    if lock:
        query = query.with_for_update(read=True).execution_options(populate_existing=True)
    return (await uow.session.scalars(query)).all()


async def list_rights_of(
    uow: UnitOfWork, achievement_ids: Collection[UUID]
) -> Sequence[IntellectualProperty]:
    """The rights of several achievements, in their order."""
    query = (
        select(IntellectualProperty)
        .where(IntellectualProperty.achievement_id.in_(achievement_ids))
        .order_by(IntellectualProperty.achievement_id, IntellectualProperty.ordinal)
    )
    return (await uow.session.scalars(query)).all()


async def list_offers_of(uow: UnitOfWork, achievement_ids: Collection[UUID]) -> Sequence[Offer]:
    """The published offers of several achievements, oldest first."""
    query = (
        select(Offer)
        .where(Offer.achievement_id.in_(achievement_ids), Offer.state == OfferState.published)
        .order_by(Offer.achievement_id, Offer.id)
    )
    return (await uow.session.scalars(query)).all()


# ---------------------------------------------------------------- what was published


async def list_rows(uow: UnitOfWork, edition_id: UUID) -> Sequence[CatalogueEditionRow]:
    """The rows of an edition in order."""
    query = (
        select(CatalogueEditionRow)
        .where(CatalogueEditionRow.edition_id == edition_id)
        .order_by(CatalogueEditionRow.ordinal)
    )
    return (await uow.session.scalars(query)).all()


async def list_withdrawn(uow: UnitOfWork, edition_id: UUID) -> set[UUID]:
    """Which achievements of an edition are no longer public."""
    query = (
        select(CatalogueEditionRow.achievement_id)
        .join(Achievement, Achievement.id == CatalogueEditionRow.achievement_id)
        .where(
            CatalogueEditionRow.edition_id == edition_id,
            Achievement.state != AchievementState.published,
        )
    )
    return set(await uow.session.scalars(query))


async def list_public(uow: UnitOfWork, after: Key | None, limit: int) -> Sequence[CatalogueEdition]:
    """The public shelf, newest first."""
    query = select(CatalogueEdition).where(
        CatalogueEdition.state == EditionState.published,
        CatalogueEdition.visibility == Visibility.public,
    )
    if after is not None:
        query = query.where(tuple_(CatalogueEdition.published_at, CatalogueEdition.id) < after)
    query = query.order_by(CatalogueEdition.published_at.desc(), CatalogueEdition.id.desc())
    return (await uow.session.scalars(query.limit(limit))).all()


async def list_of_issuer(
    uow: UnitOfWork, owner_id: UUID | None, after: Key | None, limit: int
) -> Sequence[CatalogueEdition]:
    """An issuer's drafts and editions, last changed first; None is the market."""
    mine = (
        CatalogueEdition.owner_id == owner_id if owner_id else CatalogueEdition.owner_id.is_(None)
    )
    query: Select[CatalogueEdition] = select(CatalogueEdition).where(
        mine, CatalogueEdition.state != EditionState.discarded
    )
    if after is not None:
        query = query.where(tuple_(CatalogueEdition.updated_at, CatalogueEdition.id) < after)
    query = query.order_by(CatalogueEdition.updated_at.desc(), CatalogueEdition.id.desc())
    return (await uow.session.scalars(query.limit(limit))).all()


async def list_editions_of(
    uow: UnitOfWork, achievement_id: UUID, limit: int
) -> Sequence[CatalogueEdition]:
    """The public editions that an achievement stands in, newest first."""
    query = (
        select(CatalogueEdition)
        .join(CatalogueEditionRow, CatalogueEditionRow.edition_id == CatalogueEdition.id)
        .where(
            CatalogueEditionRow.achievement_id == achievement_id,
            CatalogueEdition.visibility == Visibility.public,
        )
        .order_by(CatalogueEdition.published_at.desc())
        .limit(limit)
    )
    return (await uow.session.scalars(query)).all()


async def count_rows(uow: UnitOfWork, edition_id: UUID) -> int:
    """How many rows an edition holds."""
    query = select(func.count()).where(CatalogueEditionRow.edition_id == edition_id)
    return int((await uow.session.execute(query)).scalar_one())


# ---------------------------------------------------------------- plans


async def find_plan(uow: UnitOfWork, achievement_id: UUID) -> ConversionPlan | None:
    """The plan of an achievement; it changes under the lock of its achievement."""
    return await uow.session.get(ConversionPlan, achievement_id, populate_existing=True)
