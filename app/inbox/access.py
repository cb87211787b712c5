"""Who may do what with the inbox."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_HEADS: Final = frozenset({"head"})

# One's own messages and how one wants to be told: everybody's own affair.
SEE: Final = Permission("inbox.see_messages", signed_in=True)
READ: Final = Permission("inbox.mark_read", signed_in=True)
PREFER: Final = Permission("inbox.choose_preferences", signed_in=True)

# An organisation's webhooks carry its business out of the house: its heads alone.
SEE_WEBHOOKS: Final = Permission("inbox.see_webhooks", members=_HEADS)
MANAGE_WEBHOOKS: Final = Permission("inbox.manage_webhooks", members=_HEADS)
