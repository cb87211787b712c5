"""A house in memory: what was committed, and the ``SaleStore`` of one transaction over it.

Nothing that a transaction writes is seen before its commit, and a restart keeps what was committed
and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from app.auctions import desk
from app.auctions.desk import (
    Hidden,
    Line,
    Move,
    Outcome,
    Receipt,
    Sale,
    Seen,
    Service,
    Sight,
)
from app.auctions.engine.canonical import SALT_BYTES, Committed, commit, digest
from app.auctions.engine.codec import to_json
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import Act, Book, Entry, Gap, Place, Proxy, ReserveKind, Sealed
from app.auctions.verifying import first_hash
from app.simulation.scenario import Scenario

LOT: Final = UUID(int=1)
TOLERANCE: Final = timedelta(seconds=5)
RESUME_AFTER: Final = timedelta(seconds=60)
EXERCISE: Final = timedelta(minutes=20)
RULEBOOK: Final = {
    "version": "simulation",
    "clauses": [],
    "params": {"outage_tolerance_s": 5, "resume_after_s": 60},
}
SUBJECT: Final = {"title": "模拟标的"}


class Crash(Exception):
    """The process died before it could commit."""


@dataclass(slots=True)
class World:
    """What everybody in a run can read: the server's clock and what is known of the service."""

    now: datetime
    last_beat: datetime
    gaps: list[Gap] = field(default_factory=list)

    def service(self, now: datetime) -> Service:
        """What is known at an instant: gaps that have ended by then, no beat from after it."""
        known = tuple(gap for gap in self.gaps if gap.ended_at is not None and gap.ended_at <= now)
        return Service(min(self.last_beat, now), known, now + EXERCISE)


@dataclass(slots=True)
class Durable:
    """One sale as it was last committed. Places, maxima, sealed bids and answers by code or key."""

    sale: Sale
    genesis: str
    reserve: Hidden | None
    reserve_commitment: str | None
    lines: list[Line] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    maxima: dict[str, Proxy] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    answers: dict[tuple[str, str], Seen] = field(default_factory=dict)
    version: int = 0

    @property
    def book(self) -> Book:
        """The whole book, opened."""
        return Book(
            reserve_minor=None if self.reserve is None else self.reserve.value["amount_minor"],
            proxies=tuple(self.maxima.values()),
            sealed=tuple(self.sealed.values()),
            places=tuple(self.places.values()),
        )


class MemoryHouse:
    """A sale in memory. One transaction after the other, as the lock of a lot has it."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.world = world
        self.salts = Random(f"salt/{scenario.seed}")  # noqa: S311
        self.durable = publish(scenario, self.draw_salt)

    def draw_salt(self) -> bytes:
        return self.salts.randbytes(SALT_BYTES)

    async def read(self) -> Sale:
        """The sale as it was last committed."""
        return self.durable.sale

    async def admit(self, place: Place) -> None:
        """Let somebody take part."""
        self.durable.places[place.code] = place

    async def submit(
        self,
        code: str,
        act: Act,
        amount_minor: int | None,
        key: str,
        *,
        confirm_jump: bool = False,
        crash: bool = False,
    ) -> Outcome:
        """One submission in one transaction; ``crash``: before its commit."""
        store = MemoryStore(self)
        outcome = await desk.submit(
            store,
            LOT,
            code=code,
            act=act,
            amount_minor=amount_minor,
            key=key,
            confirm_jump=confirm_jump,
        )
        return self._end(store, outcome, crash=crash)

    async def advance(self, *, crash: bool = False) -> Outcome:
        """The clock's turn."""
        store = MemoryStore(self)
        return self._end(store, await desk.advance(store, LOT), crash=crash)

    async def change(self, move: Move) -> Outcome:
        """A step of the staff."""
        store = MemoryStore(self)
        return self._end(store, await desk.change(store, LOT, move))

    async def restart(self) -> None:
        """Start again from what was committed: there is nothing else to start from."""
        self.durable = replace(
            self.durable,
            lines=list(self.durable.lines),
            places=dict(self.durable.places),
            maxima=dict(self.durable.maxima),
            sealed=dict(self.durable.sealed),
            answers=dict(self.durable.answers),
        )

    def _end(self, store: MemoryStore, outcome: Outcome, *, crash: bool = False) -> Outcome:
        if crash:
            raise Crash
        store.commit()
        return outcome


