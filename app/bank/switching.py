"""The switches: how the bank is to misbehave, kept in its file."""

from __future__ import annotations

import sqlite3

from app.bank.schemas import Switches
from app.bank.types import PayoutMood


def read_switches(db: sqlite3.Connection) -> Switches:
    """How the bank is to misbehave."""
    row = db.execute("SELECT value FROM meta WHERE name = 'switches'").fetchone()
    return Switches.model_validate_json(row["value"]) if row else Switches()


def put_switches(db: sqlite3.Connection, switches: Switches) -> None:
    """Keep them; also across restarts."""
    db.execute(
        "INSERT INTO meta VALUES ('switches', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (switches.model_dump_json(),),
    )


def take_switch(db: sqlite3.Connection, name: str) -> bool:
    """Whether a counting switch is on; then it is one less."""
    switches = read_switches(db)
    left: int = getattr(switches, name)
    if left:
        put_switches(db, switches.model_copy(update={name: left - 1}))
    return left > 0


def count_down(db: sqlite3.Connection, switches: Switches) -> None:
    """One payout fewer that goes wrong."""
    left = (switches.payouts_left or 1) - 1
    changed = {"payouts_left": left or None}
    if not left:
        changed["payouts"] = PayoutMood.normal  # type: ignore[assignment]
    put_switches(db, switches.model_copy(update=changed))
