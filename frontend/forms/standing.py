"""Forms of what a party shows for itself: its bank account, its code, an operator's word."""

from __future__ import annotations

from typing import Final

from app.accounts.types import BankMethod
from app.core.i18n import _n
from frontend.forms import Form

METHOD_LABELS: Final = {
    BankMethod.transfer: _n("1 分转账验证"),
    BankMethod.operator: _n("平台核验"),
}


class BankForm(Form):
    """The account as typed; the room says every fault at once. The number is not shown again."""

    def forget_number(self) -> None:
        """A refused page holds the number no longer than the request that brought it."""
        self.typed.pop("number", None)


class CodeForm(Form):
    """The code of a transfer's remark."""
