"""The form of a lot: first which offer and which way to bid (竞价方式), then what that way needs.

A draft is kept as it was typed, so that half a form can be saved. A hidden reserve is never part of
it: a draft is plain text, and the amount is asked when the lot is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from app.auctions.types import (
    Auctioneer,
    BidMode,
    Criterion,
    Extension,
    LotTerms,
    Preference,
    ReserveKind,
    SingleBidder,
    Tier,
)
from app.core.i18n import _n
from app.core.money import Money
from frontend.forms.auctions import ONE_FEN, WINDOWS
from frontend.forms.fields import (
    choice,
    instant,
    integer,
    money_yuan,
    percent_bp,
    text,
)
from frontend.forms.records import RowsForm
from frontend.lot_modes import SHAPES, Part, Shape

CONDITIONS_LENGTH: Final = 2000
_LONGEST_FIELD: Final = 4000
_MOST_FIELDS: Final = 400
_NOT_KEPT: Final = frozenset({"key", "version", "act"})

Choices = tuple[tuple[str, str], ...]
RUNGS: Final = (
    *WINDOWS,
    (900, _n("15 分钟")),
    (1800, _n("30 分钟")),
    (3600, _n("1 小时")),
)
CONFIRMS: Final = ((0, _n("不需要确认")), *((s, label) for s, label in WINDOWS if s >= 60))
RAISES: Final = (
    (300, _n("5 分钟")),
    (600, _n("10 分钟")),
    (1800, _n("30 分钟")),
    (3600, _n("1 小时")),
)
CAPS: Final = (
    (0, _n("不设上限")),
    (1800, _n("30 分钟")),
    (3600, _n("1 小时")),
    (7200, _n("2 小时")),
    (14400, _n("4 小时")),
)
RESERVES: Final = {
    ReserveKind.none: _n("不设保留价（公告中写明）"),
    ReserveKind.open: _n("公开保留价"),
    ReserveKind.hidden: _n("不公开保留价"),
}
EXTENSIONS: Final = {
    "reset": _n("每次有效报价后完整重新计时"),
    "add": _n("剩余时间不足时延长"),
}
SINGLES: Final = {
    SingleBidder.proceed: _n("继续竞价，报价不低于起始价即成交"),
    SingleBidder.agreement: _n("终结竞价，转为协议成交"),
}
ADMISSIONS: Final = {
    "open": _n("报名即取得资格"),
    "reviewed": _n("报名后审查，审查通过才取得资格"),
}
_STARTS_NEEDED: Final = _n("这种方式须写明开始时间。")
_HIDDEN_LATER: Final = _n("请填写不公开的保留价。")


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot as typed: which offer, on which terms."""

    offer_number: str
    terms: LotTerms


