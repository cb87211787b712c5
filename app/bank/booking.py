"""What the bank does with money: expect it, and book what comes and goes.

Every function that writes takes the connection of the transaction it writes in (``Book.writing``);
instants are microseconds, amounts 分.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.bank.book import SHANGHAI, Book, compact, digest, read_instant, to_micros
from app.bank.errors import Fault, Insufficient, Invalid, KeyReused, NotFound, OrderDiffers
from app.bank.outbox import SECOND, announce
from app.bank.schemas import EntryIn, OrderIn, Switches
from app.bank.switching import read_switches, take_switch
from app.bank.types import ACCOUNT, ACCOUNT_NAME, BANK_NAME, Answer, Direction

Act = Callable[[sqlite3.Connection, Switches, int], tuple[int, dict[str, Any]]]


def answer_once(book: Book, key: str, content: object, act: Act, *, may_lose: bool) -> Answer:
    """Do it, unless this key has been answered; what was done and what was answered stand together.

    Raises KeyReused for other content, and what ``act`` refuses with: then nothing is kept.
    """
    fingerprint = digest(content)
    with book.writing() as db:
        kept = db.execute("SELECT content, status, body FROM answer WHERE key = ?", (key,))
        if (before := kept.fetchone()) is not None:
            if before["content"] != fingerprint:
                raise KeyReused
            return Answer(before["status"], json.loads(before["body"]), replayed=True)
        switches = read_switches(db)
        status, body = act(db, switches, book.clock())
        db.execute(
            "INSERT INTO answer VALUES (?, ?, ?, ?)", (key, fingerprint, status, compact(body))
        )
        lost = may_lose and take_switch(db, "lose_answers")
        return Answer(status, body, lost=lost)


# ---------------------------------------------------------------- orders


def register_order(db: sqlite3.Connection, order: OrderIn, now: int) -> tuple[int, dict[str, Any]]:
    """Expect a payment. The same number with the same content is the same order; with another end
    alone, the end moves."""
    if order.payee_account not in {None, ACCOUNT}:
        raise Invalid(errors=[Fault("payee_account", "收款账户不是本客户的监管账户")])
    content = digest(order.model_dump(mode="json", exclude={"expires_at"}))
    there = db.execute("SELECT content FROM expected WHERE number = ?", (order.number,)).fetchone()
    if there is None:
        db.execute(
            "INSERT INTO expected VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order.number,
                secrets.token_urlsafe(16),
                content,
                order.amount_minor,
                order.purpose,
                to_micros(order.expires_at),
                order.expires_at.isoformat(),
                order.payer_name,
                order.payer_account or "",
                order.return_url,
                now,
            ),
        )
    elif there["content"] != content:
        raise OrderDiffers
    else:
        db.execute(
            "UPDATE expected SET expires_at = ?, expires_as = ? WHERE number = ?",
            (to_micros(order.expires_at), order.expires_at.isoformat(), order.number),
        )
    return 201, show_order(db, order.number)


def show_order(db: sqlite3.Connection, number: str) -> dict[str, Any]:
    """An order as the contract shows it. Raises NotFound."""
    row = db.execute("SELECT * FROM expected WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise NotFound
    payments = db.execute(
        "SELECT * FROM entry WHERE order_number = ? AND direction = 'in' ORDER BY seq",
        (number,),
    )
    return {
        "number": row["number"],
        "amount_minor": row["amount"],
        "currency": "CNY",
        "purpose": row["purpose"],
        "expires_at": row["expires_as"],
        "payee_name": ACCOUNT_NAME,
        "payee_account": ACCOUNT,
        "payee_bank": BANK_NAME,
        "counter_path": f"/counter/{row['slug']}",
        "created_at": read_instant(row["created_at"]),
        "payments": [
            {
                "bank_number": one["bank_number"],
                "amount_minor": one["amount"],
                "arrived_at": read_instant(one["at"]),
                "payer_name": one["counterparty_name"],
                "payer_account": one["counterparty_account"],
            }
            for one in payments
        ],
    }


# ---------------------------------------------------------------- money in and out


def enter(
    db: sqlite3.Connection,
    bank: str,
    now: int,
    *,
    direction: Direction,
    amount: int,
    name: str,
    account: str,
    remark: str,
    order_number: str | None = None,
    payout_number: str | None = None,
    payment_number: str | None = None,
) -> sqlite3.Row:
    """Book one entry; its instant is never before the one booked last. Raises Insufficient."""
    last = db.execute("SELECT seq, balance, at FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    balance = last["balance"] if last else 0
    at = max(now, last["at"]) if last else now
    balance += amount if direction is Direction.credit else -amount
    if balance < 0:
        raise Insufficient
    day = datetime.fromtimestamp(at // SECOND, SHANGHAI)
    number = f"{bank}-{day:%Y%m%d}-{(last['seq'] if last else 0) + 1:08d}"
    made = db.execute(
        "INSERT INTO entry (bank_number, direction, amount, balance, at, counterparty_name,"
        " counterparty_account, remark, order_number, payout_number, payment_number)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            direction,
            amount,
            balance,
            at,
            name,
            account,
            remark,
            order_number,
            payout_number,
            payment_number,
        ),
    )
    found: sqlite3.Row = db.execute(
        "SELECT * FROM entry WHERE seq = ?", (made.lastrowid,)
    ).fetchone()
    return found


def tell_received(db: sqlite3.Connection, switches: Switches, entry: sqlite3.Row, now: int) -> None:
    """Announce money that has arrived."""
    told = {
        "bank_number": entry["bank_number"],
        "order_number": entry["order_number"],
        "amount_minor": entry["amount"],
        "currency": "CNY",
        "payee_account": ACCOUNT,
        "payer_name": entry["counterparty_name"],
        "payer_account": entry["counterparty_account"],
        "arrived_at": read_instant(entry["at"]),
        "remark": entry["remark"],
    }
    announce(db, switches, now, "payment.received", told)


def enter_unasked(
    db: sqlite3.Connection, bank: str, switches: Switches, given: EntryIn, now: int
) -> tuple[int, dict[str, Any]]:
    """A row that nobody ordered, for a reconciliation to find. Raises Insufficient."""
    entry = enter(
        db,
        bank,
        now,
        direction=given.direction,
        amount=given.amount_minor,
        name=given.counterparty_name,
        account=given.counterparty_account,
        remark=given.remark,
    )
    if given.notify and given.direction is Direction.credit:
        tell_received(db, switches, entry, now)
    return 201, show_entry(entry)


def show_entry(entry: sqlite3.Row) -> dict[str, Any]:
    """A row of the statement."""
    return {
        "bank_number": entry["bank_number"],
        "direction": entry["direction"],
        "amount_minor": entry["amount"],
        "balance_minor": entry["balance"],
        "at": read_instant(entry["at"]),
        "counterparty_name": entry["counterparty_name"],
        "counterparty_account": entry["counterparty_account"],
        "remark": entry["remark"],
        "order_number": entry["order_number"],
        "payout_number": entry["payout_number"],
        "payment_number": entry["payment_number"],
    }
