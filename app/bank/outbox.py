"""Events that wait: written in the transaction that makes them true, told at least once."""

from __future__ import annotations

import sqlite3
import uuid
from typing import Any, Final

from app.bank.book import Book, compact, read_instant
from app.bank.schemas import Switches

SECOND: Final = 1_000_000
FIRST_AGAIN_S, LONGEST_AGAIN_S = 0.5, 60.0
COPY_AFTER_S: Final = 0.2
OVERTAKEN_S: Final = 0.7
"""How much later every other event is told while the switch ``reorder`` is on."""


def announce(
    db: sqlite3.Connection, switches: Switches, now: int, kind: str, told: dict[str, Any]
) -> None:
    """Have an event told; call it in the transaction of what it tells."""
    event = uuid.uuid4().hex
    body = compact({"event": event, "type": kind, "at": read_instant(now), "data": told})
    made = db.execute(
        "INSERT INTO event (id, body, copies) VALUES (?, ?, ?)", (event, body, switches.duplicates)
    )
    late = OVERTAKEN_S if switches.reorder and int(made.lastrowid or 0) % 2 else 0
    due = now + int((switches.webhook_delay_s + late) * SECOND)
    db.execute("UPDATE event SET due_at = ? WHERE seq = ?", (due, made.lastrowid))


def list_due(book: Book, most: int) -> list[sqlite3.Row]:
    """Events to tell now (seq, id, body), those that waited longest first."""
    return book.rows(
        "SELECT seq, id, body FROM event WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?",
        book.clock(),
        most,
    )


def note_told(book: Book, seq: int) -> None:
    """The webhook has taken it; what is to be told again waits a moment."""
    now = book.clock()
    with book.writing() as db:
        db.execute(
            "UPDATE event SET attempts = attempts + 1,"
            " delivered_at = coalesce(delivered_at, :now),"
            " due_at = CASE WHEN copies > 0 THEN :again END, copies = max(copies - 1, 0)"
            " WHERE seq = :seq",
            {"now": now, "again": now + int(COPY_AFTER_S * SECOND), "seq": seq},
        )


def note_untold(book: Book, seq: int) -> None:
    """It did not arrive: again after twice as long, at most a minute."""
    with book.writing() as db:
        (attempts,) = db.execute("SELECT attempts FROM event WHERE seq = ?", (seq,)).fetchone()
        wait = min(FIRST_AGAIN_S * 2 ** min(attempts, 10), LONGEST_AGAIN_S)
        db.execute(
            "UPDATE event SET attempts = attempts + 1, due_at = ? WHERE seq = ?",
            (book.clock() + int(wait * SECOND), seq),
        )
