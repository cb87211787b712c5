"""The sale once more, by the engine that ran it: every event must be what it then answers.

With the secrets everything is computed anew. Without them a secret amount is stood in for by one
that the published answer allows, so that all that is public is still checked to the last field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from app.auctions.engine.answering import automatic, marked
from app.auctions.engine.ascending import by_right
from app.auctions.engine.checking import check_terms
from app.auctions.engine.modes import MODES
from app.auctions.engine.proxies import AutoBid
from app.auctions.engine.steps import extended
from app.auctions.engine.types import (
    Act,
    Answer,
    Book,
    Ending,
    Entry,
    Head,
    LotState,
    Origin,
    Place,
    Proxy,
    Reason,
    ReserveKind,
    Sealed,
    Step,
    Submission,
    Terms,
)
from app.auctions.verifying.automatic import Maxima, Shown, check_automatic
from app.auctions.verifying.building import show_result
from app.auctions.verifying.clock import (
    OUTAGE,
    Service,
    check_statement,
    check_step,
    is_of_clock,
    move_by_staff,
    read_beats,
)
from app.auctions.verifying.entries import expect_entry, read_entry
from app.auctions.verifying.faults import Broken
from app.auctions.verifying.files import Json, SaleFile
from app.auctions.verifying.reading import is_hash, read_instant, read_word

# These depend on the amount alone; every other refusal follows from what is public.
_OF_AMOUNT: Final = frozenset(
    {
        Reason.below_start,
        Reason.not_above_price,
        Reason.off_grid,
        Reason.below_price,
        Reason.nothing_stored,
        Reason.price_moved,
    }
)
_SECRET: Final = frozenset({Act.store, Act.seal})
_AMOUNTS: Final = _SECRET | {Act.bid, Act.accept, Act.raise_}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the openings opened: by event number, and by code."""

    amounts: Mapping[int, Json]
    reserve_minor: int | None
    values: Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class _Known:
    """What has been learnt so far of the book."""

    places: dict[str, Place]
    proxies: dict[str, Proxy] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    maxima: Maxima = field(default_factory=Maxima)


def replay(sale: SaleFile, secrets: Secrets | None) -> None:
    """Raises Broken at the first event that the engine answers otherwise."""
    _Replay(sale, secrets).run()


