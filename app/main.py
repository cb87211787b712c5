"""The web application: mounts every room's routes and the pages; the only wiring place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request

from app.core import web
from app.core.actor import Actor
from app.core.db import make_engine, make_sessions
from app.core.settings import Settings
from app.core.tx import Tx


async def authenticate(_request: Request) -> Actor:
    return Actor.stranger()


def create_app(settings: Settings, *, tx: Tx | None = None) -> FastAPI:
    """Build the application; tests hand in their own ``tx``."""
    engine = None if tx else make_engine(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
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

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        """The process answers; says nothing about the database."""
        return {"status": "ok"}

    async def error_page(request: Request, error: web.DomainError) -> web.Response:
        return web.problem_response(request, error)

    web.install(app, error_page=error_page, public_url=settings.public_url)
    return app
