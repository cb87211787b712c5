"""HTTP's common ground: dependencies, refusals as problem+json, CSRF, request ids, headers.

Pages and the API share every verb; only the rendering of a refusal differs: below ``/api/`` it is
RFC 9457 problem+json, elsewhere the page renderer given to :func:`install`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, Any
from urllib.parse import urlsplit

import asyncpg
from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.actor import Actor
from app.core.bearer import API_PREFIX, carries_token, compute_challenge, read_token
from app.core.bodies import BodyLimit, BodyTooLarge
from app.core.errors import (
    DISK_FULL,
    DomainError,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    StorageFull,
    Unavailable,
)
from app.core.faults import as_refusal
from app.core.i18n import SOURCE, negotiate, translate
from app.core.limits import RequestLimit
from app.core.tracing import HEADER, Trace, traced
from app.core.tx import Tx
from app.core.watch import note_event, watching

log = logging.getLogger("market.web")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a route may change something with; any other method is answered with 405 by the router.
UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

ErrorPage = Callable[[Request, DomainError], Awaitable[Response]]


def get_tx(request: Request) -> Tx:
    """The application's one runner of verbs."""
    tx: Tx = request.app.state.tx
    return tx


async def get_actor(request: Request) -> Actor:
    """Who is asking, resolved once a request by the function that ``app.main`` wired."""
    if not hasattr(request.state, "actor"):
        request.state.actor = await request.app.state.authenticate(request)
    actor: Actor = request.state.actor
    return actor


async def check_token(request: Request) -> None:
    """Refuse a wrong token on every route below ``/api/``, also where nobody asks who it is."""
    if read_token(request.url.path, request.headers) is not None:
        await get_actor(request)


TxDep = Annotated[Tx, Depends(get_tx)]
ActorDep = Annotated[Actor, Depends(get_actor)]
KeyDep = Annotated[
    str,
    Header(alias="Idempotency-Key", min_length=8, max_length=64, pattern=r"^[\x21-\x7e]+$"),
]


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for its OpenAPI entry."""
    out: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = out.setdefault(
            error.status, {"content": {"application/problem+json": {}}, "description": ""}
        )
        line = f"{error.code}: {error.title}"
        entry["description"] = "; ".join(filter(None, [entry["description"], line]))
    return out


def problem_response(request: Request, error: DomainError) -> JSONResponse:
    """One refusal as RFC 9457 problem+json, in the language that the request accepts."""
    locale = negotiate(request.headers.get("accept-language", ""))
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": translate(locale, error.title),
        "status": error.status,
        "detail": translate(locale, error.detail),
        "instance": request.url.path,
        "code": error.code,
        **error.facts,
    }
    if isinstance(error, Invalid):
        body["errors"] = faults = error.as_facts()
        for fault in faults:
            fault["message"] = translate(locale, fault["message"])
        if faults and locale != SOURCE:
            body["detail"] = "; ".join(fault["message"] for fault in faults)
    headers = {"Content-Language": locale, "Vary": "Accept-Language"}
    if challenge := compute_challenge(error):
        headers["WWW-Authenticate"] = challenge
    return JSONResponse(body, error.status, headers=headers, media_type="application/problem+json")


def as_domain_error(error: HTTPException) -> DomainError:
    """Starlette's own refusals (unknown path, wrong method, unreadable body) in our one shape."""
    if error.status_code == 404:
        return NotFound()
    if error.status_code == 405:
        return MethodNotAllowed()
    if error.status_code == 400:
        return Invalid(detail=_UNREADABLE)
    if isinstance(error, BodyTooLarge):
        return error.refusal()
    refusal = DomainError(str(error.detail))
    refusal.status = error.status_code  # type: ignore[misc]
    return refusal


# A character that no database stores (NUL) names nothing and is no content.
_UNSTORABLE = frozenset({"22021", "22P05"})
_UNREADABLE = "请求内容无法读取，请按说明的格式重新提交"
_UNSTORED = "含有无法保存的字符，请删除后重新提交"
# connection exceptions, shutdowns and starts, too many connections
_AWAY = ("08", "57P0", "53300")


def _sqlstate(error: Exception) -> str:
    """PostgreSQL's code of an error, whoever wrapped it; empty when it is none of PostgreSQL's."""
    cause = getattr(getattr(error, "orig", None), "__cause__", None)
    return str(getattr(cause or error, "sqlstate", None) or "")


def is_away(error: Exception) -> bool:
    """Whether the database could not be asked: gone, starting, or no connection free in time."""
    return (
        isinstance(error, (ConnectionError, PoolTimeout, asyncpg.InterfaceError))
        # a server that starts again has no socket for a moment; a file that is missing is named
        or (isinstance(error, FileNotFoundError) and error.filename is None)
        or (isinstance(error, DBAPIError) and error.connection_invalidated)
        or _sqlstate(error).startswith(_AWAY)
    )


def find_methods(request: Request) -> set[str]:
    """What may be done at this address; Starlette names the methods of one route only."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found


def without_rows(error: Exception) -> Exception:
    """The error without the row that PostgreSQL quotes in its detail: it is not for the log."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, asyncpg.PostgresError):
            cause.detail = None
        cause = cause.__cause__ or cause.__context__
    return error


