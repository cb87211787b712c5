"""How many requests one address may send (限流), counted in each web process.

Why not the database: this guards the processes from a flood before any work is done for it. What
must be counted exactly and for ever (attempts to log in, codes) is counted in the database by its
room. Why not a library: those that count in memory walk over every address at each request, which
is what a flood from many addresses wants.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Final

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.actor import Actor
from app.core.errors import DomainError, TooMany
from app.core.watch import note_event

WINDOW_S: Final = 60
# More origins than this in one window are one flood: those beyond share one count.
MOST_ORIGINS: Final = 100_000
_OTHERS: Final = "others"
_FREE: Final = ("/static/", "/healthz", "/readyz")

_AT_ONCE: Final = "您所在网络同时进行的检索过多，请稍等几秒再试"
_AT_ONCE_WAIT_S: Final = 2

Render = Callable[[Request, DomainError], Awaitable[Response]]


class Counter:
    """Counts by origin in windows of the machine's own seconds; forgets a window as it ends."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._window = -1
        self._hits: dict[str, int] = {}

    def count(self, origin: str, now_s: float) -> int:
        """Count one request; seconds to wait when it is one too many, else 0."""
        window, passed_s = divmod(int(now_s), WINDOW_S)
        if window != self._window:
            self._window, self._hits = window, {}
        if origin not in self._hits and len(self._hits) >= MOST_ORIGINS:
            origin = _OTHERS
        self._hits[origin] = hits = self._hits.get(origin, 0) + 1
        return 0 if hits <= self.most else WINDOW_S - passed_s


def compute_origin(address: str) -> str:
    """What is counted for an address: itself, or its network where a whole one is given out.

    Empty for the machine itself, which is not counted: a proxy that was not declared would be
    everybody.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.is_loopback:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return address


class AtOnce:
    """How many requests of one address run at once: what is costly keeps nobody else waiting who
    asks from elsewhere."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._running: dict[str, int] = {}

    @contextmanager
    def hold(self, request: Request) -> Iterator[None]:
        """Run one for the length of the block. Raises TooMany when it is one too many."""
        origin = compute_origin(request.client.host if request.client else "")
        running = self._running.get(origin, 0)
        if origin and running >= self.most:
            note_event("requests.refused")
            raise TooMany(_AT_ONCE, retry_after_s=_AT_ONCE_WAIT_S)
        self._running[origin] = running + 1
        try:
            yield
        finally:
            self._running[origin] -= 1
            if not self._running[origin]:
                del self._running[origin]


class RequestLimit:
    """Answers 429 with ``Retry-After`` to an address that asks for more than ``most`` a minute."""

    def __init__(self, app: ASGIApp, *, most: int, render: Render) -> None:
        self.app, self.render = app, render
        self.counter = Counter(most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = self.ask(scope)
        if not wait_s:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        note_event("requests.refused")
        # why: who it is would be one more question to the database that is to be spared
        request.state.actor = Actor.stranger()
        response = await self.render(request, TooMany(retry_after_s=wait_s))
        await response(scope, receive, send)

    def ask(self, scope: Scope) -> int:
        """Seconds this request has to wait; 0 for what is not counted."""
        if not self.counter.most or scope["type"] != "http" or scope["path"].startswith(_FREE):
            return 0
        origin = compute_origin((scope.get("client") or ("",))[0])
        # Not the market's clock: nothing is decided here but whether this process has time.
        return self.counter.count(origin, time.monotonic()) if origin else 0
