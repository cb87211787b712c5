"""A scenario played on a house: bidders with their keys, staff, the clock, the bank, and faults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from app.auctions.deposit_types import EndKind
from app.auctions.desk import Move, Outcome, Receipt, Sale
from app.auctions.engine.modes import MODES
from app.auctions.engine.schedule import joins_until, opens_at
from app.auctions.engine.types import (
    Act,
    Gap,
    Head,
    LotOutcome,
    LotState,
    Place,
)
from app.auctions.errors import JumpUnconfirmed
from app.core.errors import KeyReused
from app.simulation import moves
from app.simulation.money import Deposits
from app.simulation.scenario import PUBLISHED, Fault, Happening, Kind, Mark, Scenario
from app.simulation.store import RESUME_AFTER, Crash, World, fingerprint

_STEP_MINOR = 5_000_00
_OUTAGES_S = (1, 3, 4, 6, 20, 90, 400)
_OUTAGE_AFTER = timedelta(seconds=2)
_MOST_TURNS = 200
_ENCORES = 6  # happenings after the sale is over: everything is refused by then
_TYPED = (Act.bid, Act.store, Act.seal, Act.raise_)


class House(Protocol):
    """Where a sale is kept, and the transactions over it."""

    world: World

    async def read(self) -> Sale: ...

    async def admit(self, place: Place) -> None: ...

    async def submit(
        self,
        code: str,
        act: Act,
        amount_minor: int | None,
        key: str,
        *,
        confirm_jump: bool = False,
        crash: bool = False,
    ) -> Outcome: ...

    async def advance(self, *, crash: bool = False) -> Outcome: ...

    async def change(self, move: Move) -> Outcome: ...

    async def restart(self) -> None: ...


class Broken(Exception):
    """An invariant does not hold."""


class Watch(Protocol):
    """Who looks at a run from outside."""

    def look(self, happening: str, money: Deposits) -> None:
        """After everything that has happened. Raises Broken."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What a client sent under a key; ``receipt`` is what was committed, known to it or not."""

    code: str
    act: Act
    amount_minor: int | None
    key: str
    confirm: bool
    receipt: Receipt | None


