"""The bank as the market sees it: a port that a real bank or payment company can take.

Instants are the bank's own (real time); amounts are whole 分; every order names its own number, and
the same number is the same order however often it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol


class BankAway(Exception):
    """The bank could not be asked, or gave no clear answer: ask again, under the same number."""


class BankRefused(Exception):
    """The bank says no, for this number and for good; ``args[0]`` is a short code, no text of it.

    ``args[1]`` True: another number may pass later; otherwise a person has to look.
    """


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """What a party is expected to pay. ``due_at`` on the bank's clock.

    ``payer_…`` is the party's own account, from which alone the money counts, where one is
    verified: the bank shows it to who pays, and the market's pages only its last digits.
    """

    number: str
    amount_minor: int
    due_at: datetime
    subject: str
    payer_name: str = field(default="", repr=False)
    payer_account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Payment:
    """One arrival at the bank. ``order_number`` is what the payer wrote, if it is an order's."""

    reference: str
    amount_minor: int
    arrived_at: datetime
    order_number: str | None
    payer_name: str = field(repr=False)
    payer_account: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrderKnown:
    """An order as the bank keeps it, with what has arrived for it; ``due_at`` on its own clock,
    where it names the end."""

    number: str
    payee_name: str
    payee_bank: str
    payee_account: str
    counter_url: str
    payments: tuple[Payment, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PayoutAsked:
    """Money that shall leave: back to the payer of a payment (refund), or to a payee (capture)."""

    number: str
    kind: str
    amount_minor: int
    payment_reference: str
    reason: str
    payee_name: str | None = field(default=None, repr=False)
    payee_account: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PayoutKnown:
    """A payout as the bank keeps it: ``state`` is accepted, settled (``at``) or failed.

    A failed one has moved nothing; ``retryable`` says whether another number may pass.
    ``amount_minor`` 分, where the bank names it.
    """

    number: str
    state: str
    at: datetime | None = None
    retryable: bool = False
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement of a day, into the account or out of it; ``amount_minor`` is positive.

    ``reference`` is the bank's own; ``payout_number`` ours, of what we ordered.
    """

    reference: str
    incoming: bool
    amount_minor: int
    at: datetime
    order_number: str | None = None
    payout_number: str | None = None


@dataclass(frozen=True, slots=True)
class DayStatement:
    """All movements of one day in Shanghai, and the balances around it if the bank tells them."""

    day: date
    rows: tuple[StatementRow, ...]
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass(frozen=True, slots=True)
class BankEvent:
    """A message of the bank, its signature already found right."""

    id: str
    kind: str
    payment: Payment | None = None
    payout: PayoutKnown | None = None


class Bank(Protocol):
    """What the market asks a bank. Every call may raise BankAway; the first three BankRefused."""

    async def register_order(self, order: OrderAsked) -> OrderKnown:
        """Tell the bank to expect a payment; idempotent by the order's number.

        With another end it asks the bank to show that one; a bank that cannot refuses.
        """
        ...

    async def order_payout(self, payout: PayoutAsked) -> PayoutKnown:
        """Send money away; idempotent by the payout's number."""
        ...

    async def find_order(self, number: str) -> OrderKnown | None:
        """An order and its arrivals; None when the bank knows no such number."""
        ...

    async def find_payout(self, number: str) -> PayoutKnown | None:
        """A payout; None when the bank knows no such number."""
        ...

    async def read_statement(self, day: date) -> DayStatement:
        """Every movement of one day in Shanghai."""
        ...
