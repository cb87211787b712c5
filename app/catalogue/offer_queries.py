"""Every SELECT and every lock on offers, reservations, grants and the exclusion matrix."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select, tuple_

from app.catalogue.errors import OfferMissing
from app.catalogue.models import Achievement
from app.catalogue.offer_models import (
    AchievementGrant,
    ExclusionRule,
    GrantEnd,
    Offer,
    OfferReservation,
)
from app.catalogue.queries import share_achievements
from app.catalogue.types import ExclusionEntry, OfferState
from app.core.tx import UnitOfWork

Key = tuple[datetime, UUID]
_LIVE = (OfferState.published, OfferState.reserved)


async def get_offer(uow: UnitOfWork, number: str) -> Offer:
    """An offer by its case number, unlocked. Raises OfferMissing."""
    found = (await uow.session.scalars(select(Offer).where(Offer.number == number))).one_or_none()
    if found is None:
        raise OfferMissing()
    return found


async def get_offer_by_id(uow: UnitOfWork, offer_id: UUID) -> Offer:
    """An offer by its id, unlocked. Raises OfferMissing."""
    found = await uow.session.get(Offer, offer_id)
    if found is None:
        raise OfferMissing()
    return found


async def lock_offer(uow: UnitOfWork, offer_id: UUID) -> Offer:
    """Lock an offer; its achievement is locked before it."""
    query = (
        select(Offer)
        .where(Offer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one()


async def lock_published_of(uow: UnitOfWork, achievement_id: UUID) -> Sequence[Offer]:
    """Lock the offers of an achievement that are open now, in id order."""
    query = (
        select(Offer)
        .where(Offer.achievement_id == achievement_id, Offer.state == OfferState.published)
        .order_by(Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def lock_expired(uow: UnitOfWork, at: datetime, limit: int) -> Sequence[Offer]:
    """Lock published offers whose time is over, skipping those that others hold."""
    query = (
        select(Offer)
        .where(Offer.state == OfferState.published, Offer.expires_at <= at)
        .order_by(Offer.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def find_drafted(uow: UnitOfWork, person_id: UUID, key: str) -> Offer | None:
    """The offer this person made with this idempotency key."""
    query = select(Offer).where(Offer.created_by == person_id, Offer.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def count_live(uow: UnitOfWork, achievement_id: UUID) -> int:
    """How many offers of an achievement are published or reserved."""
    query = (
        select(func.count())
        .select_from(Offer)
        .where(Offer.achievement_id == achievement_id, Offer.state.in_(_LIVE))
    )
    return (await uow.session.scalars(query)).one()


async def list_of_achievement(
    uow: UnitOfWork, achievement_id: UUID, *, hidden: bool
) -> Sequence[Offer]:
    """The offers of an achievement, newest first; ``hidden``: drafts and ended ones too."""
    query = select(Offer).where(Offer.achievement_id == achievement_id)
    if not hidden:
        query = query.where(Offer.state.in_((*_LIVE, OfferState.sold)))
    query = query.order_by(Offer.created_at.desc(), Offer.id.desc())
    return (await uow.session.scalars(query)).all()


async def list_of_owner(
    uow: UnitOfWork, owner_id: UUID, after: Key | None, limit: int
) -> Sequence[tuple[Offer, Achievement]]:
    """An organisation's offers with their achievements, last changed first."""
    query = (
        select(Offer, Achievement)
        .join(Achievement, Achievement.id == Offer.achievement_id)
        .where(Offer.owner_id == owner_id)
    )
    if after is not None:
        query = query.where(tuple_(Offer.updated_at, Offer.id) < after)
    query = query.order_by(Offer.updated_at.desc(), Offer.id.desc()).limit(limit)
    return [(offer, record) for offer, record in await uow.session.execute(query)]


async def list_live_of(uow: UnitOfWork, achievement_id: UUID) -> Sequence[Offer]:
    """The offers of an achievement that stand in the index now, unlocked."""
    query = select(Offer).where(Offer.achievement_id == achievement_id, Offer.state.in_(_LIVE))
    return (await uow.session.scalars(query)).all()


async def list_live_of_all(uow: UnitOfWork, achievement_ids: Collection[UUID]) -> Sequence[Offer]:
    """The live offers of several achievements, oldest first."""
    if not achievement_ids:
        return ()
    query = (
        select(Offer)
        .where(Offer.achievement_id.in_(achievement_ids), Offer.state.in_(_LIVE))
        .order_by(Offer.created_at, Offer.id)
    )
    return (await uow.session.scalars(query)).all()


