"""A sale played by the engine alone, numbered, committed and chained as the market does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.auctions.engine import amending, staff
from app.auctions.engine.answering import marked
from app.auctions.engine.canonical import commit, digest
from app.auctions.engine.codec import (
    commit_submission,
    is_secret,
    public_change,
    public_entry,
    secret_of,
    to_json,
)
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    Book,
    Change,
    Gap,
    Head,
    Moment,
    Place,
    Proxy,
    Sealed,
    Submission,
    Terms,
)
from app.auctions.verifying import (
    SaleFile,
    chain_events,
    first_hash,
    open_sale,
    show_codes,
    show_outages,
    show_result,
    write,
)

LOT = "JJ-2026-000001"
OPENS = datetime(2026, 3, 2, 1, tzinfo=UTC)
TOLERANCE, RESUME_AFTER = timedelta(seconds=5), timedelta(seconds=60)
RULEBOOK = {
    "version": "demo-2",
    "clauses": ["报价一经提交不得撤回。"],
    "params": {"outage_tolerance_s": 5, "resume_after_s": 60},
}
SUBJECT = {"title": "一种高温合金的制备方法", "offer_number": "GX-2026-000001"}


@dataclass
class PlayedSale:
    """One lot from publication to its end; ``now`` moves forward only."""

    terms: Terms
    places: Sequence[Place]
    reserve_minor: int | None = None
    outages: list[Gap] = field(default_factory=list)
    exercise: timedelta = timedelta(days=1)
    now: datetime = OPENS

    def __post_init__(self) -> None:
        self.first_terms = self.terms
        self.book_places = {place.code: place for place in self.places}
        self.head: Head = self.mode.begin(self.terms)
        self.events: list[dict[str, Any]] = []
        self.secrets: dict[int, tuple[dict[str, Any], bytes]] = {}
        self.proxies: dict[str, Proxy] = {}
        self.sealed: dict[str, Sealed] = {}

    @property
    def mode(self) -> Any:
        return MODES[self.terms.mode]

    @property
    def book(self) -> Book:
        return Book(
            self.reserve_minor,
            tuple(self.proxies.values()),
            tuple(self.sealed.values()),
            tuple(self.book_places.values()),
        )

    def moment(self, beat: datetime | None = None) -> Moment:
        known = tuple(gap for gap in self.outages if gap.ended_at and gap.ended_at <= self.now)
        return Moment(self.now, beat or self.now, known, TOLERANCE, self.now + self.exercise)

    def at(self, now: datetime, *, beat: datetime | None = None) -> PlayedSale:
        """Let the clock do what it asks by ``now``, as often as it asks."""
        self.now = now
        while True:
            advance = self.mode.advance(self.terms, self.head, self.book, self.moment(beat))
            self.head = advance.head
            for change in advance.changes:
                self._step(change, beat or now)
            if not advance.changes:
                return self

    def send(self, code: str, act: Act, amount: int | None = None) -> str | None:
        """Submit at the instant the sale stands at; the reason of a refusal."""
        submission = Submission(act, self.book_places[code], amount)
        answer = self.mode.answer(self.terms, self.head, self.book, submission, self.moment())
        own, seq = answer.entries[0], len(self.events) + 1
        commitment = None
        if is_secret(submission, accepted=own.accepted):
            salt = bytes.fromhex(digest([LOT, seq]))
            commitment = commit_submission(LOT, seq, submission, salt)
            self.secrets[seq] = (secret_of(submission), salt)
        for entry in answer.entries:
            self.events.append(
                public_entry(
                    len(self.events) + 1, entry, self.now, commitment if entry is own else None
                )
            )
        self.head = answer.head
        for change in answer.changes:
            self._step(change, None)
        if own.accepted:
            self._keep(submission, seq)
            self.book_places[code] = marked(self.book_places[code], own)
        return None if own.reason is None else own.reason.value

    def bid(self, code: str, amount: int) -> str | None:
        return self.send(code, Act.bid, amount)

    def store(self, code: str, amount: int | None) -> str | None:
        return self.send(code, Act.store, amount)

    def suspend(self, **facts: object) -> None:
        self.head, change = self.mode.suspend(self.terms, self.head, self.now, **facts)
        self._step(change, None)

    def resume(self) -> None:
        self.head, change = self.mode.resume(self.terms, self.head, self.now)
        self._step(change, None)

    def end(self, how: str, **facts: object) -> None:
        """terminated, failed or annulled."""
        self.head, change = getattr(staff, how)(self.head, self.now, **facts)
        self._step(change, None)

    def amend(self, **changes: Any) -> None:
        after = replace(self.terms, **changes)
        self.head, change = amending.amended(
            self.mode, self.terms, after, self.head, self.now, statement="变更"
        )
        self.terms = after
        self._step(change, None)

    def _step(self, change: Change, beat: datetime | None) -> None:
        self.events.append(public_change(len(self.events) + 1, change, self.now, beat))

    def _keep(self, submission: Submission, seq: int) -> None:
        code, amount = submission.place.code, submission.amount_minor
        if submission.act is Act.store:
            self.proxies.pop(code, None)
            if amount is not None:
                self.proxies[code] = Proxy(code, amount, seq, submission.place.rank)
        if submission.act is Act.seal and amount is not None:
            self.sealed[code] = Sealed(code, amount, seq)

    # ---- the files ----------------------------------------------------------------------------

    @property
    def reserve(self) -> tuple[dict[str, Any], bytes] | None:
        if self.reserve_minor is None:
            return None
        return {"amount_minor": self.reserve_minor}, bytes.fromhex(digest([LOT, 0]))

    @property
    def reserve_commitment(self) -> str | None:
        reserve = self.reserve
        return None if reserve is None else commit(LOT, 0, "", "reserve", *reserve)

    def file(self) -> SaleFile:
        return make_file(self, self.events)

    def record(self) -> bytes:
        return write(self.file())

    def openings(self) -> bytes:
        opened = open_sale(
            self.record(),
            LOT,
            secrets=self.secrets,
            reserve=self.reserve,
            places=list(self.book_places.values()),
        )
        return write(opened)


def make_file(sale: PlayedSale, events: Sequence[dict[str, Any]]) -> SaleFile:
    """The public record of a sale with these events, chained anew."""
    terms = to_json(sale.first_terms)
    genesis = first_hash(LOT, terms, RULEBOOK, sale.reserve_commitment, SUBJECT)
    chained = chain_events(genesis, events)
    return SaleFile(
        lot=LOT,
        revision=1,
        subject=SUBJECT,
        terms=terms,
        rulebook=RULEBOOK,
        reserve_commitment=sale.reserve_commitment,
        genesis=genesis,
        codes=show_codes(sale.book_places.values()),
        outages=show_outages(sale.outages),
        events=chained,
        head=chained[-1]["hash"] if chained else genesis,
        result=show_result(sale.head),
    )
