"""Lots as search is given them all; the one lock here is asked for when a document is put right."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from app.auctions.models import Lot
from app.core.tx import UnitOfWork


async def list_lots(uow: UnitOfWork, after: UUID | None, limit: int) -> Sequence[Lot]:
    """Lots after an id, in id order: every announced lot is found, also when it is over."""
    query = select(Lot).order_by(Lot.id).limit(limit)
    if after is not None:
        query = query.where(Lot.id > after)
    return (await uow.session.scalars(query)).all()


async def share_lots(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[Lot]:
    """These lots, kept from changing until the transaction ends; in id order."""
    query = (
        select(Lot)
        .where(Lot.id.in_(ids))
        .order_by(Lot.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()
