"""Every SELECT and every lock on inquiries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, tuple_

from app.core.tx import UnitOfWork
from app.inquiries.errors import InquiryMissing
from app.inquiries.models import Inquiry, InquiryMessage
from app.inquiries.types import InquiryState

Key = tuple[datetime, UUID]


async def lock_house(uow: UnitOfWork, organisation_id: UUID) -> None:
    """Let one question of an organisation through at a time, so that its count is true."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"inquiries:{organisation_id}"},
    )


async def find_asked(uow: UnitOfWork, person_id: UUID, key: str) -> Inquiry | None:
    """What this person asked with this idempotency key."""
    query = select(Inquiry).where(Inquiry.asked_by == person_id, Inquiry.idempotency_key == key)
    return (await uow.session.scalars(query)).one_or_none()


async def find_open(uow: UnitOfWork, asker_id: UUID, about_id: UUID) -> Inquiry | None:
    """The open thread of an organisation about a thing."""
    query = (
        select(Inquiry)
        .where(
            Inquiry.about_id == about_id,
            Inquiry.asker_id == asker_id,
            Inquiry.state != InquiryState.closed,
        )
        .limit(1)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def find_written(uow: UnitOfWork, person_id: UUID, key: str) -> InquiryMessage | None:
    """What this person wrote with this idempotency key."""
    query = select(InquiryMessage).where(
        InquiryMessage.by_person == person_id, InquiryMessage.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def count_asked(uow: UnitOfWork, asker_id: UUID, since: datetime) -> int:
    """How many inquiries an organisation opened since an instant."""
    query = select(func.count()).where(Inquiry.asker_id == asker_id, Inquiry.asked_at > since)
    return (await uow.session.execute(query)).scalar_one()


async def count_written(uow: UnitOfWork, organisation_id: UUID, since: datetime) -> int:
    """How many messages an organisation wrote since an instant."""
    query = select(func.count()).where(
        InquiryMessage.organisation_id == organisation_id, InquiryMessage.at > since
    )
    return (await uow.session.execute(query)).scalar_one()


async def get_inquiry(uow: UnitOfWork, number: str, *, lock: bool = False) -> Inquiry:
    """A thread by its case number. Raises InquiryMissing."""
    query = select(Inquiry).where(Inquiry.number == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise InquiryMissing()
    return found


async def list_messages(uow: UnitOfWork, inquiry_id: UUID) -> Sequence[InquiryMessage]:
    """A thread in order; its length is bounded by the limits an hour and by closing."""
    query = (
        select(InquiryMessage)
        .where(InquiryMessage.inquiry_id == inquiry_id)
        .order_by(InquiryMessage.at, InquiryMessage.id)
        .limit(1000)
    )
    return (await uow.session.scalars(query)).all()


async def list_of_house(
    uow: UnitOfWork, organisation_id: UUID, *, asked: bool, after: Key | None, limit: int
) -> Sequence[Inquiry]:
    """What an organisation was asked (or asks), last moved first."""
    mine = Inquiry.asker_id if asked else Inquiry.owner_id
    query = select(Inquiry).where(mine == organisation_id)
    if after is not None:
        query = query.where(tuple_(Inquiry.updated_at, Inquiry.id) < after)
    query = query.order_by(Inquiry.updated_at.desc(), Inquiry.id.desc()).limit(limit)
    return (await uow.session.scalars(query)).all()


async def list_askers(
    uow: UnitOfWork, achievement_id: UUID, limit: int
) -> Sequence[tuple[UUID, int, datetime]]:
    """(organisation, how many inquiries, the last one) about a record or its offers."""
    query = (
        select(Inquiry.asker_id, func.count(), func.max(Inquiry.asked_at))
        .where(Inquiry.achievement_id == achievement_id)
        .group_by(Inquiry.asker_id)
        .order_by(func.max(Inquiry.asked_at).desc(), Inquiry.asker_id)
        .limit(limit)
    )
    return [(asker, count, last) for asker, count, last in await uow.session.execute(query)]
