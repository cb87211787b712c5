"""Who may do what with inquiries. Only the two houses write; the platform reads for its office.

A conversation between people: no program takes part by a token.
"""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_MEMBERS = frozenset({"manager", "inventor", "agent", "head"})

ASK: Final = Permission("inquiries.open_inquiry", members=_MEMBERS, by_token=False)
WRITE: Final = Permission("inquiries.write_message", members=_MEMBERS, by_token=False)
CLOSE: Final = Permission("inquiries.close_inquiry", members=_MEMBERS, by_token=False)
LIST_OWN: Final = Permission("inquiries.list_own", members=_MEMBERS, by_token=False)
SEE: Final = Permission("inquiries.see_thread", members=_MEMBERS, by_token=False)
SEE_ALL: Final = Permission(
    "inquiries.see_any_thread", platform=frozenset({"operator", "supervisor"}), by_token=False
)
