"""Deposits of a run: a bank that loses, delays and doubles its messages, and the market's side.

The market decides by its own rules (``payments.receipt_rules``, ``auctions.deposit_rules``): what
an arrival is, whose deposit goes home, whose counts towards the price.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.auctions.deposit_rules import HELD, find_release, is_applied
from app.auctions.deposit_types import DepositState, EndKind
from app.payments.payout_rules import make_bank_number
from app.payments.receipt_rules import classify
from app.payments.types import Arrival, OrderFacts, OrderState, ReceiptKind
from app.simulation.scenario import DEPOSIT

# What somebody pays, by a number drawn for it: most pay rightly.
_PAYMENTS: Final = ("right",) * 13 + ("short", "surplus", "stranger", "late")
# What becomes of the bank's message about it.
_MESSAGES: Final = ("sent",) * 6 + ("lost", "late", "doubled", "doubled")


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that has arrived at the bank. ``at`` is the bank's time, which alone decides."""

    reference: str
    code: str
    amount_minor: int
    at: datetime
    own: bool


@dataclass(slots=True)
class Bank:
    """The bank: what came in, what went out, and messages that it has not delivered yet."""

    payments: dict[str, Payment] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)

    def pay_out(self, number: str, amount_minor: int) -> None:
        """The same number twice is one payout."""
        self.payouts.setdefault(number, amount_minor)

    @property
    def balance(self) -> int:
        return sum(one.amount_minor for one in self.payments.values()) - sum(self.payouts.values())


@dataclass(slots=True)
class Deposit:
    """A bidder's deposit as the market sees it."""

    state: DepositState = DepositState.required
    counted: str | None = None  # the payment that counts


@dataclass(slots=True)
class Deposits:
    """The market's side: a deposit for every applicant, and what is to be paid back."""

    due_at: datetime
    bank: Bank = field(default_factory=Bank)
    of: dict[str, Deposit] = field(default_factory=dict)
    taken: dict[str, ReceiptKind] = field(default_factory=dict)  # by reference: each once
    waiting: dict[str, int] = field(default_factory=dict)  # payouts the bank has not been told of

    def pay(self, code: str, luck: int, now: datetime) -> list[str]:
        """Somebody pays; answers the codes that may take part from now on."""
        what = _PAYMENTS[luck % len(_PAYMENTS)]
        amount = {"short": DEPOSIT - 1, "surplus": DEPOSIT + 500}.get(what, DEPOSIT)
        at = max(now, self.due_at) if what == "late" else now
        reference = f"B{len(self.bank.payments) + 1:04d}"
        self.bank.payments[reference] = Payment(reference, code, amount, at, what != "stranger")
        message = _MESSAGES[luck // len(_PAYMENTS) % len(_MESSAGES)]
        if message == "lost":
            return []
        if message == "late":
            self.bank.late.append(reference)
            return []
        return [
            one for _ in range(2 if message == "doubled" else 1) for one in self.take(reference)
        ]

    def take(self, reference: str) -> list[str]:
        """A message of the bank; a repeated one changes nothing."""
        if reference in self.taken:
            return []
        payment = self.bank.payments[reference]
        deposit = self.of.setdefault(payment.code, Deposit())
        paid = deposit.state is not DepositState.required
        order = OrderFacts(DEPOSIT, self.due_at, OrderState.paid if paid else OrderState.open)
        arrival = Arrival(payment.amount_minor, payment.at, payment.own)
        verdict = classify(order, arrival)
        self.taken[reference] = verdict.kind
        if verdict.back_minor:
            self.waiting[f"{reference}-back"] = verdict.back_minor
        if not verdict.counted_minor:
            return []
        deposit.state, deposit.counted = DepositState.locked, reference
        return [payment.code]

    def reconcile(self, luck: int) -> list[str]:
        """Messages come late, lost ones are asked for, and payouts go out, some of them twice."""
        admitted = []
        references = [*reversed(self.bank.late), *self.bank.payments]
        self.bank.late.clear()
        for reference in references:
            admitted += self.take(reference)
        for n, (number, amount) in enumerate(sorted(self.waiting.items())):
            at_bank = make_bank_number(number, 1)
            self.bank.pay_out(at_bank, amount)
            if (luck + n) % 3 == 0:  # the answer was lost: asked again under the same number
                self.bank.pay_out(at_bank, amount)
        self.waiting.clear()
        return admitted

    def release(self, code: str) -> None:
        """Somebody who cannot take part any more gets his deposit back."""
        self.of[code].state = DepositState.released
        self.waiting[f"{code}-released"] = DEPOSIT

    def end(self, end: EndKind, winner: str | None) -> None:
        """What becomes of every deposit when the lot has ended so."""
        for code, deposit in self.of.items():
            if is_applied(deposit.state, end, winner=code == winner):
                deposit.state = DepositState.applied_to_price
            if find_release(deposit.state, end, winner=code == winner) is not None:
                self.release(code)

    # ---- what must hold -------------------------------------------------------------------------

    def find_fault(self) -> str | None:
        """Whether money was lost or made, or counted where it must not."""
        held = DEPOSIT * sum(one.state in HELD for one in self.of.values())
        known = [self.bank.payments[one] for one in self.taken]
        unknown = self.bank.balance - sum(one.amount_minor for one in known)
        unknown += sum(self.bank.payouts.values())
        if self.bank.balance != held + sum(self.waiting.values()) + unknown:
            return "money at the bank differs from what is held, owed back and unknown"
        counted = [one.counted for one in self.of.values() if one.counted is not None]
        if len(set(counted)) != len(counted):
            return "a payment counts twice"
        wrong = [
            one
            for one in map(self.bank.payments.__getitem__, counted)
            if not one.own or one.at >= self.due_at or one.amount_minor < DEPOSIT
        ]
        return f"payment {wrong[0].reference} must not count" if wrong else None

    def find_rest(self, winner: str | None, end: EndKind) -> str | None:
        """Whether anybody still waits for money after everything has ended."""
        if self.waiting or self.bank.late or self.taken.keys() != self.bank.payments.keys():
            return "money or messages are still under way"
        kept = {code for code, one in self.of.items() if one.state in HELD}
        lawful = {winner} if winner and end in (EndKind.won, EndKind.failed) else set()
        if kept != {code for code in lawful if code in self.of}:
            return f"deposits kept of {sorted(kept)}, lawfully of {sorted(map(str, lawful))}"
        if self.bank.balance != DEPOSIT * len(kept):
            return "the bank holds another sum than the deposits that are kept"
        return None
