"""A script of actions, played on a stage of the engine, with what must hold after every one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.proxies import settle
from app.auctions.engine.steps import reserve_of
from app.auctions.engine.types import (
    Act,
    Answer,
    Change,
    Entry,
    Gap,
    Head,
    LotOutcome,
    LotState,
    Note,
    Origin,
    Place,
    Step,
    Submission,
    Terms,
)
from tests.unit.auctions.engine.stage import (
    JUNIOR,
    OPENS,
    SECOND,
    SENIOR,
    START,
    STEP,
    A,
    B,
    C,
    Stage,
)

EVERYBODY = (A, B, C, SENIOR, JUNIOR)
STOP, GO_ON, GAP, TICK = "stop", "go_on", "gap", "tick"
_BY_RIGHT: Final = (Act.match, Act.exercise)
_WITH_AMOUNT: Final = (Act.bid, Act.store, Act.raise_, Act.seal)

QUICK = settings(max_examples=100, deadline=None)


@dataclass(frozen=True, slots=True)
class Action:
    """After a wait somebody sends something in, or something happens to the lot."""

    wait_s: float
    what: Act | str
    who: Place
    steps: int  # above the least that may be bid; -1 is off the grid, -2 is none at all


def scripts(*acts: Act, most: int = 30) -> st.SearchStrategy[list[Action]]:
    """Actions with waits that reach every phase, and now and then a stop or a gap."""
    whats = st.sampled_from([*acts, *acts, *acts, STOP, GO_ON, GO_ON, GAP, TICK])
    waits = st.sampled_from([0, 0.000001, 1, 60, 240, 299.9, 300, 1800])
    return st.lists(
        st.builds(Action, waits, whats, st.sampled_from(EVERYBODY), st.integers(-2, 5)),
        max_size=most,
    )


def play(
    terms: Terms,
    script: Sequence[Action],
    *,
    reserve_minor: int | None = None,
    places: Sequence[Place] = EVERYBODY,
) -> Stage:
    """Play a script to its end, then let the clock run until the lot is over."""
    stage = Stage(terms, places, reserve_minor, exercise=timedelta(hours=2))
    now = OPENS - 600 * SECOND
    for action in script:
        now += timedelta(seconds=action.wait_s)
        tick(stage, now)
        _act(stage, action, now)
    while not stage.head.is_over:
        now = max(now, stage.head.cycle_ends_at)
        if stage.head.state is LotState.suspended:
            stage.go_on(now)
        tick(stage, max(now, stage.head.cycle_ends_at))
    check_end(stage)
    return stage


def _act(stage: Stage, action: Action, now: datetime) -> None:
    held = stage.head.state
    if action.what == STOP and held not in (LotState.suspended, LotState.closed):
        stage.stop(now)
    elif action.what == GO_ON and held is LotState.suspended:
        stage.go_on(now)
    elif action.what == GAP:
        stage.outages = (*stage.outages, Gap(now - 6 * SECOND, now))
    elif isinstance(action.what, Act):
        send(stage, action.who, action.what, action.steps)


def tick(stage: Stage, now: datetime) -> None:
    """The clock, twice: the second time it has nothing to do."""
    before, told = stage.head, len(stage.record)
    stage.at(now)
    after = stage.head
    assert stage.step().changes == ()
    assert stage.head == after
    if after.price_minor != before.price_minor:
        steps = [one.step for one in stage.record[told:] if isinstance(one, Change)]
        assert Step.unsealed in steps


def send(stage: Stage, who: Place, act: Act, steps: int) -> None:
    """Send something in and check what was answered, also with no more of the book than needed."""
    place = next(one for one in stage.places if one.code == who.code)
    submission = Submission(act, place, _amount(stage, act, steps))
    head, book, moment = stage.head, stage.book, stage.moment(stage.now)
    answer = stage.mode.answer(stage.terms, head, book, submission, moment)
    known = (who.code, head.leader)
    few = replace(book, proxies=tuple(one for one in book.proxies if one.code in known))
    assert stage.mode.answer(stage.terms, head, few, submission, moment) == answer
    stage.send(who, act, submission.amount_minor)
    assert stage.head == answer.head
    check_answer(stage, head, submission, answer)


def _amount(stage: Stage, act: Act, steps: int) -> int | None:
    least = stage.mode.least(stage.terms, stage.head, stage.now) or START
    if act is Act.accept:
        return least + max(0, steps - 3) * STEP
    if act in _BY_RIGHT:
        return stage.head.price_minor
    if act not in _WITH_AMOUNT or (steps == -2 and act is Act.store):
        return None
    return least + (1 if steps == -1 else max(steps, 0) * STEP)


def check_answer(stage: Stage, before: Head, submission: Submission, answer: Answer) -> None:
    """One answer: what it may change, and that stored maxima are at rest while there is bidding;
    a price that is taken by right afterwards is answered by hand or not at all."""
    own, *others = answer.entries
    assert own.code == submission.place.code
    assert len(others) <= 2
    if not own.accepted:
        assert (answer.head, others, answer.changes) == (before, [], ())
        return
    assert before.state not in (LotState.suspended, LotState.closed)
    if before.state is not LotState.free or not stage.terms.tiers:
        assert stage.now < before.cycle_ends_at
    price = before.price_minor
    for entry in answer.entries:
        check_price(stage.terms, price, entry)
        price = entry.price_minor
    for entry in others:
        check_automatic(stage, entry)
    if stage.terms.proxies and before.state is not LotState.exercising:
        assert again(stage) == []
    assert answer.head.price_minor == price
    assert answer.head.leader == (others[-1] if others else own).leader


def check_price(terms: Terms, before: int | None, entry: Entry) -> None:
    """An accepted entry either leaves the price alone or sets it, by what the mode allows."""
    assert entry.accepted
    if entry.act not in (Act.bid, Act.raise_, Act.match, Act.exercise, Act.accept):
        assert entry.price_minor == before
        return
    assert entry.price_minor == entry.amount_minor
    if entry.act in (Act.match, Act.exercise) or entry.note is Note.tie:
        assert entry.amount_minor == before
        return
    assert entry.amount_minor is not None
    if entry.act is Act.accept:
        return
    assert is_on(terms, entry.amount_minor)
    assert entry.amount_minor >= next_above(terms, before)
    least = entry.origin is Origin.proxy and entry.note is None
    assert not least or entry.amount_minor == next_above(terms, before)


def check_automatic(stage: Stage, entry: Entry) -> None:
    """Nobody is bid above his maximum, and above the least only for a reason that is told."""
    most, amount = stage.proxies[entry.code].max_minor, entry.amount_minor
    assert entry.origin is Origin.proxy
    assert amount is not None
    assert amount <= most
    if entry.note in (Note.limit, Note.tie):
        assert amount == most
    if entry.note is Note.reserve:
        assert amount == reserve_of(stage.terms, stage.book)


def again(stage: Stage) -> object:
    """What stored maxima would still bid: nothing, at the fixed point."""
    return settle(
        stage.terms,
        price_minor=stage.head.price_minor,
        leader=stage.head.leader,
        proxies=stage.book.proxies,
        reserve_minor=reserve_of(stage.terms, stage.book),
    )


def check_end(stage: Stage) -> None:
    """How every lot must have ended, whatever its mode."""
    head = stage.head
    steps = [one for one in stage.record if not isinstance(one, Entry)]
    assert head.outcome in (LotOutcome.won, LotOutcome.unsold)
    assert [one.step for one in steps].count(Step.closed) == 1
    assert steps[-1].step is Step.closed
    assert head.closed_at == steps[-1].at
    instants = [one.at for one in steps]
    assert instants == sorted(instants)
    if head.outcome is LotOutcome.won:
        assert head.leader in {one.code for one in stage.entries if one.accepted}


def taken(stage: Stage) -> list[Entry]:
    """Accepted entries that set or took a price."""
    acts = (Act.bid, Act.match, Act.exercise, Act.raise_, Act.accept)
    return [one for one in stage.entries if one.accepted and one.act in acts]
