"""What the verbs of admission share: who is barred, accepting, refusing, and drawing the code.

A decision is written down before a code exists, and the code in another table than the decision.
No audit line, fact, notice or page holds both, and the line of an admission holds neither party nor
code: the instant of a decision would lead from one to the other.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.auctions import admission_notices as notices
from app.auctions import admission_queries as queries
from app.auctions import admission_rules as rules
from app.auctions import deposits
from app.auctions.access import BID, STAFF
from app.auctions.admission_errors import ApplicationMissing
from app.auctions.admission_models import LotApplication
from app.auctions.admission_types import (
    ApplicationFacts,
    ApplicationState,
    RefusalReason,
    Requirements,
)
from app.auctions.engine.codec import from_json
from app.auctions.engine.types import BidMode, Head, Terms
from app.auctions.errors import StaffMayNotBid
from app.auctions.events import ApplicationDecided
from app.auctions.life_queries import has_defaulted
from app.auctions.models import Lot, LotBidder
from app.auctions.queries import list_codes, lock_lot
from app.auctions.rules import pick_code
from app.auctions.types import LotState, Preference
from app.audit import service as audit
from app.clearances import service as clearances
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.errors import Forbidden
from app.core.tx import UnitOfWork

FILES: Final = "auctions.application"
_CODE_DRAW: Final = 1 << 32


def require_bidder(actor: Actor) -> UUID:
    """The organisation the actor may bid for. Raises Unauthenticated, Forbidden, StaffMayNotBid."""
    if actor.roles & STAFF:
        raise StaffMayNotBid()
    access.require(actor, BID)
    if actor.organisation_id is None:
        raise Forbidden()
    return actor.organisation_id


def requirements_of(lot: Lot) -> Requirements:
    """What a lot asks of its applicants, and until when."""
    terms = _read_terms(lot)
    head = Head(LotState(lot.state), lot.cycle_starts_at, lot.cycle_ends_at, shift=lot.shift)
    return rules.compute_requirements(
        terms,
        head,
        reviewed=lot.admission == "reviewed",
        conditions=lot.conditions,
        documents=tuple(lot.documents),
        deposit_minor=lot.deposit_minor or 0,
        deposit_due_at=lot.deposit_due_at,
    )


def _read_terms(lot: Lot) -> Terms:
    """The engine's terms. A lot from before there were modes was announced under rules that let
    bidders join as long as its limited cycle ran: it keeps them."""
    if lot.terms is not None:
        return from_json(Terms, lot.terms)
    return Terms(
        mode=BidMode(lot.mode),
        start_minor=lot.start_minor,
        tiers=(),
        free_starts_at=lot.free_starts_at,
        free_ends_at=lot.cycle_ends_at,
        window_s=lot.window_s,
    )


async def find_bar(uow: UnitOfWork, lot: Lot, party_id: UUID) -> RefusalReason | None:
    """Why a party can take no part in a lot whatever it brings, or None.

    Related (关联) is, by what the market knows, who shares a member with the seller; a holder of a
    pre-emption right in the offer is not kept from using it.
    """
    holders = {
        right.bidder_id
        for right in await clearances.list_rights(uow, lot.offer_id)
        if right.is_alive
    }
    related = party_id not in holders and await accounts.share_members(
        uow, one=lot.seller_id, other=party_id
    )
    return rules.find_bar(
        related=related,
        staff=await accounts.has_staff(uow, organisation_id=party_id),
        defaulted=await has_defaulted(uow, lot.achievement_id, party_id),
    )


async def lock_application(uow: UnitOfWork, application_id: UUID) -> tuple[Lot, LotApplication]:
    """Lock the lot of an application, and read the application under that lock: nobody writes one
    without it. Raises ApplicationMissing."""
    found = await queries.get_application(uow, application_id)
    lot, _ = await lock_lot(uow, found.lot_id)
    return lot, await queries.get_application(uow, application_id)


def check_own(actor: Actor, row: LotApplication) -> None:
    """An application is its own house's affair. Raises ApplicationMissing, Forbidden."""
    if row.party_id != actor.organisation_id:
        raise ApplicationMissing()
    access.require(actor, BID, owner=row.party_id)


