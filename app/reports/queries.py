"""Every SELECT of the read models: plain SQL over all rooms' tables, one statement a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.tx import UnitOfWork

# why: a front page must not cost more as the market grows
COUNT_CAP = 10_000

_RUNNING = "'free', 'confirming', 'limited', 'exercising', 'suspended'"

_FIGURES = f"""
SELECT (SELECT count(*) FROM achievement WHERE state = 'published') AS achievements,
       (SELECT count(*) FROM offer WHERE state = 'published') AS offers,
       (SELECT count(*) FROM demand WHERE state = 'published') AS demands,
       (SELECT count(*) FROM lot WHERE state IN ({_RUNNING})) AS running,
       (SELECT count(*) FROM deal WHERE state <> 'cancelled') AS deals,
       (SELECT coalesce(sum(amount_minor), 0)::bigint FROM deal
           WHERE state <> 'cancelled') AS turnover_minor
"""  # noqa: S608 - put together from constants

_HOT_WORDS = """
SELECT word FROM (
    SELECT keywords FROM achievement WHERE state = 'published' AND owner_id IS NOT NULL
    ORDER BY published_at DESC, id DESC LIMIT 200
) AS newest, jsonb_array_elements_text(keywords) AS word
GROUP BY word ORDER BY count(*) DESC, word LIMIT 5
"""

_FIELDS = """
SELECT label, (
    SELECT count(*) FROM (
        SELECT 1 FROM search_document WHERE facets @> ARRAY['field=' || label] LIMIT :cap
    ) AS found
) AS count
FROM unnest(CAST(:labels AS text[])) WITH ORDINALITY AS field (label, place) ORDER BY place
"""

_LOTS = """
SELECT l.number, l.title, l.mode, l.state, l.outcome, l.start_minor, l.price_minor, l.closed_at,
       CASE WHEN l.state IN ('announced', 'registering') THEN l.free_starts_at
            WHEN l.state IN ('free', 'confirming', 'limited', 'exercising')
            THEN l.cycle_ends_at END AS ends_at,
       o.name AS holder, l.announced_at AS published_at
FROM lot AS l JOIN organisation AS o ON o.id = l.seller_id
"""

# running first, by what ends soonest; then what is to come; then what has just ended
_PUBLIC_LOTS = f"""
SELECT * FROM (
    (SELECT 1 AS rank, x.* FROM ({_LOTS} WHERE l.state IN ({_RUNNING})
        ORDER BY l.cycle_ends_at LIMIT :limit) AS x)
    UNION ALL
    (SELECT 2, x.* FROM ({_LOTS} WHERE l.state IN ('announced', 'registering')
        ORDER BY l.free_starts_at LIMIT :limit) AS x)
    UNION ALL
    (SELECT 3, x.* FROM ({_LOTS} WHERE l.state = 'closed'
        ORDER BY l.closed_at DESC LIMIT :limit) AS x)
) AS shelf ORDER BY rank, ends_at, closed_at DESC LIMIT :limit
"""  # noqa: S608 - put together from constants

_OFFERS = """
SELECT f.number, a.title, f.state, f.disposal, f.asking_minor, f.expires_at, f.published_at,
       o.name AS holder
FROM offer AS f JOIN achievement AS a ON a.id = f.achievement_id
JOIN organisation AS o ON o.id = f.owner_id
WHERE f.state = 'published' ORDER BY f.published_at DESC, f.id DESC LIMIT :limit
"""

_ACHIEVEMENTS = """
SELECT a.number, a.title, a.origin, a.owner_id, a.published_at,
       coalesce(o.name, a.holder_name) AS holder
FROM achievement AS a LEFT JOIN organisation AS o ON o.id = a.owner_id
WHERE a.state = 'published' ORDER BY a.published_at DESC, a.id DESC LIMIT :limit
"""

_DEMANDS = """
SELECT d.number, d.title, d.budget_minor, d.published_at, d.origin,
       CASE d.confidentiality WHEN 'masked' THEN '' ELSE coalesce(o.name, d.holder_name) END
           AS holder
