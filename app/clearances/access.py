"""Who may do what with gates and rights."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_HOUSE: Final = frozenset({"manager", "head"})
_MEMBERS: Final = frozenset({"manager", "inventor", "agent", "head"})
_READERS: Final = frozenset({"operator", "supervisor", "administrator"})

SEE_BOARD: Final = Permission("clearances.see_board", members=_HOUSE, platform=_READERS)
OPEN: Final = Permission("clearances.open_clearance", members=_HOUSE)
SETTLE: Final = Permission("clearances.settle_clearance", members=_HOUSE)
BLOCK: Final = Permission(
    "clearances.block_clearance", platform=frozenset({"operator", "supervisor"}), by_token=False
)
RECORD_RIGHT: Final = Permission("clearances.record_right", members=_HOUSE)
# A holder's own: a person, or the house whose right it is.
LIST_RIGHTS: Final = Permission("clearances.list_rights", signed_in=True)
SEE_RIGHT: Final = Permission("clearances.see_right", members=_MEMBERS, platform=_READERS)
ANSWER_OWN: Final = Permission("clearances.answer_own", signed_in=True)
ANSWER_RIGHT: Final = Permission(
    "clearances.answer_right", members=frozenset({"manager", "agent", "head"})
)
READ_NOTICE: Final = Permission("clearances.read_notice", everyone=True)
