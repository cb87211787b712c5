"""Forms of auctions: a bid, and a lot to be announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.auctions.types import LotTerms
from app.core.i18n import _n
from app.core.money import Money
from frontend.forms import Form
from frontend.forms.fields import choice, instant, money_yuan, text

ONE_FEN: Final = Money(1)
# Length of a limited cycle: seconds and its label. Five minutes is what exchanges use (P-钦, P-汕).
WINDOWS: Final = (
    (60, _n("1 分钟")),
    (120, _n("2 分钟")),
    (180, _n("3 分钟")),
    (300, _n("5 分钟")),
    (600, _n("10 分钟")),
)


class BidForm(Form):
    """One bid: `amount` in 元."""

    def parse(self) -> Money:
        """The amount. Raises Invalid with a sentence at the field."""
        amount = self.need("amount", money_yuan(minimum=ONE_FEN))
        self.check()
        return amount


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot as typed: which offer, on which terms."""

    offer_number: str
    terms: LotTerms


class LotForm(Form):
    """A lot: offer, start, step, free_starts_at (empty: at once), free_ends_at, window_s."""

    def parse(self) -> NewLot:
        """The lot. Raises Invalid with every fault at its field."""
        offer_number = self.need("offer", text(maximum=32))
        start = self.need("start", money_yuan(minimum=ONE_FEN))
        step = self.need("step", money_yuan(minimum=ONE_FEN))
        starts_at = self.maybe("free_starts_at", instant())
        ends_at = self.need("free_ends_at", instant())
        window = self.need("window_s", choice([str(seconds) for seconds, _ in WINDOWS]))
        self.check()
        return NewLot(
            offer_number,
            LotTerms(
                start_minor=start.minor,
                step_minor=step.minor,
                free_starts_at=starts_at,
                free_ends_at=ends_at,
                window_s=int(window),
            ),
        )
