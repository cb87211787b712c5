"""Who may know of a deal: its two parties and the platform's eyes."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_MEMBERS = frozenset({"manager", "inventor", "agent", "head"})

SEE_DEAL: Final = Permission(
    "deals.see_deal", platform=frozenset({"operator", "supervisor"}), members=_MEMBERS
)
LIST_ALL: Final = Permission("deals.list_all", platform=frozenset({"operator", "supervisor"}))