FROM demand AS d LEFT JOIN organisation AS o ON o.id = d.owner_id
WHERE d.state = 'published' ORDER BY d.published_at DESC, d.id DESC LIMIT :limit
"""

_ACHIEVEMENT_NEWS = """
SELECT number, title, abstract, holder_name, published_at, updated_at FROM achievement
WHERE state = 'published' ORDER BY published_at DESC, id DESC LIMIT :limit
"""

_LOT_NEWS = """
SELECT number, title, announced_at FROM lot ORDER BY id DESC LIMIT :limit
"""

_REVIEW = """
SELECT 'achievements' AS queue, count(*) AS count, min(submitted_at) AS oldest_at
FROM achievement WHERE state = 'submitted'
UNION ALL SELECT 'claims', count(*), min(created_at) FROM achievement_claim WHERE state = 'pending'
UNION ALL SELECT 'demands', count(*), min(submitted_at) FROM demand WHERE state = 'submitted'
UNION ALL SELECT 'consents', count(*), min(asked_at)
FROM co_owner_consent WHERE state = 'proof_sent'
UNION ALL SELECT 'organisations', count(*), min(submitted_at)
FROM organisation WHERE state = 'submitted'
UNION ALL SELECT 'people', count(*), min(submitted_at)
FROM person_verification WHERE state = 'submitted'
UNION ALL SELECT 'bank_accounts', count(*), min(entered_at)
FROM bank_account WHERE state = 'entered'
UNION ALL SELECT 'payouts_stuck', count(*), min(stuck_at)
FROM payout WHERE stuck_at IS NOT NULL AND settled_at IS NULL
UNION ALL SELECT 'refunds', count(*), min(made_at) FROM payout WHERE state = 'asked'
UNION ALL SELECT 'differences', count(*), min(found_at)
FROM bank_difference WHERE settled_at IS NULL
UNION ALL SELECT 'deposits', count(*), min(coalesce(d.asked_at, l.closed_at))
FROM deposit AS d JOIN lot AS l ON l.id = d.lot_id
WHERE (d.state = 'applied_to_price' AND l.outcome = 'failed')
OR (d.state = 'frozen' AND d.asked IS NOT NULL)
UNION ALL SELECT 'applications', count(*), min(applied_at)
FROM lot_application WHERE state = 'submitted'
UNION ALL SELECT 'complaints', count(*), min(filed_at)
FROM application_complaint WHERE answered_at IS NULL
UNION ALL SELECT 'stopped_lots', count(*), min(suspended_at)
FROM lot_suspension WHERE resumed_at IS NULL AND reason <> 'service_outage'
"""

_OWN_LOTS = f"""
{_LOTS} WHERE l.state <> 'closed' AND (l.seller_id = :org
    OR EXISTS (SELECT 1 FROM lot_bidder AS b WHERE b.lot_id = l.id AND b.bidder_id = :org))
ORDER BY l.cycle_ends_at LIMIT :limit
"""  # noqa: S608 - put together from constants

_LOTS_OF_ACHIEVEMENT = f"""
{_LOTS} WHERE l.achievement_id = :achievement ORDER BY l.id DESC LIMIT :limit
"""

_LOTS_OF_SELLER = f"""
{_LOTS} WHERE l.seller_id = :org ORDER BY l.id DESC LIMIT :limit
"""

_OFFERS_OF = """
SELECT f.number, a.title, f.state, f.disposal, f.asking_minor, f.expires_at, f.published_at,
       '' AS holder
FROM offer AS f JOIN achievement AS a ON a.id = f.achievement_id
WHERE f.owner_id = :org AND f.state = 'published'
ORDER BY f.updated_at DESC, f.id DESC LIMIT :limit
"""

_ACHIEVEMENTS_OF = """
SELECT number, title, origin, owner_id, published_at, '' AS holder
FROM achievement WHERE owner_id = :org AND state = 'published'
ORDER BY updated_at DESC, id DESC LIMIT :limit
"""

_OWN_DEALS = """
SELECT d.number, a.title, d.state, d.amount_minor, d.sign_by, d.opened_at,
       CASE WHEN d.seller_id = :org THEN buyer.name ELSE seller.name END AS holder
