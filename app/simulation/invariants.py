"""What must hold after everything that happens to a sale in memory, and of its record at the end.

These look at what was committed alone, and share with the engine only its grid and its words; the
record is then verified by the same code that a stranger would run on its file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.auctions.desk import Line, Sale
from app.auctions.engine.canonical import chain
from app.auctions.engine.codec import public_change, public_entry, to_json
from app.auctions.engine.grid import is_on
from app.auctions.engine.proxies import settle
from app.auctions.engine.schedule import free_ends_at, opens_at
from app.auctions.engine.types import Act, Change, Entry, LotState, Note, Origin, Step, Terms
from app.auctions.verifying import (
    SaleFile,
    chain_events,
    open_sale,
    show_codes,
    show_outages,
    show_result,
    verify_sale,
    write,
)
from app.simulation.money import Deposits
from app.simulation.play import Broken
from app.simulation.scenario import MODES
from app.simulation.store import RULEBOOK, SUBJECT, Durable, MemoryHouse

_PRICED = (Act.bid, Act.match, Act.raise_, Act.accept, Act.exercise)
_STEPPED = frozenset(mode for mode in MODES if mode.value in ("DYNAMIC", "MULTI", "AUCTION"))


@dataclass(slots=True)
class Inspector:
    """Looks at a house in memory after every happening; remembers how far it has looked."""

    house: MemoryHouse
    looked: int = 0
    before: Sale = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.house.durable.sale

    def look(self, happening: str, money: Deposits) -> None:
        """Raises Broken with what does not hold."""
        durable = self.house.durable
        fault = self._find_fault(durable) or money.find_fault()
        if fault is not None:
            raise Broken(f"{fault}; after {happening}")
        self.before, self.looked = durable.sale, len(durable.lines)

    def _find_fault(self, durable: Durable) -> str | None:
        lines = durable.lines[self.looked :]
        return (
            self._find_gap(durable, lines)
            or self._find_wrong_time(lines)
            or self._find_wrong_price(durable, lines)
            or self._find_wrong_end(durable, lines)
            or _find_unrest(durable)
        )

    def _find_gap(self, durable: Durable, lines: list[Line]) -> str | None:
        """Numbers without a gap, each with its hash, up to the head."""
        previous, seq = self.before.hash, self.before.seq
        for line in lines:
            seq += 1
            if line.seq != seq:
                return f"number {line.seq} where {seq} was due"
            previous = chain(previous, public_of(line))
            if line.hash != previous:
                return f"the hash of {seq} does not follow"
        if (durable.sale.seq, durable.sale.hash) != (seq, previous):
            return "the head is not the last event's"
        return None

    def _find_wrong_time(self, lines: list[Line]) -> str | None:
        """Decisions never go back; nothing is accepted before the opening or from an end on."""
        last, head, terms = self.before.head.decided_at, self.before.head, self.before.terms
        moved = None
        for line in lines:
            if last is not None and line.decided_at < last:
                return f"number {line.seq} was decided before the one before it"
            last, event = line.decided_at, line.event
            if isinstance(event, Change):
                moved = event
            elif event.accepted and event.origin is Origin.manual:
                early = line.decided_at < opens_at(terms, head)
                late = line.decided_at >= (
                    free_ends_at(terms, head)
                    if event.state is LotState.free and terms.mode in _STEPPED
                    else head.cycle_ends_at
                )
                # why: a step of the clock in the same breath has begun another span
                if early or (late and moved is None and event.state is not LotState.confirming):
                    return f"number {line.seq} was accepted outside its time"
        return None

    def _find_wrong_price(self, durable: Durable, lines: list[Line]) -> str | None:
        """A price never falls, stands on the grid, and is what the last entry says."""
        terms, price, leader = (
            self.before.terms,
            self.before.head.price_minor,
            self.before.head.leader,
        )
        for line in lines:
            event = line.event
            if isinstance(event, Change):
                if event.step is Step.unsealed:
                    price, leader = durable.sale.head.price_minor, durable.sale.head.leader
                continue
            if event.accepted and event.act in _PRICED:
                fault = _find_wrong_amount(terms, price, event)
                if fault is not None:
                    return f"number {line.seq} {fault}"
                price = event.amount_minor
                if event.act is not Act.exercise:
                    leader = event.code
            if event.price_minor != price:
                return f"number {line.seq} says another price than what was accepted"
        head = durable.sale.head
        if head.price_minor != price:
            return "the price is not that of the last accepted entry"
        taken = durable.sale.head.exercised or not lines
        return None if taken or head.leader == leader or head.asked else "somebody leads unbidden"

    def _find_wrong_end(self, durable: Durable, lines: list[Line]) -> str | None:
        """What is over stays over; a refused entry alone leaves everything but the clock alone."""
        was, head = self.before.head, durable.sale.head
        if was.is_over and (head.price_minor, head.leader, head.closed_at) != (
            was.price_minor,
            was.leader,
            was.closed_at,
        ):
            return "a lot that was over has changed"
        entries = [line.event for line in lines if isinstance(line.event, Entry)]
        only_refused = len(entries) == len(lines) and not any(one.accepted for one in entries)
        ends = (was.cycle_ends_at, was.price_minor, was.leader, was.outcome)
        if only_refused and ends != (
            head.cycle_ends_at,
            head.price_minor,
            head.leader,
            head.outcome,
        ):
            return "a refusal has changed something"
        return None


def _find_wrong_amount(terms: Terms, price: int | None, entry: Entry) -> str | None:
    amount = entry.amount_minor
    if amount is None:
        return "has a price without an amount"
    if entry.act in (Act.match, Act.exercise) or entry.note is Note.tie:
        return None if amount == price else "takes another price than the one that stood"
    if price is not None and amount <= price:
        return "does not exceed the price"
    if terms.mode in _STEPPED and not is_on(terms, amount):
        return "is not on the grid"
    return None


def _find_unrest(durable: Durable) -> str | None:
    """Stored maxima have nothing left to bid."""
    sale = durable.sale
    if not sale.terms.proxies or sale.head.state not in (LotState.free, LotState.limited):
        return None
    bids = settle(
        sale.terms,
        price_minor=sale.head.price_minor,
        leader=sale.head.leader,
        proxies=durable.book.proxies,
        reserve_minor=durable.book.reserve_minor or sale.terms.open_reserve_minor,
    )
    return f"stored maxima would still bid {bids}" if bids else None


# ---- the record at the end ----------------------------------------------------------------------


def public_of(line: Line) -> dict[str, object]:
    """An event as it is hashed and published."""
    if isinstance(line.event, Entry):
        return public_entry(line.seq, line.event, line.decided_at, line.commitment)
    return public_change(line.seq, line.event, line.decided_at, line.beat_at)


def check_record(house: MemoryHouse) -> None:
    """The finished sale's two files hold before whoever verifies them. Raises Broken."""
    durable = house.durable
    sale, reserve = durable.sale, durable.reserve
    events = [public_of(line) for line in durable.lines]
    file = write(
        SaleFile(
            lot=sale.number,
            revision=1,
            subject=SUBJECT,
            terms=to_json(sale.terms),
            rulebook=RULEBOOK,
            reserve_commitment=durable.reserve_commitment,
            genesis=durable.genesis,
            codes=show_codes(durable.places.values()),
            outages=show_outages(house.world.gaps),
            events=chain_events(durable.genesis, events),
            head=sale.hash,
            result=show_result(sale.head),
        )
    )
    openings = open_sale(
        file,
        sale.number,
        secrets={
            line.seq: (line.hidden.value, line.hidden.salt)
            for line in durable.lines
            if line.hidden is not None
        },
        reserve=None if reserve is None else (reserve.value, reserve.salt),
        places=list(durable.places.values()),
    )
    for opened in (None, write(openings)):
        faults = verify_sale(file, opened)
        if faults:
            how = "with" if opened else "without"
            raise Broken(f"the record does not hold {how} its openings: {faults[0].sentence}")
