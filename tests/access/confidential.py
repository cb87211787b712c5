"""Access: the confidential layer. Every platform role is an outsider here."""

from __future__ import annotations

from typing import Any, Final

from tests.access.rows import CAST, MEMBERS, Row, Stage, row
from tests.world import World

FOREIGN: Final = frozenset({"foreign"})
OUTSIDE: Final = CAST - MEMBERS


def keeping(form: dict[str, str] | None = None, **more: Any) -> Row:
    """The owner's manager; his colleagues are refused, for all others it is not there."""
    return row(
        frozenset({"manager"}), stranger=404, unseen=OUTSIDE, form=form, number="room", **more
    )


def reading(form: dict[str, str] | None = None) -> Row:
    """The invited; for all others it is not there."""
    return row(FOREIGN, stranger=404, others=404, form=form, number="room")


KEEP: Final = "/desk/achievements/{number}/confidential"
READ: Final = "/achievements/{number}/confidential"

ROWS: Final[dict[str, Row | list[Row]]] = {
    f"GET {KEEP}": keeping(),
    f"POST {KEEP}": keeping({"text": "新的内容", "version": "1"}),
    f"POST {KEEP}/files": keeping(),
    f"POST {KEEP}/files/{{file_id}}/remove": keeping(file_id="room_file"),
    f"POST {KEEP}/nda": keeping({"nda": "新的承诺书", "nda_version": "1"}),
    f"POST {KEEP}/invitations": keeping({"organisation": "外地公司", "until": "2099-01-01"}),
    f"POST {KEEP}/invitations/{{organisation_id}}/revoke": keeping(organisation_id="guest"),
    f"POST {KEEP}/invitations/{{organisation_id}}/decline": keeping(organisation_id="guest"),
    "GET /desk/confidential": row(frozenset({"head", "agent", "foreign"})),
    f"GET {READ}": reading(),
    f"POST {READ}/accept": reading({"agree": "1", "nda_version": "1"}),
    # his own house's layer is not his to ask for
    f"POST {READ}/request": row(
        FOREIGN,
        unseen=frozenset({"head", "agent"}),
        form={"message": "评估受让"},
        number="asked_room",
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A layer that the foreign organisation may read, and one that it may ask for."""
    room = await world.achievement(stage.owner)
    asked = await world.achievement(stage.owner)
    reader = stage.cast["foreign"]
    file_id = await world.confidential(
        stage.cast["manager"], room.number, guest=stage.foreign.id, reader=reader
    )
    await world.confidential(stage.cast["manager"], asked.number)
    stage.examples |= {
        "room": room.number,
        "asked_room": asked.number,
        "room_file": str(file_id),
        "guest": str(stage.foreign.id),
    }
