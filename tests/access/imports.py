"""Lines of imports: uploads of the owner; the platform's readers look, its operators bring in."""

from __future__ import annotations

from typing import Final

from tests.access.rows import (
    ADMINISTRATOR,
    CAST,
    OPERATOR,
    READERS,
    STRANGER,
    Row,
    Stage,
    row,
)
from tests.world import World

MANAGER: Final = frozenset({"manager"})
BUYERS: Final = frozenset({"agent", "head"})
OFFICE: Final = OPERATOR | ADMINISTRATOR
SEE: Final = MANAGER | BUYERS | READERS
BRING: Final = MANAGER | BUYERS | OFFICE | {"foreign"}
UPLOAD: Final = "/desk/imports/{upload_id}"


def step(may: frozenset[str]) -> Row:
    """A step of the owner's upload; for those who may not see it, it is not there."""
    return row(may, unseen=CAST - SEE - STRANGER, upload_id="upload")


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /desk/imports": row(SEE | {"foreign", "unverified"}),
    "GET /desk/imports/new": row(BRING),
    "POST /desk/imports/new": row(BRING),
    f"GET {UPLOAD}": step(SEE),
    f"GET {UPLOAD}/report": row(frozenset(), others=404, upload_id="upload"),  # none was refused
    f"POST {UPLOAD}/columns": step(MANAGER | OFFICE),
    f"POST {UPLOAD}/reopen": step(MANAGER | OFFICE),
    f"POST {UPLOAD}/confirm": step(MANAGER | OFFICE),
    f"POST {UPLOAD}/cancel": step(MANAGER | OFFICE),
}


async def build(stage: Stage, world: World) -> None:
    """A file of achievements that the owner's manager has brought."""
    upload = await world.upload(stage.owner, actor=stage.cast["manager"])
    stage.examples["upload"] = str(upload)