async def list_public_by_number(
    uow: UnitOfWork, numbers: Collection[str]
) -> Sequence[tuple[Offer, Achievement]]:
    """Public offers by their case numbers with their achievements; others are left out."""
    if not numbers:
        return ()
    query = (
        select(Offer, Achievement)
        .join(Achievement, Achievement.id == Offer.achievement_id)
        .where(Offer.number.in_(numbers), Offer.state.in_((*_LIVE, OfferState.sold)))
    )
    return [(offer, record) for offer, record in await uow.session.execute(query)]


async def find_open_reservation(
    uow: UnitOfWork, offer_id: UUID, for_kind: str, for_id: UUID
) -> OfferReservation | None:
    """The open reservation of an offer for one thing."""
    query = (
        select(OfferReservation)
        .where(
            OfferReservation.offer_id == offer_id,
            OfferReservation.for_kind == for_kind,
            OfferReservation.for_id == for_id,
            OfferReservation.released_at.is_(None),
            OfferReservation.completed_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def was_released(uow: UnitOfWork, offer_id: UUID, for_kind: str, for_id: UUID) -> bool:
    """Whether a reservation of an offer for one thing was given back before."""
    query = select(OfferReservation.id).where(
        OfferReservation.offer_id == offer_id,
        OfferReservation.for_kind == for_kind,
        OfferReservation.for_id == for_id,
        OfferReservation.released_at.is_not(None),
    )
    return (await uow.session.scalars(query.limit(1))).one_or_none() is not None


async def list_reserved(
    uow: UnitOfWork, achievement_id: UUID
) -> Sequence[tuple[OfferReservation, Offer]]:
    """Every open reservation on an achievement, with its offer."""
    query = (
        select(OfferReservation, Offer)
        .join(Offer, Offer.id == OfferReservation.offer_id)
        .where(
            OfferReservation.achievement_id == achievement_id,
            OfferReservation.released_at.is_(None),
            OfferReservation.completed_at.is_(None),
        )
        .order_by(OfferReservation.reserved_at, OfferReservation.id)
    )
    return [(reservation, offer) for reservation, offer in await uow.session.execute(query)]


async def find_grant(uow: UnitOfWork, offer_id: UUID, deal_id: UUID) -> AchievementGrant | None:
    """What one deal gave of one offer."""
    query = select(AchievementGrant).where(
        AchievementGrant.offer_id == offer_id, AchievementGrant.deal_id == deal_id
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_grants(
    uow: UnitOfWork, achievement_id: UUID, at: datetime
) -> Sequence[AchievementGrant]:
    """Rights on an achievement that live at an instant or begin later, oldest first; not those
    that came to nothing."""
    query = (
        select(AchievementGrant)
        .where(
            AchievementGrant.achievement_id == achievement_id,
            or_(AchievementGrant.ends_at.is_(None), AchievementGrant.ends_at > at),
            ~exists().where(GrantEnd.grant_id == AchievementGrant.id),
        )
        .order_by(AchievementGrant.starts_at, AchievementGrant.id)
    )
    return (await uow.session.scalars(query)).all()


async def load_matrix(uow: UnitOfWork, on: date) -> list[ExclusionEntry]:
    """The rows of the exclusion matrix in force on a day."""
    query = select(ExclusionRule).where(
        ExclusionRule.in_force_from <= on,
        or_(ExclusionRule.in_force_to.is_(None), ExclusionRule.in_force_to >= on),
    )
    return [row.value() for row in await uow.session.scalars(query)]


async def list_found(
    uow: UnitOfWork, after: UUID | None, limit: int
) -> Sequence[tuple[Offer, Achievement]]:
    """Offers that search finds, with their achievements, after an id, in id order."""
    query = _found()
    if after is not None:
        query = query.where(Offer.id > after)
    return [(offer, record) for offer, record in await uow.session.execute(query.limit(limit))]


async def lock_found(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[tuple[Offer, Achievement]]:
    """Those of these that search finds, kept from changing after their achievements."""
    owners = select(Offer.achievement_id).where(Offer.id.in_(ids)).distinct()
    await share_achievements(uow, (await uow.session.scalars(owners)).all())
    keeping = select(Offer.id).where(Offer.id.in_(ids)).order_by(Offer.id)
    await uow.session.execute(keeping.with_for_update(read=True))
    query = _found().where(Offer.id.in_(ids)).execution_options(populate_existing=True)
    return [(offer, record) for offer, record in await uow.session.execute(query)]


def _found() -> Select[Offer, Achievement]:
    return (
        select(Offer, Achievement)
        .join(Achievement, Achievement.id == Offer.achievement_id)
        .where(Offer.state.in_(_LIVE))
        .order_by(Offer.id)
    )
