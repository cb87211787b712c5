"""The ledger's four verbs: transfer, hold, post, void. Nothing else moves money.

Whether the books balance is asked in ``verifying``.
"""

from __future__ import annotations

from uuid import UUID

from app.core.ids import new_id
from app.core.money import Money
from app.core.tx import UnitOfWork
from app.ledger import queries, rules
from app.ledger.errors import (
    AccountMissing,
    CurrencyMismatch,
    HoldAlreadyResolved,
    HoldMissing,
    InsufficientFunds,
    PostTooLarge,
    TransferMismatch,
)
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.types import TransferKind
from app.ledger.verifying import BookFault, Books, sum_books, verify_books

__all__ = [
    "BookFault",
    "Books",
    "hold",
    "open_account",
    "post",
    "sum_books",
    "transfer",
    "verify_books",
    "void",
]


async def open_account(
    uow: UnitOfWork,
    *,
    kind: str,
    owner_id: UUID | None,
    currency: str = "CNY",
    overdraft: bool = False,
) -> LedgerAccount:
    """Give the owner's purse of this kind and currency, made now if it was missing.

    ``overdraft`` is for the outside world's side (the bank) only.
    """
    await queries.upsert_account(
        uow,
        {
            "id": new_id(),
            "kind": kind,
            "owner_id": owner_id,
            "currency": currency,
            "overdraft": overdraft,
        },
    )
    return await queries.get_account_of(uow, owner_id, kind, currency)


async def transfer(
    uow: UnitOfWork,
    *,
    transfer_id: UUID,
    debit_id: UUID,
    credit_id: UUID,
    amount: Money,
    reason: str,
) -> LedgerTransfer:
    """Move money now (划转). Raises InsufficientFunds, TransferMismatch, CurrencyMismatch."""
    return await _move(
        uow, _row(uow, transfer_id, TransferKind.direct, debit_id, credit_id, amount, reason)
    )


async def hold(
    uow: UnitOfWork,
    *,
    transfer_id: UUID,
    debit_id: UUID,
    credit_id: UUID,
    amount: Money,
    reason: str,
) -> LedgerTransfer:
    """Reserve money (冻结). Raises InsufficientFunds, TransferMismatch, CurrencyMismatch."""
    return await _move(
        uow, _row(uow, transfer_id, TransferKind.hold, debit_id, credit_id, amount, reason)
    )


async def post(
    uow: UnitOfWork, *, transfer_id: UUID, hold_id: UUID, reason: str, amount: Money | None = None
) -> LedgerTransfer:
    """Turn a hold into a movement (放款), in part when ``amount`` is less; the rest is freed.

    Raises HoldMissing, HoldAlreadyResolved, PostTooLarge, TransferMismatch.
    """
    held = await _get_hold(uow, hold_id)
    sum_ = amount or Money(held.amount_minor, held.currency)
    row = _row(
        uow, transfer_id, TransferKind.post, held.debit_id, held.credit_id, sum_, reason, hold_id
    )
    return await _move(uow, row, held)


async def void(uow: UnitOfWork, *, transfer_id: UUID, hold_id: UUID, reason: str) -> LedgerTransfer:
    """Undo a hold (解冻). Raises HoldMissing, HoldAlreadyResolved, TransferMismatch."""
    held = await _get_hold(uow, hold_id)
    sum_ = Money(held.amount_minor, held.currency)
    row = _row(
        uow, transfer_id, TransferKind.void, held.debit_id, held.credit_id, sum_, reason, hold_id
    )
    return await _move(uow, row, held)


async def _get_hold(uow: UnitOfWork, hold_id: UUID) -> LedgerTransfer:
    held = await queries.find_transfer(uow, hold_id)
    if held is None or held.kind != TransferKind.hold:
        raise HoldMissing(hold_id=str(hold_id))
    return held


def _row(
    uow: UnitOfWork,
    transfer_id: UUID,
    kind: TransferKind,
    debit_id: UUID,
    credit_id: UUID,
    amount: Money,
    reason: str,
    hold_id: UUID | None = None,
) -> LedgerTransfer:
    return LedgerTransfer(
        id=transfer_id,
        kind=kind,
        hold_id=hold_id,
        debit_id=debit_id,
        credit_id=credit_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        made_at=uow.now,
    )


async def _move(
    uow: UnitOfWork, row: LedgerTransfer, held: LedgerTransfer | None = None
) -> LedgerTransfer:
    """Lock both purses, answer a replay, check, then write the row and the totals."""
    accounts = await queries.lock_accounts(uow, row.debit_id, row.credit_id)
    if len(accounts) < 2:
        raise AccountMissing()
    if (seen := await queries.find_transfer(uow, row.id)) is not None:
        _check_replay(seen, row)
        return seen
    debit, credit = accounts[row.debit_id], accounts[row.credit_id]
    if held is None:
        _check_funds(debit, credit, row)
    else:
        await _check_unresolved(uow, held, row)
    change = rules.compute_change(
        TransferKind(row.kind), row.amount_minor, held.amount_minor if held else 0
    )
    debit.debits_pending += change.pending
    debit.debits_posted += change.posted
    credit.credits_pending += change.pending
    credit.credits_posted += change.posted
    uow.session.add(row)
    await uow.session.flush()  # why: the next movement in this verb must see these totals
    return row


def _check_replay(seen: LedgerTransfer, row: LedgerTransfer) -> None:
    def content(t: LedgerTransfer) -> tuple[object, ...]:
        return (t.kind, t.hold_id, t.debit_id, t.credit_id, t.amount_minor, t.currency)

    if content(seen) != content(row):
        raise TransferMismatch(transfer_id=str(row.id))


def _check_funds(debit: LedgerAccount, credit: LedgerAccount, row: LedgerTransfer) -> None:
    if not debit.currency == credit.currency == row.currency:
        raise CurrencyMismatch()
    if not debit.overdraft and debit.available_minor < row.amount_minor:
        raise InsufficientFunds(available_minor=debit.available_minor)


async def _check_unresolved(uow: UnitOfWork, held: LedgerTransfer, row: LedgerTransfer) -> None:
    if await queries.find_resolution(uow, held.id) is not None:
        raise HoldAlreadyResolved(hold_id=str(held.id))
    if row.currency != held.currency:
        raise CurrencyMismatch()
    if row.amount_minor > held.amount_minor:
        raise PostTooLarge(held_minor=held.amount_minor)
