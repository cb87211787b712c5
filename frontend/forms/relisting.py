"""The form of a lot that is offered once more, filled with what stood."""

from __future__ import annotations

from app.auctions.types import LotView, Terms
from app.core.money import Money
from frontend.forms.fields import as_percent, as_yuan
from frontend.forms.lots import LotForm
from frontend.lot_words import Beside


def again(lot: LotView, beside: Beside) -> LotForm:
    """The form filled with what stood, for a lot that is offered once more; the times are new,
    and so is a hidden reserve."""
    form = LotForm.started(lot.offer_number, lot.mode, proxies=lot.has_proxies)
    known: dict[str, object] = {
        "start": as_yuan(Money(lot.start_minor)),
        "step": as_yuan(Money(lot.step_minor)) if lot.step_minor else None,
        "window_s": lot.window_s,
        "preference": lot.preference,
        "reserve_kind": lot.reserve_kind,
        "deposit": as_yuan(Money(lot.deposit_minor)) if lot.deposit_minor else None,
        "admission": lot.admission,
        "conditions": lot.conditions,
        "documents": "\n".join(lot.documents),
        "viewing": beside.viewing,
    }
    if lot.terms is not None:
        known |= _again(lot.terms)
    if lot.auctioneer is not None:
        known |= {
            "auctioneer_organisation": lot.auctioneer.organisation,
            "auctioneer_licence": lot.auctioneer.licence,
            "auctioneer_name": lot.auctioneer.auctioneer,
            "auctioneer_number": lot.auctioneer.auctioneer_licence,
        }
    filled = {name: str(value) for name, value in known.items() if value is not None}
    return LotForm.blank(**form.typed | filled)


def _again(terms: Terms) -> dict[str, object]:
    """The engine's part of a form, as it would be typed."""
    rule = terms.extension
    typed: dict[str, object] = {
        "floor": as_yuan(Money(terms.floor_minor)) if terms.floor_minor else None,
        "reserve": as_yuan(Money(terms.open_reserve_minor)) if terms.open_reserve_minor else None,
        "price_weight": as_percent(terms.price_weight_bp) if terms.criteria else None,
        "single_bidder": terms.single_bidder,
        "extension": "reset" if rule.adds_s is None else "add",
        "adds_s": rule.adds_s,
        "threshold_s": rule.threshold_s or None,
        "cap_s": rule.cap_s or 0,
        "confirm_s": terms.confirm_s,
        "raise_s": terms.raise_s or None,
        "must_bid_in_free": "1" if terms.must_bid_in_free else None,
    }
    for i, tier in enumerate(terms.tiers[1:]):
        typed[f"tiers-{i}-from"] = as_yuan(Money(tier.from_minor))
        typed[f"tiers-{i}-step"] = as_yuan(Money(tier.step_minor))
    for i, one in enumerate(terms.criteria):
        typed |= {
            f"criteria-{i}-name": one.name,
            f"criteria-{i}-unit": one.unit,
            f"criteria-{i}-weight": as_percent(one.weight_bp),
            f"criteria-{i}-full_at": one.full_at,
            f"criteria-{i}-better": "high" if one.higher_is_better else "low",
        }
    return typed
