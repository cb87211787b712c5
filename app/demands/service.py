"""The verbs of demands: create, edit, submit, publish, return, close; show and list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from app.audit.service import note
from app.core.access import may, require
from app.core.actor import SYSTEM, Actor
from app.core.clock import SHANGHAI
from app.core.errors import Forbidden, KeyReused
from app.core.ids import new_id
from app.core.numbers import next_number
from app.core.paging import Page, decode_place, encode_cursor
from app.core.tx import UnitOfWork
from app.demands import access, queries, rules
from app.demands.documents import make_document
from app.demands.events import DemandClosed, DemandPublished, DemandReturned, DemandSubmitted
from app.demands.models import Demand
from app.demands.types import (
    MASKED_HOLDER,
    Actions,
    CloseReason,
    Confidentiality,
    DemandContent,
    DemandState,
    DemandView,
    Origin,
)
from search.documents import Kind
from search.service import index_documents, remove_documents

PAGE_SIZE = 20


async def create_demand(
    uow: UnitOfWork, *, actor: Actor, content: DemandContent, key: str
) -> DemandView:
    """Save a draft for the organisation the actor acts for; the same key returns the same draft.

    Raises Unauthenticated, Forbidden, Invalid, or KeyReused when the key named another content.
    """
    require(actor, access.WRITE)
    if actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("请先选择您代表的单位")
    if (seen := await queries.find_created(uow, actor.person_id, key)) is not None:
        if seen.version > 1 or seen.content() == content:
            return _view(actor, seen)
        raise KeyReused()
    rules.check_content(content, uow.now.astimezone(SHANGHAI).date())
    demand = Demand(
        id=new_id(),
        number=await next_number(uow, "XQ"),
        owner_id=actor.organisation_id,
        care_id=actor.organisation_id,
        holder_name=actor.organisation_name,
        origin=Origin.entered.value,
        state=DemandState.draft.value,
        version=1,
        created_by=actor.person_id,
        idempotency_key=key,
        created_at=uow.now,
        updated_at=uow.now,
        **_columns(content),
    )
    uow.session.add(demand)
    await uow.session.flush()
    await _note(uow, actor, "create_demand", demand)
    return _view(actor, demand)


async def edit_demand(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, content: DemandContent
) -> DemandView:
    """Change a draft or a returned demand.

    Raises NotFound, Forbidden, DemandNotEditable, StaleVersion, Invalid.
    """
    demand = await queries.lock_demand(uow, number)
    require(actor, access.WRITE, owner=demand.care_id, visible=_seen(actor, demand))
    rules.check_edit(demand.facts(), version)
    rules.check_content(content, uow.now.astimezone(SHANGHAI).date())
    for column, value in _columns(content).items():
        setattr(demand, column, value)
    _touch(uow, demand)
    await _note(uow, actor, "edit_demand", demand)
    return _view(actor, demand)


async def submit_demand(uow: UnitOfWork, *, actor: Actor, number: str, version: int) -> DemandView:
    """Hand a demand to the operator.

    Raises NotFound, Forbidden (also while the organisation is not verified),
    DemandNotSubmittable, StaleVersion, Invalid when it does not say enough to be answered.
    """
    demand = await queries.lock_demand(uow, number)
    require(actor, access.SUBMIT, owner=demand.care_id, visible=_seen(actor, demand))
    rules.check_submit(demand.facts(), version, uow.now.astimezone(SHANGHAI).date())
    demand.state, demand.return_reason = DemandState.submitted.value, ""
    demand.submitted_at = uow.now
    _touch(uow, demand)
    uow.record(DemandSubmitted(demand.id, demand.number, demand.version))
    await _note(uow, actor, "submit_demand", demand)
    return _view(actor, demand)


async def publish_demand(uow: UnitOfWork, *, actor: Actor, number: str, version: int) -> DemandView:
    """Publish a submitted demand; it can be found at once.

    Raises NotFound, Forbidden, DemandNotUnderReview, StaleVersion, Invalid when one of its dates
    has passed meanwhile.
    """
    demand = await queries.lock_demand(uow, number)
    require(actor, access.REVIEW, visible=_seen(actor, demand))
    now = await uow.stamp()
    rules.check_publish(demand.facts(), version, now.astimezone(SHANGHAI).date())
    demand.state, demand.published_at = DemandState.published.value, now
    demand.expires_at = rules.compute_expiry(demand.content(), now)
    _touch(uow, demand)
    await index_documents(uow, [make_document(demand)])
    uow.record(DemandPublished(demand.id, demand.number, demand.version))
    await _note(uow, actor, "publish_demand", demand)
    return _view(actor, demand)


async def return_demand(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, reason: str
) -> DemandView:
    """Give a submitted demand back to its author with a reason.

    Raises NotFound, Forbidden, DemandNotUnderReview, StaleVersion, Invalid without a reason.
    """
    demand = await queries.lock_demand(uow, number)
    require(actor, access.REVIEW, visible=_seen(actor, demand))
    rules.check_review(demand.facts(), version)
    rules.check_reason(reason)
    demand.state, demand.return_reason = DemandState.returned.value, reason
    _touch(uow, demand)
    uow.record(DemandReturned(demand.id, demand.number, demand.version))
    await _note(uow, actor, "return_demand", demand)
    return _view(actor, demand)


async def close_demand(
    uow: UnitOfWork, *, actor: Actor, number: str, version: int, solved: bool = False
) -> DemandView:
    """End a demand: solved or withdrawn by its organisation, taken down by the operator.

    Raises NotFound, Forbidden, DemandNotClosable, StaleVersion.
    """
    demand = await queries.lock_demand(uow, number)
    owner = demand.care_id
    require(actor, access.CLOSE, owner=owner, visible=_seen(actor, demand))
    rules.check_close(demand.facts(), version)
    if not may(actor, access.WRITE, owner=owner):
        reason = CloseReason.removed
    else:
        reason = CloseReason.solved if solved else CloseReason.withdrawn
    await _close(uow, actor, demand, reason)
    return _view(actor, demand)


async def sweep_expired(uow: UnitOfWork, *, limit: int = 100) -> int:
    """End published demands whose last day is over; returns how many."""
    expired = await queries.lock_expired(uow, limit)
    for demand in expired:
        await _close(uow, SYSTEM, demand, CloseReason.expired)
    return len(expired)


async def show_demand(uow: UnitOfWork, *, actor: Actor, number: str) -> tuple[DemandView, Actions]:
    """One demand as this actor may see it, and what he may do with it. Raises NotFound."""
    demand = await queries.get_demand(uow, number)
    owner = demand.care_id
    if demand.state != DemandState.published:
        require(actor, access.SEE, owner=owner, visible=_seen(actor, demand))
    writable = demand.state in {DemandState.draft, DemandState.returned}
    closable = demand.state != DemandState.closed
    waits = demand.state == DemandState.submitted
    return _view(actor, demand), Actions(
        edit=writable and may(actor, access.WRITE, owner=owner),
        submit=writable and may(actor, access.SUBMIT, owner=owner),
        review=waits and may(actor, access.REVIEW),
        close=closable and may(actor, access.CLOSE, owner=owner),
        solve=closable and may(actor, access.WRITE, owner=owner),
    )


async def find_holders(uow: UnitOfWork, *, numbers: Collection[str]) -> dict[str, str]:
    """Who is named on the pages of demands, as everybody reads them; only of published ones."""
    stranger = Actor.stranger()
    return {
        demand.number: _view(stranger, demand).holder
        for demand in await queries.list_by_numbers(uow, numbers)
        if demand.state == DemandState.published
    }


async def list_demands(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DemandView]:
    """Published demands, newest first. Raises Invalid for a broken cursor."""
    rows = await queries.list_published(uow, decode_place(after), limit + 1)
    return _page(actor, rows, limit, "published_at")


async def list_own(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DemandView]:
    """The demands of the organisation the actor acts for, imported ones in its care included."""
    require(actor, access.SEE)
    if actor.organisation_id is None:
        return Page([])
    rows = await queries.list_of_care(uow, actor.organisation_id, decode_place(after), limit + 1)
    return _page(actor, rows, limit, "updated_at")


async def list_waiting(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[DemandView]:
    """The operator's review queue, oldest first."""
    require(actor, access.SEE_REVIEW)
    rows = await queries.list_submitted(uow, decode_place(after), limit + 1)
    return _page(actor, rows, limit, "submitted_at")


