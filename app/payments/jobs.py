"""What payments ask of the bank, outside of every transaction; and the sweeps that ask for it.

Each job may run twice: at the bank a number is one order or one payout, and here an arrival is
booked by its reference.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from app.core.sealing import Sealer
from app.core.settings import Settings
from app.core.tx import Tx
from app.payments import orders, paying, receiving, reconciling
from app.payments.contradicting import tell_contradiction
from app.payments.errors import EventContradicts
from app.payments.http_bank import make_bank
from app.payments.orders import ORDER_JOB, sweep_orders
from app.payments.paying import PAYOUT_JOB, sweep_payouts
from app.payments.ports import (
    Bank,
    BankAway,
    BankRefused,
    OrderAsked,
    OrderKnown,
    PayoutAsked,
    PayoutKnown,
)
from app.payments.reconciling import STATEMENT_JOB, sweep_statements
from app.payments.types import OrderState

log = logging.getLogger("market.payments")

SWEEPS: Final = (sweep_orders, sweep_payouts, sweep_statements)
_SAME_END: Final = timedelta(seconds=1)
Outside = Callable[[bytes | None], Awaitable[object]]


def make_jobs(settings: Settings, tx: Tx) -> Mapping[str, Outside]:
    """The jobs by name."""
    return jobs_of(make_bank(settings), tx, Sealer(settings.secret_key))


def jobs_of(bank: Bank | None, tx: Tx, sealer: Sealer) -> Mapping[str, Outside]:
    """The jobs with a bank of one's own; without one everything waits."""
    return {
        ORDER_JOB: partial(work_order, tx, bank, sealer),
        PAYOUT_JOB: partial(work_payout, tx, bank, sealer),
        STATEMENT_JOB: partial(work_statement, tx, bank),
    }


async def work_order(tx: Tx, bank: Bank | None, sealer: Sealer, payload: bytes | None) -> None:
    """Register an order, or ask what has arrived for it."""
    order_id = UUID(json.loads(payload or b"{}")["id"])
    state, asked = await tx.run(orders.take_order, order_id=order_id, sealer=sealer)
    try:
        known = await _ask_order(bank, state, asked)
    except (BankAway, BankRefused) as error:
        log.warning("an order was not taken", extra={"number": asked.number, "why": str(error)})
        await tx.run(orders.postpone_order, order_id=order_id)
        return
    for payment in known.payments:
        try:
            await tx.run(receiving.take_payment, payment=payment, sealer=sealer)
        except EventContradicts:
            await tx.run(tell_contradiction, about=payment.reference)
    await tx.run(orders.keep_registered, order_id=order_id, known=known)


async def _ask_order(bank: Bank | None, state: OrderState, asked: OrderAsked) -> OrderKnown:
    if bank is None:
        raise BankAway("no-bank")
    if state is not OrderState.opening and (known := await bank.find_order(asked.number)):
        if state is OrderState.open and _ends_otherwise(known, asked):
            await _move(bank, asked)
        return known
    try:
        return await bank.register_order(asked)
    except BankRefused:
        # why: an answer that was lost may have registered it with the account, or by the clock, of
        # that hour; the number is the same order, and what it costs has not changed
        if (known := await bank.find_order(asked.number)) is not None:
            return known
        raise


def _ends_otherwise(known: OrderKnown, asked: OrderAsked) -> bool:
    """Whether the bank shows another end than ours. A bank may keep whole seconds."""
    return known.due_at is not None and abs(known.due_at - asked.due_at) >= _SAME_END


async def _move(bank: Bank, asked: OrderAsked) -> None:
    """Let the bank show another end; one that cannot goes on showing the old, and takes the money
    all the same. What has arrived is booked whatever it answers: asked again at the next look."""
    try:
        await bank.register_order(asked)
    except (BankAway, BankRefused) as error:
        log.warning("an order was not moved", extra={"number": asked.number, "why": str(error)})


async def work_payout(tx: Tx, bank: Bank | None, sealer: Sealer, payload: bytes | None) -> None:
    """Send a payout, or ask how one went that the bank has taken."""
    said = json.loads(payload or b"{}")
    payout_id = UUID(said["id"])
    taken = await tx.run(
        paying.take_payout, payout_id=payout_id, attempt=int(said["attempt"]), sealer=sealer
    )
    if taken is None:
        return
    asked, ordered = taken
    try:
        known: PayoutKnown | None = await _ask_payout(bank, asked, ordered=ordered)
        error = ""
    except BankAway as away:
        known, error = None, paying.AWAY
        log.warning("a payout was not answered", extra={"number": asked.number, "why": str(away)})
    except BankRefused as refused:
        known, error = PayoutKnown(asked.number, "failed"), ""
        log.error("a payout was refused", extra={"number": asked.number, "why": refused.args[0]})
    await tx.run(paying.keep_answer, payout_id=payout_id, known=known, error=error)


async def _ask_payout(bank: Bank | None, asked: PayoutAsked, *, ordered: bool) -> PayoutKnown:
    if bank is None:
        raise BankAway("no-bank")
    if ordered and (known := await bank.find_payout(asked.number)) is not None:
        return known
    return await bank.order_payout(asked)


async def work_statement(tx: Tx, bank: Bank | None, payload: bytes | None) -> None:
    """Read a day of the bank and compare it."""
    day = date.fromisoformat(json.loads(payload or b"{}")["day"])
    try:
        if bank is None:
            raise BankAway("no-bank")
        statement = await bank.read_statement(day)
    except (BankAway, BankRefused) as error:
        log.warning("a statement was not read", extra={"day": str(day), "why": str(error)})
        await tx.run(reconciling.postpone_statement, day=day)
        return
    await tx.run(reconciling.reconcile_day, statement=statement)
