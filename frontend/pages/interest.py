"""Who looked at an achievement, who asked about it, who wants its confidential layer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.catalogue import service
from app.core.web import ActorDep, TxDep
from app.inquiries import service as inquiries
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/achievements/{number}/interest", name="achievement_interest")
async def show_interest(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """Views by day, organisations that looked, asked, or asked for the confidential layer."""
    view = await tx.run(service.show_interest, actor=actor, number=number)
    askers = await tx.run(inquiries.list_askers, achievement_id=view.facts.id)
    return page(
        request,
        "catalogue/interest.html",
        view=view,
        askers=askers,
    )
