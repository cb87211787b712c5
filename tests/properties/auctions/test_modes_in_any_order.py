"""Each mode, whatever is sent in by whomever at whatever time, stopped and resumed at will."""

from dataclasses import replace
from datetime import timedelta
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from app.auctions.engine.checking import check_terms, completed
from app.auctions.engine.types import (
    Act,
    BidMode,
    Change,
    Ending,
    Extension,
    LotOutcome,
    LotState,
    Preference,
    Reason,
    ReserveKind,
    Step,
    Terms,
    Tier,
)
from tests.properties.auctions.playing import EVERYBODY, QUICK, Action, play, scripts, taken
from tests.unit.auctions.engine.stage import (
    BUY_NOW,
    DYNAMIC,
    MULTI,
    ONCE,
    START,
    STEP,
    Stage,
)
from tests.unit.auctions.engine.test_first_come import DUTCH
from tests.unit.auctions.engine.test_sealed import WEIGHTED

RESERVE = START + 6 * STEP
OPEN_ACTS = (Act.bid, Act.store, Act.match, Act.waive, Act.confirm, Act.exercise, Act.raise_)
TIERS = (Tier(START, STEP), Tier(START + 4 * STEP, 2 * STEP), Tier(START + 10 * STEP, 5 * STEP))
EXTENSIONS = (Extension(), Extension(60, 60), Extension(cap_s=600), Extension(120, 300, 900))


@st.composite
def openly(draw: st.DrawFn, mode: BidMode) -> Terms:
    """Lawful terms of an open bidding, in all their combinations."""
    preference = draw(st.sampled_from(list(Preference)))
    raising = preference is Preference.post_with_raise
    proxies = draw(st.booleans())
    terms = replace(
        DYNAMIC if mode is BidMode.dynamic else replace(MULTI, mode=mode),
        preference=preference,
        raise_s=120 if raising else 0,
        proxies=proxies,
        confirm_s=0 if proxies else draw(st.sampled_from([0, 300])),
        must_bid_in_free=draw(st.booleans()),
        leader_may_raise=draw(st.booleans()),
        extension=draw(st.sampled_from(EXTENSIONS)),
        tiers=draw(st.sampled_from([DYNAMIC.tiers, TIERS])),
        reserve_kind=draw(st.sampled_from([ReserveKind.none, ReserveKind.hidden])),
    )
    assert check_terms(terms) == []
    return terms


def check_open_end(stage: Stage) -> None:
    """The greatest lawful amount has it; of equal ones a right, then the earlier maximum."""
    head, entries = stage.head, taken(stage)
    if not entries:
        assert (head.outcome, head.ending) == (LotOutcome.unsold, Ending.no_bid)
        return
    best = max(one.amount_minor or 0 for one in entries)
    assert head.price_minor == best
    held = stage.terms.reserve_kind is ReserveKind.none or best >= RESERVE
    assert (head.outcome is LotOutcome.won) == held
    assert head.leader in {one.code for one in entries if one.amount_minor == best}
    if head.outcome is LotOutcome.won and stage.terms.preference is Preference.ordinary:
        assert head.ending is Ending.highest_bid
        assert head.leader == entries[-1].code


def check_clock(stage: Stage) -> None:
    """Bids move the end of the limited period alone, never backwards and never past a cap."""
    rule, ends_at = stage.terms.extension, None
    for one in stage.record:
        if isinstance(one, Change):
            ends_at = None
            continue
        if one.state is LotState.limited and rule.cap_s is None and rule.adds_s is None:
            assert ends_at is None or one.ends_at >= ends_at
        if one.state is LotState.limited:
            ends_at = one.ends_at


@QUICK
@given(openly(BidMode.dynamic), scripts(*OPEN_ACTS))
def test_dynamic(terms: Terms, script: list[Action]) -> None:
    stage = play(terms, script, reserve_minor=RESERVE)
    check_open_end(stage)
    check_clock(stage)


@QUICK
@given(openly(BidMode.multi), scripts(*OPEN_ACTS))
def test_multi(terms: Terms, script: list[Action]) -> None:
    stage = play(terms, script, reserve_minor=RESERVE)
    check_open_end(stage)
    check_clock(stage)


@QUICK
@given(openly(BidMode.auction), scripts(*OPEN_ACTS))
def test_auction_is_bid_as_multi_is(terms: Terms, script: list[Action]) -> None:
    as_multi = play(replace(terms, mode=BidMode.multi), script, reserve_minor=RESERVE)
    assert play(terms, script, reserve_minor=RESERVE).record == as_multi.record


@st.composite
def sealedly(draw: st.DrawFn, terms: Terms) -> Terms:
    preference = draw(st.sampled_from([Preference.ordinary, Preference.post]))
    kind = draw(st.sampled_from([ReserveKind.none, ReserveKind.hidden]))
    terms = replace(terms, preference=preference, reserve_kind=kind)
    assert check_terms(terms) == []
    return terms


