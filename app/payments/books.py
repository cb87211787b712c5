"""How the ledger mirrors the account at the bank. Every movement is even by its shape.

Purses: ``bank`` the account itself, whose debit side is what lies there (the outside world, so it
may be overdrawn) · ``order`` what counted for one order · ``owed`` what must go back.

A payout holds its amount from the moment it is decided (its id is the hold's), so that nothing is
promised twice; it is posted when the bank says that it has gone, and voided when it is refused.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from app.core.money import Money
from app.core.tx import UnitOfWork
from app.ledger import service as ledger
from app.payments.models import Payout, Receipt

BANK: Final = "bank"
ORDER: Final = "order"
OWED: Final = "owed"


async def open_purse(uow: UnitOfWork, kind: str, owner_id: UUID | None) -> UUID:
    """The id of a purse."""
    account = await ledger.open_account(uow, kind=kind, owner_id=owner_id, overdraft=kind == BANK)
    return account.id


async def book_receipt(uow: UnitOfWork, receipt: Receipt) -> None:
    """An arrival: what counts goes to its order's purse, the rest is owed back."""
    bank_id = await open_purse(uow, BANK, None)
    if receipt.counted_minor:
        assert receipt.order_id is not None, "only an order's money counts"
        await ledger.transfer(
            uow,
            transfer_id=uuid5(receipt.id, "counted"),
            debit_id=bank_id,
            credit_id=await open_purse(uow, ORDER, receipt.order_id),
            amount=Money(receipt.counted_minor),
            reason="payments.receipt",
        )
    if receipt.back_minor:
        await ledger.transfer(
            uow,
            transfer_id=uuid5(receipt.id, "back"),
            debit_id=bank_id,
            credit_id=await open_purse(uow, OWED, None),
            amount=Money(receipt.back_minor),
            reason="payments.receipt_back",
        )


async def hold_payout(uow: UnitOfWork, payout: Payout, purse_id: UUID) -> None:
    """Reserve what shall leave. Raises InsufficientFunds."""
    await ledger.hold(
        uow,
        transfer_id=payout.id,
        debit_id=purse_id,
        credit_id=await open_purse(uow, BANK, None),
        amount=Money(payout.amount_minor),
        reason=f"payments.{payout.reason}",
    )


async def post_payout(uow: UnitOfWork, payout: Payout) -> None:
    """It has gone."""
    await ledger.post(
        uow,
        transfer_id=uuid5(payout.id, "gone"),
        hold_id=payout.id,
        reason=f"payments.{payout.reason}",
    )


async def void_payout(uow: UnitOfWork, payout: Payout) -> None:
    """It will not go; its money is free again."""
    await ledger.void(
        uow,
        transfer_id=uuid5(payout.id, "kept"),
        hold_id=payout.id,
        reason=f"payments.{payout.reason}",
    )