def install(
    app: FastAPI,
    *,
    error_page: ErrorPage,
    public_url: str,
    requests_per_minute: int,
    signed_paths: Collection[str] = (),
) -> None:
    """Put error rendering and the middlewares on an application.

    ``signed_paths`` are addresses that machines speak to and that believe a signature alone.
    """

    async def render(request: Request, error: DomainError) -> Response:
        if request.url.path.startswith(API_PREFIX):
            response: Response = problem_response(request, error)
        else:
            response = await error_page(request, error)
        if "retry_after_s" in error.facts:
            response.headers["Retry-After"] = str(error.facts["retry_after_s"])
        return response

    _handle_errors(app, render)
    _handle_failures(app, render)
    app.add_middleware(BodyLimit)
    app.add_middleware(
        SameOrigin, public_url=public_url, render=render, signed_paths=frozenset(signed_paths)
    )
    app.add_middleware(RequestLimit, most=requests_per_minute, render=render)
    app.add_middleware(RequestEnvelope, secure=public_url.startswith("https://"))


def _handle_errors(app: FastAPI, render: ErrorPage) -> None:
    async def on_domain_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, DomainError)
        return await render(request, error)

    async def on_validation_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return await render(request, as_refusal(error))

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = await render(request, as_domain_error(error))
        response.headers.update(error.headers or {})
        if response.status_code == 405:
            response.headers["Allow"] = ", ".join(sorted(find_methods(request)))
        return response

    app.add_exception_handler(DomainError, on_domain_error)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(HTTPException, on_http_error)


def _handle_failures(app: FastAPI, render: ErrorPage) -> None:
    async def on_database_error(request: Request, error: Exception) -> Response:
        if is_away(error):
            log.warning("the database is away: %s", type(error).__name__)
            return await render(request, Unavailable(retry_after_s=2))
        if _sqlstate(error) in _UNSTORABLE:
            reading = request.method in SAFE_METHODS
            return await render(request, NotFound() if reading else Invalid(detail=_UNSTORED))
        return await on_bug(request, error)

    async def on_system_error(request: Request, error: Exception) -> Response:
        if is_away(error):
            return await on_database_error(request, error)
        if getattr(error, "errno", None) not in DISK_FULL:
            return await on_bug(request, error)
        # Starlette keeps what is uploaded in the system's temporary folder while it is received
        log.error("no room on the disk", extra={"errno": getattr(error, "errno", None)})
        return await render(request, StorageFull())

    async def on_bug(request: Request, error: Exception) -> Response:
        log.error("unhandled error", exc_info=without_rows(error))
        bug = DomainError("系统出现错误，我们已记录，请稍后重试")
        bug.status = 500  # type: ignore[misc]
        return await render(request, bug)

    for kind in (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError):
        app.add_exception_handler(kind, on_database_error)
    app.add_exception_handler(OSError, on_system_error)
    app.add_exception_handler(Exception, on_bug)


class SameOrigin:
    """Refuses unsafe requests that another site could have caused (CSRF).

    By ``Sec-Fetch-Site``, else ``Origin``, else ``Referer``, else refused: intranets run plain
    http and browsers as old as Chromium 86. Requests below ``/api/`` with a bearer token carry no
    ambient authority and pass, and so do those to ``signed_paths``, where no cookie is read.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        public_url: str,
        render: ErrorPage,
        signed_paths: frozenset[str] = frozenset(),
    ) -> None:
        self.app, self.render, self.signed_paths = app, render, signed_paths
        self.public_host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.allows(
            scope["method"], scope["path"], Headers(scope=scope)
        ):
            await self.app(scope, receive, send)
            return
        note_event("origin.refused")
        refusal = Forbidden("请求来源无法确认，请从本站页面重新提交")
        response = await self.render(Request(scope, receive), refusal)
        await response(scope, receive, send)

    def allows(self, method: str, path: str, headers: Headers) -> bool:
        if method not in UNSAFE_METHODS or carries_token(path, headers):
            return True
        if path in self.signed_paths:
            return True
        if site := headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        source = headers.get("origin") or headers.get("referer")
        return bool(source) and urlsplit(str(source)).netloc in {
            self.public_host,
            headers.get("host", ""),
        }


SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Where people come by https, browsers shall never try without it: two years, every host below.
SECURE_HEADERS = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}


def compute_path(location: str) -> str:
    """A redirect's address without scheme and host: none of ours leads to another site.

    Starlette adds a forgotten slash with the host that the request named, whoever named it.
    """
    parts = urlsplit(location)
    if not parts.scheme and not parts.netloc:
        return location
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/")).geturl()


class RequestEnvelope:
    """Gives every request an id, logs it in one line, and puts on the security headers."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.headers = SECURITY_HEADERS | (SECURE_HEADERS if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = Trace(scope)
        scope.setdefault("state", {})["request_id"] = trace.id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                trace.answer(message["status"])
                headers = MutableHeaders(scope=message)
                headers[HEADER] = trace.id
                if location := headers.get("location"):
                    headers["location"] = compute_path(location)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(API_PREFIX):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with traced(trace.id), watching(scope):
            try:
                await self.app(scope, receive, send_with_headers)
            finally:
                trace.end()