def check_sealed(stage: Stage) -> list[tuple[int, int, str]]:
    """One bid each, nothing known before the opening; (amount, number, code) of what has effect."""
    seals = [one for one in stage.entries if one.act is Act.seal and one.accepted]
    assert len({one.code for one in seals}) == len(seals) == len(stage.sealed)
    assert all(one.amount_minor is None and one.price_minor is None for one in seals)
    least = START if stage.terms.reserve_kind is ReserveKind.none else RESERVE
    valid = [
        (one.amount_minor, one.seq, one.code)
        for one in stage.sealed.values()
        if one.amount_minor >= least
    ]
    if not seals:
        assert stage.result == (LotOutcome.unsold, Ending.no_bid)
    elif not valid:
        assert stage.result == (LotOutcome.unsold, Ending.below_reserve)
        assert stage.lead == (None, None)
    else:
        assert stage.head.outcome is LotOutcome.won
    return valid


@QUICK
@given(sealedly(ONCE), scripts(Act.seal, Act.exercise, Act.waive, Act.bid))
def test_once(terms: Terms, script: list[Action]) -> None:
    stage = play(terms, script, reserve_minor=RESERVE)
    valid = check_sealed(stage)
    if valid:
        amount, _, code = min(valid, key=lambda one: (-one[0], one[1]))
        assert stage.head.price_minor == amount
        exercised = stage.head.exercised
        assert stage.head.leader == (min(exercised) if exercised else code)


@QUICK
@given(
    sealedly(WEIGHTED),
    scripts(Act.seal, Act.exercise, Act.waive),
    st.lists(st.integers(0, 40), min_size=10, max_size=10),
)
def test_weighted(terms: Terms, script: list[Action], values: list[int]) -> None:
    places = [
        replace(one, values={"jobs": values[n], "months": values[n + 5]})
        for n, one in enumerate(EVERYBODY)
    ]
    stage = play(terms, script, reserve_minor=RESERVE, places=places)
    valid = check_sealed(stage)
    if not valid:
        return
    best = max(amount for amount, _, _ in valid)
    jobs, months = terms.criteria

    least = terms.criteria[1].full_at
    whole = prod(range(least, 41))  # a denominator that every term divides

    def points(amount: int, code: str) -> int:
        """The score in whole numbers, without a fraction."""
        own = next(one for one in places if one.code == code).values
        months_needed = max(own["months"], least)
        hired = min(own["jobs"], jobs.full_at)
        share = terms.price_weight_bp * amount * jobs.full_at * whole
        share += jobs.weight_bp * hired * best * whole
        return share + months.weight_bp * least * best * jobs.full_at * (whole // months_needed)

    winner = min(valid, key=lambda one: (-points(one[0], one[2]), -one[0], one[1]))
    assert stage.head.price_minor == winner[0]
    if not stage.head.exercised:
        assert stage.head.leader == winner[2]
        assert stage.head.ending is Ending.best_score


@QUICK
@given(scripts(Act.accept, Act.accept, Act.bid))
def test_buy_now(script: list[Action]) -> None:
    stage = play(BUY_NOW, script)
    accepted = taken(stage)
    if accepted:
        assert len(accepted) == 1
        assert stage.lead == (accepted[0].code, START)
        assert stage.result == (LotOutcome.won, Ending.first_acceptance)
    else:
        assert stage.result == (LotOutcome.unsold, Ending.no_bid)
        shut = (Reason.not_started, Reason.late, Reason.suspended, Reason.closed)
        others = {one.reason for one in stage.entries if one.act is Act.accept} - set(shut)
        assert others <= {Reason.price_moved}


LADDER = completed(replace(DUTCH, window_s=300))


@QUICK
@given(scripts(Act.accept, Act.bid, most=20))
def test_dutch(script: list[Action]) -> None:
    """A rung is passed only after it has been shown in full, stops and gaps not counted."""
    stage = play(LADDER, script)
    accepted = taken(stage)
    assert len(accepted) <= 1
    if not accepted:
        assert stage.result == (LotOutcome.unsold, Ending.no_bid)
        return
    assert stage.result == (LotOutcome.won, Ending.first_acceptance)
    rung, rest = divmod(START - (accepted[0].amount_minor or 0), STEP)
    assert (rest, 0 <= rung <= 4) == (0, True)
    assert stage.head.closed_at is not None
    shown, since = timedelta(), None
    for one in stage.record:
        if isinstance(one, Change) and one.step in (Step.opened, Step.resumed):
            since = max(one.at, LADDER.free_starts_at)
        elif isinstance(one, Change) and one.step is Step.suspended and since is not None:
            shown, since = shown + (one.at - since), None
    shown += stage.head.closed_at - since if since is not None else timedelta()
    assert rung <= shown // LADDER.window
    if "suspended" not in stage.steps:
        assert rung == shown // LADDER.window
