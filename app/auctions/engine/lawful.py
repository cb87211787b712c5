"""Why an open bidding refuses what is sent in before the price is found.

Time comes before right, right before amount: a late bid learns that it is late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from app.auctions.engine.grid import is_on, next_above
from app.auctions.engine.preemption import find_moved
from app.auctions.engine.types import (
    Act,
    Book,
    Head,
    LotState,
    Place,
    Preference,
    Reason,
    Submission,
    Terms,
)

_SHUT = {
    LotState.announced: Reason.not_started,
    LotState.registering: Reason.not_started,
    LotState.confirming: Reason.confirming,
    LotState.suspended: Reason.suspended,
    LotState.closed: Reason.closed,
}


def find_refusal(
    terms: Terms,
    head: Head,
    state: LotState,
    book: Book,
    submission: Submission,
    now: datetime,
) -> Reason | None:
    """Why a submission is refused in ``state``, or None."""
    act = submission.act
    if not _is_known(terms, act):
        return Reason.not_this_mode
    if act is Act.confirm and state in (LotState.free, LotState.confirming, LotState.limited):
        return _find_confirm_refusal(state)
    if (shut := _SHUT.get(state)) is not None:
        return shut
    if state is LotState.limited:
        limited = _find_limited_refusal(terms, head, submission.place, now)
        if limited is not None:
            return limited
    return _FIND_REFUSAL[act](terms, head, book, submission)


def find_amount_refusal(terms: Terms, head: Head, amount_minor: int) -> Reason | None:
    """Why an amount does not stand on the grid above the price, or None (P-惠)."""
    if amount_minor < next_above(terms, head.price_minor):
        return Reason.below_start if head.price_minor is None else Reason.not_above_price
    return None if is_on(terms, amount_minor) else Reason.off_grid


def _is_known(terms: Terms, act: Act) -> bool:
    """Whether this can be sent in at all under these terms, at whatever time."""
    if act is Act.confirm:
        return terms.confirm_s > 0
    if act is Act.waive:
        return terms.preference is Preference.match
    return act in _FIND_REFUSAL


def _find_confirm_refusal(state: LotState) -> Reason | None:
    if state is LotState.confirming:
        return None
    return Reason.late if state is LotState.limited else Reason.not_started


def _find_limited_refusal(terms: Terms, head: Head, place: Place, now: datetime) -> Reason | None:
    if now >= head.cycle_ends_at:
        return Reason.late
    if terms.must_bid_in_free and not place.bid_in_free:
        return Reason.not_in_free
    return Reason.not_confirmed if terms.confirm_s and not place.confirmed else None


def _find_bid_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    del book
    if head.leader == submission.place.code and not terms.leader_may_raise:
        return Reason.already_leading
    return find_amount_refusal(terms, head, submission.amount_minor or 0)


def _find_match_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    """A holder may take the price from an ordinary bidder and from a junior holder (L-网拍21)."""
    del book
    refusal = _find_holder_refusal(terms, head, submission.place)
    if refusal is not None:
        return refusal
    if head.price_minor is None:
        return Reason.nothing_to_match
    rank = submission.place.rank or 0
    if head.leader_rank is not None and head.leader_rank <= rank:
        return Reason.not_senior
    return find_moved(head, submission)


def _find_waive_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    del book
    return _find_holder_refusal(terms, head, submission.place)


def _find_holder_refusal(terms: Terms, head: Head, place: Place) -> Reason | None:
    """Who leads has nothing to take, and nothing to let go."""
    if place.rank is None or terms.preference is not Preference.match:
        return Reason.not_a_holder
    if head.leader == place.code:
        return Reason.already_leading
    return Reason.already_answered if place.code in head.waived else None


def _find_store_refusal(
    terms: Terms, head: Head, book: Book, submission: Submission
) -> Reason | None:
    """A maximum stands on the grid; the leader's is not below the price, another's is above it."""
    if not terms.proxies:
        return Reason.no_proxies
    amount, code = submission.amount_minor, submission.place.code
    if amount is None:
        stored = any(proxy.code == code for proxy in book.proxies)
        return None if stored else Reason.nothing_stored
    if head.leader == code:
        if amount < (head.price_minor or 0):
            return Reason.below_price
        return None if is_on(terms, amount) else Reason.off_grid
    return find_amount_refusal(terms, head, amount)


_FIND_REFUSAL: Final[Mapping[Act, Callable[[Terms, Head, Book, Submission], Reason | None]]] = {
    Act.bid: _find_bid_refusal,
    Act.match: _find_match_refusal,
    Act.waive: _find_waive_refusal,
    Act.store: _find_store_refusal,
}
