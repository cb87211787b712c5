"""Who may do what with imports."""

from __future__ import annotations

from typing import Final

from app.core.access import Permission
from app.imports.types import ImportKind

BRING_IN = Permission(
    "imports.bring_in",
    platform=frozenset({"operator", "administrator"}),
    members=frozenset({"manager"}),
    verified=True,
)
BRING_IN_DEMANDS = Permission(
    "imports.bring_in_demands",
    platform=frozenset({"operator", "administrator"}),
    members=frozenset({"manager", "agent", "head"}),
    verified=True,
)
# A file holds what its columns that nobody wants hold too, so few may see it.
SEE_UPLOADS = Permission(
    "imports.see_uploads",
    platform=frozenset({"operator", "supervisor", "administrator"}),
    members=frozenset({"manager", "agent", "head"}),
    by_token=False,
)

BRING_IN_OF: Final = {
    ImportKind.achievements: BRING_IN,
    ImportKind.demands: BRING_IN_DEMANDS,
}
