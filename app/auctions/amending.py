"""Change announcements (变更公告): the only way in which a published lot changes.

What may change when is decided in ``amendment_rules``, what becomes of the head in the engine.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from app.auctions import queries, terms_rules
from app.auctions.access import AMEND_LOT
from app.auctions.admitting import requirements_of
from app.auctions.amendment_rules import (
    apply_changes,
    check_amendment,
    describe_change,
    prepare_check,
)
from app.auctions.announcing import announce, check_statement, find_said
from app.auctions.deposit_queries import has_living
from app.auctions.deposits import move_deposits
from app.auctions.documents import index_lot
from app.auctions.engine.amending import BEFORE_OPENING, amended
from app.auctions.engine.codec import to_json
from app.auctions.engine.modes import MODES
from app.auctions.engine.types import Terms
from app.auctions.errors import LotStateForbids
from app.auctions.events import LotAmended
from app.auctions.heads import head_of, terms_of
from app.auctions.life_types import Amendment, AnnouncementKind
from app.auctions.models import Lot
from app.auctions.publishing import check_relisting, compute_bounds, describe_notice
from app.auctions.stewarding import note_step, steer
from app.auctions.telling_queries import list_bidder_ids
from app.auctions.types import Auctioneer, LotTerms, RulebookParams
from app.core import access
from app.core.actor import Actor
from app.core.calendar import load_calendar
from app.core.tx import UnitOfWork


async def amend_lot(
    uow: UnitOfWork,
    *,
    actor: Actor,
    number: str,
    changes: Amendment,
    statement: str,
    key: str,
) -> None:
    """Announce a change of one's own lot; the old and the new words are kept with the reason.

    Everybody who applied is told; a deposit that waits for its money is due by the new terms.
    Raises LotMissing, Forbidden, Invalid (nothing changes, a time is sooner, the terms contradict,
    no statement), LotPinned, LotStateForbids, KeyReused.
    """
    lot, params = await queries.lock_lot(uow, await queries.get_lot_id(uow, number))
    access.require(actor, AMEND_LOT, owner=lot.seller_id)
    if await find_said(uow, lot, AnnouncementKind.amended, key, "", statement):
        return
    check_statement(statement)
    before = read_terms(lot, params)
    after = apply_changes(before, changes)
    now = await uow.stamp()
    state = MODES[before.mode].phase(before.to_engine(params, now), head_of(lot), now)
    check_amendment(before, after, state)
    if state in BEFORE_OPENING:
        bounds = compute_bounds(params, await load_calendar(uow), now)
        terms, bounds = prepare_check(before, after, bounds)
        terms_rules.check_with_rules(terms, params, bounds, sealing=False)
        await _check_others(uow, lot, params, before, after)
    await steer(
        uow,
        actor,
        lot,
        lambda terms, head, at: amended(
            MODES[terms.mode], terms, after.to_engine(params, at), head, at, statement=statement
        ),
    )
    said = describe_change(before, after)
    _write(lot, after, after.to_engine(params, now))
    await move_deposits(uow, lot=lot, until=requirements_of(lot).decides_until)
    await index_lot(uow, lot)
    await announce(uow, actor, lot, AnnouncementKind.amended, statement, key, changes=said)
    uow.record(LotAmended(lot.id, lot.number, lot.offer_id, lot.seller_id, now))
    await note_step(uow, actor, "amend_lot", lot, changed=sorted(said))


async def _check_others(
    uow: UnitOfWork, lot: Lot, params: RulebookParams, before: LotTerms, after: LotTerms
) -> None:
    """What a change would do to an earlier lot's price, to whoever has been asked for money, and
    to whoever was let in without.

    Raises Invalid, LotStateForbids.
    """
    if lot.relisted_from is not None and after.start_minor < before.start_minor:
        earlier = await uow.session.get_one(Lot, lot.relisted_from)
        await check_relisting(uow, after, earlier, params)
    if after.deposit_minor != before.deposit_minor and (
        await has_living(uow, lot.id) or await list_bidder_ids(uow, lot.id)
    ):
        raise LotStateForbids("已有单位取得资格或被要求缴纳保证金，保证金金额不能变更")


def read_terms(lot: Lot, params: RulebookParams) -> LotTerms:
    """What a published lot says, as its seller set it; without a hidden reserve."""
    engine = terms_of(lot, params)
    given = {
        one.name: getattr(engine, one.name) for one in fields(LotTerms) if hasattr(engine, one.name)
    }
    notice = {name: lot.notice.get(name) for name in _NOTICE}
    starts, ends = notice["viewing_starts_at"], notice["viewing_ends_at"]
    return LotTerms(
        **given,
        step_minor=engine.tiers[0].step_minor if engine.tiers else 0,
        reserve_minor=engine.open_reserve_minor,
        deposit_minor=lot.deposit_minor or 0,
        deposit_due_at=lot.deposit_due_at,
        admission=lot.admission,
        conditions=lot.conditions,
        documents=tuple(lot.documents),
        auctioneer=Auctioneer.of(lot.auctioneer),
        viewing=notice["viewing"] or "",
        viewing_starts_at=datetime.fromisoformat(starts) if starts else None,
        viewing_ends_at=datetime.fromisoformat(ends) if ends else None,
        negotiation=bool(notice["negotiation"]),
        price_evidence=notice["price_evidence"] or "",
    )


_NOTICE = ("viewing", "viewing_starts_at", "viewing_ends_at", "negotiation", "price_evidence")


def _write(lot: Lot, after: LotTerms, engine: Terms) -> None:
    """The columns that say again what the pinned terms say, for lists and for the deposit."""
    lot.terms = to_json(engine)
    lot.start_minor = engine.start_minor
    lot.step_minor = engine.tiers[0].step_minor if engine.tiers else 0
    lot.free_starts_at, lot.free_ends_at = engine.free_starts_at, engine.free_ends_at
    lot.registration_ends_at = engine.registration_ends_at
    lot.deposit_minor = after.deposit_minor or None
    lot.deposit_due_at = after.deposit_due_at if after.deposit_minor else None
    lot.conditions = after.conditions.strip()
    lot.documents = [one.strip() for one in after.documents]
    lot.notice = {
        name: value for name, value in lot.notice.items() if name not in _NOTICE
    } | describe_notice(after)
