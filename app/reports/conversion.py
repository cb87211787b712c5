"""The conversion list (科技成果转化清单) and the counts of disclosures, derived when asked for."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from app.catalogue.types import (
    AchievementState,
    ConversionEntry,
    ConversionStatus,
    PlanRoute,
)
from app.core.access import require
from app.core.actor import Actor
from app.core.official import NationalField
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.tx import UnitOfWork
from app.reports import access, conversion_queries
from app.reports.types import ConversionFilter, ConversionLine, DisclosureCounts

PAGE_SIZE: Final = 30
MOST_UNITS: Final = 500
_FREEZE: Final = 2000  # what one frozen list holds at most


async def list_conversion(
    uow: UnitOfWork,
    *,
    actor: Actor,
    asked: ConversionFilter | None = None,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[ConversionLine]:
    """The conversion list of the actor's organisation. Raises Forbidden, Invalid (cursor)."""
    rows = await _rows(uow, _own(actor), asked, after, limit + 1)
    lines = [_line(row) for row in rows[:limit]]
    return Page(lines, encode_cursor(lines[-1].number) if len(rows) > limit else None)


async def get_conversion(uow: UnitOfWork, *, actor: Actor, number: str) -> ConversionLine | None:
    """One line of the actor's own list; None when it is not in it. Raises Forbidden."""
    rows = await _rows(uow, _own(actor), None, None, 1, number=number)
    return _line(rows[0]) if rows else None


async def count_conversion(uow: UnitOfWork, *, actor: Actor) -> dict[ConversionStatus, int]:
    """How many achievements stand at each status. Raises Forbidden."""
    found = await conversion_queries.count_conversion(uow, _own(actor))
    return {status: found.get(status.value, 0) for status in ConversionStatus}


async def list_to_freeze(uow: UnitOfWork, *, actor: Actor) -> list[ConversionEntry]:
    """The whole list as it is now, for an edition: at most one more line than it holds.

    Raises Forbidden.
    """
    rows = await _rows(uow, _own(actor), None, None, _FREEZE + 1)
    return [
        ConversionEntry(
            achievement_id=line.achievement_id,
            number=line.number,
            title=line.title,
            field=line.field,
            published=line.state is AchievementState.published,
            status=line.status,
            route=line.route,
            responsible_id=line.responsible_id,
            next_step=line.next_step,
            target_on=line.target_on,
        )
        for line in map(_line, rows)
    ]


async def count_disclosures(uow: UnitOfWork, *, actor: Actor) -> list[DisclosureCounts]:
    """How many disclosures each unit has, for the platform. Raises Unauthenticated, Forbidden."""
    require(actor, access.COUNT_DISCLOSURES)
    rows = await conversion_queries.count_disclosures(uow, MOST_UNITS)
    return [DisclosureCounts(**row) for row in rows]


def _own(actor: Actor) -> UUID:
    """The organisation whose list the actor reads. Raises Forbidden."""
    require(actor, access.LIST_CONVERSION)
    assert actor.organisation_id is not None, "members act for an organisation"
    return actor.organisation_id


async def _rows(
    uow: UnitOfWork,
    organisation_id: UUID,
    asked: ConversionFilter | None,
    after: str | None,
    limit: int,
    number: str | None = None,
) -> list[RowMapping]:
    wanted = asked or ConversionFilter()
    return list(
        await conversion_queries.list_conversion(
            uow,
            org=organisation_id,
            status=wanted.status.value if wanted.status else None,
            responsible=wanted.responsible_id,
            late=wanted.late,
            number=number,
            after=decode_cursor(after, str)[0] if after else None,
            limit=limit,
        )
    )


def _line(row: RowMapping) -> ConversionLine:
    return ConversionLine(
        achievement_id=row["id"],
        number=row["number"],
        title=row["title"],
        field=NationalField(row["field"]) if row["field"] else None,
        state=AchievementState(row["state"]),
        trl=row["trl"],
        status=ConversionStatus(row["status"]),
        route=PlanRoute(row["route"]) if row["route"] else None,
        responsible_id=row["responsible_id"],
        responsible=row["responsible"] or "",
        next_step=row["next_step"] or "",
        target_on=row["target_on"],
        negotiating=row["negotiating"],
        plan_version=row["plan_version"],
        late=row["late"],
    )
