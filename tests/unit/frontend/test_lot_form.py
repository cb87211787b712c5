"""The form of a lot: what each way needs, what a draft keeps, what is told at which field."""

from __future__ import annotations

import pytest

from app.auctions.types import BidMode, Extension, ReserveKind, Tier
from app.core.errors import Invalid
from app.core.money import Money
from frontend.forms.lots import LotForm, PublishForm
from frontend.lot_modes import SHAPES, Part

TYPED = {
    "offer": "GX-2026-000001",
    "start": "100万",
    "step": "5万",
    "free_starts_at": "2026-12-01T09:00",
    "free_ends_at": "2026-12-10T17:00",
    "window_s": "300",
    "extension": "reset",
    "cap_s": "0",
    "confirm_s": "0",
    "reserve_kind": "none",
    "preference": "ORDINARY",
    "admission": "open",
}


def form_of(mode: BidMode, **typed: str) -> LotForm:
    return LotForm.of({**TYPED, "mode": mode.value, **typed})


def faults(form: LotForm) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        form.parse()
    form.refuse(refused.value)
    return form.errors


@pytest.mark.parametrize("mode", [mode for mode in BidMode if mode is not BidMode.tender])
def test_a_new_form_has_a_default_for_all_but_the_numbers(mode: BidMode) -> None:
    form = LotForm.started("GX-1", mode, proxies=True)
    missing = set(faults(form))
    assert missing <= {
        "start", "step", "floor", "free_starts_at", "free_ends_at", "price_weight",
        "auctioneer_organisation", "auctioneer_licence", "auctioneer_name", "auctioneer_number",
    }  # fmt: skip
    assert {"start", "free_starts_at", "free_ends_at"} & missing


def test_a_way_takes_only_what_it_needs() -> None:
    terms = form_of(BidMode.once, proxies="1", must_bid_in_free="1", floor="1").parse().terms
    assert terms.mode is BidMode.once
    assert (terms.step_minor, terms.proxies, terms.must_bid_in_free) == (0, False, False)
    assert terms.floor_minor is None
    assert terms.extension == Extension()


def test_tiers_begin_with_the_start_and_the_first_step() -> None:
    form = form_of(BidMode.multi, **{"tiers-0-from": "150万", "tiers-0-step": "10万"})
    terms = form.parse().terms
    assert terms.tiers == (Tier(100_000_000, 5_000_000), Tier(150_000_000, 10_000_000))
    assert form_of(BidMode.multi).parse().terms.tiers == ()


def test_a_half_filled_tier_is_told_at_its_row() -> None:
    assert set(faults(form_of(BidMode.multi, **{"tiers-1-from": "150万"}))) == {"tiers-1-step"}


def test_an_extension_that_adds_says_when_and_how_much() -> None:
    assert set(faults(form_of(BidMode.dynamic, extension="add"))) == {"adds_s", "threshold_s"}
    given = form_of(BidMode.dynamic, extension="add", adds_s="120", threshold_s="60", cap_s="3600")
    assert given.parse().terms.extension == Extension(120, 60, 3600)


def test_a_falling_price_ends_when_its_last_rung_has_had_its_time() -> None:
    terms = form_of(BidMode.dutch, step="10万", floor="50万", free_ends_at="").parse().terms
    assert (terms.free_ends_at - terms.free_starts_at).total_seconds() == 6 * 300  # type: ignore[operator]
    # what does not come out even is left for the room to refuse
    assert form_of(BidMode.dutch, step="30万", floor="50万").parse().terms.floor_minor == 50_000_000
    assert "free_starts_at" in faults(form_of(BidMode.dutch, free_starts_at="", floor="50万"))


def test_a_hidden_reserve_is_never_kept_in_a_draft() -> None:
    form = form_of(BidMode.dynamic, reserve_kind="hidden", reserve="120万")
    assert "reserve" not in form.as_saved()
    assert form.parse().terms.reserve_minor is None
    given = form.parse(reserve=Money(120_000_000)).terms
    assert (given.reserve_kind, given.reserve_minor) == (ReserveKind.hidden, 120_000_000)
    opened = form_of(BidMode.dynamic, reserve_kind="open", reserve="120万")
    assert opened.as_saved()["reserve"] == ["120万"]


def test_a_hidden_reserve_is_asked_when_it_is_published() -> None:
    assert PublishForm.of({}).reserve(hidden=False) is None
    with pytest.raises(Invalid):
        PublishForm.of({"reserve": " "}).reserve(hidden=True)
    assert PublishForm.of({"reserve": "１２０万"}).reserve(hidden=True) == Money(120_000_000)


def test_a_draft_comes_back_as_it_was_typed() -> None:
    form = form_of(BidMode.weighted, price_weight="七成", **{"criteria-0-name": "投入"})
    again = LotForm.of_saved(form.as_saved(), version=3)
    assert again.value("price_weight") == "七成"
    assert again.filled_rows("criteria") == [0]
    assert (again.mode, again.version()) == (BidMode.weighted, 3)
    assert {"key", "version", "act"}.isdisjoint(again.as_saved())


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("start", "1e30", "科学计数法"),
        ("start", "-1", "不能是负数"),
        ("start", "¥1,000.555", "最多精确到分"),
        ("start", "9" * 30, "不能超过"),
        ("step", "0", "不能低于"),
        ("free_ends_at", "明天", "日期和时间"),
        ("window_s", "1", "列出的选项"),
        ("preference", "MATCH", "列出的选项"),  # nothing to match in sealed bidding
    ],
)
def test_what_means_nothing_gets_a_sentence(name: str, typed: str, sentence: str) -> None:
    mode = BidMode.once if name == "preference" else BidMode.dynamic
    assert sentence in faults(form_of(mode, **{name: typed}))[name][0]


def test_every_way_is_described() -> None:
    assert set(SHAPES) == set(BidMode)
    assert [mode for mode, one in SHAPES.items() if Part.auctioneer in one.parts] == ["AUCTION"]
