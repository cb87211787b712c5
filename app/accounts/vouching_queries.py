"""Every SELECT and lock of people's verifications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, tuple_, update

from app.accounts.standing_models import PersonVerification
from app.accounts.types import PersonVerificationState
from app.core.tx import UnitOfWork


async def find_current(uow: UnitOfWork, person_id: UUID) -> PersonVerification | None:
    """The one that is open or in force; at most one."""
    query = (
        select(PersonVerification)
        .where(
            PersonVerification.person_id == person_id,
            text("person_verification.state IN ('submitted', 'verified')"),
        )
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_newest(uow: UnitOfWork, person_id: UUID) -> PersonVerification | None:
    """The newest one of a person, whatever became of it."""
    query = (
        select(PersonVerification)
        .where(PersonVerification.person_id == person_id)
        .order_by(PersonVerification.id.desc())
        .limit(1)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def lock_verification(uow: UnitOfWork, verification_id: UUID) -> PersonVerification | None:
    """Lock one verification."""
    query = (
        select(PersonVerification)
        .where(PersonVerification.id == verification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_submitted(
    uow: UnitOfWork, after: tuple[datetime, UUID] | None, limit: int
) -> list[PersonVerification]:
    """Applications that wait, oldest first."""
    query = select(PersonVerification).where(
        text("person_verification.state = 'submitted'")  # why: literal, to match the index
    )
    if after is not None:
        query = query.where(
            tuple_(PersonVerification.submitted_at, PersonVerification.id) > tuple_(*after)
        )
    query = query.order_by(PersonVerification.submitted_at, PersonVerification.id).limit(limit)
    return list(await uow.session.scalars(query))


async def lapse(uow: UnitOfWork, person_id: UUID) -> list[UUID]:
    """A person with another name is verified no longer, and asks under the old one no longer."""
    lapsed = await uow.session.execute(
        update(PersonVerification)
        .where(
            PersonVerification.person_id == person_id,
            text("person_verification.state IN ('submitted', 'verified')"),
        )
        .values(state=PersonVerificationState.lapsed.value, decided_at=uow.now)
        .returning(PersonVerification.id)
    )
    return list(lapsed.scalars())
