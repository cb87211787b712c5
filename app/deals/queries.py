"""Every SELECT of the room."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from app.core.tx import UnitOfWork
from app.deals.errors import DealMissing
from app.deals.models import Deal
from app.deals.types import OriginKind


async def get_deal(uow: UnitOfWork, number: str) -> Deal:
    """One deal by its number. Raises DealMissing."""
    found = (await uow.session.scalars(select(Deal).where(Deal.number == number))).one_or_none()
    if found is None:
        raise DealMissing()
    return found


async def find_deal_of(
    uow: UnitOfWork, kind: OriginKind, origin_id: UUID, *, lock: bool = False
) -> Deal | None:
    """The deal that came of a lot."""
    query = select(Deal).where(Deal.origin_kind == kind, Deal.origin_id == origin_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await uow.session.scalars(query)).one_or_none()


async def list_deals(
    uow: UnitOfWork, *, party_id: UUID | None, after: UUID | None, limit: int
) -> list[Deal]:
    """Deals of one party, or all of them, newest first."""
    query = select(Deal).order_by(Deal.id.desc()).limit(limit)
    if party_id is not None:
        query = query.where(or_(Deal.seller_id == party_id, Deal.buyer_id == party_id))
    if after is not None:
        query = query.where(Deal.id < after)
    return list((await uow.session.scalars(query)).all())
