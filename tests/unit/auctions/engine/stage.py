"""A lot on which the tests of the engine play: the same terms, instants and bidders everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.auctions.engine.answering import marked
from app.auctions.engine.mode import Mode
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    Advance,
    Answer,
    BidMode,
    Book,
    Change,
    Ending,
    Entry,
    Gap,
    Head,
    LotOutcome,
    LotState,
    Moment,
    Place,
    Proxy,
    Sealed,
    Submission,
    Terms,
    Tier,
)

YUAN = 100
SECOND = timedelta(seconds=1)
A_MOMENT = timedelta(microseconds=1)
OPENS = datetime(2026, 3, 2, 1, tzinfo=UTC)
FREE_ENDS = OPENS + timedelta(hours=1)
WINDOW = timedelta(seconds=300)
FIRST_END = FREE_ENDS + WINDOW
START, STEP = 100_000 * YUAN, 5_000 * YUAN

DYNAMIC = Terms(
    mode=BidMode.dynamic,
    start_minor=START,
    tiers=(Tier(START, STEP),),
    free_starts_at=OPENS,
    free_ends_at=FREE_ENDS,
    window_s=300,
)
MULTI = replace(DYNAMIC, mode=BidMode.multi, registration_ends_at=OPENS)
ONCE = replace(MULTI, mode=BidMode.once, tiers=())
BUY_NOW = replace(DYNAMIC, mode=BidMode.buy_now, tiers=())

A, B, C = Place("C01"), Place("C02"), Place("C03")
SENIOR, JUNIOR = Place("C11", rank=1), Place("C12", rank=2)


@dataclass
class Stage:
    """One lot played step by step: it keeps the book as a store would, and the whole record."""

    terms: Terms
    places: Sequence[Place] = (A, B, C)
    reserve_minor: int | None = None
    head: Head = field(init=False)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    record: list[Entry | Change] = field(default_factory=list)
    last_beat: datetime | None = None
    outages: tuple[Gap, ...] = ()
    exercise: timedelta = timedelta(days=1)
    now: datetime = OPENS

    def __post_init__(self) -> None:
        self.places = list(self.places)
        self.head = self.mode.begin(self.terms)

    @property
    def mode(self) -> Mode:
        return MODES[self.terms.mode]

    @property
    def book(self) -> Book:
        return Book(
            reserve_minor=self.reserve_minor,
            proxies=tuple(self.proxies.values()),
            sealed=tuple(self.sealed.values()),
            places=tuple(self.places),
        )

    def moment(self, now: datetime) -> Moment:
        """Served up to ``now`` unless the test has set a last beat."""
        beat = now if self.last_beat is None else self.last_beat
        return Moment(now, beat, self.outages, exercise_ends_at=now + self.exercise)

    def at(self, now: datetime) -> Stage:
        """Let the clock do what it asks by ``now``."""
        self.now = now
        self.step()
        return self

    def step(self) -> Advance:
        advance = self.mode.advance(self.terms, self.head, self.book, self.moment(self.now))
        self.record.extend(advance.changes)
        self.head = advance.head
        return advance

    def send(
        self, place: Place, act: Act, amount: int | None = None, *, at: datetime | None = None
    ) -> Entry:
        """Submit now or ``at`` an instant that becomes now; the submitter's own entry."""
        self.now = at or self.now
        known = next((one for one in self.places if one.code == place.code), place)
        submission = Submission(act, known, amount)
        answer = self.mode.answer(
            self.terms, self.head, self.book, submission, self.moment(self.now)
        )
        self._keep(answer, place, act, amount)
        return answer.entries[0]

    def bid(self, place: Place, amount: int, *, at: datetime | None = None) -> Entry:
        return self.send(place, Act.bid, amount, at=at)

    def store(self, place: Place, amount: int | None, *, at: datetime | None = None) -> Entry:
        return self.send(place, Act.store, amount, at=at)

    def stop(self, at: datetime) -> None:
        """Staff suspend the lot; the clock has been advanced before, as the desk does."""
        self.at(at)
        self.head, change = self.mode.suspend(self.terms, self.head, at, reason="test")
        self.record.append(change)

    def go_on(self, at: datetime) -> None:
        self.now = at
        self.head, change = self.mode.resume(self.terms, self.head, at)
        self.record.append(change)

    def finish(self) -> Stage:
        """Let the cycle that runs end with nobody doing anything."""
        return self.at(max(self.now, self.head.cycle_ends_at))

    def state(self) -> LotState:
        return self.head.state

    @property
    def lead(self) -> tuple[str | None, int | None]:
        return self.head.leader, self.head.price_minor

    @property
    def result(self) -> tuple[LotOutcome | None, Ending | None]:
        return self.head.outcome, self.head.ending

    @property
    def entries(self) -> list[Entry]:
        return [one for one in self.record if isinstance(one, Entry)]

    @property
    def steps(self) -> list[str]:
        return [one.step.value for one in self.record if isinstance(one, Change)]

    def _keep(self, answer: Answer, place: Place, act: Act, amount: int | None) -> None:
        self.record.extend(answer.entries)
        self.record.extend(answer.changes)
        self.head, own = answer.head, answer.entries[0]
        if not own.accepted:
            return
        if act is Act.store:
            self.proxies.pop(place.code, None)
            if amount is not None:
                self.proxies[place.code] = Proxy(place.code, amount, len(self.record), place.rank)
        if act is Act.seal and amount is not None:
            self.sealed[place.code] = Sealed(place.code, amount, len(self.record))
        self.places = [marked(one, own) for one in self.places]
