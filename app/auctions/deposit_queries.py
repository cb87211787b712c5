"""Every SELECT and lock of deposits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text, union_all

from app.auctions.deposit_errors import DepositMissing
from app.auctions.deposit_models import Deposit, DepositRulebook
from app.auctions.deposit_types import DepositFilter
from app.auctions.models import Lot
from app.core.tx import UnitOfWork

# why literal: to match the index
_HELD: Final = "deposit.state IN ('locked', 'applied_to_price', 'converted_to_performance')"


async def find_rules(uow: UnitOfWork, at: datetime) -> DepositRulebook:
    """The version in force at an instant."""
    query = (
        select(DepositRulebook)
        .where(DepositRulebook.in_force_from <= at)
        .order_by(DepositRulebook.in_force_from.desc())
        .limit(1)
    )
    return (await uow.session.scalars(query)).one()


async def get_rules(uow: UnitOfWork, version: str) -> DepositRulebook:
    """A version by its name."""
    return (
        await uow.session.scalars(select(DepositRulebook).where(DepositRulebook.version == version))
    ).one()


async def lock_deposit(uow: UnitOfWork, deposit_id: UUID) -> Deposit:
    """Lock a deposit; its lot is locked before it. Raises DepositMissing."""
    found = await uow.session.get(Deposit, deposit_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DepositMissing()
    return found


async def find_lot_id(uow: UnitOfWork, deposit_id: UUID) -> UUID:
    """The lot of a deposit. Raises DepositMissing."""
    found = (
        await uow.session.scalars(select(Deposit.lot_id).where(Deposit.id == deposit_id))
    ).one_or_none()
    if found is None:
        raise DepositMissing()
    return found


async def lock_of_application(uow: UnitOfWork, application_id: UUID) -> Deposit | None:
    """Lock the deposit of an application."""
    query = (
        select(Deposit)
        .where(Deposit.application_id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).one_or_none()


async def lock_required(uow: UnitOfWork, lot_id: UUID) -> Sequence[Deposit]:
    """Lock the deposits of a locked lot that nothing was paid for yet, in id order."""
    query = (
        select(Deposit)
        .where(Deposit.lot_id == lot_id, text("deposit.state = 'required'"))
        .order_by(Deposit.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await uow.session.scalars(query)).all()


async def find_of_order(uow: UnitOfWork, order_id: UUID) -> Deposit | None:
    """The deposit that an order is for."""
    query = select(Deposit).where(Deposit.order_id == order_id)
    return (await uow.session.scalars(query)).one_or_none()


async def find_of_payout(uow: UnitOfWork, payout_id: UUID) -> Deposit | None:
    """The deposit that goes home with a payout."""
    query = select(Deposit).where(Deposit.payout_id == payout_id)
    return (await uow.session.scalars(query)).one_or_none()


async def find_living(uow: UnitOfWork, lot_id: UUID, party_id: UUID) -> Deposit | None:
    """A party's deposit for a lot that was neither released nor has lapsed."""
    query = select(Deposit).where(
        Deposit.lot_id == lot_id,
        Deposit.party_id == party_id,
        text("deposit.state NOT IN ('released', 'lapsed')"),
    )
    return (
        await uow.session.scalars(query.execution_options(populate_existing=True))
    ).one_or_none()


async def has_living(uow: UnitOfWork, lot_id: UUID) -> bool:
    """Whether anybody was asked for the deposit of a lot and neither got it back nor let it go."""
    query = (
        select(Deposit.id)
        .where(Deposit.lot_id == lot_id, text("deposit.state NOT IN ('released', 'lapsed')"))
        .limit(1)
    )
    return (await uow.session.scalar(query)) is not None


async def find_newest(uow: UnitOfWork, lot_id: UUID, party_id: UUID) -> Deposit | None:
    """A party's last deposit for a lot, whatever became of it."""
    query = (
        select(Deposit)
        .where(Deposit.lot_id == lot_id, Deposit.party_id == party_id)
        .order_by(Deposit.id.desc())
        .limit(1)
    )
    return (
        await uow.session.scalars(query.execution_options(populate_existing=True))
    ).one_or_none()


async def draw_ended(uow: UnitOfWork) -> UUID | None:
    """A deposit whose lot has ended and that nobody has looked at since: any one.

    why any: one that cannot be settled must not stand in the way of the others. why two: each half
    reads by an index of its own what is left to do, and not every deposit that was ever counted.
    """
    of_their_lot = select(Deposit.id).join(Lot, Lot.id == Deposit.lot_id)
    left = of_their_lot.where(
        text("deposit.state IN ('required', 'paid', 'locked')"), Lot.closed_at.is_not(None)
    )
    undone = of_their_lot.where(
        text("lot.outcome IN ('terminated', 'annulled')"),
        text("deposit.state = 'applied_to_price'"),
    )
    both = union_all(left, undone).subquery()
    query = select(both.c.id).order_by(func.random()).limit(1)
    return (await uow.session.scalars(query)).one_or_none()


async def sum_applied(uow: UnitOfWork, lot_id: UUID) -> int:
    """What counts toward the price of a lot, 分."""
    query = select(func.coalesce(func.sum(Deposit.amount_minor), 0)).where(
        Deposit.lot_id == lot_id, text("deposit.state = 'applied_to_price'")
    )
    return int((await uow.session.scalars(query)).one())


async def list_of_party(
    uow: UnitOfWork, party_id: UUID, after: UUID | None, limit: int
) -> list[tuple[Deposit, Lot]]:
    """An organisation's own deposits, newest first."""
    query = (
        select(Deposit, Lot)
        .join(Lot, Lot.id == Deposit.lot_id)
        .where(Deposit.party_id == party_id)
        .execution_options(populate_existing=True)
    )
    if after is not None:
        query = query.where(Deposit.id < after)
    found = await uow.session.execute(query.order_by(Deposit.id.desc()).limit(limit))
    return [(deposit, lot) for deposit, lot in found]


async def list_all(
    uow: UnitOfWork, only: DepositFilter, after: UUID | None, limit: int
) -> list[tuple[Deposit, Lot]]:
    """Deposits for the operators, newest first."""
    query = (
        select(Deposit, Lot)
        .join(Lot, Lot.id == Deposit.lot_id)
        .execution_options(populate_existing=True)
    )
    match only:
        case DepositFilter.to_decide:
            defaulted = and_(text("deposit.state = 'applied_to_price'"), Lot.outcome == "failed")
            asked = and_(text("deposit.state = 'frozen'"), text("deposit.asked IS NOT NULL"))
            query = query.where(or_(defaulted, asked))
        case DepositFilter.frozen:
            query = query.where(text("deposit.state = 'frozen'"))
        case DepositFilter.held:
            query = query.where(text(_HELD))
        case DepositFilter.all:
            pass
    if after is not None:
        query = query.where(Deposit.id < after)
    found = await uow.session.execute(query.order_by(Deposit.id.desc()).limit(limit))
    return [(deposit, lot) for deposit, lot in found]


async def find_with_lot(uow: UnitOfWork, deposit_id: UUID) -> tuple[Deposit, Lot]:
    """A deposit and its lot as they are now. Raises DepositMissing."""
    query = (
        select(Deposit, Lot)
        .join(Lot, Lot.id == Deposit.lot_id)
        .where(Deposit.id == deposit_id)
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.execute(query)).one_or_none()
    if found is None:
        raise DepositMissing()
    return found[0], found[1]