class LotForm(RowsForm):
    """A lot in one of the ways to bid."""

    MARKS: ClassVar = {"tiers": ("from", "step"), "criteria": ("name", "unit", "weight", "full_at")}

    @classmethod
    def started(cls, offer: str, mode: BidMode, *, proxies: bool) -> LotForm:
        """A new form with the defaults of a mode. ``proxies``: whether to offer stored maxima."""
        return cls.blank(
            offer=offer or None,
            mode=mode,
            window_s=300,
            extension="reset",
            confirm_s=0,
            cap_s=0,
            raise_s=600,
            reserve_kind=ReserveKind.none,
            preference=Preference.ordinary,
            single_bidder=SingleBidder.proceed,
            admission="open",
            proxies="1" if proxies and Part.limited in SHAPES[mode].parts else None,
        )

    @classmethod
    def of_saved(cls, kept: Mapping[str, list[str]], **more: object) -> LotForm:
        """The form of a draft, as it was typed."""
        form = cls.blank(**kept, **more)
        form.typed |= {name: values[-1] for name, values in kept.items() if values}
        return form

    def as_saved(self) -> dict[str, list[str]]:
        """What a draft keeps: the typed fields, without a hidden reserve."""
        hidden = self.value("reserve_kind") == ReserveKind.hidden
        return {
            name: [value[:_LONGEST_FIELD] for value in values[:20]]
            for name, values in list(self.many.items())[:_MOST_FIELDS]
            if name not in _NOT_KEPT and not (hidden and name == "reserve") and any(values)
        }

    @property
    def mode(self) -> BidMode:
        """The chosen way to bid; DYNAMIC when it names none."""
        chosen = self.value("mode")
        return BidMode(chosen) if chosen in [*BidMode] else BidMode.dynamic

    @property
    def shape(self) -> Shape:
        """What the chosen way to bid needs."""
        return SHAPES[self.mode]

    def needs(self, part: str) -> bool:
        """Whether a part of the form belongs to the chosen way."""
        return part in self.shape.parts

    # ---- what was typed ---------------------------------------------------------------------

    def parse(self, *, reserve: Money | None = None) -> NewLot:
        """The lot. ``reserve``: a hidden one, which is typed elsewhere.

        Raises Invalid with every fault at its field; what contradicts is the room's to say.
        """
        offer_number = self.need("offer", text(maximum=32))
        self.need("mode", choice(list(BidMode)))
        start = self.need("start", money_yuan(minimum=ONE_FEN))
        steps = self._steps(start)
        limited = self._limited()
        reserved = self._reserve(reserve)
        weighed = self._weights()
        shared = self._shared()
        times = self._times(start, steps)
        self.check()
        terms = LotTerms(
            mode=self.mode,
            start_minor=start.minor,
            **times,
            **steps,
            **limited,
            **reserved,
            **weighed,
            **shared,
        )
        return NewLot(offer_number, terms)

    def _seconds(self, name: str, offered: Any) -> int:
        chosen = self.need(name, choice([str(seconds) for seconds, _ in offered]))
        return int(chosen or 0)

    def _times(self, start: Money, steps: dict[str, Any]) -> dict[str, Any]:
        opens = self.maybe("free_starts_at", instant())
        registered = self.needs(Part.registration)
        if opens is None and "free_starts_at" not in self.errors and self.shape.must_open:
            self.add("free_starts_at", _STARTS_NEEDED)
        window = self._seconds("window_s", RUNGS if self.needs(Part.ladder) else WINDOWS)
        times = {
            "free_starts_at": opens,
            "window_s": window,
            "registration_starts_at": self.maybe("registration_starts_at", instant())
            if registered
            else None,
            "registration_ends_at": self.maybe("registration_ends_at", instant())
            if registered
            else None,
        }
        if self.needs(Part.ladder):
            ends = None if self.errors else _ladder_end(opens, start, steps, window)
            return times | {"free_ends_at": ends}
        return times | {"free_ends_at": self.need("free_ends_at", instant())}

    def _steps(self, start: Money) -> dict[str, Any]:
        if not self.needs(Part.steps):
            return {"step_minor": 0}
        step = self.need("step", money_yuan(minimum=ONE_FEN))
        if self.needs(Part.ladder):
            floor = self.need("floor", money_yuan(minimum=ONE_FEN))
            return {
                "step_minor": step.minor if step else 0,
                "floor_minor": floor.minor if floor else None,
            }
        more = [
            (
                self.need(f"tiers-{i}-from", money_yuan(minimum=ONE_FEN)),
                self.need(f"tiers-{i}-step", money_yuan(minimum=ONE_FEN)),
            )
            for i in self.filled_rows("tiers")
        ]
        if not start or not step or any(not a or not b for a, b in more):
            return {"step_minor": 0}
        tiers = (
            Tier(start.minor, step.minor),
            *(Tier(since.minor, each.minor) for since, each in more),
        )
        return {"step_minor": step.minor, "tiers": tiers if more else ()}

    def _limited(self) -> dict[str, Any]:
        if not self.needs(Part.limited):
            return {}
        extension = Extension(cap_s=self._seconds("cap_s", CAPS) or None)
        if self.need("extension", choice(EXTENSIONS)) == "add":
            extension = Extension(
                adds_s=self.need("adds_s", integer(minimum=1, maximum=86_400)),
                threshold_s=self.need("threshold_s", integer(minimum=1, maximum=86_400)),
                cap_s=extension.cap_s,
            )
        return {
            "extension": extension,
            "must_bid_in_free": self.checked("must_bid_in_free"),
            "confirm_s": self._seconds("confirm_s", CONFIRMS),
            "proxies": self.checked("proxies"),
        }

    def _reserve(self, hidden: Money | None) -> dict[str, Any]:
        if not self.needs(Part.reserve):
            return {}
        chosen = self.need("reserve_kind", choice(list(ReserveKind)))
        kind = ReserveKind(chosen) if chosen else ReserveKind.none
        amount = None
        if kind is ReserveKind.open:
            amount = self.need("reserve", money_yuan(minimum=ONE_FEN))
        elif kind is ReserveKind.hidden:
            amount = hidden
        return {"reserve_kind": kind, "reserve_minor": amount.minor if amount else None}

    def _weights(self) -> dict[str, Any]:
        if not self.needs(Part.weights):
            return {}
        price = self.need("price_weight", percent_bp(minimum=1))
        criteria = [
            Criterion(
                key=f"c{i + 1}",
                name=self.need(f"criteria-{i}-name", text(maximum=60)),
                unit=self.maybe(f"criteria-{i}-unit", text(maximum=12)) or "",
                weight_bp=self.need(f"criteria-{i}-weight", percent_bp(minimum=1)),
                full_at=self.need(f"criteria-{i}-full_at", integer(minimum=1, maximum=10**12)),
                higher_is_better=self.value(f"criteria-{i}-better", "high") == "high",
            )
            for i in self.filled_rows("criteria")
        ]
        return {"price_weight_bp": price, "criteria": tuple(criteria)}

    def _shared(self) -> dict[str, Any]:
        allowed = [str(one) for one in self.shape.preferences]
        wish = self.need("preference", choice(allowed)) or Preference.ordinary
        preference = Preference(wish)
        raising = preference is Preference.post_with_raise
        deposit = self.maybe("deposit", money_yuan(minimum=ONE_FEN))
        single = self.value("single_bidder") or SingleBidder.proceed
        documents = self.maybe("documents", text(maximum=CONDITIONS_LENGTH, lines=True)) or ""
        return {
            "preference": preference,
            "raise_s": self._seconds("raise_s", RAISES) if raising else 0,
            "single_bidder": SingleBidder(single)
            if self.needs(Part.registration) and single in [*SingleBidder]
            else SingleBidder.proceed,
            "deposit_minor": deposit.minor if deposit else 0,
            "deposit_due_at": self.maybe("deposit_due_at", instant()) if deposit else None,
            "admission": self.need("admission", choice(ADMISSIONS)) or "open",
            "conditions": self.maybe("conditions", text(maximum=CONDITIONS_LENGTH, lines=True))
            or "",
            "documents": tuple(line.strip() for line in documents.split("\n") if line.strip()),
            "negotiation": self.needs(Part.reserve) and self.checked("negotiation"),
            "viewing": self.maybe("viewing", text(maximum=500, lines=True)) or "",
            "viewing_starts_at": self.maybe("viewing_starts_at", instant()),
            "viewing_ends_at": self.maybe("viewing_ends_at", instant()),
            "auctioneer": self._auctioneer(),
            "price_evidence": self.maybe("price_evidence", text(maximum=1000, lines=True)) or "",
        }

    def _auctioneer(self) -> Auctioneer | None:
        if not self.needs(Part.auctioneer):
            return None
        return Auctioneer(
            organisation=self.need("auctioneer_organisation", text(maximum=100)),
            licence=self.need("auctioneer_licence", text(maximum=60)),
            auctioneer=self.need("auctioneer_name", text(maximum=40)),
            auctioneer_licence=self.need("auctioneer_number", text(maximum=60)),
        )


