"""A request's id, its one line in the log, and its figures.

The id comes from the proxy (``X-Request-Id``) when it is a plain word, else it is made here; it is
answered, stands in every line logged meanwhile, and goes with the jobs the request asked for. The
line names no person, no address and no query: a query or a path may hold a secret.
"""

from __future__ import annotations

import logging
import re
import time
from contextlib import AbstractContextManager
from typing import Final

import structlog.contextvars
from starlette.datastructures import Headers
from starlette.types import Scope

from app.core.ids import new_id
from app.core.metrics import REQUEST_SECONDS, REQUESTS
from app.core.watch import read_route

log = logging.getLogger("market.web")

HEADER: Final = "X-Request-Id"
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Parameters of a path that are as good as a password.
_SECRET_PARAMETERS: Final = frozenset({"token", "code", "secret", "ticket"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LONGEST_PATH: Final = 300


class Trace:
    """One request, from its first byte to its line in the log."""

    def __init__(self, scope: Scope) -> None:
        given = Headers(scope=scope).get(HEADER, "")
        self.id = given if _PLAIN.fullmatch(given) else new_id().hex
        self.status = 500
        self._scope = scope
        self._began = time.monotonic()
        self._answered: float | None = None

    def answer(self, status: int) -> None:
        """The answer begins: what follows (a long stream) is not waiting."""
        self.status, self._answered = status, time.monotonic() - self._began

    def end(self) -> None:
        """Write the line and count."""
        took = time.monotonic() - self._began if self._answered is None else self._answered
        scope, route = self._scope, read_route(self._scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        REQUESTS.labels(method=method, route=route, status=str(self.status)).inc()
        REQUEST_SECONDS.labels(route=route).observe(took)
        log.info(
            "request",
            extra={
                "request_id": self.id,
                "method": scope["method"],
                "path": read_path(scope),
                "route": route,
                "status": self.status,
                "duration_ms": round(took * 1000, 1),
            },
        )


def read_path(scope: Scope) -> str:
    """The path as it may stand in a log: without secrets, without control characters."""
    if _SECRET_PARAMETERS & scope.get("path_params", {}).keys():
        return read_route(scope)
    shown = "".join(c if c.isprintable() else "?" for c in scope["path"])
    return shown[:_LONGEST_PATH]


def traced(request_id: str, **words: str) -> AbstractContextManager[None]:
    """Put the id (and other plain words) on every line logged inside."""
    asked_by = {"request_id": request_id} if request_id else {}
    return structlog.contextvars.bound_contextvars(**asked_by, **words)


def current_request_id() -> str:
    """The id of the request (or of the request that asked for this job); empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
