"""Every SELECT on consents, on the rule that asks for them, and on entries on behalf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_

from app.catalogue.consent_models import AchievementConfirmation, ConsentRule, CoOwnerConsent
from app.catalogue.consent_types import ConsentNeed, ConsentState
from app.catalogue.errors import ConsentNotFound
from app.catalogue.models import Achievement
from app.catalogue.offer_models import Offer, OfferReservation
from app.core.tx import UnitOfWork

Key = tuple[datetime, UUID]


async def load_needs(uow: UnitOfWork, on: date) -> list[ConsentNeed]:
    """The rules in force on a day."""
    query = select(ConsentRule).where(
        ConsentRule.in_force_from <= on,
        or_(ConsentRule.in_force_to.is_(None), ConsentRule.in_force_to >= on),
    )
    return [row.value() for row in await uow.session.scalars(query)]


async def get_consent(uow: UnitOfWork, consent_id: UUID) -> CoOwnerConsent:
    """A consent, unlocked; consents change under the lock of their achievement."""
    found = await uow.session.get(CoOwnerConsent, consent_id, populate_existing=True)
    if found is None:
        raise ConsentNotFound()
    return found


async def list_of_achievement(uow: UnitOfWork, achievement_id: UUID) -> Sequence[CoOwnerConsent]:
    """Every consent asked for of a record, newest first."""
    query = (
        select(CoOwnerConsent)
        .where(CoOwnerConsent.achievement_id == achievement_id)
        .order_by(CoOwnerConsent.asked_at.desc(), CoOwnerConsent.id.desc())
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def list_of_party(
    uow: UnitOfWork, party_id: UUID, after: Key | None, limit: int
) -> Sequence[tuple[CoOwnerConsent, Offer, Achievement]]:
    """What an organisation was asked as a co-owner, newest first."""
    query = (
        select(CoOwnerConsent, Offer, Achievement)
        .join(Offer, Offer.id == CoOwnerConsent.offer_id)
        .join(Achievement, Achievement.id == CoOwnerConsent.achievement_id)
        .where(CoOwnerConsent.party_id == party_id)
    )
    if after is not None:
        query = query.where(tuple_(CoOwnerConsent.asked_at, CoOwnerConsent.id) < after)
    query = query.order_by(CoOwnerConsent.asked_at.desc(), CoOwnerConsent.id.desc()).limit(limit)
    return [(one, offer, record) for one, offer, record in await uow.session.execute(query)]


async def list_proofs(
    uow: UnitOfWork, after: Key | None, limit: int
) -> Sequence[tuple[CoOwnerConsent, Offer, Achievement]]:
    """Written proofs to be checked, oldest first."""
    query = (
        select(CoOwnerConsent, Offer, Achievement)
        .join(Offer, Offer.id == CoOwnerConsent.offer_id)
        .join(Achievement, Achievement.id == CoOwnerConsent.achievement_id)
        .where(CoOwnerConsent.state == ConsentState.proof_sent)
    )
    if after is not None:
        query = query.where(tuple_(CoOwnerConsent.asked_at, CoOwnerConsent.id) > after)
    query = query.order_by(CoOwnerConsent.asked_at, CoOwnerConsent.id).limit(limit)
    return [(one, offer, record) for one, offer, record in await uow.session.execute(query)]


async def list_bound_offers(
    uow: UnitOfWork, achievement_id: UUID, disposal: str
) -> Sequence[tuple[Offer, bool]]:
    """Offers of a record with a disposal, locked in id order; and whether one is reserved now."""
    offers = (
        select(Offer)
        .where(Offer.achievement_id == achievement_id, Offer.disposal == disposal)
        .order_by(Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    reserved = select(OfferReservation.offer_id).where(
        OfferReservation.achievement_id == achievement_id,
        OfferReservation.released_at.is_(None),
        OfferReservation.completed_at.is_(None),
    )
    held = set(await uow.session.scalars(reserved))
    return [(offer, offer.id in held) for offer in await uow.session.scalars(offers)]


# ---------------------------------------------------------------- entry on behalf


async def find_confirmation(
    uow: UnitOfWork, achievement_id: UUID
) -> AchievementConfirmation | None:
    """The entry on behalf of a record; None for one that its own people entered."""
    return await uow.session.get(AchievementConfirmation, achievement_id, populate_existing=True)


async def list_confirmations(
    uow: UnitOfWork, person_id: UUID, after: Key | None, limit: int
) -> Sequence[tuple[AchievementConfirmation, Achievement]]:
    """What was entered for a person, newest first."""
    mine = AchievementConfirmation.person_id == person_id
    return await _confirmations(uow, mine, after, limit)


async def list_entered(
    uow: UnitOfWork, entered_by: UUID, after: Key | None, limit: int
) -> Sequence[tuple[AchievementConfirmation, Achievement]]:
    """What a person entered for others, newest first."""
    mine = AchievementConfirmation.entered_by == entered_by
    return await _confirmations(uow, mine, after, limit)


async def _confirmations(
    uow: UnitOfWork, mine: ColumnElement[bool], after: Key | None, limit: int
) -> Sequence[tuple[AchievementConfirmation, Achievement]]:
    table = AchievementConfirmation
    query = (
        select(table, Achievement)
        .join(Achievement, Achievement.id == table.achievement_id)
        .where(mine)
    )
    if after is not None:
        query = query.where(tuple_(table.entered_at, table.achievement_id) < after)
    query = query.order_by(table.entered_at.desc(), table.achievement_id.desc()).limit(limit)
    return [(one, record) for one, record in await uow.session.execute(query)]
