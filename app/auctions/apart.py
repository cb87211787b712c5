"""Nobody of the platform decides on his own house's affair (回避; 拍卖法 22, 23)."""

from __future__ import annotations

from uuid import UUID

from app.accounts import service as accounts
from app.auctions.admission_errors import DeciderBarred
from app.core.actor import Actor
from app.core.tx import UnitOfWork


async def check_apart(uow: UnitOfWork, actor: Actor, *houses: UUID | None) -> None:
    """Raises DeciderBarred when the actor is a member of one of these organisations."""
    assert actor.person_id is not None, "staff are somebody"
    for house in houses:
        if house is not None and await accounts.works_for(
            uow, person_id=actor.person_id, organisation_id=house
        ):
            raise DeciderBarred()
