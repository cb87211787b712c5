"""Forms of the lot room: a bid, a maximum, a sealed bid, a box to be ticked."""

from __future__ import annotations

from typing import Final

from app.auctions.errors import JumpUnconfirmed
from app.core.i18n import Message, _n
from app.core.money import Money, format_yuan
from frontend.forms import Form
from frontend.forms.fields import money_yuan

ONE_FEN: Final = Money(1)
# Length of a limited cycle: seconds and its label. Five minutes is what exchanges use (P-钦, P-汕).
WINDOWS: Final = (
    (60, _n("1 分钟")),
    (120, _n("2 分钟")),
    (180, _n("3 分钟")),
    (300, _n("5 分钟")),
    (600, _n("10 分钟")),
)
_NOT_THE_SAME: Final = _n("两次填写的金额不一致。")
_AGREE: Final = _n("请先勾选确认。")


class BidForm(Form):
    """One bid: `amount` in 元, `confirm_jump` when it is far above the least.

    What is confirmed is one amount: `confirm_jump` names it, in 分, so that a tick says nothing
    of an amount that was typed after it.
    """

    def confirms(self, amount: Money | None) -> bool:
        """Whether this very amount was confirmed."""
        return amount is not None and self.value("confirm_jump") == str(amount.minor)

    def ask_again(self, jump: JumpUnconfirmed) -> None:
        """Say how far above the least the amount is, and ask for a tick."""
        self.add(
            "confirm_jump",
            Message(
                "%(amount)s 是最低应报金额 %(least)s 的 %(times)s 倍以上，请核对。",
                amount=format_yuan(jump.amount_minor),
                least=format_yuan(jump.least_minor),
                times=jump.amount_minor // jump.least_minor,
            ),
        )
        self.typed["confirm_jump"] = str(jump.amount_minor)

    def parse(self) -> Money:
        """The amount. Raises Invalid with a sentence at the field."""
        amount = self.need("amount", money_yuan(minimum=ONE_FEN))
        self.check()
        return amount


class MaximumForm(BidForm):
    """A stored maximum: `amount` in 元."""


class SealForm(BidForm):
    """A sealed bid: `amount` typed twice, since it can be neither changed nor taken back."""

    def parse(self) -> Money:
        """The amount. Raises Invalid when the two are not the same."""
        amount = self.need("amount", money_yuan(minimum=ONE_FEN))
        again = self.need("amount_again", money_yuan(minimum=ONE_FEN))
        if not self.errors and amount != again:
            self.add("amount_again", _NOT_THE_SAME)
        self.check()
        return amount


class AgreeForm(BidForm):
    """What cannot be taken back: a box to be ticked, and the price that was shown."""

    def parse_amount(self) -> Money:
        """The price that was taken. Raises Invalid without the tick."""
        self._agreed()
        return self.parse()

    def agreed(self) -> None:
        """Raises Invalid without the tick."""
        self._agreed()
        self.check()

    def _agreed(self) -> None:
        if not self.checked("agree"):
            self.add("amount", _AGREE)
