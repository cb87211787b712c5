"""Access: downloads. Who may read a file is the owning room's to say."""

from __future__ import annotations

from typing import Final

from tests.access.rows import Row, Stage, row
from tests.world import World

NOBODY: Final[frozenset[str]] = frozenset()

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /files/{file_id}": row(NOBODY, stranger=404, others=404, file_id="no_file"),
}


async def build(stage: Stage, world: World) -> None:
    """A file that nobody has."""
    stage.examples["no_file"] = "01890000-0000-7000-8000-000000000000"
