"""What keeps an organisation open in deals; a deal belongs to parties, not to people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core.i18n import Message
from app.core.tx import UnitOfWork
from app.deals.models import Deal
from app.deals.types import DealState


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """Deals to which he is himself a party."""
    found = await uow.session.scalars(
        select(Deal.number).where(or_(Deal.seller_id == person_id, Deal.buyer_id == person_id))
    )
    return {"deals": list(found)}


async def list_obligations(uow: UnitOfWork, *, person_id: UUID) -> list[Message]:
    """Deals of his own that are not done."""
    return await _list_open(uow, person_id, "您还有 %(count)s 笔交易未完成")


async def list_open_things(uow: UnitOfWork, *, organisation_id: UUID) -> list[Message]:
    """Deals of the organisation that are not done."""
    return await _list_open(uow, organisation_id, "您的单位还有 %(count)s 笔交易未完成")


async def _list_open(uow: UnitOfWork, party_id: UUID, sentence: str) -> list[Message]:
    count = await uow.session.scalar(
        select(func.count()).where(
            or_(Deal.seller_id == party_id, Deal.buyer_id == party_id),
            Deal.state == DealState.awaiting_contract.value,
        )
    )
    return [Message(sentence, count=count)] if count else []
