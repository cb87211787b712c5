"""A sentence for every contradiction in a lot's terms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auctions.engine.checking import check_terms, completed
from app.auctions.engine.parameters import check_reserve_amount
from app.auctions.engine.types import (
    BidMode,
    Criterion,
    Extension,
    Preference,
    ReserveKind,
    SingleBidder,
    Terms,
    Tier,
)
from app.core.money import MAX_MINOR
from tests.unit.auctions.engine.stage import (
    BUY_NOW,
    DYNAMIC,
    FREE_ENDS,
    MULTI,
    ONCE,
    OPENS,
    SECOND,
    START,
    STEP,
)
from tests.unit.auctions.engine.test_first_come import DUTCH
from tests.unit.auctions.engine.test_sealed import JOBS, MONTHS, WEIGHTED

AUCTION = replace(MULTI, mode=BidMode.auction)
POST = Preference.post
RAISE = Preference.post_with_raise
CRITERIA = (replace(JOBS, weight_bp=3_000),)


@pytest.mark.parametrize(
    "terms",
    [
        DYNAMIC,
        MULTI,
        AUCTION,
        ONCE,
        BUY_NOW,
        DUTCH,
        WEIGHTED,
        replace(DYNAMIC, proxies=True, preference=Preference.match, must_bid_in_free=True),
        replace(MULTI, preference=RAISE, raise_s=60, extension=Extension(60, 60, 300)),
        replace(ONCE, preference=POST, reserve_kind=ReserveKind.hidden),
        replace(DYNAMIC, reserve_kind=ReserveKind.open, open_reserve_minor=START + 3 * STEP),
        replace(BUY_NOW, registration_ends_at=OPENS),
        replace(DYNAMIC, single_bidder=SingleBidder.agreement, confirm_s=300),
        replace(DYNAMIC, tiers=(Tier(START, STEP), Tier(START + 2 * STEP, 3 * STEP))),
    ],
)
def test_terms_that_can_be_published(terms: Terms) -> None:
    assert check_terms(terms) == []
    assert completed(terms) == terms


@pytest.mark.parametrize(
    ("terms", "changes", "field"),
    [
        # price and grid
        (DYNAMIC, {"start_minor": 0, "tiers": (Tier(0, STEP),)}, "start"),
        (ONCE, {"start_minor": MAX_MINOR + 1}, "start"),
        (DYNAMIC, {"tiers": ()}, "step"),
        (DYNAMIC, {"tiers": (Tier(START, 0),)}, "step"),
        (DYNAMIC, {"tiers": (Tier(START, -STEP),)}, "step"),
        (DYNAMIC, {"tiers": (Tier(START + STEP, STEP),)}, "tiers"),
        (DYNAMIC, {"tiers": (Tier(START, STEP), Tier(START, STEP))}, "tiers"),
        (DYNAMIC, {"tiers": (Tier(START, STEP), Tier(START + STEP + 1, STEP))}, "tiers"),
        (ONCE, {"tiers": (Tier(START, STEP),)}, "step"),
        (BUY_NOW, {"tiers": (Tier(START, STEP),)}, "step"),
        # reserve
        (DYNAMIC, {"reserve_kind": ReserveKind.open}, "reserve"),
        (DYNAMIC, {"open_reserve_minor": START}, "reserve"),
        (
            DYNAMIC,
            {"reserve_kind": ReserveKind.hidden, "open_reserve_minor": START},
            "reserve",
        ),
        (
            DYNAMIC,
            {"reserve_kind": ReserveKind.open, "open_reserve_minor": START - 1},
            "reserve",
        ),
        (
            DYNAMIC,
            {"reserve_kind": ReserveKind.open, "open_reserve_minor": START + 1},
            "reserve",
        ),
        (BUY_NOW, {"reserve_kind": ReserveKind.hidden}, "reserve"),
        (DUTCH, {"reserve_kind": ReserveKind.hidden}, "reserve"),
        # clock
        (DYNAMIC, {"window_s": 0}, "window_s"),
        (DYNAMIC, {"free_ends_at": OPENS}, "free_ends_at"),
        (ONCE, {"free_ends_at": OPENS + 299 * SECOND}, "free_ends_at"),
        (DYNAMIC, {"extension": Extension(threshold_s=60)}, "threshold_s"),
        (DYNAMIC, {"extension": Extension(adds_s=0, threshold_s=60)}, "adds_s"),
        (DYNAMIC, {"extension": Extension(adds_s=60)}, "threshold_s"),
        (DYNAMIC, {"extension": Extension(adds_s=60, threshold_s=301)}, "threshold_s"),
        (DYNAMIC, {"extension": Extension(cap_s=299)}, "cap_s"),
        (DYNAMIC, {"confirm_s": -1}, "confirm_s"),
        (DYNAMIC, {"confirm_s": 300, "proxies": True}, "proxies"),
        (ONCE, {"extension": Extension(adds_s=60, threshold_s=60)}, "adds_s"),
        (BUY_NOW, {"extension": Extension(cap_s=600)}, "adds_s"),
        (WEIGHTED, {"must_bid_in_free": True}, "confirm_s"),
        (DUTCH, {"confirm_s": 300}, "confirm_s"),
        (ONCE, {"proxies": True}, "proxies"),
        # registration
        (MULTI, {"registration_ends_at": None}, "registration_ends_at"),
        (AUCTION, {"registration_ends_at": None}, "registration_ends_at"),
        (ONCE, {"registration_ends_at": None}, "registration_ends_at"),
        (WEIGHTED, {"registration_ends_at": None}, "registration_ends_at"),
        (DYNAMIC, {"registration_ends_at": OPENS}, "registration_ends_at"),
        (MULTI, {"registration_ends_at": OPENS + SECOND}, "registration_ends_at"),
        (MULTI, {"registration_starts_at": OPENS}, "registration_starts_at"),
        (DYNAMIC, {"registration_starts_at": OPENS}, "registration_starts_at"),
        (BUY_NOW, {"single_bidder": SingleBidder.agreement}, "single_bidder"),
        (DUTCH, {"single_bidder": SingleBidder.agreement}, "single_bidder"),
        # pre-emption
        (ONCE, {"preference": Preference.match}, "preference"),
        (ONCE, {"preference": RAISE, "raise_s": 60}, "preference"),
        (MULTI, {"preference": RAISE, "raise_s": 59}, "raise_s"),
        (MULTI, {"preference": POST, "raise_s": 60}, "raise_s"),
        (BUY_NOW, {"preference": POST}, "preference"),
        (DUTCH, {"preference": Preference.match}, "preference"),
        (BUY_NOW, {"raise_s": 60}, "raise_s"),
        # weights
        (DYNAMIC, {"criteria": (JOBS,)}, "criteria"),
        (MULTI, {"price_weight_bp": 9_000}, "criteria"),
        (WEIGHTED, {"criteria": ()}, "criteria"),
        (WEIGHTED, {"criteria": (JOBS, replace(MONTHS, key="jobs"))}, "criteria"),
        (WEIGHTED, {"criteria": (JOBS,)}, "criteria"),
        (
            WEIGHTED,
            {"price_weight_bp": 0, "criteria": (replace(JOBS, weight_bp=10_000),)},
            "criteria",
        ),
        (WEIGHTED, {"criteria": (replace(CRITERIA[0], full_at=0),)}, "criteria"),
        # the ladder
        (DYNAMIC, {"floor_minor": START - STEP}, "floor"),
        (DUTCH, {"floor_minor": None}, "floor"),
        (DUTCH, {"floor_minor": 0}, "floor"),
        (DUTCH, {"floor_minor": START}, "floor"),
        (DUTCH, {"floor_minor": START - STEP - 1}, "floor"),
        (DUTCH, {"tiers": ()}, "step"),
        (DUTCH, {"tiers": (Tier(START, STEP), Tier(START + STEP, STEP))}, "step"),
        (DUTCH, {"tiers": (Tier(START, 1),)}, "step"),
        (DUTCH, {"free_ends_at": FREE_ENDS}, "free_ends_at"),
    ],
)
def test_a_contradiction_is_said_at_its_field(
    terms: Terms, changes: dict[str, Any], field: str
) -> None:
    faults = check_terms(replace(terms, **changes))
    assert [fault.field for fault in faults] == [field], faults
    assert all(fault.message for fault in faults)


def test_a_tender_is_refused_with_a_sentence() -> None:
    (fault,) = check_terms(replace(DYNAMIC, mode=BidMode.tender))
    assert fault.field == "mode"
    assert "招标投标法" in str(fault.message)


def test_several_owners_are_refused_with_a_sentence() -> None:
    (fault,) = check_terms(DYNAMIC, owners=2)
    assert "多个权利人" in str(fault.message)


def test_all_contradictions_are_told_at_once() -> None:
    terms = replace(MULTI, window_s=0, confirm_s=-1, tiers=(), floor_minor=1)
    assert {fault.field for fault in check_terms(terms)} == {
        "window_s",
        "confirm_s",
        "step",
        "floor",
    }


@pytest.mark.parametrize(
    ("minor", "ok"),
    [(START, True), (START + STEP, True), (START - STEP, False), (START + 1, False)],
)
def test_a_hidden_reserve_stands_on_the_grid_at_or_above_the_start(minor: int, ok: bool) -> None:
    terms = replace(DYNAMIC, reserve_kind=ReserveKind.hidden)
    assert (check_reserve_amount(terms, minor) == []) is ok
    assert check_reserve_amount(ONCE, START + 1) == []
    assert check_reserve_amount(ONCE, MAX_MINOR + 1)


def test_a_reserve_beside_a_broken_grid_is_not_looked_for_on_it() -> None:
    terms = replace(
        DYNAMIC,
        reserve_kind=ReserveKind.open,
        open_reserve_minor=START,
        tiers=(Tier(START + STEP, STEP),),
    )
    assert [fault.field for fault in check_terms(terms)] == ["tiers"]


def test_what_follows_from_the_others_is_filled_in() -> None:
    assert completed(replace(ONCE, tiers=(Tier(START, STEP),))) == ONCE
    assert completed(replace(DUTCH, free_ends_at=OPENS)) == DUTCH
    assert completed(replace(DUTCH, tiers=())).tiers == ()
    assert DUTCH.free_ends_at == OPENS + timedelta(seconds=300)
    assert Criterion("jobs", "新增就业", "人", 1, 1).higher_is_better
