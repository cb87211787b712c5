"""What is shown of applications, to one actor; nothing here knows a code."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.accounts import service as accounts
from app.auctions import admission_queries as queries
from app.auctions.access import (
    ANSWER_COMPLAINT,
    BID,
    DECIDE_APPLICATION,
    LIST_OWN,
    SEE_APPLICATIONS,
)
from app.auctions.admission_errors import ApplicationMissing
from app.auctions.admission_models import ApplicationComplaint, LotApplication
from app.auctions.admission_types import (
    ApplicationLine,
    ApplicationState,
    ApplicationView,
    ApplyView,
    ComplaintView,
    RefusalReason,
    Requirements,
)
from app.auctions.admitting import FILES, layer_of, require_bidder, requirements_of
from app.auctions.errors import SellerMayNotBid
from app.auctions.models import Lot
from app.auctions.queries import get_lot_id
from app.auctions.types import LotState
from app.core import access
from app.core.actor import Actor
from app.core.paging import Page, decode_id, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.files.service import list_attached
from app.files.types import FileView

PAGE_SIZE = 20


async def show_apply(uow: UnitOfWork, *, actor: Actor, number: str) -> ApplyView:
    """The form of an application to a lot, and the one that stands already.

    Raises LotMissing, Unauthenticated, Forbidden, StaffMayNotBid, SellerMayNotBid.
    """
    party_id = require_bidder(actor)
    lot, needs = await _read_lot(uow, await get_lot_id(uow, number))
    if lot.seller_id == party_id:
        raise SellerMayNotBid()
    seller = (await accounts.get_organisations(uow, ids=[lot.seller_id])).get(lot.seller_id)
    row = await queries.find_newest(uow, lot.id, party_id)
    return ApplyView(
        lot_number=lot.number,
        lot_title=lot.title,
        seller_name=seller.name if seller else "",
        needs=needs,
        application=None if row is None else await _view(uow, actor, row, lot, needs),
    )


async def show_application(
    uow: UnitOfWork, *, actor: Actor, application_id: UUID
) -> ApplicationView:
    """One application for the applicant's house, or for the platform where it has to decide.

    Raises ApplicationMissing.
    """
    row = await queries.get_application(uow, application_id)
    lot, needs = await _read_lot(uow, row.lot_id)
    if not _is_seen(actor, row, needs):
        raise ApplicationMissing()
    return await _view(uow, actor, row, lot, needs)


async def list_own_applications(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ApplicationLine]:
    """What one's organisation applied for, newest first. Raises Unauthenticated, Forbidden."""
    access.require(actor, LIST_OWN)
    assert actor.organisation_id is not None, "members act for an organisation"
    rows = await queries.list_of_party(uow, actor.organisation_id, decode_id(after), PAGE_SIZE + 1)
    lines = await _lines(uow, rows[:PAGE_SIZE])
    return Page(lines, encode_cursor(lines[-1].id) if len(rows) > PAGE_SIZE else None)


async def list_applications(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None
) -> Page[ApplicationLine]:
    """The operators' queue: what has to be decided, oldest first. Raises Forbidden."""
    access.require(actor, SEE_APPLICATIONS)
    rows = await queries.list_waiting(uow, decode_place(after), PAGE_SIZE + 1)
    lines = await _lines(uow, rows[:PAGE_SIZE])
    if len(rows) <= PAGE_SIZE:
        return Page(lines)
    return Page(lines, encode_cursor(lines[-1].applied_at, lines[-1].id))


