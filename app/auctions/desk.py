"""The desk: how one submission or one tick of the clock becomes numbered, chained events of a sale.

    lock → answered before? → stamp → advance when the phase has moved → the mode's answer →
    numbers and hashes → append → save the head

It knows no database: what it needs of a store stands in ``SaleStore``. PostgreSQL (``store``) runs
the market, the simulation brings one in memory, and both get the same events for the same inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from app.auctions.engine.answering import marked
from app.auctions.engine.canonical import chain, commit
from app.auctions.engine.codec import is_secret, public_change, public_entry, secret_of
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    Book,
    Change,
    Entry,
    Gap,
    Head,
    Moment,
    Place,
    Submission,
    Terms,
)
from app.auctions.errors import JumpUnconfirmed
from app.core.errors import KeyReused

Move = Callable[[Terms, Head, datetime], tuple[Head, tuple[Change, ...]]]
"""What staff do to a lot: from its terms, its head and the instant to the head after the steps."""

# These may end a sale, or a turn of it, at once; then the holders of a right have a say.
_ENDING: Final = frozenset({Act.accept, Act.exercise, Act.waive, Act.raise_})
# These take the price that stands, which their sender may name.
_TAKING: Final = frozenset({Act.match, Act.exercise})
# Amounts that a person types.
_TYPED: Final = frozenset({Act.bid, Act.store, Act.seal, Act.raise_})


@dataclass(frozen=True, slots=True)
class Sale:
    """A locked lot as the desk sees it. ``seq`` and ``hash`` are its last event's."""

    lot_id: UUID
    number: str
    terms: Terms
    head: Head
    seq: int
    hash: str
    tolerance: timedelta  # how long a gap in service may be (rulebook)
    jump_limit: int = 0  # so many times the least amount must be confirmed; 0: never


@dataclass(frozen=True, slots=True)
class Hidden:
    """What an event's commitment stands for; the store seals it. Never shown."""

    code: str
    what: str
    value: dict[str, Any] = field(repr=False)
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One numbered event, ready to be written: an entry or a change."""

    seq: int
    event: Entry | Change
    decided_at: datetime
    hash: str
    commitment: str | None = None
    hidden: Hidden | None = None
    beat_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one submission. ``standing_…``: after the automatic bids that answered it."""

    seq: int
    entry: Entry
    decided_at: datetime
    standing_price_minor: int | None
    standing_leader: str | None
    commitment: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a key already stands for. The amount is opened to be compared, and never shown."""

    receipt: Receipt
    act: Act
    amount_minor: int | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """One look after the lock: the clock, an earlier answer, and what a usual answer needs.

    ``book`` holds the leader's and the submitter's maxima, the submitter's sealed bid, and the
    hidden reserve where maxima are bid.
    """

    now: datetime
    seen: Seen | None
    place: Place
    book: Book = field(repr=False)


@dataclass(frozen=True, slots=True)
class Service:
    """What is known of the service around an instant, see ``Moment``."""

    last_beat: datetime | None = None
    outages: tuple[Gap, ...] = ()
    exercise_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a lot, for who has to tell the rest of the market."""

    sale: Sale
    lines: tuple[Line, ...]
    receipt: Receipt | None = None
    repeated: bool = False

    @property
    def changes(self) -> list[Change]:
        return [line.event for line in self.lines if isinstance(line.event, Change)]


