"""The way of a request to its route, without asking every router there is.

An application tries its routers one after the other, and each of them all its routes, at many times
the price of one comparison of the path; with hundreds of routes that is as dear as a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

_GROUP: Final = re.compile(r"\(\?P<\w+>")
_ANY: Final = re.compile("")


def narrow(app: FastAPI) -> None:
    """Let an included router be asked only about a path that one of its routes has.

    For routers that have all their routes.
    """
    for route in app.routes:
        router = getattr(route, "original_router", None)
        if isinstance(router, APIRouter):
            paths = re.compile("|".join(sorted(set(_list_paths(route, router)))))
            route.matches = partial(_match, paths, route.matches)  # type: ignore[method-assign]


def _list_paths(included: BaseRoute, router: APIRouter) -> Iterator[str]:
    prefix = getattr(included, "include_context").prefix  # noqa: B009 - of a class without a name
    plain = not prefix and all(isinstance(one, Route) for one in router.routes)
    # why: what a router holds as it is included is dear to work out; FastAPI does so when asked
    for one in router.routes if plain else iter_route_contexts([included]):
        pattern: re.Pattern[str] = getattr(one, "path_regex", _ANY)
        yield _GROUP.sub("(?:", pattern.pattern)


def _match(
    paths: re.Pattern[str], ask: Callable[[Scope], tuple[Match, Scope]], scope: Scope
) -> tuple[Match, Scope]:
    # Below a root path the routes compare with what follows it; let them.
    if not scope.get("root_path") and paths.match(scope["path"]) is None:
        return Match.NONE, {}
    return ask(scope)
