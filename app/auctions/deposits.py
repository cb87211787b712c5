"""Deposits (保证金) of bidders: what an application owes before it is admitted."""

from __future__ import annotations

from uuid import UUID

from app.auctions.models import Lot
from app.core.tx import UnitOfWork


async def open_deposit(uow: UnitOfWork, *, lot: Lot, application_id: UUID, party_id: UUID) -> None:
    """Ask for the deposit of an accepted application; nothing where the lot asks for none."""
    del uow, lot, application_id, party_id


async def release_deposit(uow: UnitOfWork, *, application_id: UUID, reason: str) -> None:
    """Give back what an application that was refused or withdrawn has paid."""
    del uow, application_id, reason


async def is_secured(uow: UnitOfWork, *, lot_id: UUID, party_id: UUID) -> bool:
    """Whether the deposit of a party is locked."""
    del uow, lot_id, party_id
    return False
