"""Access: the records of finished sales, their certificates, and where both are checked."""

from __future__ import annotations

from typing import Final

from tests.access.rows import EVERYONE, MEMBERS, PUBLIC, Row, Stage, row
from tests.world import World
from tests.worlds.records import sold

# in the example ``owner`` sells and ``foreign`` has won
PARTIES: Final = MEMBERS | {"foreign", "operator", "supervisor"}

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /lots/{number}/record": row(EVERYONE, number="sold_lot"),
    "GET /lots/{number}/record.json": row(EVERYONE, number="sold_lot"),
    "POST /lots/{number}/openings": row(
        frozenset({"supervisor"}), form={"reason": "核查自动报价是否合规"}, number="sold_lot"
    ),
    "GET /certificates/{number}.pdf": [
        row(PARTIES, stranger=404, others=404, number="notice"),
        row(PARTIES, stranger=404, others=404, number="confirmation"),
    ],
    "GET /verify": PUBLIC,
    "POST /verify": PUBLIC,
    "GET /verify/{code}": row(EVERYONE, code="confirmation"),
}


async def build(stage: Stage, world: World) -> None:
    """A sale of the owner that ``foreign`` has won, with its record and certificates."""
    sale = await sold(world, stage.owner, stage.foreign)
    stage.examples |= {
        "sold_lot": sale.number,
        "notice": sale.notice,
        "confirmation": sale.confirmation,
    }
