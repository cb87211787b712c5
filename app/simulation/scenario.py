"""What a seed stands for: lawful terms, bidders, and what happens to the sale, in order.

Happenings are drawn before anything runs. Their instants may refer to the end of the cycle, which
is known only when they come; everything else about them is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from app.auctions.engine.checking import check_terms, completed
from app.auctions.engine.grid import round_down
from app.auctions.engine.types import (
    Act,
    BidMode,
    Criterion,
    Extension,
    Place,
    Preference,
    ReserveKind,
    SingleBidder,
    Terms,
    Tier,
)

PUBLISHED: Final = datetime(2026, 3, 2, 1, tzinfo=UTC)
OPENS: Final = PUBLISHED + timedelta(hours=1)
DEPOSIT: Final = 20_000_00
MODES: Final = tuple(mode for mode in BidMode if mode is not BidMode.tender)
_START: Final = 100_000_00
_STEP: Final = 5_000_00
_OPEN: Final = frozenset({BidMode.dynamic, BidMode.multi, BidMode.auction})
_SEALED: Final = frozenset({BidMode.once, BidMode.weighted})
_CRITERIA: Final = (
    Criterion("jobs", "新增就业", "人", 2_000, 30),
    Criterion("months", "投产时间", "月", 1_000, 6, higher_is_better=False),
)


class Kind(StrEnum):
    """What can happen to a sale."""

    submit = "submit"
    again = "again"  # the client repeats something it sent before, with its key
    reuse = "reuse"  # the key of something sent before, with another amount
    sweep = "sweep"  # the worker looks
    suspend = "suspend"
    resume = "resume"
    terminate = "terminate"
    outage = "outage"
    restart = "restart"
    back = "back"  # the server's clock steps back
    pay = "pay"  # somebody pays his deposit, or what he takes for it
    bank = "bank"  # the bank's messages are sent again


class Fault(StrEnum):
    """What goes wrong with one request."""

    none = "none"
    unanswered = "unanswered"  # committed, and the answer is lost
    crashed = "crashed"  # the process dies before the commit
    doubled = "doubled"  # the network delivers it twice


class Mark(StrEnum):
    """From where a happening's instant is counted."""

    before = "before"  # the happening before it
    opening = "opening"  # when the first bid may come
    end = "end"  # the end of the cycle as it stands then


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens. ``by``: how far from its mark; ``steps``: above what may be bid, -1
    beside the grid, -2 none at all; ``luck``: 0…999, for whoever needs a number more."""

    kind: Kind
    mark: Mark
    by: timedelta
    who: int = 0
    act: Act = Act.bid
    steps: int = 0
    fault: Fault = Fault.none
    luck: int = 0

    def __str__(self) -> str:
        what = self.kind.value if self.kind is not Kind.submit else self.act.value
        fault = "" if self.fault is Fault.none else f" !{self.fault}"
        seconds = self.by.total_seconds()
        return f"{what} #{self.who} {self.steps:+d} @{self.mark}{seconds:+.6f}{fault} ~{self.luck}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that a seed stands for."""

    seed: int
    terms: Terms
    places: tuple[Place, ...]
    reserve_minor: int | None
    jump_limit: int
    happenings: tuple[Happening, ...]

    @property
    def number(self) -> str:
        """The lot's number; it goes into every hash."""
        return f"CJ-2026-{900_000 + self.seed:06d}"


def draw(seed: int, mode: BidMode | None = None, *, length: int = 50) -> Scenario:
    """The scenario of a seed; without a mode the seeds take turns."""
    mode = mode or MODES[seed % len(MODES)]
    # why a text: its hash is the same in every process
    random = Random(f"{seed}/{mode}")  # noqa: S311
    terms = _draw_terms(random, mode)
    reserve = None
    if terms.reserve_kind is ReserveKind.hidden:
        reserve = _START + random.randrange(0, 12) * _STEP
        # why: a reserve beside the grid is never published
        reserve = round_down(terms, reserve) if terms.tiers else reserve
    places = _draw_places(random)
    happenings = [_draw_payment(random, who) for who in range(len(places))]
    happenings += _draw_opening(random, terms, len(places))
    happenings += [_draw_happening(random, terms, len(places)) for _ in range(length)]
    jump_limit = random.choice((0, 0, 20))
    return Scenario(seed, terms, places, reserve, jump_limit, tuple(happenings))


def _draw_places(random: Random) -> tuple[Place, ...]:
    """Three to six bidders, up to two of them holders; codes tell nothing of their order."""
    codes = random.sample(range(1, 100), random.randrange(3, 7))
    holders = random.choice((0, 0, 1, 2))
    return tuple(
        Place(
            f"C{code:02d}",
            rank=random.choice((1, 2)) if n < holders else None,
            values={"jobs": random.randrange(0, 40), "months": random.randrange(1, 24)},
        )
        for n, code in enumerate(codes)
    )


def _draw_terms(random: Random, mode: BidMode) -> Terms:
    free = timedelta(seconds=random.choice((300, 300, 600, 900)))
    terms = Terms(
        mode=mode,
        start_minor=_START,
        tiers=(Tier(_START, _STEP),),
        free_starts_at=OPENS,
        free_ends_at=OPENS + free,
        window_s=random.choice((60, 180, 300)),
        leader_may_raise=random.random() < 0.2,
        single_bidder=SingleBidder.proceed,
    )
    if mode in _OPEN:
        terms = _draw_open(random, terms)
    elif mode in _SEALED:
        terms = _draw_sealed(random, terms)
    elif mode is BidMode.dutch:
        terms = replace(terms, floor_minor=_START - random.randrange(3, 9) * _STEP)
    terms = completed(terms)
    faults = check_terms(terms)
    assert not faults, faults
    return terms


