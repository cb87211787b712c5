"""The access table: every route of the application, put together from the rooms' own lines.

How to write a line stands in ``tests/access/rows.py``.
"""

from __future__ import annotations

from typing import Final

from app.accounts.types import MEMBER_ROLES, PERSON_ROLES, PLATFORM_ROLES
from tests.access import (
    accounts,
    auctions,
    catalogue,
    confidential,
    demands,
    disclosures,
    editions,
    entrance,
    files,
    imports,
    inbox,
    inquiries,
    operations,
    site,
    standing,
    versions,
)
from tests.access.rows import Row, Stage
from tests.world import World

ROOMS: Final = (
    site,
    confidential,
    accounts,
    entrance,
    auctions,
    catalogue,
    demands,
    disclosures,
    editions,
    files,
    imports,
    standing,
    versions,
    inbox,
    operations,
    inquiries,
)

TABLE: Final[dict[str, Row | list[Row]]] = {
    route: line for room in ROOMS for route, line in room.ROWS.items()
}

# Writing routes that a supervisor may use: they are about himself, not about the market.
OWN_AFFAIRS: Final = frozenset(
    {
        "POST /login",
        "POST /signup",
        "POST /logout",
        *(route for route in entrance.ROWS if route.startswith("POST ")),
        "POST /act-for",
        "POST /preferences",
        "POST /desk/tokens",
        "POST /desk/inbox/read",
        "POST /desk/inbox/preferences",
    }
)


async def build_stage(world: World) -> Stage:
    """Make the cast and every room's examples."""
    owner = await world.organisation("示范大学", "university")
    foreign = await world.organisation("外地公司")
    unverified = await world.organisation("未认证公司", verified=False)
    cast = {
        "stranger": world.stranger,
        "person": await world.person("孤身"),
        "foreign": await world.member(foreign, MEMBER_ROLES),
        "unverified": await world.member(unverified, MEMBER_ROLES),
    }
    for role in PLATFORM_ROLES | PERSON_ROLES:
        cast[role.value] = await world.person(platform={role})
    for role in MEMBER_ROLES:
        cast[role.value] = await world.member(owner, {role})
    stage = Stage(cast, owner, foreign, unverified)
    for room in ROOMS:
        await room.build(stage, world)
    return stage