class SaleStore(Protocol):
    """Where sales are kept. ``lock`` comes first; everything else is about a locked lot."""

    async def lock(self, lot_id: UUID) -> Sale:
        """Take the lot for this transaction. Raises Unavailable when rivals hold it too long."""
        ...

    async def look(self, sale: Sale, code: str, key: str) -> Sight:
        """Read what stands after the lock, for one submitter."""
        ...

    async def read_now(self) -> datetime:
        """The market's clock, after the lock."""
        ...

    async def read_service(self, sale: Sale, now: datetime) -> Service:
        """Heartbeat and outages around the lot's cycle; when holders asked now would have to
        have answered."""
        ...

    async def load_book(self, sale: Sale, now: datetime) -> Book:
        """The whole book, for the clock: every place; secrets only where ``now`` may end the
        span that they decide."""
        ...

    async def load_holders(self, sale: Sale) -> Sequence[Place]:
        """The admitted holders of a pre-emption right."""
        ...

    def draw_salt(self) -> bytes:
        """Salt for one commitment."""
        ...

    async def append(
        self,
        sale: Sale,
        lines: Sequence[Line],
        *,
        receipt: Receipt | None = None,
        key: str | None = None,
        person_id: UUID | None = None,
    ) -> None:
        """Write events down. ``receipt`` and ``key`` are the first one's, where it is a submission;
        ``person_id``: whose steps these are, which is never published."""
        ...

    async def keep_maximum(self, sale: Sale, line: Line) -> None:
        """A maximum was stored, or taken away, by an accepted entry."""
        ...

    async def keep_place(self, sale: Sale, place: Place) -> None:
        """Somebody's place has changed by his own entry."""
        ...

    async def save(self, sale: Sale, *, look_at: datetime | None, moved: bool) -> None:
        """Write the head. ``look_at``: when the clock is to look next; None leaves that as it is.
        ``moved``: watchers must see it."""
        ...


async def submit(
    store: SaleStore,
    lot_id: UUID,
    *,
    code: str,
    act: Act,
    amount_minor: int | None,
    key: str,
    confirm_jump: bool = False,
) -> Outcome:
    """Answer one submission of an admitted bidder; the same key gets the same answer for ever.

    Raises KeyReused when the key stands for something else, JumpUnconfirmed before a bid far above
    the least amount is one (nothing is written then), and what ``SaleStore.lock`` raises.
    """
    sale = await store.lock(lot_id)
    sight = await store.look(sale, code, key)
    if sight.seen is not None:
        if not _is_same(sight.seen, act, amount_minor):
            raise KeyReused()
        return Outcome(sale, (), sight.seen.receipt, repeated=True)
    now = _never_back(sale, sight.now)
    sale, passed, look_at = await _advance_before(store, sale, now)
    submission = Submission(act, sight.place, amount_minor)
    book, moment = sight.book, Moment(now, tolerance=sale.tolerance)
    if act in _ENDING:
        book = replace(book, places=tuple(await store.load_holders(sale)))
        moment = await _moment(store, sale, now)
    answer = MODES[sale.terms.mode].answer(sale.terms, sale.head, book, submission, moment)
    own = answer.entries[0]
    if own.accepted and not confirm_jump:
        check_jump(sale, submission, now)
    hidden = _hide(store, submission) if is_secret(submission, accepted=own.accepted) else None
    lines = _number(sale, now, (*answer.entries, *answer.changes), hidden=hidden, moment=moment)
    last = answer.entries[-1]
    receipt = Receipt(
        lines[0].seq, own, now, last.price_minor, last.leader, commitment=lines[0].commitment
    )
    after = _after(sale, answer.head, lines, now)
    if passed:
        await store.append(sale, passed)
    await store.append(after, lines, receipt=receipt, key=key)
    await _keep(store, after, sight.place, lines[0])
    if answer.changes and not answer.head.is_over:
        look_at = answer.head.cycle_ends_at
    moved = own.accepted or bool(passed)
    await store.save(after, look_at=look_at, moved=moved)
    return Outcome(after, (*passed, *lines), receipt)


async def advance(store: SaleStore, lot_id: UUID) -> Outcome:
    """Do what the clock asks of a lot; doing it twice is doing it once."""
    sale = await store.lock(lot_id)
    now = _never_back(sale, await store.read_now())
    after, lines, look_at = await _advance(store, sale, now)
    if lines:
        await store.append(after, lines)
    await store.save(after, look_at=look_at, moved=bool(lines))
    return Outcome(after, lines)


async def change(
    store: SaleStore, lot_id: UUID, move: Move, *, person_id: UUID | None = None
) -> Outcome:
    """Take steps that the staff decided on, after those of the clock that were due.

    ``person_id`` is kept beside the steps and never published. Raises ValueError where ``move``
    does: the lot does not stand so that it could be done.
    """
    sale = await store.lock(lot_id)
    now = _never_back(sale, await store.read_now())
    sale, passed, look_at = await _advance_before(store, sale, now)
    if passed:
        await store.append(sale, passed)
    head, changes = move(sale.terms, sale.head, now)
    lines = _number(sale, now, changes)
    after = _after(sale, head, lines, now)
    await store.append(after, lines, person_id=person_id)
    await store.save(after, look_at=now if lines else look_at, moved=True)
    return Outcome(after, (*passed, *lines))


