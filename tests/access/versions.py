"""Access: versions of achievements, consents of co-owners, entry on behalf, who looked."""

from __future__ import annotations

from typing import Final

from app.catalogue import service
from app.core.ids import new_id
from tests.access.catalogue import MANAGER, UNSEEING
from tests.access.rows import EVERYONE, MEMBERS, OPERATOR, READERS, Row, Stage, row
from tests.world import World

PLATFORM: Final = READERS | {"publisher"}
HIDERS: Final = MANAGER | OPERATOR

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /achievements/{number}/versions": [
        row(EVERYONE, number="edited"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft"),
    ],
    "GET /achievements/{number}/versions/compare": [
        row(EVERYONE, number="edited"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft"),
    ],
    "GET /achievements/{number}/versions/{version}": [
        row(EVERYONE, number="edited", version="edited_version"),
        # what never was public
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="edited", version="first_version"),
    ],
    "POST /desk/achievements/{number}/versions/{version}/hide": [
        row(HIDERS, form={"reason": "误公开"}, number="edited", version="edited_version"),
        row(
            HIDERS,
            stranger=404,
            unseen=UNSEEING,
            form={"reason": "误公开"},
            number="draft",
            version="first_version",
        ),
    ],
    "POST /desk/achievements/{number}/names/{name_id}/erase": row(
        HIDERS, number="edited", name_id="former_name"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A published record that was edited: its third version was public, its first was not."""
    edited = await world.edited_achievement(stage.owner)
    names = await world.tx.run(
        service.list_former_names, actor=stage.owner.head, number=edited.number
    )
    stage.examples |= {
        "edited": edited.number,
        "first_version": "1",
        "edited_version": "3",
        "former_name": str(names[0].id if names else new_id()),
    }
