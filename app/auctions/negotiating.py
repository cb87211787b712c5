"""The window after a reserve that was not met (协商期): it ends in a notice of another room, or in
nothing.

While it is open the offer stays kept for the lot. Who bid is told to nobody: both sides are brought
together by the platform.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.auctions import life_queries, queries
from app.auctions.access import AMEND_LOT
from app.auctions.announcing import announce, check_statement, find_said, key_of_market
from app.auctions.errors import LotStateForbids
from app.auctions.events import LotNegotiating
from app.auctions.life_types import AnnouncementKind
from app.auctions.models import Lot
from app.auctions.sweeping import alone
from app.auctions.types import Ending, RulebookParams
from app.audit import service as audit
from app.catalogue import service as catalogue
from app.core import access
from app.core.actor import SYSTEM, Actor
from app.core.calendar import compute_end_in_working_days, load_calendar
from app.core.clock import SHANGHAI
from app.core.tx import UnitOfWork


async def open_window(uow: UnitOfWork, lot: Lot, params: RulebookParams, at: datetime) -> bool:
    """Part of closing a locked lot at ``at``: open the window its announcement promised.

    False when there is none, and the offer is to be given back at once.
    """
    if lot.ending != Ending.below_reserve or not lot.notice.get("negotiation"):
        return False
    if days := params.negotiation_working_days:
        calendar = await load_calendar(uow)
        ends_at = compute_end_in_working_days(
            calendar, at.astimezone(SHANGHAI).date(), days
        ).ends_at
    elif params.negotiation_s:
        ends_at = at + timedelta(seconds=params.negotiation_s)
    else:
        return False
    lot.negotiation_ends_at = ends_at
    facts, kind = {"ends_at": ends_at.isoformat()}, AnnouncementKind.negotiating
    await announce(uow, SYSTEM, lot, kind, "", key_of_market(kind), **facts)
    uow.record(LotNegotiating(lot.id, lot.number, lot.offer_id, lot.seller_id, at))
    return True


async def end_negotiation(
    uow: UnitOfWork, *, actor: Actor, number: str, statement: str, key: str
) -> None:
    """End the window before its time, by the seller: the offer is free again.

    Raises LotMissing, Forbidden, Invalid (no statement), LotStateForbids, KeyReused.
    """
    lot, _ = await queries.lock_lot(uow, await queries.get_lot_id(uow, number))
    access.require(actor, AMEND_LOT, owner=lot.seller_id)
    if await find_said(uow, lot, AnnouncementKind.negotiated, key, "", statement):
        return
    check_statement(statement)
    if lot.negotiation_ends_at is None:
        raise LotStateForbids("标的不在协商期")
    await close_window(uow, actor, lot, statement, key)


async def sweep_negotiations(uow: UnitOfWork, *, limit: int = 50) -> int:
    """End the windows that have run out; returns how many. A locked lot waits."""
    ended, key = 0, key_of_market(AnnouncementKind.negotiated)
    for lot in await life_queries.lock_negotiated(uow, limit):
        async with alone(uow, sweep="auctions.negotiating.sweep_negotiations", lot=lot.number):
            await close_window(uow, SYSTEM, lot, "", key)
            await uow.session.flush()
            ended += 1
    return ended


async def close_window(uow: UnitOfWork, actor: Actor, lot: Lot, statement: str, key: str) -> None:
    """Give the offer of a locked lot back, and say so."""
    assert lot.negotiation_ends_at is not None, "only an open window ends"
    facts = {"ends_at": lot.negotiation_ends_at.isoformat()}
    lot.negotiation_ends_at = None
    lot.version += 1
    await catalogue.release_offer(
        uow, actor=actor, offer_id=lot.offer_id, for_kind="lot", for_id=lot.id
    )
    await announce(uow, actor, lot, AnnouncementKind.negotiated, statement, key, **facts)
    await audit.note(
        uow,
        actor=actor,
        action="auctions.end_negotiation",
        subject_kind="lot",
        subject_id=lot.id,
        facts={"number": lot.number, **facts},
    )
