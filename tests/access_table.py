"""The access table: every route of the application, put together from the rooms' own lines.

How to write a line stands in ``tests/access/rows.py``.
"""

from __future__ import annotations

from typing import Final

from app.accounts.types import MEMBER_ROLES, PERSON_ROLES, PLATFORM_ROLES
from tests.access import (
    accounts,
    admission,
    auctions,
    catalogue,
    clearances,
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
    payments,
    records,
    searches,
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
    admission,
    clearances,
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
    payments,
    inquiries,
    records,
    searches,
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
        "POST /payments/webhooks/bank",  # nobody's: the bank's signature alone is believed
        *(route for route in entrance.ROWS if route.startswith("POST ")),
        "POST /act-for",
        "POST /verify",
        "POST /preferences",
        "POST /desk/tokens",
        "POST /desk/inbox/read",
        "POST /desk/inbox/preferences",
        *(route for route in searches.ROWS if route.startswith("POST ")),
    }
)


# What a supervisor does by his office: he stops a sale, answers for another's decision, and looks
# behind codes with a second person, each time on record.
BY_OFFICE: Final = frozenset(
    {
        "POST /desk/offers/{number}/clearances/block",
        "POST /desk/offers/{number}/clearances/{clearance_id}/lift",
        "POST /lots/{number}/openings",
        "POST /review/complaints/{application_id}/answer",
        "POST /review/lots/{number}/look",
        "POST /review/looks/{look_id}/approve",
        "POST /review/looks/{look_id}/read",
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