async def steer(
    store: SaleStore, lot_id: UUID, move: Move, *, person_id: UUID | None = None
) -> Head:
    """The same, for who wants to know the head alone."""
    return (await change(store, lot_id, move, person_id=person_id)).sale.head


def _is_same(seen: Seen, act: Act, amount_minor: int | None) -> bool:
    """Whether a repeated key brings what it brought before. Who takes the price without naming it
    names none the second time either; on record is the price he took."""
    unnamed = amount_minor is None and act in _TAKING
    return seen.act is act and (unnamed or seen.amount_minor == amount_minor)


def check_jump(sale: Sale, submission: Submission, now: datetime) -> None:
    """Ask again before an amount so far above the least one that a zero too many is likelier."""
    amount = submission.amount_minor
    if not sale.jump_limit or amount is None or submission.act not in _TYPED:
        return
    least = MODES[sale.terms.mode].least(sale.terms, sale.head, now)
    if least is not None and amount > sale.jump_limit * least:
        raise JumpUnconfirmed(amount, least)


def _never_back(sale: Sale, now: datetime) -> datetime:
    """A server's clock may step back; the order of decisions does not."""
    return max(now, sale.head.decided_at or now)


async def _moment(store: SaleStore, sale: Sale, now: datetime) -> Moment:
    service = await store.read_service(sale, now)
    return Moment(
        now,
        last_beat=service.last_beat,
        outages=service.outages,
        tolerance=sale.tolerance,
        exercise_ends_at=service.exercise_ends_at,
    )


async def _advance_before(
    store: SaleStore, sale: Sale, now: datetime
) -> tuple[Sale, tuple[Line, ...], datetime | None]:
    """Number the clock's steps before what is decided now, where a phase has passed unnoticed."""
    mode = MODES[sale.terms.mode]
    if not mode.advance_first and mode.phase(sale.terms, sale.head, now) is sale.head.state:
        return sale, (), None
    return await _advance(store, sale, now)


async def _advance(
    store: SaleStore, sale: Sale, now: datetime
) -> tuple[Sale, tuple[Line, ...], datetime | None]:
    moment = await _moment(store, sale, now)
    book = await store.load_book(sale, now)
    done = MODES[sale.terms.mode].advance(sale.terms, sale.head, book, moment)
    lines = _number(sale, now, done.changes, moment=moment)
    return _after(sale, done.head, lines, now if lines else None), lines, done.due_at


def _number(
    sale: Sale,
    now: datetime,
    events: Sequence[Entry | Change],
    *,
    hidden: Hidden | None = None,
    moment: Moment | None = None,
) -> tuple[Line, ...]:
    """Give events their numbers and their places in the chain. ``hidden`` is the first one's."""
    lines, seq, last = [], sale.seq, sale.hash
    for event in events:
        seq += 1
        first = hidden if seq == sale.seq + 1 else None
        beat_at = moment.last_beat if moment is not None and isinstance(event, Change) else None
        commitment = None
        if first is not None:
            commitment = commit(sale.number, seq, first.code, first.what, first.value, first.salt)
        if isinstance(event, Entry):
            public = public_entry(seq, event, now, commitment)
        else:
            public = public_change(seq, event, now, beat_at)
        last = chain(last, public)
        lines.append(Line(seq, event, now, last, commitment, first, beat_at))
    return tuple(lines)


def _hide(store: SaleStore, submission: Submission) -> Hidden:
    return Hidden(
        submission.place.code, submission.act.value, secret_of(submission), store.draw_salt()
    )


def _after(sale: Sale, head: Head, lines: Sequence[Line], now: datetime | None) -> Sale:
    if now is not None:
        head = replace(head, decided_at=now)
    if not lines:
        return replace(sale, head=head)
    return replace(sale, head=head, seq=lines[-1].seq, hash=lines[-1].hash)


async def _keep(store: SaleStore, sale: Sale, place: Place, own: Line) -> None:
    """What an accepted entry leaves beside the head."""
    entry = own.event
    assert isinstance(entry, Entry)
    if not entry.accepted:
        return
    if entry.act is Act.store:
        await store.keep_maximum(sale, own)
    after = marked(place, entry)
    if after != place:
        await store.keep_place(sale, after)
