"""What a person looks for: for the copy of his data, and deleted with his account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.core.tx import UnitOfWork
from app.searches.models import SavedSearchRow


async def export_personal(uow: UnitOfWork, *, person_id: UUID) -> dict[str, Any]:
    """The questions he keeps, the last first; there are 50 at most."""
    rows = await uow.session.scalars(
        select(SavedSearchRow)
        .where(SavedSearchRow.person_id == person_id)
        .order_by(SavedSearchRow.id.desc())
    )
    return {
        "saved_searches": [
            {
                "name": row.name,
                "words": row.words,
                "filters": row.filters,
                "sort": row.sort,
                "words_only": row.words_only,
                "saved_at": row.saved_at.isoformat(),
                "looked_at": row.looked_at.isoformat(),
                "news": row.news_at is not None,
            }
            for row in rows
        ]
    }


async def forget_personal(uow: UnitOfWork, *, person_id: UUID) -> None:
    """Delete them."""
    await uow.session.execute(
        delete(SavedSearchRow)
        .where(SavedSearchRow.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
