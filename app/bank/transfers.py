"""What payers send at the counter: kept first, booked when it arrives."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from app.bank.book import Book, digest, read_instant
from app.bank.booking import enter, tell_received
from app.bank.errors import KeyReused, NotFound
from app.bank.outbox import SECOND
from app.bank.schemas import TransferIn
from app.bank.switching import read_switches
from app.bank.types import Direction


@dataclass(frozen=True, slots=True)
class Counter:
    """What the counter's page shows of an order; ``received`` is what has arrived for it so far."""

    number: str
    slug: str
    amount: int
    purpose: str
    expires_at: str
    expired: bool
    payer_name: str
    payer_account: str
    received: int


def find_counter(book: Book, slug: str) -> Counter:
    """The order of a counter's address. Raises NotFound."""
    row = book.row(
        "SELECT *, (SELECT coalesce(sum(amount), 0) FROM entry WHERE order_number = number"
        " AND direction = 'in') AS received FROM expected WHERE slug = ?",
        slug,
    )
    if row is None:
        raise NotFound
    return Counter(
        number=row["number"],
        slug=row["slug"],
        amount=row["amount"],
        purpose=row["purpose"],
        expires_at=row["expires_as"],
        expired=row["expires_at"] <= book.clock(),
        payer_name=row["payer_name"],
        payer_account=row["payer_account"],
        received=row["received"],
    )


def send(book: Book, given: TransferIn, amount: int) -> None:
    """Take a transfer; sent again with the same key it is the same one. Raises KeyReused."""
    content = digest(given.model_dump(mode="json"))
    with book.writing() as db:
        there = db.execute("SELECT content FROM transfer WHERE key = ?", (given.key,)).fetchone()
        if there is not None:
            if there["content"] != content:
                raise KeyReused
            return
        known = db.execute("SELECT 1 FROM expected WHERE number = ?", (given.order_number,))
        order = given.order_number if known.fetchone() else None
        remark = given.remark if order else f"{given.order_number} {given.remark}".strip()
        now = book.clock()
        delay = given.delay_s + read_switches(db).arrival_delay_s
        for part in range(given.times):
            db.execute(
                "INSERT INTO transfer (key, part, content, amount, payer_name, payer_account,"
                " remark, order_number, sent_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    given.key,
                    part,
                    content,
                    amount,
                    given.payer_name,
                    given.payer_account,
                    remark,
                    order,
                    now,
                    now + int(delay * SECOND),
                ),
            )
        _book(db, book.name, now)


def book_due_transfers(book: Book) -> int:
    """Book what arrives now; each once. How many."""
    now = book.clock()
    if not book.row("SELECT 1 FROM transfer WHERE due_at <= ? LIMIT 1", now):
        return 0
    with book.writing() as db:
        return _book(db, book.name, now)


def _book(db: sqlite3.Connection, bank: str, now: int) -> int:
    switches = read_switches(db)
    rows = db.execute(
        "SELECT * FROM transfer WHERE due_at <= ? ORDER BY due_at, key, part LIMIT 100", (now,)
    ).fetchall()
    for row in rows:
        entry = enter(
            db,
            bank,
            now,
            direction=Direction.credit,
            amount=row["amount"],
            name=row["payer_name"],
            account=row["payer_account"],
            remark=row["remark"],
            order_number=row["order_number"],
        )
        db.execute(
            "UPDATE transfer SET bank_number = ?, due_at = NULL WHERE key = ? AND part = ?",
            (entry["bank_number"], row["key"], row["part"]),
        )
        tell_received(db, switches, entry, now)
    return len(rows)


def list_sent(book: Book, key: str) -> list[dict[str, Any]]:
    """The receipts of one sending. Raises NotFound."""
    rows = book.rows(
        "SELECT t.*, e.at, x.return_url FROM transfer AS t"
        " LEFT JOIN entry AS e USING (bank_number)"
        " LEFT JOIN expected AS x ON x.number = t.order_number WHERE t.key = ? ORDER BY t.part",
        key,
    )
    if not rows:
        raise NotFound
    return [
        {
            "amount": row["amount"],
            "payer_name": row["payer_name"],
            "payer_account": row["payer_account"],
            "remark": row["remark"],
            "order_number": row["order_number"],
            "bank_number": row["bank_number"],
            "return_url": row["return_url"],
            "at": read_instant(row["at"] if row["bank_number"] else row["due_at"]),
        }
        for row in rows
    ]
