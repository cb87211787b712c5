"""What an organisation sees of its own deposits, and operators of all. No code stands beside."""

from __future__ import annotations

from uuid import UUID

from app.accounts import service as accounts
from app.auctions import deposit_queries, queries
from app.auctions.access import JUDGE_DEPOSIT, LIST_OWN, SEE_DEPOSITS
from app.auctions.deposit_errors import DepositMissing
from app.auctions.deposit_models import Deposit
from app.auctions.deposit_types import (
    DepositFilter,
    DepositPage,
    DepositState,
    DepositView,
    ForfeitReason,
    Forfeiture,
    Portion,
    ReleaseReason,
    Use,
)
from app.auctions.deposits import end_of, is_winner
from app.auctions.models import Lot
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork
from app.payments import service as payments

PAGE = 20


def may_judge_deposits(actor: Actor) -> bool:
    """Whether the asker decides about deposits, or only reads of them."""
    return may(actor, JUDGE_DEPOSIT)


async def show_deposit(uow: UnitOfWork, *, actor: Actor, number: str) -> DepositPage:
    """The own organisation's deposit for a lot, its order and what moved.

    Raises Unauthenticated, Forbidden, LotMissing, DepositMissing.
    """
    party_id = _own(actor)
    lot_id = await queries.get_lot_id(uow, number)
    deposit = await deposit_queries.find_newest(uow, lot_id, party_id)
    if deposit is None:
        raise DepositMissing()
    _, lot = await deposit_queries.find_with_lot(uow, deposit.id)
    order = await payments.show_order(uow, order_id=deposit.order_id)
    moved = await payments.read_movements(uow, order_id=deposit.order_id)
    return DepositPage(
        _view(deposit, lot, actor.organisation_name),
        order,
        moved.receipts,
        moved.payouts,
        await accounts.find_own_digits(uow, party_id=party_id),
    )


async def find_deposit(uow: UnitOfWork, *, actor: Actor, number: str) -> DepositView | None:
    """The own organisation's deposit for a lot, or None: for the pages of the lot itself."""
    if actor.organisation_id is None or not may(actor, LIST_OWN):
        return None
    lot_id = await queries.get_lot_id(uow, number)
    deposit = await deposit_queries.find_newest(uow, lot_id, actor.organisation_id)
    if deposit is None:
        return None
    _, lot = await deposit_queries.find_with_lot(uow, deposit.id)
    return _view(deposit, lot, actor.organisation_name)


async def list_own_deposits(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE
) -> Page[DepositView]:
    """The own organisation's deposits, newest first. Raises Unauthenticated, Forbidden, Invalid."""
    party_id = _own(actor)
    rows = await deposit_queries.list_of_party(uow, party_id, decode_id(after), limit + 1)
    shown = [_view(deposit, lot, actor.organisation_name) for deposit, lot in rows[:limit]]
    return Page(shown, encode_cursor(shown[-1].id) if len(rows) > limit else None)


async def list_deposits(
    uow: UnitOfWork,
    *,
    actor: Actor,
    only: DepositFilter = DepositFilter.all,
    after: str | None = None,
    limit: int = PAGE,
) -> Page[DepositView]:
    """Deposits of all, newest first, for operators. Raises Unauthenticated, Forbidden, Invalid."""
    require(actor, SEE_DEPOSITS)
    rows = await deposit_queries.list_all(uow, only, decode_id(after), limit + 1)
    ids = sorted({deposit.party_id for deposit, _ in rows})
    names = await accounts.get_organisations(uow, ids=ids) if ids else {}
    shown = [
        _view(deposit, lot, names[deposit.party_id].name if deposit.party_id in names else "")
        for deposit, lot in rows[:limit]
    ]
    return Page(shown, encode_cursor(shown[-1].id) if len(rows) > limit else None)


async def show_any_deposit(uow: UnitOfWork, *, actor: Actor, deposit_id: UUID) -> DepositPage:
    """One deposit for an operator. Raises Unauthenticated, Forbidden, DepositMissing."""
    require(actor, SEE_DEPOSITS)
    deposit, lot = await deposit_queries.find_with_lot(uow, deposit_id)
    names = await accounts.get_organisations(uow, ids=[deposit.party_id])
    moved = await payments.read_movements(uow, order_id=deposit.order_id)
    return DepositPage(
        _view(deposit, lot, names[deposit.party_id].name if deposit.party_id in names else ""),
        await payments.show_order(uow, order_id=deposit.order_id),
        moved.receipts,
        moved.payouts,
        None,
    )


def _own(actor: Actor) -> UUID:
    require(actor, LIST_OWN)
    if actor.organisation_id is None:
        raise Forbidden()
    return actor.organisation_id


def _view(deposit: Deposit, lot: Lot, party_name: str) -> DepositView:
    return DepositView(
        id=deposit.id,
        lot_id=lot.id,
        lot_number=lot.number,
        lot_title=lot.title,
        lot_end=end_of(lot),
        party_id=deposit.party_id,
        party_name=party_name,
        amount_minor=deposit.amount_minor,
        due_at=deposit.due_at,
        state=DepositState(deposit.state),
        leader=is_winner(lot, deposit),
        locked_at=deposit.locked_at,
        ended_at=deposit.ended_at,
        release_due_at=deposit.release_due_at,
        release_reason=(ReleaseReason(deposit.release_reason) if deposit.release_reason else None),
        returned_at=deposit.returned_at,
        forfeit_reason=ForfeitReason(deposit.forfeit_reason) if deposit.forfeit_reason else None,
        portions=tuple(Portion(Use(use), minor) for use, minor in deposit.portions),
        statement=deposit.statement,
        asked=_asked(deposit),
    )


def _asked(deposit: Deposit) -> Forfeiture | None:
    if deposit.asked is None or deposit.asked_by is None or deposit.asked_at is None:
        return None
    return Forfeiture(
        ForfeitReason(deposit.asked["reason"]),
        tuple(Portion(Use(use), minor) for use, minor in deposit.asked["portions"]),
        deposit.asked["statement"],
        deposit.asked_by,
        deposit.asked_at,
    )
