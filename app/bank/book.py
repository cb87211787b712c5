"""The bank's SQLite file: its tables, and the only way to write into them.

One connection, one writer at a time, write-ahead log with ``synchronous=FULL``: a transaction that
has been answered is on the disk. Entries can be added and never changed: triggers refuse it.
Instants are whole microseconds since 1970; amounts are 分.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

FILE: Final = "bank.sqlite3"
SHANGHAI: Final = timezone(timedelta(hours=8))  # no summer time since 1991
_PATIENCE_S: Final = 10.0

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, content TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS expected (
    number TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, content TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0 AND typeof(amount) = 'integer'),
    purpose TEXT NOT NULL,
    expires_at INTEGER NOT NULL, expires_as TEXT NOT NULL,
    payer_name TEXT NOT NULL, payer_account TEXT NOT NULL, return_url TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, bank_number TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    amount INTEGER NOT NULL CHECK (amount > 0 AND typeof(amount) = 'integer'),
    balance INTEGER NOT NULL CHECK (balance >= 0),
    at INTEGER NOT NULL, counterparty_name TEXT NOT NULL, counterparty_account TEXT NOT NULL,
    remark TEXT NOT NULL, order_number TEXT, payout_number TEXT UNIQUE, payment_number TEXT
);
CREATE INDEX IF NOT EXISTS entry_at ON entry (at);
CREATE INDEX IF NOT EXISTS entry_order ON entry (order_number) WHERE order_number IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS entry_kept BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END;
CREATE TABLE IF NOT EXISTS transfer (
    key TEXT NOT NULL, part INTEGER NOT NULL, content TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0 AND typeof(amount) = 'integer'),
    payer_name TEXT NOT NULL,
    payer_account TEXT NOT NULL, remark TEXT NOT NULL, order_number TEXT,
    sent_at INTEGER NOT NULL, due_at INTEGER, bank_number TEXT UNIQUE, PRIMARY KEY (key, part)
);
CREATE INDEX IF NOT EXISTS transfer_due ON transfer (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS payout (
    number TEXT PRIMARY KEY, content TEXT NOT NULL, kind TEXT NOT NULL,
    payment_number TEXT NOT NULL REFERENCES entry (bank_number), order_number TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0 AND typeof(amount) = 'integer'),
    reason TEXT NOT NULL, payee_name TEXT NOT NULL,
    payee_account TEXT NOT NULL, mood TEXT NOT NULL, ordered_at INTEGER NOT NULL, due_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'settled', 'failed')), ended_at INTEGER,
    bank_number TEXT UNIQUE, failure TEXT,
    CHECK ((state = 'settled') = (bank_number IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS payout_due ON payout (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS payout_of ON payout (payment_number);
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, copies INTEGER NOT NULL, due_at INTEGER,
    delivered_at INTEGER
);
CREATE INDEX IF NOT EXISTS event_due ON event (due_at) WHERE due_at IS NOT NULL;
"""


class BookInUse(Exception):
    """Another bank has this folder open."""


def compact(value: object) -> str:
    """JSON with one spelling for one content."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(value: object) -> str:
    """What a content is compared by."""
    return sha256(compact(value).encode()).hexdigest()


def read_instant(micros: int | None) -> str | None:
    """An instant as the contract writes it, in Shanghai's offset."""
    if micros is None:
        return None
    whole = datetime.fromtimestamp(micros // 1_000_000, SHANGHAI)
    return whole.replace(microsecond=micros % 1_000_000).isoformat(timespec="microseconds")


def to_micros(instant: datetime) -> int:
    """An instant as the file keeps it."""
    since = instant - datetime.fromtimestamp(0, instant.tzinfo)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def read_clock() -> int:
    """The bank's clock: the machine's, in microseconds since 1970."""
    return time.time_ns() // 1000


class Book:
    """The file of one bank, held by one process. Raises BookInUse when another holds it."""

    def __init__(self, folder: Path, *, clock: Callable[[], int] = read_clock) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock = clock
        self._held = (folder / "lock").open("w")
        self._hold(folder)
        self._turn = threading.RLock()
        self._db = sqlite3.connect(folder / FILE, isolation_level=None, check_same_thread=False)
        (folder / FILE).chmod(0o600)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self.name = self._baptise()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
        self._held.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: everything in it is on the disk when the block has ended, or nothing."""
        with self._turn:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """One row, or None."""
        with self._turn:
            found: sqlite3.Row | None = self._db.execute(query, values).fetchone()
            return found

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """All rows."""
        with self._turn:
            return self._db.execute(query, values).fetchall()

    def _hold(self, folder: Path) -> None:
        """Be the only process with this file; one that is just ending gets a moment."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > deadline:
                    self._held.close()
                    raise BookInUse(str(folder)) from None
                time.sleep(0.1)
            else:
                return

    def _baptise(self) -> str:
        """Five signs that begin every bank number, so that no other book ever repeats one."""
        with self.writing() as db:
            drawn = "B" + "".join(secrets.choice("ACDEFGHJKLMNPQRTUVWXY34679") for _ in range(4))
            db.execute("INSERT OR IGNORE INTO meta VALUES ('name', ?)", (drawn,))
            return str(db.execute("SELECT value FROM meta WHERE name = 'name'").fetchone()[0])
