"""Whose account money came from, asked by the room that hears of arrivals.

The number is compared where it is kept and leaves this room only towards the bank.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.accounts import bank_queries, bank_rules
from app.accounts.banking import NUMBERS
from app.accounts.standing_models import BankAccount
from app.accounts.types import BankAccountState, PayeeAccount
from app.core.sealing import Sealer, Unsealable
from app.core.tx import UnitOfWork


async def is_own_account(
    uow: UnitOfWork, *, party_id: UUID, holder: str, number: str, at: datetime, sealer: Sealer
) -> bool:
    """Whether money that arrived ``at`` came from the party's own verified account.

    One that was replaced after the arrival still counts. Name and number must both be the ones
    that were verified; an account whose seal cannot be opened is nobody's.
    """
    proved = await bank_queries.list_proved(uow, party_id=party_id, after=at)
    return _find(proved, holder, number, sealer) is not None


async def find_account_party(
    uow: UnitOfWork, *, holder: str, number: str, sealer: Sealer
) -> UUID | None:
    """The party whose verified account this is; None when it is nobody's here."""
    digits = bank_rules.read_digits(number)
    found = await bank_queries.list_verified_by_digits(uow, digits[-4:]) if digits else []
    account = _find(found, holder, number, sealer)
    return account.party_id if account else None


async def find_payee(uow: UnitOfWork, *, party_id: UUID, sealer: Sealer) -> PayeeAccount | None:
    """Where a party is paid: its verified account, opened for an order to the bank."""
    account = await bank_queries.find_current(uow, party_id)
    if account is None or account.state != BankAccountState.verified.value:
        return None
    number = sealer.open(NUMBERS, account.number_sealed, owner=account.id)
    return PayeeAccount(account.holder, account.bank, account.branch, number)


async def find_own_digits(uow: UnitOfWork, *, party_id: UUID) -> tuple[str, str] | None:
    """Bank and last four digits of a party's verified account, for its own members' eyes."""
    account = await bank_queries.find_current(uow, party_id)
    if account is None or account.state != BankAccountState.verified.value:
        return None
    return account.bank, account.last_digits


def _find(
    accounts: Iterable[BankAccount], holder: str, number: str, sealer: Sealer
) -> BankAccount | None:
    digits = bank_rules.read_digits(number)
    for account in accounts:
        try:
            kept = sealer.open(NUMBERS, account.number_sealed, owner=account.id)
        except Unsealable:
            continue
        same = hmac.compare_digest(kept.encode(), digits.encode())
        if same and bank_rules.is_same_name(holder, account.holder):
            return account
    return None
