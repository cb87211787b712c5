"""The statement of a day (对账单), for the market to compare its books with."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from app.bank.book import SHANGHAI, Book, to_micros
from app.bank.booking import show_entry
from app.bank.errors import Fault, Invalid
from app.bank.switching import read_switches
from app.bank.types import ACCOUNT

_DAY: Final = 86_400 * 1_000_000


def read_statement(book: Book, day: str, *, after: str | None, limit: int) -> dict[str, Any]:
    """Entries of one day in Shanghai, in the order of booking, and the day's totals.

    ``after`` is the bank number that the page before ended with. Raises Invalid.
    """
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise Invalid(errors=[Fault("day", "日期请写成 2026-11-25 这样")]) from None
    now = book.clock()
    begins = to_micros(datetime.combine(first, time(), SHANGHAI))
    ends = begins + _DAY
    if begins > now:
        raise Invalid(errors=[Fault("day", "这一天还没有到")])
    with book.writing() as db:  # one instant for totals and entries
        place = 0
        if after is not None:
            row = db.execute("SELECT seq FROM entry WHERE bank_number = ?", (after,)).fetchone()
            if row is None:
                raise Invalid(errors=[Fault("after", "没有这个流水号")])
            place = row["seq"]
        opening = db.execute(
            "SELECT balance FROM entry WHERE at < ? ORDER BY seq DESC LIMIT 1", (begins,)
        ).fetchone()
        totals = db.execute(
            "SELECT coalesce(sum(CASE direction WHEN 'in' THEN amount END), 0) AS received,"
            " coalesce(sum(CASE direction WHEN 'out' THEN amount END), 0) AS paid, count(*) AS n"
            " FROM entry WHERE at >= ? AND at < ?",
            (begins, ends),
        ).fetchone()
        rows = db.execute(
            "SELECT * FROM entry WHERE at >= ? AND at < ? AND seq > ? ORDER BY seq LIMIT ?",
            (begins, ends, place, limit + 1),
        ).fetchall()
        switches = read_switches(db)
    balance = opening["balance"] if opening else 0
    entries = [show_entry(row) for row in rows[:limit]]
    for entry in entries:
        number = entry["bank_number"]
        entry["amount_minor"] = switches.alter_entries.get(number, entry["amount_minor"])
    return {
        "day": first.isoformat(),
        "account": ACCOUNT,
        "closed": now >= ends,
        "opening_minor": balance,
        "in_minor": totals["received"],
        "out_minor": totals["paid"],
        "closing_minor": balance + totals["received"] - totals["paid"],
        "count": totals["n"],
        "next": rows[limit - 1]["bank_number"] if len(rows) > limit else None,
        "entries": [one for one in entries if one["bank_number"] not in switches.hide_entries],
    }