class _Replay:
    def __init__(self, sale: SaleFile, secrets: Secrets | None) -> None:
        self.sale, self.secrets = sale, secrets
        self.events: list[dict[str, Any]] = [dict(event) for event in sale.events]
        self.next = 0
        self.terms = read_word(Terms, sale.terms, "标的参数")
        if faults := check_terms(self.terms):
            raise Broken(f"标的参数互相矛盾：{faults[0].message}")
        self.mode = MODES[self.terms.mode]
        self.head = self.mode.begin(self.terms)
        self.service = Service.read(sale)
        self.known = _Known(self._read_places())

    def _read_places(self) -> dict[str, Place]:
        values = self.secrets.values if self.secrets else {}
        return {
            row["code"]: Place(row["code"], row["rank"], values=values.get(row["code"], {}))
            for row in self.sale.codes
        }

    def run(self) -> None:
        while self.next < len(self.events):
            event = self.events[self.next]
            if event.get("kind") == "entry":
                self._submission(event)
            elif event.get("kind") == "change":
                self._change(event)
            else:
                raise Broken("不认识的事件", event["seq"])
        self._check_result()

    # ---- submissions --------------------------------------------------------------------------

    def _submission(self, event: dict[str, Any]) -> None:
        """A person's entry, the automatic ones that answer it, and the end it may have brought."""
        seq, entry = event["seq"], read_entry(event)
        if entry.origin is not Origin.manual:
            raise Broken("自动报价不是对任何一次报价的回应", seq)
        at = read_instant(event, "at", seq)
        state = self.mode.phase(self.terms, self.head, at)
        if state is not self.head.state:
            raise Broken(f"此前缺少一步：按时钟此时应处于“{state.value}”阶段", seq)
        self._check_commitment(event, entry)
        submission = self._submitted(entry, at, seq)
        answer = self._answer(submission, entry, at, seq)
        self.next += 1
        head = self._answer_automatic(answer, submission, entry, at)
        self._keep(submission, entry, seq)
        self.head = head
        for change in answer.changes:
            check_step(change, at, self._peek(), seq)
            self.next += 1

    def _answer(self, submission: Submission, entry: Entry, at: datetime, seq: int) -> Answer:
        """The engine's answer, whose first entry is the recorded one."""
        book = self._book(entry.code)
        moment = self.service.moment(at, at, self._exercise_end())
        try:
            answer = self.mode.answer(self.terms, self.head, book, submission, moment)
        except ValueError:
            raise Broken("随后缺少优先购买权行权期的开始", seq) from None
        expected = answer.entries[0]
        if self._is_by_amount(entry, expected):
            expected = replace(
                expected,
                reason=entry.reason,
                state=self.head.state,
                price_minor=self.head.price_minor,
                leader=self.head.leader,
                ends_at=self.head.cycle_ends_at,
            )
            answer = Answer((expected,), self.head)
        expect_entry(expected, self.events[self.next], at)
        return answer

    def _is_by_amount(self, entry: Entry, expected: Entry) -> bool:
        """Whether a refusal is one that only the amount explains, and may be so explained."""
        if self.secrets is not None or entry.reason not in _OF_AMOUNT or expected.reason:
            return False
        first = self.head.price_minor is None
        return entry.reason is not (Reason.not_above_price if first else Reason.below_start)

    def _submitted(self, entry: Entry, at: datetime, seq: int) -> Submission:
        """What was sent in: as published, as opened, or as good as what is not public."""
        place = self.known.places[entry.code]
        amount = entry.amount_minor
        if self.secrets is not None and seq in self.secrets.amounts:
            value = self.secrets.amounts[seq]
            amount = value.get("amount_minor")
            if amount is not None and type(amount) is not int:
                raise Broken("开启的金额写法不对", seq)
            if value.get("values", place.values) != place.values:
                raise Broken("开启的评分值与获准参加时的不同", seq)
        elif amount is None:
            amount = self._stand_in(entry, at)
        return Submission(entry.act, place, amount)

    def _stand_in(self, entry: Entry, at: datetime) -> int | None:
        """An amount that the lot would take, if it took any."""
        if entry.act not in _AMOUNTS:
            return None
        if entry.act is Act.store and self.head.leader == entry.code and self.head.price_minor:
            return self.head.price_minor
        return self.mode.least(self.terms, self.head, at) or self.terms.start_minor

    def _check_commitment(self, event: dict[str, Any], entry: Entry) -> None:
        """What is secret was committed to when it came in; what is public was not hidden."""
        committed = event.get("commitment") is not None
        if committed and not is_hash(event["commitment"]):
            raise Broken("承诺不是 SHA-256 哈希", event["seq"])
        secret = entry.act in _SECRET or (entry.reason is not None and entry.act in _AMOUNTS)
        if secret and not committed:
            raise Broken("缺少当时应作出的承诺", event["seq"])
        if committed and entry.reason is None and entry.act not in _SECRET:
            raise Broken("公开的内容不应另有承诺", event["seq"])

    def _answer_automatic(
        self, answer: Answer, submission: Submission, entry: Entry, at: datetime
    ) -> Head:
        """The automatic bids that follow; the head after them."""
        if self.secrets is not None:
            for expected in answer.entries[1:]:
                if (event := self._peek()) is None:
                    raise Broken("记录在此处中断：缺少随后的自动报价", len(self.events))
                expect_entry(expected, event, at)
                self.next += 1
            self._refuse_automatic(at)
            return answer.head
        shown = []
        while (found := self._find_automatic(at)) is not None:
            shown.append(found)
            self.next += 1
        if entry.reason is not None:
            if shown:
                raise Broken("未被接受的报价不会引起自动报价", shown[0].seq)
            return answer.head
        return self._follow(answer, submission, entry, shown, at)

    def _follow(
        self,
        answer: Answer,
        submission: Submission,
        entry: Entry,
        shown: Sequence[Shown],
        at: datetime,
    ) -> Head:
        """Without the maxima: is each bid due, and does each field of it follow?"""
        maxima, storing = self.known.maxima, entry.act is Act.store
        first_time = storing and entry.code not in maxima.stored
        if storing:
            maxima.store(entry.code)
        head = replace(self.head, state=entry.state) if storing else answer.head
        if first_time and self.head.leader != entry.code and not shown:
            raise Broken("设定最高限价之后缺少自动报价", self.events[self.next - 1]["seq"])
        by_hand = submission.act is Act.bid
        check_automatic(self.terms, head, shown, maxima, by_hand=by_hand)
        if storing and shown and head.state is LotState.limited:
            head = extended(self.terms, head, at)
        for number, bid in enumerate(shown, start=self.next - len(shown)):
            rank = by_right(self.terms, head, bid.code, self.known.places[bid.code].rank)
            head = replace(head, price_minor=bid.amount_minor, leader=bid.code, leader_rank=rank)
            bidden = AutoBid(bid.code, bid.amount_minor, bid.note)
            expect_entry(automatic(head, bidden), self.events[number], at)
        return head

    def _find_automatic(self, at: datetime) -> Shown | None:
        """The next event, if it is an automatic bid of this instant."""
        event = self._peek()
        if event is None or event.get("kind") != "entry" or event.get("origin") != "proxy":
            return None
        entry, seq = read_entry(event), event["seq"]
        if read_instant(event, "at", seq) != at:
            raise Broken("自动报价的时间与引起它的报价不同", seq)
        if entry.code not in self.known.places or entry.amount_minor is None:
            raise Broken("自动报价须有竞买代码和金额", seq)
        return Shown(seq, entry.code, entry.amount_minor, entry.note)

    def _refuse_automatic(self, at: datetime) -> None:
        extra = self._find_automatic(at)
        if extra is not None:
            raise Broken("按当时的最高限价，此处不应再有自动报价", extra.seq)

    def _keep(self, submission: Submission, entry: Entry, seq: int) -> None:
        """Remember what later decisions depend on."""
        if entry.reason is not None:
            return
        code, amount = entry.code, submission.amount_minor
        if entry.act is Act.store:
            self.known.proxies.pop(code, None)
            if amount is not None:
                self.known.proxies[code] = Proxy(code, amount, seq, self.known.places[code].rank)
        if entry.act is Act.seal:
            self.known.sealed[code] = Sealed(code, amount or 0, seq)
        self.known.places[code] = marked(self.known.places[code], entry)

    # ---- steps --------------------------------------------------------------------------------

    def _change(self, event: dict[str, Any]) -> None:
        seq = event["seq"]
        now = read_instant(event, "decided_at", seq)
        if not is_of_clock(event):
            check_statement(event)
            self._check_resumption(event, now)
            self.terms, self.head, change = move_by_staff(self.terms, self.head, event, now)
            check_step(change, now, event, seq)
            self.next += 1
            return
        group = self._group(now)
        moment = self.service.moment_of_clock(now, read_beats(group), group, self._exercise_end())
        book = self._book_of_clock(group)
        try:
            advance = self.mode.advance(self.terms, self.head, book, moment)
        except ValueError:
            raise Broken("此处应为优先购买权行权期的开始", seq) from None
        if not advance.changes:
            raise Broken("此时按时钟、心跳与中断记录都不应有这一步", seq)
        for change in advance.changes:
            check_step(change, now, self._peek(), seq)
            self.next += 1
        self.head = advance.head

    def _check_resumption(self, event: Json, now: datetime) -> None:
        """A lot that an outage stopped waits as long as the rulebook says."""
        if event.get("step") != Step.resumed.value:
            return
        stops = [one for one in self.events[: self.next] if _stops(one)]
        facts = stops[-1].get("facts", {}) if stops else {}
        if facts.get("reason") == OUTAGE:
            self.service.check_resumption(facts, now, event["seq"])

    def _group(self, now: datetime) -> list[dict[str, Any]]:
        """The steps that were written down together, from the next one on."""
        group = []
        for event in self.events[self.next :]:
            if event.get("kind") != "change" or not is_of_clock(event):
                break
            if read_instant(event, "decided_at", event["seq"]) != now:
                break
            group.append(event)
        return group

    def _exercise_end(self) -> datetime | None:
        """Where the holders' window was set to end, by the step that opens it."""
        for event in self.events[self.next : self.next + 8]:
            if event.get("step") == Step.exercising.value:
                return read_instant(event.get("facts", {}), "ends_at", event["seq"])
        return None

    def _book(self, code: str) -> Book:
        """What the desk opened for a submission."""
        own = self.known.sealed.get(code)
        sealed = (own,) if own else ()
        if self.secrets is None:
            return Book(0 if self._hides_reserve else None, (), sealed, self._places)
        proxies = tuple(self.known.proxies.values())
        return Book(self.secrets.reserve_minor, proxies, sealed, self._places)

    @property
    def _hides_reserve(self) -> bool:
        return self.terms.reserve_kind is ReserveKind.hidden

    def _book_of_clock(self, group: Sequence[Json]) -> Book:
        places, sealed = self._places, tuple(self.known.sealed.values())
        if self.secrets is not None:
            return Book(self.secrets.reserve_minor, (), sealed, places)
        ended: Json = next((event.get("facts", {}) for event in group if _ends(event)), {})
        missed = ended.get("ending") == Ending.below_reserve.value
        price, winner = ended.get("price_minor"), ended.get("leader")
        others = 0 if price else 1
        sealed = tuple(
            replace(one, amount_minor=price if one.code == winner and price else others)
            for one in sealed
        )
        reserve = None
        if self._hides_reserve:
            best = max(self.head.price_minor or 0, others)
            shown = self.known.maxima.reserve_minor
            reserve = shown if shown is not None else (best + 1 if missed else 0)
        return Book(reserve, (), sealed, places)

    @property
    def _places(self) -> tuple[Place, ...]:
        return tuple(self.known.places.values())

    # ---- comparing ----------------------------------------------------------------------------

    def _peek(self) -> dict[str, Any] | None:
        return self.events[self.next] if self.next < len(self.events) else None

    def _check_result(self) -> None:
        """The result as published is what the events lead to."""
        if not self.head.is_over:
            raise Broken("记录没有到结束：末尾的事件缺失", len(self.events) or None)
        wanted = show_result(self.head)
        if dict(self.sale.result) != wanted:
            name = next(key for key in wanted if self.sale.result.get(key) != wanted[key])
            raise Broken(f"公布的结果与事件推出的结果不同：{name}")


def _stops(event: Json) -> bool:
    return event.get("step") == Step.suspended.value


def _ends(event: Json) -> bool:
    return event.get("step") in (Step.closed.value, Step.exercising.value)
