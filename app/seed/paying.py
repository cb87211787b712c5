"""Money of the demonstration: verified accounts of those who bid, and deposits that robots pay.

The payers' counter of the mock bank is asked outside any transaction, as a visitor's browser does.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Final

import httpx2

from app.accounts import service as accounts
from app.accounts.types import Role
from app.auctions import service as auctions
from app.auctions.types import BidMode, Shelf
from app.core.errors import DomainError
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from app.seed import content, robots
from app.seed.cast import BIDDERS, find_cast
from app.seed.duty import find_operator

log = logging.getLogger("market.seed")

HOLDERS: Final = (*BIDDERS, *robots.GUESTS)
BANK: Final = "演示银行（虚构）"
BRANCH: Final = "演示网点"
REASON: Final = "演示账户，核对开户证明（虚构）"
TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Payment:
    """What a robot types at the counter; the key pays an order once."""

    address: str
    name: str
    account: str
    amount_minor: int
    key: str


def account_of(key: str) -> str:
    """The invented account of an organisation: no bank's numbers begin with 9999."""
    place = [o.key for o in content.organisations()].index(key) + 1
    return f"9999000000{place:06d}"


async def open_accounts(uow: UnitOfWork, *, sealer: Sealer) -> int:
    """Give the bidders of the demonstration their verified bank accounts; returns how many.

    One who has an account, or had one, is left alone.
    """
    cast = await find_cast(uow, keys=HOLDERS)
    operator = await find_operator(uow)
    if cast is None or operator is None:
        return 0
    opened = 0
    for key in HOLDERS:
        head, organisation_id = cast.member(key, Role.head), cast.organisations[key]
        if await accounts.show_bank_account(uow, actor=head, organisation_id=organisation_id):
            continue
        view = await accounts.enter_bank_account(
            uow,
            actor=head,
            organisation_id=organisation_id,
            holder=head.organisation_name,
            bank=BANK,
            branch=BRANCH,
            number=account_of(key),
            sealer=sealer,
            key="demo-account",
        )
        if view.verified_at is None:
            await accounts.verify_bank_account(
                uow, actor=operator, account_id=view.id, reason=REASON
            )
            opened += 1
    return opened


async def pay_deposits(tx: Tx, settings: Settings) -> int:
    """Pay what the robots owe at the mock bank's counter; returns how many were sent."""
    if not settings.bank_url:
        return 0
    due = await tx.run(_list_due)
    if not due:
        return 0
    sent = 0
    async with httpx2.AsyncClient(timeout=TIMEOUT_S) as client:
        for payment in due:
            if not payment.address.startswith(f"{settings.bank_url}/counter/"):
                continue
            try:
                answer = await client.post(payment.address, data=_form(payment))
            except httpx2.HTTPError as error:
                log.info("demonstration payment failed", extra={"error": type(error).__name__})
                continue
            sent += answer.status_code == 303
    return sent


def _form(payment: Payment) -> dict[str, str]:
    yuan, fen = divmod(payment.amount_minor, 100)
    return {
        "payer_name": payment.name,
        "payer_account": payment.account,
        "amount": f"{yuan}.{fen:02d}",
        "key": payment.key,
    }


async def _list_due(uow: UnitOfWork) -> list[Payment]:
    """The registered orders of deposits that robots have not paid."""
    due = []
    cast = None
    for number in await robots.list_stage(uow, shelf=Shelf.coming):
        lot = await auctions.show_lot(uow, number=number)
        if lot.mode is not BidMode.multi or not lot.deposit_minor:
            continue
        cast = cast or await find_cast(uow, keys=BIDDERS)
        if cast is None:
            return []
        for key in BIDDERS:
            robot = cast.member(key, Role.agent)
            try:
                page = await auctions.show_deposit(uow, actor=robot, number=number)
            except DomainError:  # its application waits for a decision
                continue
            order = page.order
            if page.deposit.waits and order.counter_href and order.paid_at is None:
                digest = hashlib.sha256(f"demo:{order.number}".encode()).hexdigest()
                due.append(
                    Payment(
                        order.counter_href,
                        robot.organisation_name,
                        account_of(key),
                        order.amount_minor,
                        digest[:32],
                    )
                )
    return due
