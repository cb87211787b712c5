"""What is shown of gates and rights, to one actor."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts import service as accounts
from app.catalogue import service as catalogue
from app.clearances import access, gates, queries, rights, rules
from app.clearances.errors import RightMissing
from app.clearances.models import PreemptionRight
from app.clearances.types import (
    Board,
    ClearanceState,
    ClearanceView,
    RightView,
    ServiceWay,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.paging import Page, decode_id, encode_cursor
from app.core.tx import UnitOfWork
from app.files.service import list_attached_many

PAGE_SIZE = 20
ERASED = "（已注销）"


async def show_board(uow: UnitOfWork, *, actor: Actor, offer_number: str) -> Board:
    """Everything before a sale of one offer, for its house and the platform.

    Raises OfferMissing, Forbidden.
    """
    offer = await gates.seen_offer(uow, actor, offer_number)
    record = await catalogue.get_achievement(uow, achievement_id=offer.achievement_id)
    on = uow.now.astimezone(SHANGHAI).date()
    known = rules.list_in_force(await queries.load_rules(uow, on), offer.disposal, "", on)
    rows = await queries.list_clearances(uow, offer.id)
    papers = await list_attached_many(
        uow, owner_kind=gates.FILES, owner_ids=[row.id for row in rows]
    )
    settles, blocks = may(actor, access.SETTLE, owner=offer.owner_id), may(actor, access.BLOCK)
    opened = {row.kind for row in rows}
    return Board(
        offer_id=offer.id,
        offer_number=offer.number,
        title=record.title,
        disposal=offer.disposal,
        verdict=await gates.ask(uow, offer.id, ""),
        clearances=tuple(
            ClearanceView(
                facts=row.facts(),
                files=tuple(papers[row.id]),
                may_settle=settles and row.state == ClearanceState.open,
                may_block=blocks and row.state != ClearanceState.blocked,
                may_lift=blocks and row.state == ClearanceState.blocked,
            )
            for row in rows
        ),
        needed=tuple(rule for rule in known if rule.required and rule.kind not in opened),
        rules=tuple(known),
        rights=tuple(await _views(uow, actor, await queries.list_rights(uow, offer.id))),
        may_open=may(actor, access.OPEN, owner=offer.owner_id),
        may_block=blocks,
        may_record=may(actor, access.RECORD_RIGHT, owner=offer.owner_id),
    )


async def list_candidates(uow: UnitOfWork, *, actor: Actor, offer_number: str) -> dict[UUID, str]:
    """Who of the record may hold a right and is a party here. Raises OfferMissing, Forbidden."""
    offer = await gates.seen_offer(uow, actor, offer_number)
    require(actor, access.RECORD_RIGHT, owner=offer.owner_id)
    return await rights.list_candidates(uow, actor, offer)


async def show_right(uow: UnitOfWork, *, actor: Actor, right_id: UUID) -> RightView:
    """One right for its holder, its house and the platform. Raises RightMissing."""
    row = await queries.get_right(uow, right_id)
    if not rights.is_right_seen(actor, row):
        raise RightMissing()
    (view,) = await _views(uow, actor, [row])
    return view


async def show_notice(uow: UnitOfWork, *, right_id: UUID) -> RightView:
    """A public notice (公告送达), for everybody; of any other right there is none.

    Raises RightMissing.
    """
    row = await queries.get_right(uow, right_id)
    if row.way != ServiceWay.public:
        raise RightMissing()
    (view,) = await _views(uow, Actor.stranger(), [row])
    return view


async def list_own_rights(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[RightView]:
    """The rights of the actor and of the house he acts for, newest first. Raises
    Unauthenticated."""
    require(actor, access.LIST_RIGHTS)
    holders = [one for one in (actor.person_id, actor.organisation_id) if one is not None]
    rows = await queries.list_of_holders(uow, holders, decode_id(after), PAGE_SIZE + 1)
    views = await _views(uow, actor, rows[:PAGE_SIZE])
    return Page(views, encode_cursor(views[-1].id) if len(rows) > PAGE_SIZE else None)


async def _views(uow: UnitOfWork, actor: Actor, rows: Sequence[PreemptionRight]) -> list[RightView]:
    holders = {row.holder_id for row in rows if row.holder_id}
    owners = {row.owner_id for row in rows}
    houses = await accounts.get_organisations(uow, ids=holders | owners)
    people = await accounts.get_person_names(uow, ids=holders - houses.keys())
    papers = await list_attached_many(
        uow, owner_kind=rights.FILES, owner_ids=[row.id for row in rows]
    )
    views = []
    for row in rows:
        name = row.holder_name
        if row.holder_id is not None:
            house = houses.get(row.holder_id)
            name = house.name if house else people.get(row.holder_id) or ERASED
        offer = await catalogue.get_offer(uow, offer_id=row.offer_id)
        record = await catalogue.get_achievement(uow, achievement_id=offer.achievement_id)
        open_ = not rules.is_settled(row.facts(), uow.now)
        views.append(
            RightView(
                facts=row.facts(),
                holder_name=name,
                owner_name=houses[row.owner_id].name,
                offer_number=offer.number,
                title=record.title,
                notice=row.notice,
                note=row.note,
                files=tuple(papers[row.id]),
                may_answer=open_ and _may_answer(actor, row),
                may_record=open_ and may(actor, access.RECORD_RIGHT, owner=row.owner_id),
            )
        )
    return views


def _may_answer(actor: Actor, row: PreemptionRight) -> bool:
    if row.holder_id is None:
        return False
    if row.holder_id == actor.person_id:
        return may(actor, access.ANSWER_OWN)
    return may(actor, access.ANSWER_RIGHT, owner=row.holder_id)
