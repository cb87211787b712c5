"""The bank over HTTP: what the market asks, below ``/v1/``; docs/bank.md is the contract."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.bank import booking, counter, payouts, switching
from app.bank.book import Book
from app.bank.errors import (
    Busy,
    Fault,
    Invalid,
    NotFound,
    Refusal,
    TooLarge,
    Unauthenticated,
)
from app.bank.keys import Keys
from app.bank.schemas import EntryIn, OrderIn, PayoutIn, Switches, as_invalid
from app.bank.sending import Sender
from app.bank.statement import read_statement
from app.bank.types import ACCOUNT, ACCOUNT_NAME, Answer

log = logging.getLogger("bank.web")

BODY_BYTES: Final = 64 * 1024
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def get_book(request: Request) -> Book:
    """The bank's file."""
    book: Book = request.app.state.book
    return book


def get_keys(request: Request) -> Keys:
    """The bank's keys."""
    keys: Keys = request.app.state.keys
    return keys


def check_token(request: Request) -> None:
    """Raises Unauthenticated, before anything of the request is looked at."""
    if not get_keys(request).opens(request.headers.get("authorization", "")):
        raise Unauthenticated


BookDep = Annotated[Book, Depends(get_book)]
KeyDep = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[\x21-\x7e]+$"),
]
Named = Annotated[str, Path(max_length=64)]

api = APIRouter(prefix="/v1", dependencies=[Depends(check_token)])
public = APIRouter()


def respond(answer: Answer) -> JSONResponse:
    """Send what was kept; or, when a switch says so, lose it on the way."""
    if answer.lost:
        raise Busy("应答丢失（模拟开关），请用同一请求编号重试")
    headers = {"Idempotent-Replay": "true"} if answer.replayed else None
    return JSONResponse(answer.body, answer.status, headers=headers)


@api.post("/orders", status_code=201)
def register_order(book: BookDep, key: KeyDep, order: OrderIn) -> Response:
    """Expect a payment."""
    content = ["order", order.model_dump(mode="json")]
    return respond(
        booking.answer_once(
            book,
            key,
            content,
            lambda db, _, now: booking.register_order(db, order, now),
            may_lose=True,
        )
    )


@api.get("/orders/{number}")
def read_order(book: BookDep, number: Named) -> dict[str, Any]:
    """An order and what has been paid for it."""
    with book.writing() as db:
        return booking.show_order(db, number)


@api.post("/payouts", status_code=202)
def order_payout(book: BookDep, key: KeyDep, asked: PayoutIn) -> Response:
    """Order money out."""
    content = ["payout", asked.model_dump(mode="json")]
    return respond(
        booking.answer_once(
            book,
            key,
            content,
            lambda db, switches, now: payouts.order_payout(db, switches, asked, now),
            may_lose=True,
        )
    )


@api.get("/payouts/{number}")
def read_payout(book: BookDep, number: Named) -> dict[str, Any]:
    """A payout and what became of it."""
    with book.writing() as db:
        return payouts.show_payout(db, number)


@api.get("/statements/{day}")
def get_statement(
    book: BookDep,
    day: Named,
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> dict[str, Any]:
    """A day's entries and totals."""
    return read_statement(book, day, after=after, limit=limit)


@api.get("/switches")
def read_switches(book: BookDep) -> Switches:
    """How the bank misbehaves."""
    with book.writing() as db:
        return switching.read_switches(db)


@api.put("/switches")
def put_switches(book: BookDep, given: Switches) -> Switches:
    """Change the switches that are named."""
    with book.writing() as db:
        named = {name: getattr(given, name) for name in given.model_fields_set}
        switches = switching.read_switches(db).model_copy(update=named)
        switching.put_switches(db, switches)
        return switches


@api.post("/switches/entries", status_code=201)
def enter_unasked(book: BookDep, key: KeyDep, given: EntryIn) -> Response:
    """Book a row that nobody ordered."""
    content = ["entry", given.model_dump(mode="json")]
    return respond(
        booking.answer_once(
            book,
            key,
            content,
            lambda db, switches, now: booking.enter_unasked(db, book.name, switches, given, now),
            may_lose=False,
        )
    )


@public.get("/v1/key")
def read_key(request: Request) -> dict[str, Any]:
    """What the bank signs with, and that it is no real one."""
    return {
        "algorithm": "Ed25519",
        "public_key": get_keys(request).public,
        "mock": True,
        "name": "模拟银行",
        "account": ACCOUNT,
        "account_name": ACCOUNT_NAME,
    }


@public.get("/healthz")
def healthz() -> Response:
    """It answers."""
    return Response("ok\n", media_type="text/plain")


# ---------------------------------------------------------------- the application


class Envelope:
    """Takes no more of a body than there is reason to, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_BYTES:
                raise HTTPException(413)
            return message

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (name.lower().encode(), value.encode())
                        for name, value in HEADERS.items()
                        if name.lower().encode() not in given
                    ),
                ]
            await send(message)

        await self.app(scope, receive_limited, send_with_headers)


def make_bank(book: Book, keys: Keys, sender: Sender | None = None) -> FastAPI:
    """The application of one bank; with ``sender`` its clockwork runs as long as it serves."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(sender.run()) if sender else None
        try:
            yield
        finally:
            if running:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    app = FastAPI(title="模拟银行", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.book, app.state.keys = book, keys
    app.include_router(api)
    app.include_router(public)
    app.include_router(counter.router)
    app.mount("/static", StaticFiles(directory=counter.STATIC), name="static")
    app.add_middleware(Envelope)
    _handle_errors(app)
    return app


class WrongMethod(Refusal):
    code, status, title = "method-not-allowed", 405, "此地址不支持这种请求方法"


class Bug(Refusal):
    code, status, title = "bug", 500, "银行系统出现错误，请稍后重试"


def as_refusal(error: Exception) -> Refusal:
    """Whatever went wrong, in our one shape."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, RequestValidationError):
        return as_invalid(error.errors())
    if isinstance(error, HTTPException):
        known = {404: NotFound, 405: WrongMethod, 413: TooLarge}
        if refusal := known.get(error.status_code):
            return refusal()
        return Invalid(errors=[Fault("", "请求内容无法读取")])
    log.error("unhandled error", exc_info=error)
    return Bug()


def render(request: Request, refusal: Refusal) -> Response:
    """A refusal: a page at the counter, problem+json below ``/v1/``."""
    if not request.url.path.startswith("/v1/"):
        return counter.show_refusal(request, refusal)
    body: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.detail,
        "instance": request.url.path,
        "code": refusal.code,
    }
    if isinstance(refusal, Invalid):
        body["errors"] = [{"field": one.field, "message": one.message} for one in refusal.errors]
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else {}
    if refusal.status == 503:
        headers["Retry-After"] = "1"
    kind = "application/problem+json"
    return JSONResponse(body, refusal.status, headers=headers, media_type=kind)


def _handle_errors(app: FastAPI) -> None:
    async def handler(request: Request, error: Exception) -> Response:
        return render(request, as_refusal(error))

    for kind in (Refusal, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, handler)
