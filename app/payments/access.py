"""Who may do what with payments. Money is a matter of people: no program moves any by a token."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_OPERATOR = frozenset({"operator"})
_READERS = frozenset({"operator", "supervisor", "administrator"})

SEE: Final = Permission("payments.see_payments", platform=_READERS, by_token=False)
REFUND: Final = Permission("payments.refund_by_hand", platform=_OPERATOR, by_token=False)
RETRY: Final = Permission("payments.retry_payout", platform=_OPERATOR, by_token=False)
RECONCILE: Final = Permission("payments.reconcile", platform=_OPERATOR, by_token=False)
