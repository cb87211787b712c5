"""开业检查: what the administrator must still see to, and a test mail to himself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.errors import Conflict
from app.core.web import ActorDep, TxDep
from app.operations import service
from app.operations.types import STATE_LABELS
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/desk/setup", name="setup")
async def setup(request: Request, actor: ActorDep, tx: TxDep, sent: bool = False) -> Response:
    """Every point that is checked, the urgent ones first."""
    return await _show(request, actor, tx, sent=sent)


@router.post("/desk/setup/test-mail", name="setup_test_mail")
async def test_mail(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    key: Annotated[str, Form(min_length=8, max_length=64)],
) -> Response:
    """Send a mail to oneself."""
    try:
        await tx.run(
            service.send_test_mail, actor=actor, machine=request.app.state.machine, key=key
        )
    except Conflict as error:
        return await _show(request, actor, tx, error=error)
    return RedirectResponse("/desk/setup?sent=true", 303)


async def _show(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    *,
    sent: bool = False,
    error: Conflict | None = None,
) -> Response:
    report = await tx.run(service.show_checks, actor=actor, machine=request.app.state.machine)
    return page(
        request,
        "desk/setup.html",
        status=200 if error is None else error.status,
        report=report,
        labels=STATE_LABELS,
        sent=sent,
        error=error,
    )