async def list_complaints(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[ApplicationView]:
    """Complaints that wait for an answer, oldest first. Raises Forbidden."""
    access.require(actor, SEE_APPLICATIONS)
    rows = await queries.list_open_complaints(uow, decode_place(after), limit + 1)
    views = []
    for row in rows[:limit]:
        lot, needs = await _read_lot(uow, row.lot_id)
        views.append(await _view(uow, actor, row, lot, needs))
    if len(rows) <= limit:
        return Page(views)
    last = views[-1]
    assert last.complaint is not None, "the list is of complaints"
    return Page(views, encode_cursor(last.complaint.filed_at, last.id))


async def guard_application_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """The papers of an application are for the applicant's house and for who decides on it.

    Raises ApplicationMissing.
    """
    row = await queries.get_application(uow, file.owner_id)
    _, needs = await _read_lot(uow, row.lot_id)
    if not _is_seen(actor, row, needs):
        raise ApplicationMissing()


def _is_seen(actor: Actor, row: LotApplication, needs: Requirements) -> bool:
    """Where nobody decides, nobody of the platform has to know who takes part."""
    if row.party_id == actor.organisation_id:
        return access.may(actor, LIST_OWN, owner=row.party_id)
    return needs.reviewed and access.may(actor, SEE_APPLICATIONS)


async def _read_lot(uow: UnitOfWork, lot_id: UUID) -> tuple[Lot, Requirements]:
    lot = await queries.get_lot(uow, lot_id)
    return lot, requirements_of(lot)


async def _view(
    uow: UnitOfWork, actor: Actor, row: LotApplication, lot: Lot, needs: Requirements
) -> ApplicationView:
    party = (await accounts.get_organisations(uow, ids=[row.party_id]))[row.party_id]
    complaint = await queries.find_complaint(uow, row.id)
    papers = [
        (
            name,
            tuple(
                await list_attached(uow, owner_kind=FILES, owner_id=row.id, layer=layer_of(place))
            ),
        )
        for place, name in enumerate(needs.documents)
    ]
    state = ApplicationState(row.state)
    own = row.party_id == actor.organisation_id and access.may(actor, BID, owner=row.party_id)
    values = row.settled or row.declared
    return ApplicationView(
        id=row.id,
        lot_number=lot.number,
        lot_title=lot.title,
        party_id=row.party_id,
        party_name=party.name,
        state=state,
        reason=RefusalReason(row.reason) if row.reason else None,
        note=row.note,
        statement=row.statement,
        values=tuple((one, values.get(one.key)) for one in needs.criteria),
        documents=tuple(papers),
        conditions=needs.conditions,
        deposit_minor=needs.deposit_minor,
        deposit_due_at=needs.deposit_due_at,
        applied_at=row.applied_at,
        decided_at=row.decided_at,
        due_at=row.due_at,
        complaint=_complaint(complaint),
        may_withdraw=own and state in (ApplicationState.submitted, ApplicationState.accepted),
        may_complain=own
        and state is ApplicationState.refused
        and complaint is None
        and lot.state != LotState.closed,
        may_decide=state is ApplicationState.submitted and access.may(actor, DECIDE_APPLICATION),
        may_answer=complaint is not None
        and complaint.answered_at is None
        and row.decided_by != actor.person_id
        and access.may(actor, ANSWER_COMPLAINT),
    )


def _complaint(row: ApplicationComplaint | None) -> ComplaintView | None:
    if row is None:
        return None
    return ComplaintView(row.text, row.filed_at, row.upheld, row.answer, row.answered_at)


async def _lines(uow: UnitOfWork, rows: Sequence[LotApplication]) -> list[ApplicationLine]:
    lots = await queries.load_lots(uow, {row.lot_id for row in rows})
    houses = await accounts.get_organisations(uow, ids={row.party_id for row in rows})
    complaints = await queries.load_complaints(uow, [row.id for row in rows])
    return [
        ApplicationLine(
            id=row.id,
            lot_number=lots[row.lot_id].number,
            lot_title=lots[row.lot_id].title,
            party_name=houses[row.party_id].name,
            state=ApplicationState(row.state),
            reason=RefusalReason(row.reason) if row.reason else None,
            applied_at=row.applied_at,
            due_at=row.due_at,
            complained=row.id in complaints,
        )
        for row in rows
    ]