def _page(actor: Actor, rows: Sequence[Demand], limit: int, order: str) -> Page[DemandView]:
    """Cut the one row too many that says whether there is a next page."""
    items = [_view(actor, demand) for demand in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, encode_cursor(getattr(last, order), last.id))


def _columns(content: DemandContent) -> dict[str, Any]:
    return asdict(content) | {"cooperation": [mode.value for mode in content.cooperation]}


def _seen(actor: Actor, demand: Demand) -> bool:
    """Whether this actor may know that the demand is there."""
    return demand.state == DemandState.published or may(actor, access.SEE, owner=demand.care_id)


def _view(actor: Actor, demand: Demand) -> DemandView:
    if demand.confidentiality == Confidentiality.open or may(
        actor, access.SEE, owner=demand.care_id
    ):
        return demand.view(holder=demand.holder_name, owner_id=demand.owner_id)
    return demand.view(holder=MASKED_HOLDER, owner_id=None)


def _touch(uow: UnitOfWork, demand: Demand) -> None:
    demand.version += 1
    demand.updated_at = uow.now


async def _close(uow: UnitOfWork, actor: Actor, demand: Demand, reason: CloseReason) -> None:
    demand.state, demand.close_reason = DemandState.closed.value, reason.value
    demand.closed_at = uow.now
    _touch(uow, demand)
    await remove_documents(uow, kind=Kind.demand, ids=[demand.id])
    uow.record(DemandClosed(demand.id, demand.number, reason.value))
    await _note(uow, actor, "close_demand", demand, reason=reason.value)


async def _note(uow: UnitOfWork, actor: Actor, verb: str, demand: Demand, **facts: str) -> None:
    await note(
        uow,
        actor=actor,
        action=f"demands.{verb}",
        subject_kind="demand",
        subject_id=demand.id,
        facts={"number": demand.number, "version": demand.version, **facts},
    )
