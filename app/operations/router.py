"""Whether the market serves, for balancers; and its figures, for Prometheus."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.core.access import may
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound, Unauthenticated
from app.core.i18n import negotiate, translate
from app.core.settings import Settings
from app.core.side_door import opens_metrics
from app.core.tx import Tx
from app.core.web import TxDep, get_actor, is_away
from app.operations import access, service
from app.operations.figures import write_figures
from app.operations.types import Machine, Report, State

router = APIRouter(include_in_schema=False)

KEEP_S: Final = 1.0
"""Strangers may ask as often as they like; the database is asked once a second."""


@dataclass
class Readiness:
    """The last answer of this process, and the one who is getting the next."""

    report: Report | None = None
    asked_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, tx: Tx, machine: Machine) -> Report:
        """The answer, at most a second old."""
        async with self.lock:
            if self.report is None or time.monotonic() - self.asked_at > KEEP_S:
                self.report = await service.check_ready(tx, machine)
                self.asked_at = time.monotonic()
            return self.report


@router.get("/readyz")
async def readyz(request: Request, tx: TxDep) -> Response:
    """200 when the market may serve, else 503; particulars for administrators and the token."""
    state = request.app.state
    if not hasattr(state, "readiness"):
        state.readiness = Readiness()
    # why: where nobody searches, nothing else would find out that an engine is back
    await state.finder.probe()
    report: Report = await state.readiness.get(tx, state.machine)
    body: dict[str, object] = {"status": "ready" if report.ready else "unready"}
    if await _may_see(request, state.machine.settings):
        body["warnings"] = sum(point.state is State.warn for point in report.points)
        locale = negotiate(request.headers.get("accept-language", ""))
        body["checks"] = {
            point.key: {
                "state": point.state.value,
                "found": translate(locale, point.found),
                "lines": [translate(locale, line) for line in point.lines],
                "stops": point.stops,
            }
            for point in report.points
        }
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(body, 200 if report.ready else 503, headers=headers)


async def _may_see(request: Request, settings: Settings) -> bool:
    if opens_metrics(request.headers.get("authorization", ""), settings.metrics_token):
        return True
    try:
        actor: Actor = await get_actor(request)
    except DomainError:
        return False
    except Exception as error:
        if is_away(error):
            return False
        raise
    return may(actor, access.SEE_CHECKS)


@router.get("/metrics")
async def metrics(request: Request, tx: TxDep) -> Response:
    """Figures in Prometheus' text format: with the token, or in a demonstration on one's machine.

    Without a token set a market in production has no such page: behind a proxy on the same machine
    every stranger would look like the machine itself.
    """
    settings: Settings = request.app.state.settings
    if not settings.metrics_token:
        if not settings.may_move_clock:
            raise NotFound()
    elif not opens_metrics(request.headers.get("authorization", ""), settings.metrics_token):
        raise Unauthenticated("需要 MARKET_METRICS_TOKEN 的令牌")
    body = await write_figures(tx, settings)
    return Response(body, media_type=CONTENT_TYPE_LATEST)
