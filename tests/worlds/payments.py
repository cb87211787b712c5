"""Builders of money: verified accounts, a bank of one's own behind the port, its messages."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts import service as accounts
from app.core.clock import SHANGHAI, read_offset
from app.core.ids import new_id
from app.core.money import Money
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.ledger import service as ledger
from app.payments import service
from app.payments.jobs import work_order, work_payout, work_statement
from app.payments.orders import sweep_orders
from app.payments.paying import sweep_payouts
from app.payments.ports import (
    Bank,
    BankAway,
    BankEvent,
    BankRefused,
    DayStatement,
    OrderAsked,
    OrderKnown,
    Payment,
    PayoutAsked,
    PayoutKnown,
    StatementRow,
)
from app.payments.types import OrderView
from tests.worlds.accounts import AccountsBuilders, Org

SEALER = Sealer("payments-tests-" * 3)
_serial = count(1)


def account_number() -> str:
    """A fresh account of an organisation: 16 digits."""
    return f"11000060{next(_serial):08d}"


@dataclass
class FakeBank:
    """A bank in memory. ``away`` answers nothing; ``mood`` is what becomes of payouts."""

    orders: dict[str, OrderAsked] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    payouts: dict[str, PayoutAsked] = field(default_factory=dict)
    states: dict[str, PayoutKnown] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    away: bool = False
    lose_answers: int = 0
    fixed: bool = False  # the end of an order that it knows cannot be moved
    mood: str = "settled"  # accepted · settled · retryable · final · refused
    extra_rows: list[StatementRow] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    altered: dict[str, int] = field(default_factory=dict)

    async def register_order(self, order: OrderAsked) -> OrderKnown:
        self._answer("register_order")
        known = self.orders.setdefault(order.number, order)
        if self.fixed and known.due_at != order.due_at:
            raise BankRefused("order-differs", False)
        self.orders[order.number] = replace(known, due_at=order.due_at)
        self._lose()
        return self._known(order.number)

    async def find_order(self, number: str) -> OrderKnown | None:
        self._answer("find_order")
        return self._known(number) if number in self.orders else None

    async def order_payout(self, payout: PayoutAsked) -> PayoutKnown:
        self._answer("order_payout")
        if self.mood == "refused":
            raise BankRefused("over-paid-out", False)
        if payout.number not in self.payouts:
            self.payouts[payout.number] = payout
            state = "failed" if self.mood in ("retryable", "final") else self.mood
            self.states[payout.number] = PayoutKnown(
                payout.number,
                state,
                at=datetime.now(UTC) if state == "settled" else None,
                retryable=self.mood == "retryable",
            )
        assert self.payouts[payout.number] == payout, "one number, two payouts"
        self._lose()
        return self.states[payout.number]

    async def find_payout(self, number: str) -> PayoutKnown | None:
        self._answer("find_payout")
        return self.states.get(number)

    async def read_statement(self, day: date) -> DayStatement:
        self._answer("read_statement")
        rows = [
            StatementRow(one.reference, True, self.altered.get(one.reference, one.amount_minor),
                         one.arrived_at, one.order_number)
            for one in self.payments.values()
            if one.arrived_at.astimezone(SHANGHAI).date() == day
            and one.reference not in self.hidden
        ]  # fmt: skip
        rows += [
            StatementRow(f"out-{number}", False, self.payouts[number].amount_minor, known.at, None,
                         number)
            for number, known in self.states.items()
            if known.at and known.at.astimezone(SHANGHAI).date() == day
            and number not in self.hidden
        ]  # fmt: skip
        return DayStatement(day, (*rows, *self.extra_rows))

    def settle(self, number: str) -> PayoutKnown:
        """An accepted payout goes."""
        self.states[number] = PayoutKnown(number, "settled", at=datetime.now(UTC))
        return self.states[number]

    def _known(self, number: str) -> OrderKnown:
        found = tuple(one for one in self.payments.values() if one.order_number == number)
        return OrderKnown(
            number, "科技大市场保证金专户", "示范银行", "1100006007018888",
            f"http://bank.invalid/counter/{number}", found, self.orders[number].due_at,
        )  # fmt: skip

    def _answer(self, what: str) -> None:
        self.asked[what] += 1
        if self.away:
            raise BankAway("away")

    def _lose(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise BankAway("lost")


class PaymentsBuilders(AccountsBuilders):
    """Orders, arrivals and what the worker does with them."""

    async def bank_account(
        self, org: Org, number: str | None = None, *, sealer: Sealer = SEALER
    ) -> str:
        """The organisation's verified account; answers its number."""
        number = number or account_number()
        shown = await self.tx.run(
            accounts.enter_bank_account,
            actor=org.head,
            organisation_id=org.id,
            holder=org.name,
            bank="示范银行",
            branch="科技支行",
            number=number,
            sealer=sealer,
            key=f"world-bank-{next(_serial):06d}",
        )
        operator = await self.operator()
        await self.tx.run(
            accounts.verify_bank_account, actor=operator, account_id=shown.id, reason="开户许可证"
        )
        return number

    async def order(
        self, org: Org, *, yuan: int = 50_000, due_in: float = 3600, purpose: str = "test"
    ) -> OrderView:
        """An open order of an organisation, due in so many seconds."""
        now = await self.real_and_market_now()
        return await self.tx.run(
            service.open_order,
            purpose=purpose,
            subject_kind="test",
            subject_id=new_id(),
            party_id=org.id,
            amount=Money(yuan * 100),
            due_at=now[1] + timedelta(seconds=due_in),
            title="示范标的保证金",
            page="/desk/deposits",
            key=f"world-order-{next(_serial):06d}",
        )

    async def real_and_market_now(self) -> tuple[datetime, datetime]:
        """The bank's clock and the market's."""

        async def verb(uow: UnitOfWork) -> tuple[datetime, datetime]:
            return uow.now - await read_offset(uow.session), uow.now

        return await self.tx.run(verb)

    async def payment(
        self, order: OrderView | None, org: Org, number: str, *, yuan: int | None = None,
        ago_s: float = 1, name: str | None = None, remark: str | None = None,
    ) -> Payment:  # fmt: skip
        """An arrival as the bank tells it; by default the right amount a second ago."""
        real, _ = await self.real_and_market_now()
        minor = yuan * 100 if yuan is not None else order.amount_minor if order else 100_00
        return Payment(
            reference=f"B{next(_serial):012d}",
            amount_minor=minor,
            arrived_at=real - timedelta(seconds=ago_s),
            order_number=remark if remark is not None else order.number if order else None,
            payer_name=name or org.name,
            payer_account=number,
        )

    async def arrive(self, payment: Payment, *, event: str | None = None) -> bool:
        """The bank's message of an arrival is taken; False when it was known."""
        event_id = event or f"event-{payment.reference}"
        return await self.tell_bank_event(BankEvent(event_id, "payment.received", payment=payment))

    async def tell_bank_event(self, event: BankEvent, body: bytes | None = None) -> bool:
        """A message whose signature was found right."""
        body = body or repr(event).encode()
        return await self.tx.run(service.take_event, event=event, body=body, sealer=SEALER)

    async def work_orders(self, bank: Bank) -> int:
        """The worker's round over orders, once."""
        return await self._work(bank, sweep_orders, "pay_order", work_order)

    async def work_payouts(self, bank: Bank) -> int:
        """The worker's round over payouts, once."""
        return await self._work(bank, sweep_payouts, "payout", work_payout)

    async def _work(self, bank: Bank, sweep: Any, table: str, work: Any) -> int:
        column = "look_at" if table == "pay_order" else "due_at"
        due = await self._rows(f"SELECT id FROM {table} WHERE {column} <= market_now()")
        changed: int = await self.tx.run(sweep)
        for (row_id,) in due:
            payload: dict[str, Any] = {"id": str(row_id)}
            if table == "payout":
                sql = "SELECT attempts FROM payout WHERE id = :id"
                payload["attempt"] = (await self._rows(sql, id=row_id))[0][0]
            await work(self.tx, bank, SEALER, json.dumps(payload).encode())
        return changed

    async def reconcile(self, bank: Bank, day: date) -> None:
        """The worker reads a day of the bank."""
        await work_statement(self.tx, bank, json.dumps({"day": str(day)}).encode())

    async def purse(self, kind: str, owner_id: UUID | None = None) -> int:
        """What lies in a purse, 分, held or not."""
        sql = (
            "SELECT coalesce(sum(credits_posted - debits_posted), 0)::bigint FROM ledger_account"
            " WHERE kind = :kind AND owner_id IS NOT DISTINCT FROM :owner"
        )
        (row,) = await self._rows(sql, kind=kind, owner=owner_id)
        return int(row[0])

    async def assert_even(self) -> None:
        """The books balance, and each purse holds what its movements say."""
        books = await self.tx.run(ledger.verify_books)
        assert not books, books

    async def _rows(self, sql: str, **values: Any) -> list[Any]:
        async def verb(uow: UnitOfWork) -> list[Any]:
            return list((await uow.session.execute(text(sql), values)).all())

        return await self.tx.run(verb)
