"""What waits for one actor: himself and the organisation he acts for, counted in one statement."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping, text

from app.core.tx import UnitOfWork
from app.reports.conversion_queries import LATE

# why: a literal state matches a partial index, a parameter would not
_WAITING = f"""
SELECT
    -- the person
    (SELECT count(*) FROM achievement_confirmation
        WHERE person_id = :person AND state = 'pending') AS confirmations,
    (SELECT count(*) FROM achievement_confirmation
        WHERE entered_by = :person AND state = 'refused') AS entries_refused,
    (SELECT count(*) FROM disclosure WHERE author_id = :person AND organisation_id = :org
        AND state = 'returned') AS disclosures_returned,
    (SELECT count(*) FROM disclosure WHERE author_id = :person AND organisation_id = :org
        AND state = 'draft') AS disclosure_drafts,
    (SELECT count(*) FROM import_upload WHERE person_id = :person
        AND state = 'mapping') AS uploads_to_map,
    (SELECT count(*) FROM import_upload WHERE person_id = :person
        AND state = 'checked') AS uploads_to_confirm,
    (SELECT count(*) FROM bank_account AS a JOIN bank_trial AS t ON t.account_id = a.id
        WHERE a.party_id = :person AND a.state = 'entered' AND t.state = 'sent'
        AND t.expires_at > market_now()) AS own_bank_codes,
    (SELECT count(*) FROM (SELECT state FROM person_verification WHERE person_id = :person
        ORDER BY id DESC LIMIT 1) AS newest WHERE state = 'returned') AS verification_returned,
    (SELECT count(*) FROM preemption_right WHERE holder_id = :person AND response IS NULL
        AND answer_by > market_now()) AS own_rights,
    -- the organisation
    (SELECT state FROM organisation WHERE id = :org) AS verification,
    (SELECT count(*) FROM achievement WHERE owner_id = :org AND state = 'draft')
        AS achievement_drafts,
    (SELECT count(*) FROM achievement WHERE owner_id = :org AND state = 'returned')
        AS achievements_returned,
    (SELECT count(*) FROM offer WHERE owner_id = :org AND state = 'draft') AS offer_drafts,
    (SELECT count(*) FROM offer WHERE owner_id = :org AND state = 'published'
        AND expires_at < market_now() + interval '30 days') AS offers_expiring,
    (SELECT count(*) FROM demand WHERE owner_id = :org AND state = 'draft') AS demand_drafts,
    (SELECT count(*) FROM demand WHERE owner_id = :org AND state = 'returned')
        AS demands_returned,
    (SELECT count(*) FROM lot_bidder AS b JOIN lot AS l ON l.id = b.lot_id
        WHERE b.bidder_id = :org AND l.state IN ('free', 'limited')
        AND l.leader_id IS DISTINCT FROM :org) AS outbid,
    (SELECT count(*) FROM lot_draft WHERE seller_id = :org) AS lot_drafts,
    (SELECT count(*) FROM lot WHERE seller_id = :org AND negotiation_ends_at IS NOT NULL)
        AS negotiations,
    (SELECT count(*) FROM lot AS l WHERE l.seller_id = :org
        AND l.closed_at > market_now() - interval '30 days' AND l.negotiation_ends_at IS NULL
        AND l.outcome IN ('unsold', 'failed', 'terminated', 'annulled')
        AND NOT EXISTS (SELECT FROM lot AS r WHERE r.relisted_from = l.id)) AS lots_unsold,
    (SELECT count(*) FROM deal WHERE :org IN (seller_id, buyer_id)
        AND state = 'awaiting_contract') AS contracts,
    (SELECT count(*) FROM join_request WHERE organisation_id = :org AND state = 'pending')
        AS join_requests,
    (SELECT count(*) FROM co_owner_consent WHERE party_id = :org AND state = 'asked')
        AS consents,
    (SELECT count(*) FROM preemption_right WHERE holder_id = :org AND response IS NULL
        AND answer_by > market_now()) AS rights,
    (SELECT count(*) FROM inquiry WHERE owner_id = :org AND state = 'asked') AS inquiries,
    (SELECT count(*) FROM disclosure WHERE organisation_id = :org AND state = 'submitted'
        AND due_at > market_now()) AS disclosures,
    (SELECT count(*) FROM disclosure WHERE organisation_id = :org AND state = 'submitted'
        AND due_at <= market_now()) AS disclosures_overdue,
    layer.requests AS layer_requests, layer.number AS layer_number,
    (SELECT count(*) FROM confidential_guest AS g JOIN achievement AS a ON a.id = g.achievement_id
        WHERE g.organisation_id = :org AND g.state = 'invited' AND g.until > market_now()
        AND a.state = 'published' AND NOT EXISTS (
            SELECT FROM confidential_acceptance AS c WHERE c.achievement_id = g.achievement_id
            AND c.organisation_id = g.organisation_id AND c.nda_version = (
                SELECT max(version) FROM confidential_nda AS n
                WHERE n.achievement_id = g.achievement_id))) AS invitations,
    (SELECT count(*) FROM achievement AS a
        JOIN conversion_plan AS p ON p.achievement_id = a.id AND p.owner_id = a.owner_id
        WHERE a.owner_id = :org AND a.state <> 'withdrawn' AND {LATE}) AS plans_late,
    (SELECT count(*) FROM bank_account AS a JOIN bank_trial AS t ON t.account_id = a.id
        WHERE a.party_id = :org AND a.state = 'entered' AND t.state = 'sent'
        AND t.expires_at > market_now()) AS bank_codes,
    (SELECT count(*) FROM deposit WHERE party_id = :org AND state = 'required'
        AND due_at > market_now()) AS deposits
FROM (SELECT count(*) AS requests, (array_agg(a.number ORDER BY g.asked_at))[1] AS number
      FROM confidential_guest AS g JOIN achievement AS a ON a.id = g.achievement_id
      WHERE a.owner_id = :org AND g.state = 'requested') AS layer
"""  # noqa: S608 - put together from constants


async def count_waiting(
    uow: UnitOfWork, person_id: UUID | None, organisation_id: UUID | None
) -> RowMapping:
    """How many of each wait for a person and for an organisation; None counts nothing.

    ``layer_number`` is the achievement whose confidential layer was asked for first.
    """
    values = {"person": person_id, "org": organisation_id}
    return (await uow.session.execute(text(_WAITING), values)).mappings().one()
