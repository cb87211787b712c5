"""Who may read what. Public figures are for everyone; a desk shows only one's own."""

from __future__ import annotations

from typing import Final

from app.accounts.types import Role
from app.core.access import Permission

_READERS: Final = frozenset({Role.operator, Role.supervisor, Role.administrator})

SEE_DESK: Final = Permission("reports.see_desk", signed_in=True)
SEE_REVIEW: Final = Permission("reports.see_review", platform=_READERS)
SEE_AUDIT: Final = Permission("reports.see_audit", platform=_READERS)

# The conversion list is its unit's own; of disclosures the platform sees numbers only.
LIST_CONVERSION: Final = Permission(
    "reports.list_conversion", members=frozenset({Role.manager, Role.head})
)
COUNT_DISCLOSURES: Final = Permission("reports.see_disclosure_counts", platform=_READERS)
