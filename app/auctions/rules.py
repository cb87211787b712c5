"""Pure decisions of 动态报价 (DYNAMIC): phases, bids, closing. No clock but the one handed in.

Semantics: DOMAIN 2.3 and 2.5. Every end is exclusive: what is decided at the end itself is late.
A further mode is a sibling of ``decide_bid`` with the same face.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.auctions.types import (
    BidFacts,
    BidOutcome,
    BidReason,
    Close,
    Decision,
    Gap,
    LotFacts,
    LotState,
    LotTerms,
    RulebookParams,
    Suspend,
    Wait,
)
from app.core.errors import FieldError, Invalid
from app.core.i18n import Message
from app.core.money import MAX_MINOR

MAX_AHEAD = timedelta(days=366)


def check_terms(terms: LotTerms, rules: RulebookParams, now: datetime) -> None:
    """Refuse contradictory terms of a lot with a sentence for each (Invalid)."""
    faults = []
    opens_at = terms.free_starts_at or now
    if not 0 < terms.start_minor <= MAX_MINOR:
        faults.append(FieldError("start", "起始价须大于零且不超过十万亿元"))
    if not 0 < terms.step_minor <= MAX_MINOR:
        faults.append(FieldError("step", "加价幅度须大于零且不超过十万亿元"))
    if opens_at < now:
        faults.append(FieldError("free_starts_at", "自由报价开始时间不能早于现在"))
    if opens_at > now + MAX_AHEAD:
        faults.append(FieldError("free_starts_at", "自由报价须在一年之内开始"))
    if terms.free_ends_at <= opens_at:
        faults.append(FieldError("free_ends_at", "自由报价结束时间须晚于开始时间"))
    elif terms.free_ends_at > opens_at + MAX_AHEAD:
        faults.append(FieldError("free_ends_at", "自由报价期不能超过一年"))
    if not rules.min_window_s <= terms.window_s <= rules.max_window_s:
        faults.append(
            FieldError(
                "window_s",
                Message(
                    "限时报价周期须在 %(least)s 秒至 %(most)s 秒之间",
                    least=rules.min_window_s,
                    most=rules.max_window_s,
                ),
            )
        )
    if faults:
        raise Invalid(faults)


def compute_phase(lot: LotFacts, now: datetime) -> LotState:
    """The state at ``now``, whether or not a sweep has written it down yet.

    A limited cycle that has run out stays ``limited`` until it is closed or suspended;
    ``is_late`` tells the difference.
    """
    if lot.state in (LotState.closed, LotState.suspended):
        return lot.state
    if now < lot.free_starts_at:
        return LotState.announced
    return LotState.free if now < lot.free_ends_at else LotState.limited


def is_late(lot: LotFacts, now: datetime) -> bool:
    """Whether the current limited cycle has run out: its end is exclusive."""
    return compute_phase(lot, now) is LotState.limited and now >= lot.cycle_ends_at


def next_amount(lot: LotFacts) -> int:
    """The least amount, in 分, that the grid accepts next."""
    return lot.start_minor if lot.price_minor is None else lot.price_minor + lot.step_minor


def decide_bid(lot: LotFacts, bid: BidFacts, now: datetime) -> Decision:
    """Answer a bid decided at ``now``; a refusal leaves price, leader and clock as they were."""
    state = compute_phase(lot, now)
    reason = find_refusal(lot, bid, now)
    if reason is not None:
        return Decision(
            BidOutcome.refused,
            reason,
            state,
            lot.price_minor,
            lot.leader_id,
            lot.leader_code,
            lot.cycle_starts_at,
            lot.cycle_ends_at,
        )
    resets = state is LotState.limited
    return Decision(
        BidOutcome.accepted,
        None,
        state,
        bid.amount_minor,
        bid.bidder_id,
        bid.code,
        now if resets else lot.cycle_starts_at,
        now + lot.window if resets else lot.cycle_ends_at,
    )


def find_refusal(lot: LotFacts, bid: BidFacts, now: datetime) -> BidReason | None:
    """Why a bid is refused, or None. Time comes before amount: a late bid learns it is late."""
    state = compute_phase(lot, now)
    if state in _SHUT:
        return _SHUT[state]
    if is_late(lot, now):
        return BidReason.late
    if lot.leader_id == bid.bidder_id and not lot.leader_may_raise:
        return BidReason.already_leading
    return find_amount_refusal(lot, bid.amount_minor)


_SHUT = {
    LotState.announced: BidReason.not_started,
    LotState.suspended: BidReason.suspended,
    LotState.closed: BidReason.closed,
}


def find_amount_refusal(lot: LotFacts, amount_minor: int) -> BidReason | None:
    """Why an amount does not stand on the grid above the price, or None (P-惠)."""
    least = next_amount(lot)
    if amount_minor < least:
        first = lot.price_minor is None
        return BidReason.below_start if first else BidReason.not_above_price
    return BidReason.off_grid if (amount_minor - least) % lot.step_minor else None


def overlaps(gap: Gap, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether a gap touches the half-open span; one that only meets its edge does not."""
    return gap.started_at < ends_at and (gap.ended_at is None or gap.ended_at > starts_at)


def decide_close(
    lot: LotFacts,
    *,
    outages: Sequence[Gap],
    last_beat: datetime | None,
    now: datetime,
    tolerance: timedelta,
) -> Close | Suspend | Wait:
    """What the clock asks of a lot in its limited period.

    Suspend: the current cycle overlapped a gap in service longer than ``tolerance`` (a recorded
    outage, or the silence since ``last_beat``). Close: the cycle has run out and a beat at or
    after its end proves that bids could be served up to it. Wait: neither yet.
    """
    long_ago = [
        gap
        for gap in outages
        if gap.ended_at is not None
        and gap.ended_at - gap.started_at > tolerance
        and overlaps(gap, lot.cycle_starts_at, lot.cycle_ends_at)
    ]
    if long_ago:
        return Suspend(min(long_ago, key=lambda gap: gap.started_at))
    if last_beat is None:  # the market has never been served: there was no service to lose
        return Wait(lot.cycle_ends_at)
    silence = Gap(last_beat, None)
    if now - last_beat > tolerance and overlaps(silence, lot.cycle_starts_at, lot.cycle_ends_at):
        return Suspend(silence)
    if now >= lot.cycle_ends_at and last_beat >= lot.cycle_ends_at:
        return Close(lot.cycle_ends_at)
    return Wait(lot.cycle_ends_at)


def find_outage(last_beat: datetime, now: datetime, threshold: timedelta) -> Gap | None:
    """The gap that ends with this beat, or None when the beats are close enough together."""
    return Gap(last_beat, now) if now - last_beat > threshold else None


def pick_code(taken: Sequence[str], draw: int) -> str:
    """A free bidder code (``C01``…): ``draw`` is any random number of 0 or more.

    Codes tell nothing of the order of joining. The first 99 bidders share two digits.
    """
    used = set(taken)
    digits = 2 if len(used) < 99 else 3 if len(used) < 999 else 6
    free = [
        code
        for n in range(10 ** (digits - 1) if digits > 2 else 1, 10**digits)
        if (code := f"C{n:0{digits}d}") not in used
    ]
    return free[draw % len(free)]
