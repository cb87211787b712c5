"""Security events (安全事件): who was refused what, one structured line each, for those who watch.

What is written: the event, the route, the person's id or none, half of the network address. What is
never written: a name, an identifier, a password, a code, a token. The request's id ties the lines
of one request together; ``docs/security.md`` lists the events.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from starlette.types import Scope

log = logging.getLogger("market.security")

_asking: ContextVar[Scope | None] = ContextVar("asking", default=None)
NO_ROUTE: Final = "-"


@contextmanager
def watching(scope: Scope) -> Iterator[None]:
    """Inside, events are those of this request."""
    token = _asking.set(scope)
    try:
        yield
    finally:
        _asking.reset(token)


def note_event(event: str, *, person_id: UUID | None = None, **words: str) -> None:
    """Write one security event. ``words`` are codes and ids, never what somebody typed."""
    scope = _asking.get() or {}
    client = scope.get("client") or ("",)
    log.info(
        event,
        extra={
            "security": True,
            "route": read_route(scope),
            "person_id": str(person_id or ""),
            "address": mask_address(client[0]),
            **words,
        },
    )


def read_route(scope: Scope) -> str:
    """The template of the route that answers; ``-`` for none, so that guesses make no labels."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))


def mask_address(address: str) -> str:
    """192.0.*.*, or 2001:db8:*: enough to know one's own network by; empty for none."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return ":".join(f"{int(part, 16):x}" for part in parsed.exploded.split(":")[:2]) + ":*"
        parsed = parsed.ipv4_mapped
    return ".".join([*str(parsed).split(".")[:2], "*", "*"])
