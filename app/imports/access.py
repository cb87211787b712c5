"""Who may do what with imports."""

from __future__ import annotations

from app.core.access import Permission

BRING_IN = Permission(
    "imports.bring_in",
    platform=frozenset({"operator", "administrator"}),
    members=frozenset({"manager"}),
)
