"""Money out: ordered once by number, then settled or failed once."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from app.bank.book import Book, digest, read_instant
from app.bank.booking import enter
from app.bank.errors import Busy, Insufficient, NotFound, NotReceived, OrderDiffers, OverPaidOut
from app.bank.outbox import SECOND, announce
from app.bank.schemas import PayoutIn, Switches
from app.bank.switching import count_down, read_switches
from app.bank.types import Direction, PayoutKind, PayoutMood

_FAILURES: Final = {
    PayoutMood.transient: "对方银行系统繁忙，款项未划出，可以重新发起",
    PayoutMood.final: "对方账户状态异常，款项未划出，请核对收款账户",
}
_FINAL: Final = str(PayoutMood.final)


def order_payout(
    db: sqlite3.Connection, switches: Switches, asked: PayoutIn, now: int
) -> tuple[int, dict[str, Any]]:
    """Take an order to pay out; the money is set aside until it settles or fails.

    Raises OrderDiffers, Busy, NotReceived, OverPaidOut, Insufficient.
    """
    content = digest(asked.model_dump(mode="json"))
    there = db.execute("SELECT content FROM payout WHERE number = ?", (asked.number,)).fetchone()
    if there is not None:
        if there["content"] != content:
            raise OrderDiffers
        return 202, show_payout(db, asked.number)
    if switches.payouts is PayoutMood.busy:
        raise Busy
    payment = db.execute(
        "SELECT * FROM entry WHERE bank_number = ? AND direction = 'in'", (asked.payment_number,)
    ).fetchone()
    if payment is None:
        raise NotReceived
    _check_covered(db, payment, asked.amount_minor)
    refund = asked.kind is PayoutKind.refund
    db.execute(
        "INSERT INTO payout (number, content, kind, payment_number, order_number, amount, reason,"
        " payee_name, payee_account, mood, ordered_at, due_at, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'accepted')",
        (
            asked.number,
            content,
            asked.kind,
            asked.payment_number,
            payment["order_number"],
            asked.amount_minor,
            asked.reason,
            payment["counterparty_name"] if refund else asked.payee_name,
            payment["counterparty_account"] if refund else asked.payee_account,
            switches.payouts,
            now,
            now + int(switches.payout_delay_s * SECOND),
        ),
    )
    if switches.payouts is not PayoutMood.normal and switches.payouts_left is not None:
        count_down(db, switches)
    return 202, show_payout(db, asked.number)


def _check_covered(db: sqlite3.Connection, payment: sqlite3.Row, amount: int) -> None:
    """The receipt and the account both hold what is asked for, beside what is already promised."""
    (used,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM payout WHERE payment_number = ?"
        " AND state <> 'failed'",
        (payment["bank_number"],),
    ).fetchone()
    if used + amount > payment["amount"]:
        raise OverPaidOut
    (promised,) = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM payout WHERE due_at IS NOT NULL"
    ).fetchone()
    (balance,) = db.execute("SELECT balance FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    if promised + amount > balance:
        raise Insufficient


def show_payout(db: sqlite3.Connection, number: str) -> dict[str, Any]:
    """A payout as the contract shows it. Raises NotFound."""
    row = db.execute("SELECT * FROM payout WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise NotFound
    failed = row["state"] == "failed"
    return {
        "number": row["number"],
        "kind": row["kind"],
        "payment_number": row["payment_number"],
        "order_number": row["order_number"],
        "amount_minor": row["amount"],
        "currency": "CNY",
        "reason": row["reason"],
        "payee_name": row["payee_name"],
        "payee_account": row["payee_account"],
        "state": row["state"],
        "bank_number": row["bank_number"],
        "ordered_at": read_instant(row["ordered_at"]),
        "settled_at": None if failed else read_instant(row["ended_at"]),
        "failed_at": read_instant(row["ended_at"]) if failed else None,
        "failure": row["failure"],
        "retryable": row["mood"] != _FINAL if failed else None,
    }


def end_due_payouts(book: Book) -> int:
    """Settle, or fail, what is due; each once. How many."""
    now = book.clock()
    due = "SELECT * FROM payout WHERE due_at <= ? ORDER BY due_at, number LIMIT 100"
    if not book.row("SELECT 1 FROM payout WHERE due_at <= ? LIMIT 1", now):
        return 0
    with book.writing() as db:
        switches, rows = read_switches(db), db.execute(due, (now,)).fetchall()
        for row in rows:
            _end_payout(db, book.name, switches, row, now)
    return len(rows)


def _end_payout(
    db: sqlite3.Connection, bank: str, switches: Switches, row: sqlite3.Row, now: int
) -> None:
    failure = _FAILURES.get(row["mood"])
    number, ended = None, now
    if failure is None:
        try:
            entry = enter(
                db,
                bank,
                now,
                direction=Direction.debit,
                amount=row["amount"],
                name=row["payee_name"],
                account=row["payee_account"],
                remark=row["reason"],
                order_number=row["order_number"],
                payout_number=row["number"],
                payment_number=row["payment_number"],
            )
        except Insufficient as refused:
            # a row that nobody ordered has emptied the account meanwhile
            failure = refused.detail
        else:
            number, ended = entry["bank_number"], entry["at"]
    state = "settled" if number else "failed"
    db.execute(
        "UPDATE payout SET state = ?, due_at = NULL, ended_at = ?, bank_number = ?, failure = ?"
        " WHERE number = ?",
        (state, ended, number, failure, row["number"]),
    )
    announce(db, switches, now, f"payout.{state}", show_payout(db, row["number"]))
