"""What the lot room offers to whom, in every way to bid and every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.auctions.types import (
    Act,
    BidMode,
    Ending,
    LotOutcome,
    LotState,
    LotView,
    MyPlace,
    Note,
    Origin,
    Preference,
    PublicBid,
    PublicStep,
    Step,
    Terms,
    Tier,
)
from frontend.lot_words import Beside, explain, ladder
from frontend.room_bids import bid_mark, receipt_sentence
from frontend.room_panels import panels_of, why_not
from frontend.room_view import build, feed_of, ladder_data, next_amounts, tiers_of
from frontend.room_words import badge_label, phase_label, result_of, step_sentence

NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
NOBODY = UUID(int=0)
TIERS = (Tier(100_00, 10_00), Tier(150_00, 50_00))
TERMS = Terms(
    mode=BidMode.multi,
    start_minor=100_00,
    tiers=TIERS,
    free_starts_at=NOW - timedelta(hours=1),
    free_ends_at=NOW + timedelta(hours=1),
    window_s=300,
)
PLACE = MyPlace("C01", NOW, leading=False, won=False)
HOLDER = replace(PLACE, code="C09", rank=2)


def lot_of(mode: BidMode = BidMode.multi, *, terms: Terms | None = None, **given: Any) -> LotView:
    base: dict[str, Any] = {
        "id": NOBODY, "number": "CJ-2026-000001", "offer_id": NOBODY, "achievement_id": NOBODY,
        "seller_id": NOBODY, "offer_number": "GX-1", "title": "隔膜", "particulars": (),
        "mode": mode, "state": LotState.free, "outcome": None, "rulebook_version": "2026-2",
        "start_minor": 100_00, "step_minor": 10_00, "window_s": 300,
        "free_starts_at": NOW - timedelta(hours=1), "free_ends_at": NOW + timedelta(hours=1),
        "cycle_ends_at": NOW + timedelta(hours=1, minutes=5), "price_minor": None,
        "leader_code": None, "next_minor": 100_00, "seq": 0, "version": 1, "bidder_count": 2,
        "announced_at": NOW - timedelta(days=9), "closed_at": None, "now": NOW,
        "terms": terms or replace(TERMS, mode=mode),
    }  # fmt: skip
    return LotView(**base | given)


def panels(lot: LotView, place: MyPlace | None = PLACE) -> list[str]:
    return panels_of(lot, place, barred=False)


def test_the_next_amounts_follow_the_tiers() -> None:
    assert next_amounts(TIERS, 130_00) == [130_00, 140_00, 150_00, 200_00, 250_00]
    assert next_amounts(TIERS, None) == []
    assert next_amounts((), 100_00) == []
    old = lot_of(terms=None, price_minor=None)
    assert tiers_of(replace(old, terms=None)) == (Tier(100_00, 10_00),)


def test_a_reader_who_takes_no_part_joins_or_applies() -> None:
    assert panels(lot_of(), None) == ["join"]
    assert panels(lot_of(deposit_minor=1_00), None) == ["apply"]
    assert panels(lot_of(admission="reviewed"), None) == ["apply"]
    assert panels(lot_of(documents=("营业执照",)), None) == ["apply"]
    assert panels_of(lot_of(), None, barred=True) == []


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        (BidMode.dynamic, ["bid"]),
        (BidMode.auction, ["bid"]),
        (BidMode.once, ["seal"]),
        (BidMode.weighted, ["seal"]),
        (BidMode.buy_now, ["accept"]),
        (BidMode.dutch, ["accept"]),
    ],
)
def test_each_way_has_its_panel(mode: BidMode, shown: list[str]) -> None:
    assert panels(lot_of(mode)) == shown
    assert panels(lot_of(mode, state=LotState.suspended)) == []
    assert panels(lot_of(mode, state=LotState.closed)) == []
    waiting = lot_of(mode, state=LotState.registering)
    assert panels(waiting) == []
    assert "请在报价开始后" in why_not(waiting, PLACE, [])


def test_a_sealed_bid_is_handed_in_once() -> None:
    done = replace(PLACE, sealed_seq=3, sealed_at=NOW, sealed_commitment="ab" * 32)
    assert panels(lot_of(BidMode.once), done) == ["sealed"]


def test_stored_maxima_stand_only_where_the_lot_has_them() -> None:
    assert panels(lot_of(has_proxies=True)) == ["bid", "maximum"]


def test_a_holder_may_match_whom_he_precedes() -> None:
    led = lot_of(preference=Preference.match, price_minor=100_00, leader_code="C02")
    assert panels(led, HOLDER) == ["match", "bid"]
    assert panels(led, PLACE) == ["bid"]
    assert panels(replace(led, leader_code="C09"), HOLDER) == ["bid"]
    assert panels(replace(led, leader_rank=1), HOLDER) == ["bid"]
    assert panels(replace(led, leader_rank=3), HOLDER) == ["match", "bid"]
    assert panels(replace(led, leader_code=None, price_minor=None), HOLDER) == ["bid"]


def test_confirming_and_who_did_not() -> None:
    terms = replace(TERMS, confirm_s=300)
    asked = lot_of(terms=terms, state=LotState.confirming)
    assert panels(asked) == ["confirm"]
    assert panels(asked, replace(PLACE, confirmed=True)) == []
    limited = lot_of(terms=terms, state=LotState.limited)
    assert panels(limited) == []
    assert "不能参加限时报价" in why_not(limited, PLACE, [])
    assert panels(limited, replace(PLACE, confirmed=True)) == ["bid"]
    strict = lot_of(terms=replace(TERMS, must_bid_in_free=True), state=LotState.limited)
    assert panels(strict) == []
    assert panels(strict, replace(PLACE, bid_in_free=True)) == ["bid"]


def test_exercising_and_raising() -> None:
    asked = lot_of(state=LotState.exercising, price_minor=120_00, leader_code="C01")
    assert panels(asked, HOLDER) == ["exercise"]
    assert panels(replace(asked, waived=("C09",)), HOLDER) == []
    assert panels(asked, replace(HOLDER, answer=Act.exercise)) == []
    assert panels(asked) == []
    turned = replace(asked, bidders_turn=True, rival_code="C01", leader_code="C09")
    assert panels(turned) == ["raise"]
    assert panels(turned, HOLDER) == []
    assert panels(replace(turned, now=turned.cycle_ends_at)) == []


def test_a_falling_price_tells_the_script_when_it_falls() -> None:
    terms = replace(TERMS, mode=BidMode.dutch, tiers=(Tier(100_00, 10_00),), floor_minor=50_00)
    falling = lot_of(
        BidMode.dutch, terms=terms, asking_minor=90_00, next_change_at=NOW + timedelta(seconds=9)
    )
    assert ladder_data(falling) == {
        "price": 90_00, "step": 10_00, "floor": 50_00, "every": 300_000,
        "drop_at": int((NOW + timedelta(seconds=9)).timestamp() * 1000),
    }  # fmt: skip
    assert ladder_data(replace(falling, state=LotState.closed)) is None
    assert ladder_data(lot_of()) is None
    rungs = ladder(terms, Beside(), NOW)
    assert [rung.price_minor for rung in rungs] == [100_00, 90_00, 80_00, 70_00, 60_00, 50_00]
    assert rungs[-1].at == NOW + 5 * timedelta(seconds=300)
    long = ladder(replace(terms, tiers=(Tier(100_00, 1),)), Beside(), NOW)
    assert len(long) == 34
    assert long[30].at is None


def test_the_feed_names_automatic_and_sealed_ones_and_no_maximum() -> None:
    def bid(seq: int, act: Act, amount: int | None, **more: Any) -> PublicBid:
        return PublicBid(seq, True, NOW, "C01", amount, amount, "C01", NOW, act=act, **more)

    feed = feed_of(
        [
            bid(1, Act.bid, 100_00),
            bid(2, Act.bid, 110_00, origin=Origin.proxy, note=Note.tie),
            bid(3, Act.store, None),
            bid(4, Act.seal, None),
            replace(bid(5, Act.bid, None), accepted=False, code=""),
        ],
        [PublicStep(6, Step.limited, NOW, {})],
    )
    assert [(line.seq, line.amount_minor) for line in feed] == [
        (6, None), (4, None), (2, 110_00), (1, 100_00),
    ]  # fmt: skip
    assert "自动" in feed[2].text


def test_every_step_and_ending_has_a_sentence() -> None:
    for step in Step:
        assert step_sentence(PublicStep(1, step, NOW, {})) not in ("", str(step))
    closed = {"outcome": "won", "leader": "C01", "price_minor": 100_00}
    assert "C01" in step_sentence(PublicStep(1, Step.closed, NOW, closed))
    for outcome in LotOutcome:
        over = lot_of(
            state=LotState.closed, outcome=outcome, ending=Ending.no_bid, leader_code="C01",
            price_minor=100_00, closed_at=NOW,
        )  # fmt: skip
        title, lines = result_of(over)
        assert title
        assert lines
    for state in LotState:
        assert phase_label(lot_of(state=state))


@pytest.mark.parametrize("mode", [mode for mode in BidMode if mode is not BidMode.tender])
def test_every_way_is_explained(mode: BidMode) -> None:
    said = dict(explain(replace(TERMS, mode=mode, floor_minor=50_00), Beside(deposit_minor=1_00)))
    assert said["竞价方式"]
    assert "本单位账户" in said["保证金"]
    assert ("降价阶梯" in said) == (mode is BidMode.dutch)
    assert ("限时报价期" in said) == (mode in (BidMode.dynamic, BidMode.multi, BidMode.auction))


def test_the_view_holds_no_hidden_figure() -> None:
    view = build(
        lot_of(price_minor=120_00, leader_code="C01", next_minor=130_00),
        place=PLACE, bids=[], steps=[], barred=False, closes_at=NOW,
    )  # fmt: skip
    assert view.leads
    assert view.asks == [130_00, 140_00, 150_00, 200_00, 250_00]
    assert view.panels == ["bid"]


def test_who_made_no_bid_in_the_free_period_is_not_asked_to_confirm() -> None:
    terms = replace(TERMS, confirm_s=300, must_bid_in_free=True)
    asked = lot_of(terms=terms, state=LotState.confirming)
    assert panels(asked) == []
    assert "没有在自由报价期内报价" in why_not(asked, PLACE, [])
    assert panels(asked, replace(PLACE, bid_in_free=True)) == ["confirm"]


def test_a_holder_who_took_the_price_waits_for_the_bidder_not_for_holders() -> None:
    turned = lot_of(
        state=LotState.exercising, price_minor=100_00, leader_code="C09", rival_code="C02",
        bidders_turn=True,
    )  # fmt: skip
    assert panels(turned, HOLDER) == []
    assert "等待最高报价人决定" in why_not(turned, HOLDER, [])
    assert why_not(turned, HOLDER, []) != why_not(turned, PLACE, [])
    waived = lot_of(state=LotState.exercising, price_minor=100_00, waived=("C09",))
    assert "已放弃" in why_not(waived, HOLDER, [])


def test_a_receipt_names_what_was_done() -> None:
    bid = PublicBid(2, True, NOW, "C01", 100_00, 100_00, "C01", NOW)
    assert "行使优先购买权" in receipt_sentence(replace(bid, act=Act.exercise), None)
    assert "放弃" in receipt_sentence(replace(bid, act=Act.waive, amount_minor=None), None)
    assert receipt_sentence(bid, None).startswith("报价已接受")
    assert bid_mark(replace(bid, act=Act.exercise)) == "（行使优先购买权）"


def test_the_badge_of_an_open_lot_is_its_modes_own() -> None:
    assert badge_label(lot_of(BidMode.once)) == "密封报价中"
    assert badge_label(lot_of(BidMode.dutch)) == "应价中"
    assert badge_label(lot_of()) == badge_label(lot_of(BidMode.once, state=LotState.closed)) == ""