def _draw_open(random: Random, terms: Terms) -> Terms:
    preference = random.choice(tuple(Preference))
    raising = preference is Preference.post_with_raise
    proxies = random.random() < 0.6
    extensions = (Extension(), Extension(), Extension(60, 60), Extension(cap_s=900))
    tiers = (terms.tiers, (Tier(_START, _STEP), Tier(_START + 4 * _STEP, 2 * _STEP)))
    kinds = (ReserveKind.none, ReserveKind.hidden, ReserveKind.open)
    kind, starts_at = random.choice(kinds), random.choice((None, PUBLISHED + timedelta(minutes=2)))
    return replace(
        terms,
        tiers=random.choice(tiers),
        registration_starts_at=None if terms.mode is BidMode.dynamic else starts_at,
        registration_ends_at=None if terms.mode is BidMode.dynamic else OPENS,
        extension=random.choice(extensions),
        reserve_kind=kind,
        open_reserve_minor=_START + 2 * _STEP if kind is ReserveKind.open else None,
        must_bid_in_free=random.random() < 0.15,
        confirm_s=0 if proxies else random.choice((0, 0, 120)),
        single_bidder=random.choice((SingleBidder.proceed, SingleBidder.agreement)),
        proxies=proxies,
        preference=preference,
        raise_s=120 if raising else 0,
    )


def _draw_sealed(random: Random, terms: Terms) -> Terms:
    weighted = terms.mode is BidMode.weighted
    return replace(
        terms,
        tiers=(),
        registration_ends_at=OPENS,
        reserve_kind=random.choice((ReserveKind.none, ReserveKind.hidden)),
        preference=random.choice((Preference.ordinary, Preference.post)),
        price_weight_bp=7_000 if weighted else 10_000,
        criteria=_CRITERIA if weighted else (),
    )


# ---- what happens -------------------------------------------------------------------------------

_COMMON: Final = (
    (Kind.submit, 60),
    (Kind.again, 7),
    (Kind.reuse, 2),
    (Kind.sweep, 8),
    (Kind.suspend, 2),
    (Kind.resume, 5),
    (Kind.outage, 3),
    (Kind.restart, 3),
    (Kind.back, 2),
    (Kind.pay, 2),
    (Kind.bank, 4),
)
_WAITS: Final = (0, 1, 10_000, 20_000, 100_000, 300_000, 600_000, 900_000)  # millionths of a window
_AROUND: Final = (-30_000_000, -1_000_000, -1, 0, 1, 1_500_000)
_FAULTS: Final = (Fault.none,) * 14 + (
    Fault.unanswered,
    Fault.unanswered,
    Fault.crashed,
    Fault.doubled,
)
_ACTS: Final = {
    BidMode.once: (Act.seal,) * 6 + (Act.exercise, Act.waive, Act.bid),
    BidMode.weighted: (Act.seal,) * 6 + (Act.exercise, Act.waive),
    BidMode.buy_now: (Act.accept, Act.bid),
    BidMode.dutch: (Act.accept, Act.store),
}


def _draw_payment(random: Random, who: int) -> Happening:
    """Before the opening everybody pays, most of them rightly."""
    by = timedelta(seconds=random.randrange(30, 300))
    return Happening(Kind.pay, Mark.before, by, who, luck=random.randrange(1000))


def _draw_opening(random: Random, terms: Terms, bidders: int) -> list[Happening]:
    """A few things before the opening, mostly a look at the bank; then the opening."""
    early = [_draw_happening(random, terms, bidders) for _ in range(random.choice((0, 0, 0, 2)))]
    if random.random() < 0.8:
        early.append(Happening(Kind.bank, Mark.before, timedelta(), luck=random.randrange(1000)))
    by = timedelta(microseconds=random.choice((-1, 0, 1, 1_000_000)))
    return [*early, Happening(Kind.sweep, Mark.opening, by)]


def _draw_happening(random: Random, terms: Terms, bidders: int) -> Happening:
    kinds, weights = zip(*_COMMON, strict=True)
    kind = random.choices(kinds, weights)[0]
    if kind is Kind.suspend and random.random() < 0.1:
        kind = Kind.terminate
    at_end = random.random() < 0.08
    wait = timedelta(microseconds=random.choice(_WAITS) * terms.window_s)
    around = timedelta(microseconds=random.choice(_AROUND))
    return Happening(
        kind,
        Mark.end if at_end else Mark.before,
        around if at_end else wait,
        who=random.randrange(bidders),
        act=_draw_act(random, terms),
        steps=random.choice((-2, -1, 0, 0, 0, 0, 1, 2, 3, 8, 400)),
        fault=random.choice(_FAULTS) if kind in (Kind.submit, Kind.sweep) else Fault.none,
        luck=random.randrange(1000),
    )


def _draw_act(random: Random, terms: Terms) -> Act:
    """Mostly what the lot is for, now and then anything else."""
    if random.random() < 0.03:
        return random.choice(tuple(Act))
    if terms.mode not in _OPEN:
        return random.choice(_ACTS[terms.mode])
    acts = [Act.bid] * 6
    acts += [Act.store] * 5 if terms.proxies else []
    acts += [Act.confirm] * 4 if terms.confirm_s else []
    if terms.preference is Preference.match:
        acts += [Act.match] * 4 + [Act.waive]
    elif terms.preference is not Preference.ordinary:
        acts += [Act.exercise] * 3 + [Act.waive, Act.raise_]
    return random.choice(acts)