FROM deal AS d JOIN achievement AS a ON a.id = d.achievement_id
JOIN organisation AS seller ON seller.id = d.seller_id
JOIN organisation AS buyer ON buyer.id = d.buyer_id
WHERE :org IN (d.seller_id, d.buyer_id) ORDER BY d.id DESC LIMIT :limit
"""

_AUDIT = """
SELECT e.seq, e.at, e.action, e.subject_kind, e.subject_id, e.facts,
       coalesce(p.name, '') AS person, coalesce(o.name, '') AS organisation,
       s.position IS NOT NULL AS sealed
FROM audit_entry AS e LEFT JOIN person AS p ON p.id = e.person_id
LEFT JOIN organisation AS o ON o.id = e.organisation_id
LEFT JOIN audit_seal AS s ON s.entry_id = e.id
WHERE e.seq < :before ORDER BY e.seq DESC LIMIT :limit
"""


async def _rows(uow: UnitOfWork, sql: str, **values: Any) -> Sequence[RowMapping]:
    return (await uow.session.execute(text(sql), values)).mappings().all()


async def get_figures(uow: UnitOfWork) -> RowMapping:
    """Counts of what is public, and the turnover in 分."""
    return (await _rows(uow, _FIGURES))[0]


async def list_hot_words(uow: UnitOfWork) -> list[str]:
    """The keywords that occur most among the newest published achievements."""
    return [row["word"] for row in await _rows(uow, _HOT_WORDS)]


async def count_fields(uow: UnitOfWork, labels: list[str]) -> Mapping[str, int]:
    """How many public things each field holds; counting stops one past COUNT_CAP."""
    rows = await _rows(uow, _FIELDS, labels=labels, cap=COUNT_CAP + 1)
    return {row["label"]: row["count"] for row in rows}


async def list_public_lots(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Running lots by what ends soonest, then coming ones, then the latest results."""
    return await _rows(uow, _PUBLIC_LOTS, limit=limit)


async def list_newest_offers(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Published offers, newest first."""
    return await _rows(uow, _OFFERS, limit=limit)


async def list_newest_achievements(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Published achievements, newest first."""
    return await _rows(uow, _ACHIEVEMENTS, limit=limit)


async def list_newest_demands(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Published demands, newest first; a masked holder is empty."""
    return await _rows(uow, _DEMANDS, limit=limit)


async def list_achievement_news(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Published achievements with their abstracts, newest first."""
    return await _rows(uow, _ACHIEVEMENT_NEWS, limit=limit)


async def list_lot_news(uow: UnitOfWork, limit: int) -> Sequence[RowMapping]:
    """Announced lots, newest first."""
    return await _rows(uow, _LOT_NEWS, limit=limit)


async def count_review(uow: UnitOfWork) -> Sequence[RowMapping]:
    """What waits for an operator: queue, count, oldest."""
    return await _rows(uow, _REVIEW)


async def list_own_lots(uow: UnitOfWork, organisation_id: UUID, limit: int) -> Sequence[RowMapping]:
    """Open lots that the organisation sells or takes part in."""
    return await _rows(uow, _OWN_LOTS, org=organisation_id, limit=limit)


async def list_own_deals(
    uow: UnitOfWork, organisation_id: UUID, limit: int
) -> Sequence[RowMapping]:
    """The organisation's newest deals; ``holder`` is the other side."""
    return await _rows(uow, _OWN_DEALS, org=organisation_id, limit=limit)


async def list_lots_of_achievement(
    uow: UnitOfWork, achievement_id: UUID, limit: int
) -> Sequence[RowMapping]:
    """The lots of one achievement, newest first."""
    return await _rows(uow, _LOTS_OF_ACHIEVEMENT, achievement=achievement_id, limit=limit)


async def list_holdings(
    uow: UnitOfWork, organisation_id: UUID, limit: int
) -> tuple[Sequence[RowMapping], Sequence[RowMapping], Sequence[RowMapping]]:
    """What an organisation shows in public: achievements, offers, lots; newest first."""
    values = {"org": organisation_id, "limit": limit}
    return (
        await _rows(uow, _ACHIEVEMENTS_OF, **values),
        await _rows(uow, _OFFERS_OF, **values),
        await _rows(uow, _LOTS_OF_SELLER, **values),
    )


async def list_audit(uow: UnitOfWork, before: int, limit: int) -> Sequence[RowMapping]:
    """Audit entries before a sequence number, newest first."""
    return await _rows(uow, _AUDIT, before=before, limit=limit)
