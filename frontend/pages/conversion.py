"""The conversion list (转化清单): how far a unit's achievements are, and what is planned."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue import access, service
from app.catalogue.errors import AchievementMissing
from app.catalogue.types import (
    ConversionStatus,
    EditionContent,
    EditionFacts,
    PlanRoute,
    Visibility,
)
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx, UnitOfWork
from app.core.web import ActorDep, TxDep
from app.reports import service as reports
from app.reports.types import ConversionFilter
from frontend import exports
from frontend.choices import options
from frontend.exports.editions import CONVERSION
from frontend.forms import Form
from frontend.forms.editions import STEP_LENGTH, FreezeForm, PlanForm
from frontend.pages.editions import to_edition
from frontend.pages.organisations import colleagues
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/conversion", name="conversion_list")
async def list_conversion(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    after: str = "",
    status: str = "",
    responsible: str = "",
    late: str = "",
) -> Response:
    """The unit's achievements with how far each is, and what is planned."""
    asked = _filter(status, responsible, late)
    if exports.asked(request):
        fetch = exports.pages(tx, reports.list_conversion, actor=actor, asked=asked)
        return await exports.send(request, tx, actor, CONVERSION, fetch)
    return await _conversion_page(request, tx, actor, asked, after, Form(), 200)


@router.get("/desk/conversion/{number}", name="conversion_plan")
async def show_plan(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The plan of one achievement."""
    return await _plan_page(request, tx, actor, number, None, 200)


@router.post("/desk/conversion/{number}", name="conversion_plan_save")
async def save_plan(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Set the plan of one achievement."""
    form = PlanForm.of(await request.form())
    try:
        await tx.run(
            service.set_plan,
            actor=actor,
            number=number,
            content=form.parse(),
            version=form.version(),
        )
    except DomainError as error:
        if not may(actor, access.PLAN):
            raise
        form.refuse(error)
        return await _plan_page(request, tx, actor, number, form, error.status)
    return RedirectResponse(request.app.url_path_for("conversion_list"), 303)


@router.post("/desk/conversion-editions", name="conversion_freeze")
async def freeze_conversion(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Freeze the list as it is now."""
    require(actor, access.COMPILE_UNIT)
    form = FreezeForm.of(await request.form())
    try:
        made = await tx.run(_freeze, actor=actor, content=form.parse(), key=form.key())
    except DomainError as error:
        form.refuse(error)
        asked = ConversionFilter()
        return await _conversion_page(request, tx, actor, asked, "", form, error.status)
    return to_edition(request, made)


async def _freeze(
    uow: UnitOfWork, *, actor: Actor, content: EditionContent, key: str
) -> EditionFacts:
    """Derive the list and freeze it, in one transaction."""
    entries = await reports.list_to_freeze(uow, actor=actor)
    return await service.freeze_conversion_list(
        uow, actor=actor, content=content, entries=entries, key=key
    )


async def _conversion_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    asked: ConversionFilter,
    after: str,
    form: Form,
    status: int,
) -> Response:
    found = await tx.run(reports.list_conversion, actor=actor, asked=asked, after=after or None)
    counts = await tx.run(reports.count_conversion, actor=actor)
    return page(
        request,
        "editions/conversion.html",
        status=status,
        found=found,
        first=not after,
        asked=asked,
        counts=counts,
        total=sum(counts.values()),
        statuses=list(ConversionStatus),
        colleagues=await colleagues(tx, actor, actor.organisation_id),
        visibilities=options(request, Visibility),
        may_plan=may(actor, access.PLAN),
        may_freeze=may(actor, access.COMPILE_UNIT),
        form=form,
    )


async def _plan_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: PlanForm | None, status: int
) -> Response:
    line = await tx.run(reports.get_conversion, actor=actor, number=number)
    require(actor, access.PLAN)
    if line is None:
        raise AchievementMissing()
    filled = form or PlanForm.blank(
        route=line.route,
        responsible_id=line.responsible_id,
        next_step=line.next_step,
        target_on=line.target_on,
        negotiating="1" if line.negotiating else None,
    )
    return page(
        request,
        "editions/plan.html",
        status=status,
        line=line,
        form=filled,
        routes=options(request, PlanRoute),
        colleagues=await colleagues(tx, actor, actor.organisation_id),
        step_length=STEP_LENGTH,
    )


def _filter(status: str, responsible: str, late: str) -> ConversionFilter:
    """What an address asks for; a word it does not know is left out, not refused."""
    try:
        who = UUID(responsible) if responsible else None
    except ValueError:
        who = None
    known = {one.value for one in ConversionStatus}
    return ConversionFilter(
        status=ConversionStatus(status) if status in known else None,
        responsible_id=who,
        late=late == "1",
    )
