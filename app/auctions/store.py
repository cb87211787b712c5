"""Sales in PostgreSQL: what the desk asks of a store, in few round trips.

A usual bid is four: lock, look, and the two writes of the flush. A store belongs to one transaction
and one submitter, and remembers what it has read of the lot that it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.auctions import queries, sale_queries, vault
from app.auctions.desk import Line, Receipt, Sale, Seen, Service, Sight
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import (
    Act,
    Book,
    Entry,
    Gap,
    LotState,
    Note,
    Origin,
    Place,
    Preference,
    Proxy,
    Reason,
    ReserveKind,
    Sealed,
    Terms,
)
from app.auctions.heads import compute_genesis, head_of, place_of, terms_of, write_head
from app.auctions.models import Bid, Lot, LotBidder, LotEvent, LotProxy, Rulebook
from app.auctions.types import BidOutcome, RulebookParams
from app.auctions.vault import Envelope, Secret
from app.core.calendar import compute_end_in_working_days, load_calendar
from app.core.clock import SHANGHAI
from app.core.tx import UnitOfWork

_ASKED_AFTERWARDS: Final = frozenset({Preference.post, Preference.post_with_raise})


def begin(lot: Lot, rulebook: Rulebook) -> None:
    """Start the chain of a lot that was just made: from here on, what was published is pinned."""
    terms = terms_of(lot, RulebookParams.of(rulebook.params))
    lot.genesis_hash = lot.head_hash = compute_genesis(lot, rulebook, terms)


class SqlStore:
    """A ``SaleStore``. ``bidder_id`` and ``person_id`` are the submitter's, ``wait`` how long the
    lot may be waited for, ``received_at`` when the market took the submission in.

    ``bid`` is afterwards the row of the submission, or the earlier one that its key stands for.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        bidder_id: UUID | None = None,
        person_id: UUID | None = None,
        received_at: datetime | None = None,
        wait: timedelta | None = None,
    ) -> None:
        self.uow = uow
        self.bidder_id, self.person_id = bidder_id, person_id
        self.received_at, self.wait = received_at, wait
        self.bid: Bid | None = None
        self._lot: Lot | None = None
        self._rules: RulebookParams | None = None
        self._wrapped: bytes | None = None
        self._now: datetime | None = None
        self._last_beat: datetime | None = None
        self._knows_beat = False
        self._mine: LotBidder | None = None
        self._parties: dict[str, UUID] = {}
        self._persons: dict[str, UUID | None] = {}
        self._sealed: dict[int, bytes] = {}
        # why: a bidder's bid may bring steps of the clock, which are nobody's
        self._steering = person_id if bidder_id is None else None

    # ---- the lot --------------------------------------------------------------------------------

    def adopt(
        self, lot: Lot, rules: RulebookParams, now: datetime, last_beat: datetime | None
    ) -> SqlStore:
        """Go on with a lot that is locked already, at an instant read after its lock."""
        self._lot, self._rules, self._now = lot, rules, now
        self._last_beat, self._knows_beat = last_beat, True
        return self

    @property
    def lot(self) -> Lot:
        """The locked lot."""
        assert self._lot is not None, "lock first"
        return self._lot

    @property
    def rules(self) -> RulebookParams:
        """The rules it was born under."""
        assert self._rules is not None, "lock first"
        return self._rules

    async def lock(self, lot_id: UUID) -> Sale:
        if self._lot is None:
            self._lot, self._rules = await queries.lock_lot(self.uow, lot_id, wait=self.wait)
        lot, rules = self.lot, self.rules
        terms = terms_of(lot, rules)
        return Sale(
            lot_id=lot.id,
            number=lot.number,
            terms=terms,
            head=head_of(lot),
            seq=lot.seq,
            hash=lot.head_hash or await self._begin_late(terms),
            tolerance=rules.outage_tolerance,
            jump_limit=rules.jump_limit,
        )

    async def _begin_late(self, terms: Terms) -> str:
        """The chain of a lot from before there was one: it starts with what comes now."""
        rulebook = await queries.get_rulebook(self.uow, self.lot.rulebook_version)
        self.lot.genesis_hash = compute_genesis(self.lot, rulebook, terms)
        return self.lot.genesis_hash

    async def read_now(self) -> datetime:
        return self._now or await self.uow.stamp()

    # ---- what is read ---------------------------------------------------------------------------

    async def look(self, sale: Sale, code: str, key: str) -> Sight:
        assert self.bidder_id is not None, "a submission is somebody's"
        seats = await sale_queries.look(
            self.uow, self.lot, sale.terms, bidder_id=self.bidder_id, key=key
        )
        now, mine, seen, own, his, leader, wrapped, sealed = seats
        self._wrapped = wrapped
        self._mine, self.bid = mine, seen
        self._parties[code] = mine.bidder_id
        self._persons[code] = self.person_id
        if leader is not None:
            self._parties[leader.code] = leader.bidder_id
        place = place_of(mine)
        if seen is not None:
            return Sight(now, await self._recall(seen), place, Book())
        proxies = [(own, place)] if own is not None else []
        if his is not None and leader is not None and leader.code != code:
            proxies.append((his, place_of(leader)))
            self._persons[leader.code] = his.person_id
        return Sight(now, None, place, await self._open(sale, proxies, sealed))

    async def _recall(self, seen: Bid) -> Seen:
        """What a key already stands for, its amount opened to be compared."""
        entry = Entry(
            act=Act(seen.act),
            origin=Origin(seen.origin),
            code=seen.code,
            amount_minor=seen.amount_minor,
            reason=Reason(seen.reason) if seen.reason else None,
            note=Note(seen.note) if seen.note else None,
            state=LotState(seen.state_after or self.lot.state),
            price_minor=seen.price_after_minor,
            leader=seen.leader_code_after,
            ends_at=seen.cycle_ends_after,
        )
        receipt = Receipt(
            seen.seq,
            entry,
            seen.decided_at,
            seen.standing_price_minor,
            seen.standing_leader_code,
            seen.commitment,
        )
        amount = seen.amount_minor
        if amount is None and seen.sealed is not None:
            envelope = Envelope(seen.seq, seen.code, seen.act, seen.sealed)
            amount = (await self._open_all([envelope]))[0].amount_minor
        return Seen(receipt, Act(seen.act), amount)

    async def _open(
        self, sale: Sale, proxies: Sequence[tuple[LotProxy, Place]], sealed: Bid | None
    ) -> Book:
        """The book for one answer: maxima of two, and the reserve where maxima are bid."""
        envelopes = [
            Envelope(proxy.stored_seq, proxy.code, Act.store.value, proxy.sealed)
            for proxy, _ in proxies
        ]
        reserve = vault.reserve_envelope(self.lot) if sale.terms.proxies else None
        if reserve is not None:
            envelopes.append(reserve)
        opened = await self._open_all(envelopes)
        limit = opened.pop().amount_minor if reserve is not None else None
        maxima = tuple(
            Proxy(secret.code, secret.amount_minor, secret.seq, place.rank)
            for secret, (_, place) in zip(opened, proxies, strict=True)
            if secret.amount_minor is not None
        )
        # why 0: that there is one is all that the answer depends on
        own = (Sealed(sealed.code, 0, sealed.seq),) if sealed is not None else ()
        return Book(reserve_minor=limit, proxies=maxima, sealed=own)

    async def _open_all(self, envelopes: Sequence[Envelope]) -> list[Secret]:
        if not envelopes:
            return []
        wrapped = await self._key()
        return vault.open_secrets(self.uow.sealer, wrapped, self.lot.id, envelopes)

    async def _key(self) -> bytes:
        if self._wrapped is None:
            self._wrapped = await vault.get_wrapped_key(self.uow, self.lot.id)
        return self._wrapped

    async def read_service(self, sale: Sale, now: datetime) -> Service:
        if not self._knows_beat:
            self._last_beat, self._knows_beat = await queries.find_last_beat(self.uow), True
        head = sale.head
        outages: list[Gap] = []
        if now >= head.cycle_starts_at:
            outages = await queries.list_outages(
                self.uow, after=head.cycle_starts_at, before=max(head.cycle_ends_at, now)
            )
        ends_at = None
        if sale.terms.preference in _ASKED_AFTERWARDS:
            ends_at = await self._end_of_exercise(now)
        return Service(self._last_beat, tuple(outages), ends_at)

    async def _end_of_exercise(self, now: datetime) -> datetime:
        """When holders who are asked now must have answered."""
        days = self.rules.exercise_working_days
        if not days:
            return now + timedelta(seconds=self.rules.exercise_s)
        calendar = await load_calendar(self.uow)
        day = now.astimezone(SHANGHAI).date()
        return compute_end_in_working_days(calendar, day, days).ends_at

    async def load_book(self, sale: Sale, now: datetime) -> Book:
        terms, head = sale.terms, sale.head
        ending = now >= head.cycle_ends_at
        if not ending and MODES[terms.mode].phase(terms, head, now) is head.state:
            return Book()
        places = self._remember(await sale_queries.list_places(self.uow, sale.lot_id))
        if not ending:
            return Book(places=places)
        return Book(
            reserve_minor=await self._open_reserve(terms),
            sealed=await self._open_bids(sale),
            places=places,
        )

    async def _open_reserve(self, terms: Terms) -> int | None:
        if terms.reserve_kind is not ReserveKind.hidden:
            return None
        envelope = vault.reserve_envelope(self.lot)
        assert envelope is not None, "the table checks it"
        return (await self._open_all([envelope]))[0].amount_minor

    async def _open_bids(self, sale: Sale) -> tuple[Sealed, ...]:
        """Every sealed bid, once the window has ended."""
        if sale.terms.mode not in sale_queries.SEALED_MODES:
            return ()
        rows = await sale_queries.list_sealed_bids(self.uow, sale.lot_id)
        opened = await self._open_all(
            [Envelope(row.seq, row.code, Act.seal.value, row.sealed) for row in rows]
        )
        return tuple(
            Sealed(secret.code, secret.amount_minor, secret.seq)
            for secret in opened
            if secret.amount_minor is not None
        )

    async def load_holders(self, sale: Sale) -> Sequence[Place]:
        return self._remember(await sale_queries.list_holders(self.uow, sale.lot_id))

    def _remember(self, rows: Sequence[LotBidder]) -> tuple[Place, ...]:
        self._parties |= {row.code: row.bidder_id for row in rows}
        return tuple(place_of(row) for row in rows)

    def draw_salt(self) -> bytes:
        return vault.draw_salt()

    # ---- what is written ------------------------------------------------------------------------

    async def append(
        self,
        sale: Sale,
        lines: Sequence[Line],
        *,
        receipt: Receipt | None = None,
        key: str | None = None,
        person_id: UUID | None = None,
    ) -> None:
        for line in lines:
            if isinstance(line.event, Entry):
                own = receipt if receipt is not None and receipt.seq == line.seq else None
                row = await self._make_bid(sale, line, line.event, own, key)
                if own is not None:
                    self.bid = row
                self.uow.session.add(row)
            else:
                self.uow.session.add(
                    LotEvent(
                        lot_id=sale.lot_id,
                        seq=line.seq,
                        step=line.event.step.value,
                        at=line.event.at,
                        decided_at=line.decided_at,
                        beat_at=line.beat_at,
                        facts=dict(line.event.facts),
                        person_id=person_id or self._steering,
                        hash=line.hash,
                    )
                )

    async def _make_bid(
        self, sale: Sale, line: Line, entry: Entry, own: Receipt | None, key: str | None
    ) -> Bid:
        sealed = await self._seal(sale, line)
        secret = entry.act in (Act.store, Act.seal)
        received_at = self.received_at or self.uow.now
        return Bid(
            lot_id=sale.lot_id,
            seq=line.seq,
            bidder_id=await self._party_of(entry.code),
            code=entry.code,
            person_id=self._persons.get(entry.code),
            origin=entry.origin.value,
            idempotency_key=key if own is not None else None,
            act=entry.act.value,
            amount_minor=None if secret else entry.amount_minor,
            outcome=BidOutcome.accepted if entry.accepted else BidOutcome.refused,
            reason=entry.reason.value if entry.reason else None,
            price_after_minor=entry.price_minor,
            leader_code_after=entry.leader,
            cycle_ends_after=entry.ends_at,
            received_at=min(received_at, line.decided_at) if own else line.decided_at,
            decided_at=line.decided_at,
            state_after=entry.state.value,
            note=entry.note.value if entry.note else None,
            standing_price_minor=own.standing_price_minor if own else None,
            standing_leader_code=own.standing_leader if own else None,
            commitment=line.commitment,
            sealed=sealed,
            hash=line.hash,
        )

    async def _seal(self, sale: Sale, line: Line) -> bytes | None:
        hidden = line.hidden
        if hidden is None:
            return None
        secret = Secret(line.seq, hidden.code, hidden.what, hidden.value, hidden.salt)
        sealed = vault.seal_secret(self.uow.sealer, await self._key(), sale.lot_id, secret)
        self._sealed[line.seq] = sealed
        return sealed

    async def _party_of(self, code: str) -> UUID:
        if code not in self._parties:
            found = await sale_queries.get_party_id(self.uow, self.lot.id, code)
            self._parties[code] = found
        return self._parties[code]

    async def keep_maximum(self, sale: Sale, line: Line) -> None:
        assert line.hidden is not None, "a maximum is always a secret"
        taken_away = line.hidden.value["amount_minor"] is None
        assert self.bidder_id is not None, "a submission is somebody's"
        await sale_queries.keep_maximum(
            self.uow,
            sale.lot_id,
            self.bidder_id,
            None
            if taken_away
            else {
                "code": line.hidden.code,
                "sealed": self._sealed[line.seq],
                "stored_seq": line.seq,
                "person_id": self.person_id,
            },
        )

    async def keep_place(self, sale: Sale, place: Place) -> None:
        assert sale.lot_id == self.lot.id
        assert self._mine is not None, "look first"
        self._mine.bid_in_free, self._mine.confirmed = place.bid_in_free, place.confirmed

    async def save(self, sale: Sale, *, look_at: datetime | None, moved: bool) -> None:
        lot, head = self.lot, sale.head
        if head.leader != lot.leader_code:
            lot.leader_id = await self._party_of(head.leader) if head.leader else None
        write_head(lot, head)
        lot.seq, lot.head_hash = sale.seq, sale.hash
        lot.version += 1 if moved else 0
        if head.is_over:
            lot.due_at = None
        elif look_at is not None:
            lot.due_at = look_at
