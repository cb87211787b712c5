"""The workbench (工作台), the platform's review queue and the audit trail."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.core.web import ActorDep, TxDep
from app.operations import service as operations
from app.reports import service as reports
from frontend import exports
from frontend.exports.platform import AUDIT, QUEUES
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk", name="desk")
async def desk(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """What waits for the actor, then what moves that concerns him."""
    view = await tx.run(reports.desk_view, actor=actor)
    unfit = await tx.run(operations.count_open, actor=actor, machine=request.app.state.machine)
    return page(request, "desk/index.html", desk=view, unfit=unfit)


@router.get("/review", name="review")
async def review(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """What waits for the platform, each queue with its count."""
    view = await tx.run(reports.review_view, actor=actor)
    if exports.asked(request):
        return await exports.send(request, tx, actor, QUEUES, exports.whole(view.queues))
    return page(request, "desk/review.html", review=view)


@router.get("/desk/audit", name="audit")
async def audit(request: Request, actor: ActorDep, tx: TxDep, after: str | None = None) -> Response:
    """The audit trail, newest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, reports.list_audit, actor=actor)
        return await exports.send(request, tx, actor, AUDIT, fetch)
    lines = await tx.run(reports.list_audit, actor=actor, after=after)
    return page(request, "desk/audit.html", lines=lines, first=after is None)