def facts_of(row: LotApplication) -> ApplicationFacts:
    """Snapshot for rules."""
    return ApplicationFacts(
        id=row.id,
        lot_id=row.lot_id,
        party_id=row.party_id,
        state=ApplicationState(row.state),
        reason=RefusalReason(row.reason) if row.reason else None,
        decided_by=row.decided_by,
        due_at=row.due_at,
    )


async def accept(
    uow: UnitOfWork,
    actor: Actor,
    lot: Lot,
    needs: Requirements,
    row: LotApplication,
    now: datetime,
) -> None:
    """Accept an application of a locked lot: it waits for its deposit, or is admitted."""
    row.state, row.reason = ApplicationState.accepted, None
    row.decided_at, row.decided_by = now, actor.person_id
    row.due_at = needs.decides_until
    await uow.session.flush()
    if needs.reviewed:
        uow.record(ApplicationDecided(row.id, lot.id, row.party_id, row.state, ""))
    if needs.deposit_minor:
        await deposits.open_deposit(uow, lot=lot, application_id=row.id, party_id=row.party_id)
    paid = await is_paid(uow, needs, row)
    if paid:
        await admit(uow, lot, row, now)
    await notices.tell_decided(uow, lot, row, waits=not paid)


async def refuse(
    uow: UnitOfWork,
    actor: Actor,
    lot: Lot,
    row: LotApplication,
    reason: RefusalReason,
    words: str,
    now: datetime,
) -> None:
    """Refuse an application of a locked lot, with its reason; a deposit goes home."""
    row.state, row.reason, row.note = ApplicationState.refused, reason, words
    row.decided_at, row.decided_by, row.due_at = now, actor.person_id, None
    await uow.session.flush()
    await deposits.release_deposit(uow, application_id=row.id, reason=reason.value)
    uow.record(ApplicationDecided(row.id, lot.id, row.party_id, row.state, reason))
    await notices.tell_decided(uow, lot, row, waits=False)


async def is_paid(uow: UnitOfWork, needs: Requirements, row: LotApplication) -> bool:
    """Whether no deposit is asked for, or it is locked."""
    if not needs.deposit_minor:
        return True
    return await deposits.is_secured(uow, lot_id=row.lot_id, party_id=row.party_id)


def layer_of(place: int) -> str:
    """The layer of files that answers one demanded document."""
    return f"document-{place}"


async def note(
    uow: UnitOfWork, actor: Actor, verb: str, lot: Lot, row: LotApplication, **facts: Any
) -> None:
    """The audit line of a verb on an application: ids and states, never a code."""
    await audit.note(
        uow,
        actor=actor,
        action=f"auctions.{verb}",
        subject_kind="lot_application",
        subject_id=row.id,
        facts={"number": lot.number, "state": row.state, **facts},
    )


async def admit(uow: UnitOfWork, lot: Lot, row: LotApplication, now: datetime) -> LotBidder:
    """Draw the code. The audit line tells neither who nor which: see the head of this file."""
    taken = await list_codes(uow, lot.id)
    place = LotBidder(
        lot_id=lot.id,
        bidder_id=row.party_id,
        code=pick_code(taken, secrets.randbelow(_CODE_DRAW)),
        state="admitted",
        admitted_by=row.applied_by,
        admitted_at=now,
        rank=await _find_rank(uow, lot, row.party_id),
        values=dict(row.settled or row.declared),
    )
    uow.session.add(place)
    row.state, row.due_at = ApplicationState.admitted, None
    lot.version += 1
    await uow.session.flush()
    await audit.note(
        uow,
        actor=SYSTEM,
        action="auctions.join_lot",
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number},
    )
    return place


async def _find_rank(uow: UnitOfWork, lot: Lot, party_id: UUID) -> int | None:
    """The rank of a living right of pre-emption, where the lot lets holders use one."""
    preference = (lot.terms or {}).get("preference", Preference.ordinary.value)
    if preference == Preference.ordinary.value:
        return None
    for right in await clearances.list_rights(uow, lot.offer_id):
        if right.is_alive and right.bidder_id == party_id:
            return right.rank
    return None
