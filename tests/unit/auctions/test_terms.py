"""check_with_rules: every number of the rulebook at its edge, every contradiction at its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.auctions.engine.types import (
    BidMode,
    Criterion,
    Extension,
    Preference,
    ReserveKind,
    SingleBidder,
    Tier,
)
from app.auctions.lot_terms import Auctioneer, LotTerms
from app.auctions.publishing import compute_bounds
from app.auctions.rulebook_types import RulebookParams
from app.auctions.terms_rules import Bounds, check_relisting, check_with_rules
from app.core.calendar import WorkingCalendar
from app.core.errors import Invalid
from migrations.rulebooks import _DEMO, _REAL, print_clauses

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
# Monday in Shanghai; five working days end on the next Monday at 24:00, seven days on the 9th
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
CALENDAR = WorkingCalendar(frozenset({2026}), {})
RULES = RulebookParams.of(_REAL)
DEMO = RulebookParams.of(_DEMO)
OLD = RulebookParams.of(
    {
        "outage_tolerance_s": 5,
        "resume_after_s": 600,
        "min_window_s": 60,
        "max_window_s": 86_400,
        "leader_may_raise": False,
    }
)
BOUNDS = compute_bounds(RULES, CALENDAR, NOW)
FREE_END = datetime(2026, 3, 9, 16, tzinfo=UTC)
OPENS = NOW + 10 * DAY

DYNAMIC = LotTerms(100_000_00, 5_000_00, None, FREE_END, 300)
MULTI = replace(
    DYNAMIC, mode=BidMode.multi, free_starts_at=OPENS, free_ends_at=OPENS + timedelta(hours=1)
)
ONCE = replace(MULTI, mode=BidMode.once, step_minor=0, free_ends_at=OPENS + DAY)
WEIGHTED = replace(
    ONCE,
    mode=BidMode.weighted,
    price_weight_bp=6_000,
    criteria=(Criterion("team", "团队", "人", 4_000, 10),),
    admission="reviewed",
)
BUY_NOW = replace(DYNAMIC, mode=BidMode.buy_now, step_minor=0)
DUTCH = replace(DYNAMIC, mode=BidMode.dutch, floor_minor=50_000_00)
AUCTION = replace(
    MULTI,
    mode=BidMode.auction,
    auctioneer=Auctioneer("某某拍卖有限公司", "35010001", "王某", "3500123"),
    viewing_starts_at=NOW + 5 * DAY,
    viewing_ends_at=NOW + 7 * DAY,
)
ASKED = (
    "裁决时刻 同一请求编号 竞买代码 完整重新计时 保留价 优先购买权 最高限价 保证金"
    " 中止 终止 撤销 变更公告 协商期 须再次确认"
)
ALL = {"DYNAMIC": DYNAMIC, "MULTI": MULTI, "ONCE": ONCE, "WEIGHTED": WEIGHTED, "DUTCH": DUTCH}
ALL |= {"BUY_NOW": BUY_NOW, "AUCTION": AUCTION}


def fields(terms: LotTerms, rules: RulebookParams = RULES, **given: Any) -> list[str]:
    try:
        check_with_rules(terms, rules, given.pop("bounds", BOUNDS), **given)
    except Invalid as refused:
        return [one.field for one in refused.errors]
    return []


@pytest.mark.parametrize("terms", ALL.values(), ids=list(ALL))
def test_every_mode_can_be_published(terms: LotTerms) -> None:
    assert fields(terms) == []


@pytest.mark.parametrize(
    ("terms", "changes", "field"),
    [
        # times
        (DYNAMIC, {"free_ends_at": FREE_END - SECOND}, "free_ends_at"),
        (DYNAMIC, {"free_starts_at": NOW - SECOND}, "free_starts_at"),
        (MULTI, {"free_starts_at": NOW + 367 * DAY, "free_ends_at": NOW + 368 * DAY}, None),
        (DYNAMIC, {"free_ends_at": NOW + 367 * DAY}, "free_ends_at"),
        # windows
        (DYNAMIC, {"window_s": 59}, "window_s"),
        (DYNAMIC, {"window_s": 86_401}, "window_s"),
        (ONCE, {"free_ends_at": OPENS + DAY - SECOND}, "free_ends_at"),
        (DYNAMIC, {"confirm_s": 59}, "confirm_s"),
        (DYNAMIC, {"confirm_s": 3_601}, "confirm_s"),
        # registration
        (MULTI, {"registration_ends_at": FREE_END - SECOND}, "registration_ends_at"),
        (MULTI, {"registration_starts_at": NOW - SECOND}, "registration_starts_at"),
        (DYNAMIC, {"single_bidder": SingleBidder.agreement}, "single_bidder"),
        # auction
        (AUCTION, {"auctioneer": None}, "auctioneer"),
        (AUCTION, {"auctioneer": Auctioneer("某某", " ", "王某", "1")}, "auctioneer"),
        (MULTI, {"auctioneer": AUCTION.auctioneer}, "auctioneer"),
        (AUCTION, {"viewing_ends_at": NOW + 7 * DAY - SECOND}, "viewing_ends_at"),
        (AUCTION, {"viewing_starts_at": None, "viewing_ends_at": None}, "viewing_ends_at"),
        (MULTI, {"viewing_starts_at": NOW}, "viewing_ends_at"),
        (MULTI, {"viewing_starts_at": OPENS, "viewing_ends_at": OPENS + SECOND}, "viewing_ends_at"),
        # pre-emption
        (DYNAMIC, {"preference": Preference.post_with_raise, "raise_s": 299}, "raise_s"),
        (ONCE, {"preference": Preference.match}, "preference"),
        # deposit: 30 % of the start
        (DYNAMIC, {"deposit_minor": 30_000_01}, "deposit"),
        (DYNAMIC, {"deposit_minor": -1}, "deposit"),
        (DYNAMIC, {"deposit_due_at": FREE_END}, "deposit_due_at"),
        (DYNAMIC, {"deposit_minor": 1, "deposit_due_at": FREE_END + SECOND}, "deposit_due_at"),
        (MULTI, {"deposit_minor": 1, "deposit_due_at": OPENS + SECOND}, "deposit_due_at"),
        # reserve
        (DYNAMIC, {"reserve_minor": 1}, "reserve"),
        (DYNAMIC, {"reserve_kind": ReserveKind.hidden}, "reserve"),
        (DYNAMIC, {"reserve_kind": ReserveKind.hidden, "reserve_minor": 99_999_00}, "reserve"),
        (DYNAMIC, {"reserve_kind": ReserveKind.hidden, "reserve_minor": 107_000_00}, "reserve"),
        (BUY_NOW, {"reserve_kind": ReserveKind.hidden, "reserve_minor": 1}, "reserve"),
        (DYNAMIC, {"negotiation": True}, "negotiation"),
        # admission
        (DYNAMIC, {"conditions": "注册资本一千万元以上"}, "admission"),
        (DYNAMIC, {"documents": ("营业执照",)}, "admission"),
        (DYNAMIC, {"admission": "secret"}, "admission"),
        (WEIGHTED, {"admission": "open"}, "admission"),
        (DYNAMIC, {"admission": "reviewed", "documents": ("a", "a")}, "documents"),
        (DYNAMIC, {"admission": "reviewed", "documents": (" ",)}, "documents"),
        (DYNAMIC, {"admission": "reviewed", "conditions": "长" * 4_001}, "conditions"),
        # nobody reads more rows
        (
            DYNAMIC,
            {"tiers": tuple(Tier((20 + i) * 5_000_00, 5_000_00) for i in range(21))},
            "tiers",
        ),
        (WEIGHTED, {"criteria": WEIGHTED.criteria * 21}, "criteria"),
        # the engine's own
        (DYNAMIC, {"extension": Extension(adds_s=60, threshold_s=0)}, "threshold_s"),
        (DYNAMIC, {"tiers": (Tier(100_000_00, 3_00), Tier(100_010_00, 5_00))}, "tiers"),
        (DYNAMIC, {"start_minor": 0}, "start"),
    ],
)
def test_a_contradiction_is_said_at_its_field(
    terms: LotTerms, changes: dict[str, Any], field: str | None
) -> None:
    found = fields(replace(terms, **changes))
    assert (field in found) if field else "free_starts_at" in found


@pytest.mark.parametrize("terms", ALL.values(), ids=list(ALL))
@pytest.mark.parametrize(
    "far", [datetime(9999, 12, 31, 23, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
)
def test_no_instant_is_too_far_to_be_refused(terms: LotTerms, far: datetime) -> None:
    times = ("free_starts_at", "free_ends_at", "registration_ends_at", "viewing_ends_at")
    # of a falling price the end follows from the rest
    ends = [] if terms is DUTCH else [times[1:2]]
    for names in (times, times[:1], *ends, times[2:3], times[3:]):
        changes: dict[str, Any] = dict.fromkeys(names, far)
        assert fields(replace(terms, **changes))


def test_a_ladder_longer_than_time_is_refused() -> None:
    long = replace(DUTCH, start_minor=10**15, step_minor=1, floor_minor=1, window_s=86_400)
    assert set(fields(long)) == {"step", "free_ends_at"}


@pytest.mark.parametrize(
    ("terms", "changes"),
    [
        (DYNAMIC, {"deposit_minor": 30_000_00, "deposit_due_at": FREE_END}),
        (MULTI, {"registration_ends_at": FREE_END}),
        (DYNAMIC, {"window_s": 60}),
        (DYNAMIC, {"reserve_kind": ReserveKind.hidden, "reserve_minor": 105_000_00}),
        (
            DYNAMIC,
            {"reserve_kind": ReserveKind.open, "reserve_minor": 100_000_00, "negotiation": True},
        ),
        (DYNAMIC, {"admission": "reviewed", "conditions": "注册在本省", "documents": ("执照",)}),
        (AUCTION, {"free_starts_at": datetime(2026, 3, 9, 16, tzinfo=UTC)}),
        (MULTI, {"preference": Preference.post_with_raise, "raise_s": 300}),
    ],
)
def test_the_edge_itself_passes(terms: LotTerms, changes: dict[str, Any]) -> None:
    assert fields(replace(terms, **changes)) == []


def test_a_form_is_looked_at_before_the_hidden_reserve_is_typed() -> None:
    hidden = replace(DYNAMIC, reserve_kind=ReserveKind.hidden)
    assert fields(hidden, sealing=False) == []
    assert fields(hidden) == ["reserve"]


def test_an_auction_opens_seven_days_after_its_notice() -> None:
    # given on Monday 2 March: seven days, the first not counted, end with 9 March
    edge = datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert BOUNDS.opening == edge
    early = replace(
        AUCTION,
        free_starts_at=edge - SECOND,
        registration_ends_at=edge - SECOND,
        viewing_ends_at=NOW + 7 * DAY,
    )
    assert "free_starts_at" in fields(early)


@pytest.mark.parametrize("rules", [RULES, DEMO, OLD])
def test_tender_and_several_owners_are_refused_with_a_sentence(rules: RulebookParams) -> None:
    with pytest.raises(Invalid, match="招投标") as refused:
        check_with_rules(replace(DYNAMIC, mode=BidMode.tender), rules, BOUNDS)
    assert [one.field for one in refused.value.errors] == ["mode"]
    with pytest.raises(Invalid, match="多个权利人"):
        check_with_rules(DYNAMIC, rules, Bounds(NOW), owners=2)


def test_old_rules_know_only_the_mode_that_they_print() -> None:
    assert fields(DYNAMIC, OLD, bounds=Bounds(NOW)) == []
    with pytest.raises(Invalid, match="现行竞价规则没有“多次报价”方式"):
        check_with_rules(MULTI, OLD, Bounds(NOW))
    assert OLD.join_until_end
    assert DYNAMIC.to_engine(OLD, NOW).join_until_end
    assert not DYNAMIC.to_engine(RULES, NOW).join_until_end


def test_all_faults_are_told_together() -> None:
    wrong = replace(DYNAMIC, start_minor=0, window_s=1, deposit_minor=-1, admission="?")
    assert {"start", "window_s", "deposit", "admission"} <= set(fields(wrong))


def test_what_is_told_twice_is_said_once() -> None:
    wrong = replace(DYNAMIC, free_starts_at=NOW - SECOND, free_ends_at=NOW - DAY)
    sentences = []
    with pytest.raises(Invalid) as refused:
        check_with_rules(wrong, RULES, BOUNDS)
    sentences = [(one.field, one.message) for one in refused.value.errors]
    assert len(sentences) == len(set(sentences))


def test_a_falling_price_ends_with_its_ladder() -> None:
    terms = DUTCH.to_engine(RULES, NOW)
    assert terms.free_ends_at == NOW + 11 * timedelta(seconds=300)


def test_a_hidden_reserve_is_in_no_text() -> None:
    hidden = replace(DYNAMIC, reserve_kind=ReserveKind.hidden, reserve_minor=123_456_00)
    assert "123456" not in repr(hidden)
    assert hidden.without_secret().reserve_minor is None
    assert hidden.to_engine(RULES, NOW).open_reserve_minor is None


@pytest.mark.parametrize(
    ("start", "state_owned", "evidence", "refused"),
    [
        (100_000_00, True, "", False),
        (99_999_99, True, "", True),
        (99_999_99, True, "校长办公会纪要〔2026〕8 号", False),
        (80_000_00, False, "", False),
        (79_999_99, False, "", True),
        (79_999_99, False, "评估报告", False),
    ],
)
def test_a_lower_price_needs_new_evidence(
    start: int, state_owned: bool, evidence: str, refused: bool
) -> None:
    terms = replace(DYNAMIC, start_minor=start, price_evidence=evidence)
    given = {"earlier_start_minor": 100_000_00, "state_owned": state_owned, "rules": RULES}
    if refused:
        with pytest.raises(Invalid, match="定价依据"):
            check_relisting(terms, **given)  # type: ignore[arg-type]
    else:
        check_relisting(terms, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("params", [_REAL, _DEMO])
def test_the_printed_rules_name_their_own_numbers(params: dict[str, Any]) -> None:
    clauses = print_clauses(params)
    assert not any("{" in one or "}" in one for one in clauses)
    text = "".join(clauses)
    for asked in ASKED.split():
        assert asked in text
    assert RulebookParams.of(params).modes == tuple(params["modes"])
