"""The web application: mounts every room's routes and the pages; the only wiring place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

import app.accounts.handlers
import app.accounts.router
import app.auctions.admission_notices
import app.auctions.deposit_notices
import app.auctions.handlers
import app.auctions.jobs
import app.auctions.life_notices
import app.auctions.router
import app.catalogue.handlers
import app.catalogue.router
import app.clearances.notices
import app.deals.handlers
import app.deals.router
import app.demands.handlers
import app.demands.router
import app.disclosures.notices
import app.files.router
import app.inquiries.notices
import app.operations.router
import app.payments.notices
import app.payments.router
import frontend.pages.accounts
import frontend.pages.achievement_versions
import frontend.pages.admission
import frontend.pages.admission_review
import frontend.pages.attachments
import frontend.pages.auction_acts
import frontend.pages.auction_control
import frontend.pages.auction_desk
import frontend.pages.auction_drafts
import frontend.pages.auctions
import frontend.pages.banking
import frontend.pages.behalf
import frontend.pages.catalogue
import frontend.pages.catalogue_review
import frontend.pages.clearances
import frontend.pages.compare
import frontend.pages.confidential
import frontend.pages.consents
import frontend.pages.conversion
import frontend.pages.deals
import frontend.pages.demands
import frontend.pages.deposits
import frontend.pages.desk
import frontend.pages.desk_catalogue
import frontend.pages.desk_setup
import frontend.pages.disclosures
import frontend.pages.editions
import frontend.pages.errors
import frontend.pages.feeds
import frontend.pages.help
import frontend.pages.home
import frontend.pages.imports
import frontend.pages.inbox
import frontend.pages.inquiries
import frontend.pages.interest
import frontend.pages.joining
import frontend.pages.lot_calendar
import frontend.pages.organisations
import frontend.pages.own_account
import frontend.pages.payments
import frontend.pages.proofs
import frontend.pages.sale_records
import frontend.pages.search
import frontend.pages.searches
import frontend.pages.tokens
import frontend.pages.vouching
from app.accounts import service as accounts
from app.accounts.types import SESSION_COOKIE
from app.auctions import service as auctions
from app.catalogue import jobs as catalogue_jobs
from app.catalogue import service as catalogue
from app.clearances import service as clearances
from app.core import web
from app.core.actor import Actor
from app.core.bearer import read_token
from app.core.clock import read_offset, refuse_moved_clock
from app.core.cookies import read_cookie
from app.core.db import make_engine, make_sessions
from app.core.errors import DomainError
from app.core.sealing import Sealer
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.disclosures import service as disclosures
from app.files.service import Guard
from app.imports import service as imports
from app.imports.types import UPLOAD_OWNER
from app.inbox.service import make_reach
from app.migrate import newest_revision
from app.openapi import describe_security
from app.operations.types import Machine
from app.payments.bank_signing import load_key
from app.payments.router import WEBHOOK_PATH as BANK_WEBHOOK
from app.personal import PERSONAL
from app.seed.logins import demo_logins
from frontend import live
from frontend.assets import static_files
from search import service as search
from search.finder import make_finder

ROUTERS: Sequence[APIRouter] = (
    frontend.pages.home.router,
    frontend.pages.feeds.router,
    frontend.pages.tokens.router,
    frontend.pages.help.router,
    frontend.pages.search.router,
    frontend.pages.searches.router,
    frontend.pages.compare.router,
    frontend.pages.desk.router,
    app.accounts.router.router,
    app.catalogue.router.router,
    app.demands.router.router,
    app.auctions.router.router,
    app.deals.router.router,
    app.files.router.router,
    app.payments.router.router,
    frontend.pages.accounts.router,
    frontend.pages.proofs.router,
    frontend.pages.own_account.router,
    frontend.pages.catalogue.router,
    frontend.pages.desk_catalogue.router,
    frontend.pages.catalogue_review.router,
    frontend.pages.confidential.router,
    frontend.pages.attachments.router,
    frontend.pages.desk_setup.router,
    app.operations.router.router,
    frontend.pages.achievement_versions.router,
    frontend.pages.consents.router,
    frontend.pages.behalf.router,
    frontend.pages.inquiries.router,
    frontend.pages.interest.router,
    frontend.pages.demands.router,
    frontend.pages.lot_calendar.router,
    frontend.pages.sale_records.router,
    frontend.pages.auctions.router,
    frontend.pages.auction_control.router,
    frontend.pages.auction_desk.router,
    frontend.pages.auction_drafts.router,
    frontend.pages.auction_acts.router,
    frontend.pages.admission.router,
    frontend.pages.admission_review.router,
    frontend.pages.clearances.router,
    frontend.pages.deals.router,
    frontend.pages.deposits.router,
    frontend.pages.payments.router,
    frontend.pages.organisations.router,
    frontend.pages.imports.router,
    frontend.pages.disclosures.router,
    frontend.pages.editions.router,
    frontend.pages.conversion.router,
    frontend.pages.inbox.router,
    frontend.pages.joining.router,
    frontend.pages.banking.router,
    frontend.pages.vouching.router,
)

# Which room says whether a file may be read, by what the file is attached to.
FILE_GUARDS: Mapping[str, Guard] = {
    UPLOAD_OWNER: imports.guard_file,
    "catalogue.consent": catalogue.guard_consent_file,
    "accounts.organisation": accounts.guard_evidence,
    "accounts.person": accounts.guard_person_file,
    "catalogue.achievement": catalogue.guard_public,
    "catalogue.claim": catalogue.guard_claim,
    "catalogue.confidential": catalogue.guard_confidential,
    auctions.APPLICATION_FILES: auctions.guard_application_file,
    clearances.FILES: clearances.guard_file,
    clearances.RIGHT_FILES: clearances.guard_right_file,
    disclosures.OWNER_KIND: disclosures.guard_file,
}

# What webhooks may subscribe to, with its Chinese name.
WEBHOOK_KINDS: Mapping[str, str] = {
    **app.accounts.handlers.WEBHOOK_KINDS,
    **app.catalogue.handlers.WEBHOOK_KINDS,
    **app.clearances.notices.WEBHOOK_KINDS,
    **app.demands.handlers.WEBHOOK_KINDS,
    **app.auctions.handlers.WEBHOOK_KINDS,
    **app.auctions.life_notices.WEBHOOK_KINDS,
    **app.auctions.deposit_notices.WEBHOOK_KINDS,
    **app.auctions.admission_notices.WEBHOOK_KINDS,
    **app.deals.handlers.WEBHOOK_KINDS,
    **app.disclosures.notices.WEBHOOK_KINDS,
    **app.inquiries.notices.WEBHOOK_KINDS,
    **app.payments.notices.WEBHOOK_KINDS,
}

# Run by each web process for as long as it lives, on a connection of their own.
BACKGROUND: Sequence[Callable[[Tx], Coroutine[Any, Any, None]]] = (
    app.auctions.jobs.heartbeat_loop,
)


def create_app(settings: Settings, *, tx: Tx | None = None) -> FastAPI:
    """Build the application; tests hand in their own ``tx``, and no background work then runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if tx is not None:
            yield
            return
        async with (
            connected(settings) as app.state.tx,
            catalogue_jobs.writing_views(app.state.views, app.state.tx),
        ):
            app.state.finder = make_finder(settings, app.state.tx)
            app.state.finder.start()
            with live.ending_with(app):
                yield
            await app.state.finder.close()

    app = FastAPI(
        title="科技大市场",
        version="1",
        lifespan=lifespan,
        dependencies=[Depends(web.check_token)],
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.tx = tx
    app.state.finder = tx and make_finder(settings, tx)
    app.state.sealer = Sealer(settings.secret_key)
    app.state.bank_key = load_key(settings.bank_key)
    app.state.transfers = accounts.make_transfer(settings) is not None
    app.state.webhook_kinds = WEBHOOK_KINDS
    app.state.webhook_reach = make_reach(settings)
    app.state.authenticate = authenticate
    app.state.views = catalogue.ViewCounter()
    app.state.machine = Machine(
        settings,
        newest_revision(),
        lambda: app.state.finder.fault,
        lambda: app.state.finder.meaning_fault,
    )
    app.state.personal = PERSONAL
    app.state.file_guards = FILE_GUARDS
    app.state.demo_logins = demo_logins() if settings.mode is Mode.demo else []
    for router in ROUTERS:
        app.include_router(router)
    describe_security(app)
    app.mount("/static", static_files(), name="static")
    app.add_api_route("/healthz", healthz, include_in_schema=False)
    web.install(
        app,
        error_page=show_error,
        public_url=settings.public_url,
        requests_per_minute=settings.requests_per_minute,
        signed_paths=(BANK_WEBHOOK,),
    )
    return app


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Tx]:
    """A web process's life: its database, its background work, the dictionaries of search.

    Raises RuntimeError when the market's clock was moved outside demo and test.
    """
    # why: a beat that waited for a crowded pool would be a gap in service that never was
    own, shared = (
        make_engine(settings.database_url, pool_size=1),
        make_engine(settings.database_url),
    )
    tx = Tx(make_sessions(shared), Sealer(settings.secret_key))
    quiet_tx = Tx(make_sessions(own))
    try:
        await tx.run(refuse_moved_clock, allowed=settings.may_move_clock)
        # why: the first searcher must not wait for the dictionaries
        await asyncio.to_thread(search.warm_up)
        running = [asyncio.create_task(work(quiet_tx)) for work in BACKGROUND]
        yield tx
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    finally:
        await own.dispose()
        await shared.dispose()