def publish(scenario: Scenario, draw_salt: object) -> Durable:
    """The sale of a scenario, just published."""
    assert callable(draw_salt)
    terms, reserve, commitment = scenario.terms, None, None
    if scenario.reserve_minor is not None:
        value = {"amount_minor": scenario.reserve_minor}
        reserve = Hidden("", Committed.reserve.value, value, draw_salt())
        commitment = commit(scenario.number, 0, "", reserve.what, value, reserve.salt)
    genesis = first_hash(scenario.number, to_json(terms), RULEBOOK, commitment, SUBJECT)
    sale = Sale(
        lot_id=LOT,
        number=scenario.number,
        terms=terms,
        head=MODES[terms.mode].begin(terms),
        seq=0,
        hash=genesis,
        tolerance=TOLERANCE,
        jump_limit=scenario.jump_limit,
    )
    return Durable(sale, genesis, reserve, commitment)


class MemoryStore:
    """A ``SaleStore`` over a house in memory; it writes nothing before ``commit``."""

    def __init__(self, house: MemoryHouse) -> None:
        self.house = house
        self._was = house.durable
        self._sale: Sale | None = None
        self._lines: list[Line] = []
        self._answers: dict[tuple[str, str], Seen] = {}
        self._places: dict[str, Place] = {}
        self._moved = False

    async def lock(self, lot_id: UUID) -> Sale:
        assert lot_id == LOT
        return self._was.sale

    async def look(self, sale: Sale, code: str, key: str) -> Sight:
        seen, now = self._was.answers.get((code, key)), self.house.world.now
        place, whole = self._was.places[code], self._was.book
        if seen is not None:
            return Sight(now, seen, place, Book())
        known = (code, sale.head.leader)
        book = Book(
            reserve_minor=whole.reserve_minor if sale.terms.proxies else None,
            proxies=tuple(one for one in whole.proxies if one.code in known),
            sealed=tuple(one for one in whole.sealed if one.code == code),
        )
        return Sight(now, None, place, book)

    async def read_now(self) -> datetime:
        return self.house.world.now

    async def read_service(self, sale: Sale, now: datetime) -> Service:
        assert sale.lot_id == LOT
        return self.house.world.service(now)

    async def load_book(self, sale: Sale, now: datetime) -> Book:
        whole, terms = self._was.book, sale.terms
        if now >= sale.head.cycle_ends_at:
            return whole
        assert terms.reserve_kind is not ReserveKind.hidden or whole.reserve_minor is not None
        return Book(places=whole.places)

    async def load_holders(self, sale: Sale) -> Sequence[Place]:
        assert sale.lot_id == LOT
        return [place for place in self._was.places.values() if place.rank is not None]

    def draw_salt(self) -> bytes:
        return self.house.draw_salt()

    async def append(
        self,
        sale: Sale,
        lines: Sequence[Line],
        *,
        receipt: Receipt | None = None,
        key: str | None = None,
        person_id: UUID | None = None,
    ) -> None:
        assert sale.lot_id == LOT
        assert person_id is None
        self._lines.extend(lines)
        if receipt is not None and key is not None:
            hidden, entry = lines[0].hidden, receipt.entry
            amount = entry.amount_minor if hidden is None else hidden.value["amount_minor"]
            self._answers[entry.code, key] = Seen(receipt, entry.act, amount)

    async def keep_maximum(self, sale: Sale, line: Line) -> None:
        """Nothing beside the line itself: at the commit the maxima follow from the lines."""
        assert sale.lot_id == LOT
        assert line.hidden is not None

    async def keep_place(self, sale: Sale, place: Place) -> None:
        assert sale.lot_id == LOT
        self._places[place.code] = place

    async def save(self, sale: Sale, *, look_at: datetime | None, moved: bool) -> None:
        assert look_at is None or look_at.tzinfo is not None
        self._sale, self._moved = sale, moved

    def commit(self) -> None:
        """Everything at once, or, when this is never called, nothing."""
        durable = self.house.durable
        assert durable is self._was, "one transaction after the other"
        durable.lines.extend(self._lines)
        durable.answers |= self._answers
        durable.places |= self._places
        durable.version += 1 if self._moved else 0
        if self._sale is not None:
            durable.sale = self._sale
        for line in self._lines:
            _keep_secret(durable, line)


def _keep_secret(durable: Durable, line: Line) -> None:
    """What an accepted entry leaves in the book."""
    entry = line.event
    if not isinstance(entry, Entry) or not entry.accepted or line.hidden is None:
        return
    amount: int | None = line.hidden.value["amount_minor"]
    if entry.act is Act.store:
        durable.maxima.pop(entry.code, None)
        if amount is not None:
            rank = durable.places[entry.code].rank
            durable.maxima[entry.code] = Proxy(entry.code, amount, line.seq, rank)
    elif entry.act is Act.seal and amount is not None:
        durable.sealed[entry.code] = Sealed(entry.code, amount, line.seq)


def fingerprint(sale: Sale) -> str:
    """A sale's head in one word, to compare runs by."""
    return digest({"seq": sale.seq, "hash": sale.hash, "head": to_json(sale.head)})