def _ladder_end(
    opens: datetime | None, start: Money, steps: dict[str, Any], window: int
) -> datetime | None:
    """When a falling price ends: every rung from the start to the floor has its time.

    A ladder that does not come out even is the room's to refuse; its end is rounded up.
    """
    if opens is None:
        return None
    drops = -(-(start.minor - (steps["floor_minor"] or 0)) // (steps["step_minor"] or 1))
    rungs = min(max(drops, 0), 100_000) + 1
    return opens + timedelta(seconds=rungs * window)


class PublishForm(RowsForm):
    """What is said only when a lot is published: the version that was read, a hidden reserve."""

    MARKS: ClassVar = {}

    def reserve(self, *, hidden: bool) -> Money | None:
        """The hidden reserve; None where there is none. Raises Invalid."""
        if not hidden:
            return None
        if not self.value("reserve").strip():
            self.add("reserve", _HIDDEN_LATER)
        amount = self.maybe("reserve", money_yuan(minimum=ONE_FEN))
        self.check()
        return amount


__all__ = [
    "ADMISSIONS",
    "CAPS",
    "CONDITIONS_LENGTH",
    "CONFIRMS",
    "EXTENSIONS",
    "RAISES",
    "RESERVES",
    "RUNGS",
    "SINGLES",
    "LotForm",
    "NewLot",
    "PublishForm",
]