async def healthz() -> dict[str, str]:
    """The process answers; says nothing about the database."""
    return {"status": "ok"}


async def authenticate(request: Request) -> Actor:
    """Who is asking; once a request, with the clock's offset where a demo may have moved it."""
    bearer = read_token(request.url.path, request.headers)
    # why: a request that carries a token is the token's alone
    token = bearer or read_cookie(request, SESSION_COOKIE)
    may_move_clock = request.app.state.settings.may_move_clock
    if not token and not may_move_clock:
        return Actor.stranger()
    tx: Tx = request.app.state.tx
    actor, offset = await tx.run(
        identify, token=token, with_offset=may_move_clock, by_token=bearer is not None
    )
    request.state.clock_offset = offset
    return actor


async def identify(
    uow: UnitOfWork, *, token: str, with_offset: bool, by_token: bool = False
) -> tuple[Actor, timedelta | None]:
    """The asker and the clock's offset, in one transaction."""
    offset = await read_offset(uow.session) if with_offset else None
    if not token:
        return Actor.stranger(), offset
    resolve = accounts.resolve_token if by_token else accounts.resolve_actor
    return await resolve(uow, token), offset


async def show_error(request: Request, error: DomainError) -> Response:
    """A refusal as a page, with the reader's name on it unless we ourselves are at fault."""
    if error.status < 500:
        await web.get_actor(request)
    return await frontend.pages.errors.render_error(request, error)
