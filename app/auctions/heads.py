"""A lot's row as the engine's words, and back; and what its chain of events starts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.auctions.engine.canonical import genesis
from app.auctions.engine.codec import from_json, to_json
from app.auctions.engine.types import (
    BidMode,
    Ending,
    Head,
    LotOutcome,
    LotState,
    Place,
    Terms,
    Tier,
)
from app.auctions.models import Lot, LotBidder, Rulebook
from app.auctions.rulebook_types import RulebookParams


def terms_of(lot: Lot, rules: RulebookParams) -> Terms:
    """What the lot pinned. One from before there were modes is DYNAMIC, as its columns say."""
    if lot.terms is not None:
        return from_json(Terms, lot.terms)
    return Terms(
        mode=BidMode(lot.mode),
        start_minor=lot.start_minor,
        tiers=(Tier(lot.start_minor, lot.step_minor),),
        free_starts_at=lot.free_starts_at,
        free_ends_at=lot.free_ends_at,
        window_s=lot.window_s,
        leader_may_raise=rules.leader_may_raise,
    )


def head_of(lot: Lot) -> Head:
    """What has become of the lot."""
    return Head(
        state=LotState(lot.state),
        cycle_starts_at=lot.cycle_starts_at,
        cycle_ends_at=lot.cycle_ends_at,
        shift=lot.shift if lot.shift is not None else timedelta(),
        price_minor=lot.price_minor,
        leader=lot.leader_code,
        leader_rank=lot.leader_rank,
        rival=lot.rival,
        bidders_turn=lot.bidders_turn,
        asked=tuple(lot.asked),
        exercised=tuple(lot.exercised),
        waived=tuple(lot.waived),
        rung=lot.rung,
        limited_starts_at=lot.limited_starts_at,
        decided_at=lot.decided_at,
        suspended_from=LotState(lot.suspended_from) if lot.suspended_from else None,
        suspended_at=lot.suspended_at,
        outcome=LotOutcome(lot.outcome) if lot.outcome else None,
        ending=Ending(lot.ending) if lot.ending else None,
        closed_at=lot.closed_at,
    )


def write_head(lot: Lot, head: Head) -> None:
    """The head into the row; who leads is known by a code here, and by the store as a party."""
    lot.state = head.state.value
    lot.cycle_starts_at, lot.cycle_ends_at = head.cycle_starts_at, head.cycle_ends_at
    lot.shift = head.shift
    lot.price_minor, lot.leader_code = head.price_minor, head.leader
    lot.leader_rank, lot.rival, lot.bidders_turn = head.leader_rank, head.rival, head.bidders_turn
    lot.asked = list(head.asked)
    lot.exercised, lot.waived = list(head.exercised), list(head.waived)
    lot.rung, lot.limited_starts_at = head.rung, head.limited_starts_at
    lot.decided_at = head.decided_at
    lot.suspended_from = head.suspended_from.value if head.suspended_from else None
    lot.suspended_at = head.suspended_at
    lot.outcome = head.outcome.value if head.outcome else None
    lot.ending = head.ending.value if head.ending else None
    lot.closed_at = head.closed_at


def place_of(row: LotBidder) -> Place:
    """An admitted bidder as the engine knows him."""
    return Place(row.code, row.rank, row.bid_in_free, row.confirmed, row.values)


def describe_genesis(lot: Lot, rulebook: Rulebook, terms: Terms) -> dict[str, Any]:
    """What a lot's chain starts from, part by part, as its record prints it."""
    return {
        "lot_number": lot.number,
        "terms": to_json(terms),
        "rulebook": {
            "version": rulebook.version,
            "clauses": rulebook.clauses,
            "params": rulebook.params,
        },
        "reserve_commitment": lot.reserve_commitment,
        "subject": {
            "title": lot.title,
            "offer": lot.offer_number,
            "particulars": lot.particulars,
            "bid_on": lot.bid_on,
            "terms_hash": lot.terms_hash,
        },
    }


def compute_genesis(lot: Lot, rulebook: Rulebook, terms: Terms) -> str:
    """The hash that a lot's first event follows."""
    return genesis(**describe_genesis(lot, rulebook, terms))
