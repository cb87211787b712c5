"""Every panel of the lot room and every way's form, rendered in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from app.auctions.types import Act, BidMode, LotOutcome, LotState, Preference, Tier
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.i18n import translate
from frontend import charts
from frontend.forms import Form
from frontend.render import page
from frontend.room_view import build
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
    form = Form.of({"amount": "9000万"})
    form.refuse(Invalid(detail="金额远高于最低应报金额，请核对并再次确认"))
    form.add("confirm_jump", "金额远高于最低应报金额，请核对并再次确认")
    text = render(make_request, lot_of(**LED), PLACE, "zh-CN", form=form, refused="bid")
    assert 'name="confirm_jump"' in text
    assert 'value="9000万"' in text
    assert 'name="confirm_jump"' not in render(make_request, lot_of(**LED), PLACE, "zh-CN")
