"""SELECTs of the conversion list and of the counts of disclosures: plain SQL over all rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.tx import UnitOfWork

# Signed and done with: what was planned until a day is no longer waited for.
_SIGNED = """EXISTS (SELECT FROM deal AS d WHERE d.achievement_id = a.id
        AND d.state NOT IN ('awaiting_contract', 'cancelled'))"""

# The day a plan was to be carried out by (Shanghai) has passed; of an achievement `a`, a plan `p`.
LATE = f"""p.target_on < CAST(market_now() AT TIME ZONE 'Asia/Shanghai' AS date)
        AND NOT {_SIGNED}"""

# How far an achievement is: the furthest thing that the rooms know of it. A deal is signed when
# it has left the state of waiting for its contract.
_STATUS = f"""
CASE
    WHEN {_SIGNED} THEN 'signed'
    WHEN EXISTS (SELECT FROM deal AS d WHERE d.achievement_id = a.id
        AND d.state = 'awaiting_contract') THEN 'deal_made'
    WHEN EXISTS (SELECT FROM lot AS l WHERE l.achievement_id = a.id
        AND l.state <> 'closed') THEN 'in_lot'
    WHEN EXISTS (SELECT FROM offer AS f WHERE f.achievement_id = a.id
        AND f.state IN ('published', 'reserved')) THEN 'offered'
    WHEN coalesce(p.negotiating, false) THEN 'negotiating'
    ELSE 'not_started'
END
"""  # noqa: S608 - put together from constants

_LIST = f"""
SELECT * FROM (
    SELECT a.id, a.number, a.title, a.field, a.state, a.trl, a.created_at, {_STATUS} AS status,
           p.route, p.responsible_id, person.name AS responsible, p.next_step, p.target_on,
           coalesce(p.negotiating, false) AS negotiating, coalesce(p.version, 0) AS plan_version,
           coalesce({LATE}, false) AS late
    FROM achievement AS a
    LEFT JOIN conversion_plan AS p ON p.achievement_id = a.id AND p.owner_id = a.owner_id
    LEFT JOIN person ON person.id = p.responsible_id
    WHERE a.owner_id = :org AND a.state <> 'withdrawn'
      AND (CAST(:number AS text) IS NULL OR a.number = :number)
      AND (CAST(:responsible AS uuid) IS NULL OR p.responsible_id = :responsible)
      AND (NOT :late OR ({LATE}))
      AND (CAST(:after AS text) IS NULL OR a.number < :after)
    ORDER BY a.number DESC
    {{inner}}
) AS line
WHERE CAST(:status AS text) IS NULL OR status = :status
ORDER BY number DESC LIMIT :limit
"""  # noqa: S608 - put together from constants

_COUNTS = f"""
SELECT status, count(*) AS count FROM (
    SELECT {_STATUS} AS status
    FROM achievement AS a
    LEFT JOIN conversion_plan AS p ON p.achievement_id = a.id AND p.owner_id = a.owner_id
    WHERE a.owner_id = :org AND a.state <> 'withdrawn'
) AS line GROUP BY status
"""  # noqa: S608 - put together from constants

_DISCLOSURES = """
SELECT o.name AS organisation,
       count(*) AS submitted,
       count(*) FILTER (WHERE d.state = 'submitted') AS waiting,
       count(*) FILTER (WHERE d.state = 'submitted' AND d.due_at <= market_now()) AS overdue,
       count(*) FILTER (WHERE d.state = 'accepted') AS accepted,
       count(d.achievement_id) AS converted
FROM disclosure AS d JOIN organisation AS o ON o.id = d.organisation_id
WHERE d.submissions > 0
GROUP BY o.id, o.name ORDER BY overdue DESC, waiting DESC, o.name LIMIT :limit
"""


async def _rows(uow: UnitOfWork, sql: str, **values: Any) -> Sequence[RowMapping]:
    return (await uow.session.execute(text(sql), values)).mappings().all()


async def list_conversion(uow: UnitOfWork, **asked: Any) -> Sequence[RowMapping]:
    """The conversion list of one organisation, the newest number first."""
    # why: without a filter on the derived status only the rows of this page are derived
    inner = "LIMIT :limit" if asked["status"] is None else ""
    return await _rows(uow, _LIST.format(inner=inner), **asked)


async def count_conversion(uow: UnitOfWork, organisation_id: UUID) -> dict[str, int]:
    """How many achievements of an organisation stand at each status."""
    found = await _rows(uow, _COUNTS, org=organisation_id)
    return {row["status"]: row["count"] for row in found}


async def count_disclosures(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """How many disclosures each organisation has, the late ones first."""
    return await _rows(uow, _DISCLOSURES, limit=limit)
