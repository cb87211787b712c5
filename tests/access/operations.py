"""Access: is the market fit to serve, and what it counted."""

from __future__ import annotations

from typing import Final

from tests.access.rows import ADMINISTRATOR, PUBLIC, Row, Stage, row
from tests.world import World

ROWS: Final[dict[str, Row | list[Row]]] = {
    # anybody may ask whether it serves; particulars are tested with the room
    "GET /readyz": PUBLIC,
    # in a demonstration and in tests; with a token set it is asked for
    "GET /metrics": PUBLIC,
    "GET /desk/setup": row(ADMINISTRATOR),
    "POST /desk/setup/test-mail": row(ADMINISTRATOR, form={"key": "access-table-key"}),
}


async def build(stage: Stage, world: World) -> None:
    """Nothing to make."""
    del stage, world
