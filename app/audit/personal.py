"""The audit trail's share of a person's copy of his data: what he did, and what was done to him.

Nothing of it is deleted with an account: a line holds ids, and it is evidence.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.audit import queries
from app.core.tx import UnitOfWork

LINES = 5000


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """His own lines and those about him, newest first; 5000 of each at most."""
    return {
        name: [
            {
                "at": entry.at.isoformat(),
                "action": entry.action,
                "subject_kind": entry.subject_kind,
                "subject_id": str(entry.subject_id),
                "organisation_id": entry.organisation_id and str(entry.organisation_id),
            }
            for entry in entries
        ]
        for name, entries in (
            ("done_by_you", await queries.list_of_person(uow, person_id, LINES)),
            ("done_to_you", await queries.list_entries(uow, person_id, LINES)),
        )
    }
