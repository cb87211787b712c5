"""No entry of a menu or a guide leads nowhere."""

import pytest
from fastapi import FastAPI
from starlette.routing import Match, Mount

from frontend import navigation
from frontend.guides import GUIDES

LINKS = sorted(
    {item.href for item in navigation.SITE}
    | {item.href for group in navigation.DESK for item in group.items}
    | {step.href for guide in GUIDES.values() for step in guide.steps if step.href}
    | {"/", "/login", "/signup", "/act-for", "/desk", "/search"}
)


@pytest.mark.parametrize("link", LINKS)
def test_the_address_is_served(link: str, application: FastAPI) -> None:
    path = link.partition("?")[0]
    scope = {"type": "http", "path": path, "method": "GET", "root_path": "", "headers": []}
    served = [
        route
        for route in application.routes
        if not isinstance(route, Mount) and route.matches(scope)[0] is Match.FULL
    ]
    assert served, f"no route for {link}"
