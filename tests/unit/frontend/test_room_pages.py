"""Every panel of the lot room and every way's form, rendered in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.auctions.errors import JumpUnconfirmed
from app.auctions.types import (
    Act,
    BidMode,
    LotOutcome,
    LotState,
    Preference,
    PublicStep,
    Step,
    Tier,
)
from app.core.actor import Actor
from app.core.i18n import translate
from app.core.money import Money
from frontend import charts
from frontend.forms import Form
from frontend.forms.auctions import BidForm
from frontend.render import page
from frontend.room_view import build, falls_of
from tests.unit.frontend.conftest import MakeRequest
from tests.unit.frontend.test_room_view import HOLDER, NOW, PLACE, TERMS, lot_of

BIDDER = replace(Actor.stranger(), person_id=lot_of().id, name="王经办")
SEALED = replace(PLACE, sealed_seq=3, sealed_at=NOW, sealed_commitment="ab" * 32)
FALLING = replace(TERMS, mode=BidMode.dutch, tiers=(Tier(100_00, 10_00),), floor_minor=50_00)
LED: dict[str, Any] = {"price_minor": 120_00, "leader_code": "C02", "next_minor": 130_00}

CASES: dict[str, tuple[Any, Any, str]] = {
    "bid and maximum": (
        lot_of(has_proxies=True, **LED), replace(PLACE, stored_seq=4), "/maximum/remove",
    ),
    "match": (lot_of(preference=Preference.match, **LED), HOLDER, "/match"),
    "confirm": (
        lot_of(terms=replace(TERMS, confirm_s=300), state=LotState.confirming), PLACE, "/confirm",
    ),
    "accept": (lot_of(BidMode.buy_now, asking_minor=100_00), PLACE, "/accept"),
    "falling": (
        lot_of(BidMode.dutch, terms=FALLING, asking_minor=90_00, next_change_at=NOW), PLACE,
        "data-next-drop",
    ),
    "seal": (lot_of(BidMode.once), PLACE, 'name="amount_again"'),
    "sealed": (lot_of(BidMode.weighted), SEALED, "ab" * 32),
    "exercise": (lot_of(state=LotState.exercising, **LED), HOLDER, "/waive"),
    "raise": (
        lot_of(state=LotState.exercising, bidders_turn=True, rival_code="C01", **LED), PLACE,
        "/raise",
    ),
    "join": (lot_of(), None, "/join"),
    "apply": (lot_of(admission="reviewed"), None, "/apply"),
    "answered": (
        lot_of(state=LotState.exercising, **LED), replace(HOLDER, answer=Act.waive), "C09",
    ),
    "over": (
        lot_of(state=LotState.closed, outcome=LotOutcome.annulled, closed_at=NOW, **LED), PLACE,
        "result-unsold",
    ),
}  # fmt: skip


def render(make_request: MakeRequest, lot: Any, place: Any, locale: str, **more: Any) -> str:
    view = build(lot, place=place, bids=[], steps=[], barred=False, closes_at=NOW)
    context: dict[str, Any] = {
        "form": Form(), "blank": Form(), "refused": "", "error": None, "told": "", "refresh": 0,
    }  # fmt: skip
    body = page(
        make_request(f"/lots/{lot.number}", cookie=f"locale={locale}", actor=BIDDER),
        "auctions/room.html",
        view=view,
        curve=charts.curve_data([], start_minor=100_00, starts_at=NOW, ends_at=NOW),
        sentences=lambda pairs: [
            (translate(locale, one), translate(locale, text)) for one, text in pairs
        ],
        **context | more,
    ).body
    return bytes(body).decode()


@pytest.mark.parametrize("case", CASES)
def test_each_panel_stands_and_speaks_english(make_request: MakeRequest, case: str) -> None:
    lot, place, mark = CASES[case]
    assert mark in render(make_request, lot, place, "zh-CN")
    english = render(make_request, lot, place, "en")
    assert mark in english
    room = english[english.index('class="room-grid"') : english.index("</main>")]
    assert re.findall(r"[\u4e00-\u9fff]+", room.replace("隔膜", "")) == []


def test_an_amount_far_above_the_least_is_asked_twice(make_request: MakeRequest) -> None:
    form = BidForm.of({"amount": "9000万"})
    form.ask_again(JumpUnconfirmed(9_000_000_000, 13_000))
    text = render(make_request, lot_of(**LED), PLACE, "zh-CN", form=form, refused="bid")
    assert 'name="confirm_jump" value="9000000000"' in text
    assert "¥90,000,000.00 是最低应报金额 ¥130.00 的 692307 倍以上" in text
    assert 'value="9000万"' in text
    assert 'name="confirm_jump"' not in render(make_request, lot_of(**LED), PLACE, "zh-CN")


def test_a_tick_confirms_the_amount_that_was_asked_about_and_no_other() -> None:
    form = BidForm.of({"amount": "9000万", "confirm_jump": "9000000000"})
    assert form.confirms(Money(9_000_000_000))
    assert not form.confirms(Money(9_000_000_100))
    assert not BidForm.of({"amount": "9000万", "confirm_jump": "1"}).confirms(Money(9_000_000_000))


def test_the_room_shows_nothing_that_came_after_the_lot_was_read() -> None:
    opened = PublicStep(1, Step.opened, NOW, {})
    early = build(lot_of(seq=0), place=None, bids=[], steps=[opened], barred=False, closes_at=NOW)
    assert early.feed == []  # the live stream tells it, and once
    level = build(lot_of(seq=1), place=None, bids=[], steps=[opened], barred=False, closes_at=NOW)
    assert [item.seq for item in level.feed] == [1]


def test_a_falling_price_is_drawn_as_it_fell() -> None:
    lot = lot_of(
        BidMode.dutch, terms=FALLING, asking_minor=80_00, next_change_at=NOW, start_minor=100_00
    )
    every = timedelta(seconds=FALLING.window_s)
    drawn = [(one.at, one.amount_minor) for one in falls_of(lot)]
    assert drawn == [(NOW - 2 * every, 90_00), (NOW - every, 80_00)]
