"""The web application: mounts every room's routes and the pages; the only wiring place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

import app.accounts.router
import frontend.pages.accounts
import frontend.pages.desk
import frontend.pages.errors
import frontend.pages.help
import frontend.pages.home
import frontend.pages.organisations
import frontend.pages.search
from app.accounts import service as accounts
from app.accounts.types import SESSION_COOKIE
from app.core import web
from app.core.actor import Actor
from app.core.clock import read_offset
from app.core.db import make_engine, make_sessions
from app.core.errors import DomainError
from app.core.settings import Settings
from app.core.tx import Tx, UnitOfWork
from frontend.assets import static_files

ROUTERS: Sequence[APIRouter] = (
    frontend.pages.home.router,
    frontend.pages.help.router,
    frontend.pages.search.router,
    frontend.pages.desk.router,
    app.accounts.router.router,
    frontend.pages.accounts.router,
    frontend.pages.organisations.router,
)

# Run by each web process for as long as it lives.
BACKGROUND: Sequence[Callable[[Tx], Coroutine[Any, Any, None]]] = ()


def create_app(settings: Settings, *, tx: Tx | None = None) -> FastAPI:
    """Build the application; tests hand in their own ``tx``, and no background work then runs."""
    engine = None if tx else make_engine(settings.database_url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = [asyncio.create_task(work(app.state.tx)) for work in BACKGROUND if engine]
        yield
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if engine is not None:
            await engine.dispose()

    app = FastAPI(
        title="科技大市场",
        version="1",
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.tx = tx or Tx(make_sessions(engine))  # type: ignore[arg-type]
    app.state.authenticate = authenticate
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", static_files(), name="static")
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    web.install(app, error_page=show_error, public_url=settings.public_url)
    return app


async def healthz() -> dict[str, str]:
    """The process answers; says nothing about the database."""
    return {"status": "ok"}


async def authenticate(request: Request) -> Actor:
    """Who is asking; once a request, with the clock's offset where a demo may have moved it."""
    tx: Tx = request.app.state.tx
    if request.app.state.settings.may_move_clock:
        request.state.clock_offset = await tx.run(get_offset)
    token = request.cookies.get(SESSION_COOKIE)
    return await tx.run(accounts.resolve_actor, token) if token else Actor.stranger()


async def get_offset(uow: UnitOfWork) -> timedelta:
    """How far the market's clock was moved."""
    return await read_offset(uow.session)


async def show_error(request: Request, error: DomainError) -> Response:
    """A refusal as a page, with the reader's name on it unless we ourselves are at fault."""
    if error.status < 500:
        await web.get_actor(request)
    return await frontend.pages.errors.render_error(request, error)
