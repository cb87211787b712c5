"""Access: the site itself, the search, the help and the workbench."""

from __future__ import annotations

from typing import Final

from tests.access.rows import EVERYONE, PUBLIC, READERS, SIGNED_IN, Row, Stage, row
from tests.world import World

ROWS: Final[dict[str, Row | list[Row]]] = {
    # the site
    "GET /": PUBLIC,
    "GET /feeds/{name}.atom": row(EVERYONE, name="feed"),
    "GET /healthz": PUBLIC,
    "MOUNT /static": PUBLIC,
    "GET /api/v1/openapi.json": PUBLIC,
    "POST /preferences": PUBLIC,
    "GET /search": PUBLIC,
    "GET /search/suggest": PUBLIC,
    "GET /compare": PUBLIC,
    "GET /help": PUBLIC,
    "GET /help/{role}": row(EVERYONE, role="help_role"),
    # the workbench
    "GET /desk": row(SIGNED_IN),
    "GET /desk/audit": row(READERS),
    "GET /review": row(READERS),
}


async def build(stage: Stage, world: World) -> None:
    """Objects of the site."""
    del world
    stage.examples |= {"help_role": "manager", "feed": "achievements"}
