"""Whatever is bid by whomever at whatever time, a lot keeps its promises."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.auctions.rules import compute_phase, decide_bid, decide_close, next_amount
from app.auctions.types import BidFacts, BidOutcome, Close, Decision, LotFacts, LotState
from app.core.ids import new_id
from tests.unit.auctions.test_bids import FREE_ENDS, LOT, OPENS, WINDOW

BIDDERS = [(new_id(), f"C{n:02d}") for n in range(1, 5)]

Script = list[tuple[int, int, int]]
Attempt = tuple[LotFacts, BidFacts, datetime, Decision, LotFacts]

# one attempt: who, how far off the least next amount (in 分), and how long after the one before
ATTEMPTS = st.lists(
    st.tuples(
        st.integers(0, len(BIDDERS) - 1),
        st.one_of(st.integers(-3, 6).map(lambda k: k * LOT.step_minor), st.integers(-200, 200)),
        st.integers(0, 2_000_000_000),
    ),
    max_size=40,
)


def attempts(lot: LotFacts, script: Script) -> Iterator[Attempt]:
    """Play a script of attempts; yields (lot before, bid, now, decision, lot after)."""
    now = OPENS - timedelta(seconds=1800)
    for who, off, wait in script:
        now += timedelta(microseconds=wait)
        bidder, code = BIDDERS[who]
        bid = BidFacts(bidder, code, max(1, next_amount(lot) + off))
        decision = decide_bid(lot, bid, now)
        after = lot
        if decision.outcome is BidOutcome.accepted:
            after = replace(
                lot,
                state=decision.state,
                price_minor=decision.price_minor,
                leader_id=decision.leader_id,
                leader_code=decision.leader_code,
                cycle_starts_at=decision.cycle_starts_at,
                cycle_ends_at=decision.cycle_ends_at,
            )
        yield lot, bid, now, decision, after
        lot = after


@given(ATTEMPTS)
def test_price_grid_and_clock(script: Script) -> None:
    for before, bid, now, decision, after in attempts(LOT, script):
        phase = compute_phase(before, now)
        if decision.outcome is BidOutcome.refused:
            assert after == before
            continue
        assert phase in (LotState.free, LotState.limited)
        assert now < before.cycle_ends_at
        assert bid.amount_minor >= LOT.start_minor
        assert (bid.amount_minor - LOT.start_minor) % LOT.step_minor == 0
        assert before.price_minor is None or bid.amount_minor > before.price_minor
        assert bid.bidder_id != before.leader_id
        assert (after.price_minor, after.leader_id) == (bid.amount_minor, bid.bidder_id)
        expected = now + WINDOW if phase is LotState.limited else FREE_ENDS + WINDOW
        assert after.cycle_ends_at == expected
        assert after.cycle_ends_at >= before.cycle_ends_at


@given(ATTEMPTS)
def test_a_good_bid_in_time_is_never_refused(script: Script) -> None:
    for before, bid, now, decision, _ in attempts(LOT, script):
        least = next_amount(before)
        good = (
            OPENS <= now < before.cycle_ends_at
            and bid.bidder_id != before.leader_id
            and bid.amount_minor >= least
            and (bid.amount_minor - least) % LOT.step_minor == 0
        )
        assert (decision.outcome is BidOutcome.accepted) == good


@given(ATTEMPTS)
def test_it_ends_a_full_window_after_the_last_limited_bid(script: Script) -> None:
    lot = LOT
    last = None
    for _, _, now, decision, after in attempts(LOT, script):
        lot = after
        if decision.outcome is BidOutcome.accepted and decision.state is LotState.limited:
            last = now
    end = FREE_ENDS + WINDOW if last is None else last + WINDOW
    assert lot.cycle_ends_at == end
    answer = decide_close(lot, outages=[], last_beat=end, now=end, tolerance=timedelta(seconds=5))
    assert answer == Close(end)
