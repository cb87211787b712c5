"""Who may do what with disclosures. No platform role appears: they see counts, in reports."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission

_AUTHORS = frozenset({"manager", "inventor"})
_DECIDERS = frozenset({"manager", "head"})

DRAFT: Final = Permission("disclosures.draft_disclosure", members=_AUTHORS)
# One's own: the author and the completers, who are looked up by their ids.
SEE_OWN: Final = Permission("disclosures.see_own", signed_in=True)
LIST_OWN: Final = Permission("disclosures.list_own", members=_AUTHORS | _DECIDERS)
WRITE_OWN: Final = Permission("disclosures.write_own", members=_AUTHORS)
SEE_UNIT: Final = Permission("disclosures.see_unit", members=_DECIDERS)
LIST_UNIT: Final = Permission("disclosures.list_unit", members=_DECIDERS)
DECIDE: Final = Permission("disclosures.decide_disclosure", members=_DECIDERS)
SET_PERIOD: Final = Permission("disclosures.set_period", members=frozenset({"head"}))
DRAFT_ACHIEVEMENT: Final = Permission("disclosures.draft_achievement", members=_AUTHORS)