@dataclass(slots=True)
class Player:
    """One run. ``log`` says what happened, a line each; two runs of a seed have the same log."""

    scenario: Scenario
    house: House
    watch: Watch | None = None
    log: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    admitted: set[str] = field(default_factory=set)
    money: Deposits = field(init=False)
    sale: Sale = field(init=False)  # as it was last committed

    def __post_init__(self) -> None:
        terms = self.scenario.terms
        self.money = Deposits(joins_until(terms, MODES[terms.mode].begin(terms)))

    @property
    def world(self) -> World:
        return self.house.world

    async def play(self) -> Sale:
        """Everything that was drawn, then on to the end of the sale and of the money."""
        encores, self.sale = _ENCORES, await self.house.read()
        for drawn in self.scenario.happenings:
            happening = _fitting(drawn, self.sale.head)
            self._go_to(happening)
            told = await self._happen(happening)
            self._tell(f"{happening}: {told}")
            encores -= self.sale.head.is_over
            if not encores:
                break
        await self._finish()
        return await self.house.read()

    def _tell(self, line: str) -> None:
        self.log.append(f"{self.world.now:%H:%M:%S.%f} {line}")
        if self.watch is not None:
            self.watch.look(self.log[-1], self.money)

    # ---- time -----------------------------------------------------------------------------------

    def _go_to(self, happening: Happening) -> None:
        now, sale = self.world.now, self.sale
        if happening.mark is Mark.end:
            now = max(now, sale.head.cycle_ends_at + happening.by)
        elif happening.mark is Mark.opening:
            now = max(now, opens_at(sale.terms, sale.head) + happening.by)
        else:
            now += happening.by
        self._serve_until(now)

    def _serve_until(self, now: datetime) -> None:
        """Time passes, with a beat at each full second of it."""
        self.world.now = now
        self.world.last_beat = max(self.world.last_beat, now.replace(microsecond=0))

    # ---- what happens ---------------------------------------------------------------------------

    async def _happen(self, happening: Happening) -> str:
        if happening.kind is Kind.submit:
            return await self._submit(happening)
        if happening.kind is Kind.again:
            return await self._again(happening)
        if happening.kind is Kind.reuse:
            return await self._reuse(happening)
        if happening.kind in (Kind.suspend, Kind.resume, Kind.terminate):
            return await self._staff(happening.kind)
        return await self._elsewhere(happening)

    async def _elsewhere(self, happening: Happening) -> str:
        kind, luck = happening.kind, happening.luck
        if kind is Kind.sweep:
            return await self._sweep(crash=happening.fault is Fault.crashed)
        if kind is Kind.outage:
            return await self._lose_service(luck)
        if kind is Kind.pay:
            code = self.scenario.places[happening.who].code
            return await self._admit(self.money.pay(code, luck, self.world.now))
        if kind is Kind.bank:
            return await self._admit(self.money.reconcile(luck))
        if kind is Kind.back:
            self.world.now -= timedelta(microseconds=luck * 2_000)
            return "the clock steps back"
        await self.house.restart()
        self.sale = await self.house.read()
        return "restarted"

    async def _admit(self, codes: list[str]) -> str:
        """Whoever has paid may take part, as long as one may join; others get it back."""
        sale = self.sale
        late = sale.head.is_over or self.world.now >= joins_until(sale.terms, sale.head)
        for place in self.scenario.places:
            if place.code in codes and late:
                self.money.release(place.code)
            elif place.code in codes:
                await self.house.admit(place)
                self.admitted.add(place.code)
        told = "too late" if late else "admitted"
        return f"{told} {codes}" if codes else "nothing"

    # ---- bidders --------------------------------------------------------------------------------

    async def _submit(self, happening: Happening) -> str:
        place = self.scenario.places[happening.who]
        if place.code not in self.admitted:
            return "not admitted"
        amount = self._find_amount(self.sale, happening)
        sent = Sent(place.code, happening.act, amount, f"key-{len(self.sent):04d}", False, None)
        told = await self._send(sent, crash=happening.fault is Fault.crashed)
        if told == "jump" and happening.luck % 2:
            told += " " + await self._send(_confirmed(self.sent[-1]), again=True)
        if happening.fault is Fault.doubled:
            told += " " + await self._send(self.sent[-1], again=True)
        return told

    def _find_amount(self, sale: Sale, happening: Happening) -> int | None:
        head, act, steps = sale.head, happening.act, happening.steps
        least = MODES[sale.terms.mode].least(sale.terms, head, self.world.now)
        least = least if least is not None else sale.terms.start_minor
        if act in (Act.match, Act.exercise):
            moved = _STEP_MINOR if steps == -1 else 0
            return None if head.price_minor is None else head.price_minor + moved
        if act is Act.accept:
            return least + (_STEP_MINOR if steps > 2 else 0)
        if act is Act.store and steps == -1 and happening.luck % 2:
            return (head.price_minor or least) - _STEP_MINOR
        if act not in _TYPED or (act is Act.store and steps == -2):
            return None
        return least + (1 if steps == -1 else max(steps, -1) * _STEP_MINOR)

    async def _send(self, sent: Sent, *, again: bool = False, crash: bool = False) -> str:
        """Send something in and keep what was committed for it, answered or not."""
        receipt, told = sent.receipt, "crashed"
        try:
            outcome = await self.house.submit(
                sent.code,
                sent.act,
                sent.amount_minor,
                sent.key,
                confirm_jump=sent.confirm,
                crash=crash,
            )
        except Crash:
            pass
        except JumpUnconfirmed:
            told = "jump"
        else:
            self._check_repeat(sent, outcome)
            self.sale = outcome.sale
            receipt, told = outcome.receipt, _describe(outcome)
        kept = Sent(sent.code, sent.act, sent.amount_minor, sent.key, sent.confirm, receipt)
        if again:
            self.sent[self._place_of(sent)] = kept
        else:
            self.sent.append(kept)
        return told

    def _place_of(self, sent: Sent) -> int:
        return next(n for n, one in enumerate(self.sent) if one.key == sent.key)

    @staticmethod
    def _check_repeat(sent: Sent, outcome: Outcome) -> None:
        """A key that was answered gets that answer, and one that was not gets a first one."""
        if sent.receipt is None:
            if outcome.repeated:
                raise Broken(f"{sent.key} was never committed, and yet repeats an answer")
        elif not outcome.repeated or outcome.receipt != sent.receipt:
            raise Broken(f"{sent.key} has got another answer than before")

    async def _again(self, happening: Happening) -> str:
        if not self.sent:
            return "nothing to repeat"
        return await self._send(self.sent[happening.luck % len(self.sent)], again=True)

    async def _reuse(self, happening: Happening) -> str:
        answered = [one for one in self.sent if one.receipt is not None]
        if not answered:
            return "nothing to reuse"
        one = answered[happening.luck % len(answered)]
        other = (one.amount_minor or 0) + _STEP_MINOR
        try:
            await self.house.submit(one.code, one.act, other, one.key)
        except KeyReused:
            return f"{one.key} refused"
        raise Broken(f"{one.key} was taken for another amount")

    # ---- the clock and the staff ----------------------------------------------------------------

    async def _sweep(self, *, crash: bool = False) -> str:
        try:
            outcome = await self.house.advance(crash=crash)
        except Crash:
            return "crashed"
        self.sale = outcome.sale
        return _describe(outcome)

    async def _lose_service(self, luck: int) -> str:
        """The web service is gone; the worker looks half way; then it is back."""
        since, lasts = self.world.last_beat, timedelta(seconds=_OUTAGES_S[luck % len(_OUTAGES_S)])
        back = self.world.now + lasts
        self.world.now += lasts / 2
        told = await self._sweep()
        self.world.now = self.world.last_beat = max(back, since)
        if back - since > _OUTAGE_AFTER:
            self.world.gaps.append(Gap(since, back))
        return f"{lasts.seconds} s, {told}"

    async def _staff(self, kind: Kind) -> str:
        if kind is Kind.resume and not self._may_resume(self.sale.head):
            return "not yet"
        possible = {
            Kind.suspend: moves.suspend,
            Kind.resume: moves.resume,
            Kind.terminate: moves.terminate,
        }
        try:
            return await self._change(possible[kind])
        except ValueError as error:
            return f"impossible: {error}"

    async def _change(self, move: Move) -> str:
        outcome = await self.house.change(move)
        self.sale = outcome.sale
        return _describe(outcome)

    def _may_resume(self, head: Head) -> bool:
        """After an outage the rulebook gives everybody time to come back."""
        if head.state is not LotState.suspended or not self.world.gaps:
            return True
        return self.world.now >= (self.world.gaps[-1].ended_at or self.world.now) + RESUME_AFTER

    # ---- the end --------------------------------------------------------------------------------

    async def _finish(self) -> None:
        for _ in range(_MOST_TURNS):
            head = self.sale.head
            if head.is_over:
                break
            ends_at = head.cycle_ends_at + timedelta(seconds=1)
            if head.state is LotState.suspended:
                ends_at = self.world.now + 2 * RESUME_AFTER
            self._serve_until(max(self.world.now, ends_at))
            if head.state is LotState.suspended:
                self._tell(f"finish: {await self._staff(Kind.resume)}")
            else:
                self._tell(f"finish: {await self._sweep()}")
        else:
            raise Broken("the sale does not come to an end")
        await self._settle()

    async def _settle(self) -> None:
        """Sometimes a result does not stand; then the money goes where it belongs."""
        sale = self.sale
        self._serve_until(self.world.now + timedelta(hours=1))
        possible = {0: moves.fail, 1: moves.annul}
        move = possible.get(self.scenario.seed // 7 % 5)
        if sale.head.outcome is LotOutcome.won and move is not None:
            self._tell(f"settle: {await self._change(move)}")
        head = self.sale.head
        end = EndKind[(head.outcome or LotOutcome.unsold).value]
        winner = head.leader if end in (EndKind.won, EndKind.failed) else None
        self.money.reconcile(0)
        self.money.end(end, winner)
        self.money.reconcile(self.scenario.seed)
        self._tell(f"settled: {fingerprint(await self.house.read())}")
        if (fault := self.money.find_rest(winner, end)) is not None:
            raise Broken(fault)


def begin(scenario: Scenario) -> World:
    """The world at the moment of publication."""
    assert scenario.terms.free_starts_at > PUBLISHED
    return World(PUBLISHED, PUBLISHED)


def _fitting(happening: Happening, head: Head) -> Happening:
    """Most of what is drawn is bent to where the sale stands, so that it goes on; the rest is
    sent in all the same, to be refused."""
    luck = happening.luck
    if head.state is LotState.suspended and luck % 3:
        by = RESUME_AFTER if luck % 2 else timedelta(seconds=1)
        return replace(happening, kind=Kind.resume, mark=Mark.before, by=by)
    if happening.kind is not Kind.submit or luck % 4 == 0:
        return happening
    if head.state is LotState.exercising:
        act = Act.raise_ if head.bidders_turn else (Act.exercise, Act.exercise, Act.waive)[luck % 3]
        return replace(happening, act=act, steps=max(happening.steps, 0))
    if head.state is LotState.confirming:
        return replace(happening, act=Act.confirm)
    return happening


def _confirmed(sent: Sent) -> Sent:
    return Sent(sent.code, sent.act, sent.amount_minor, sent.key, True, sent.receipt)


def _describe(outcome: Outcome) -> str:
    """What came of a transaction, in one line without secrets."""
    told = [one.step.value for one in outcome.changes]
    receipt = outcome.receipt
    if receipt is not None:
        verdict = receipt.entry.reason.value if receipt.entry.reason else "accepted"
        repeated = " (repeated)" if outcome.repeated else ""
        price = receipt.standing_price_minor
        told.insert(0, f"{receipt.seq} {verdict}{repeated} {receipt.standing_leader} {price}")
    return " + ".join(told) or "nothing"
