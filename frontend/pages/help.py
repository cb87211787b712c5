"""The guides (办事指南): for everybody and for each role."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.core.errors import NotFound
from app.core.web import ActorDep
from frontend.guides import GUIDES
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/help", name="help")
async def index(request: Request, _actor: ActorDep) -> Response:
    """All guides and the rules of bidding in short."""
    return page(request, "help/index.html", guides=list(GUIDES.values()))


@router.get("/help/{role}", name="help_role")
async def role_guide(request: Request, role: str, _actor: ActorDep) -> Response:
    """One role's first steps. NotFound for a role that has no guide."""
    guide = GUIDES.get(role)
    if guide is None:
        raise NotFound
    return page(request, "help/role.html", guide=guide, guides=list(GUIDES.values()))
