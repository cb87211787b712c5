"""Access: gates before a sale, rights of pre-emption."""

from __future__ import annotations

from typing import Any, Final

from app.clearances import service
from app.clearances.types import ClearanceKind, ServiceWay
from tests.access.rows import (
    CAST,
    EVERYONE,
    MEMBERS,
    READERS,
    SIGNED_IN,
    Row,
    Stage,
    row,
)
from tests.world import World

HOUSE: Final = frozenset({"manager", "head"})
STOPPERS: Final = frozenset({"operator", "supervisor"})
# ``foreign`` holds the right; the owner's members and the platform read of it.
HOLDER: Final = frozenset({"foreign"})
SEEN: Final = HOLDER | MEMBERS | READERS
GATE: Final[dict[str, Any]] = {"number": "gated_offer", "clearance_id": "gate"}

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /desk/offers/{number}/clearances": row(HOUSE | READERS, number="gated_offer"),
    "POST /desk/offers/{number}/clearances/open": row(
        HOUSE, form={"kind": "decision"}, number="gated_offer"
    ),
    "POST /desk/offers/{number}/clearances/block": row(
        STOPPERS, form={"kind": "export", "reason": "受让方在境外"}, number="gated_offer"
    ),
    "POST /desk/offers/{number}/clearances/{clearance_id}/settle": row(
        HOUSE, form={"basis": "决议"}, **GATE
    ),
    "POST /desk/offers/{number}/clearances/{clearance_id}/lift": row(
        STOPPERS, form={"reason": "已补正"}, stranger=404, unseen=CAST - HOUSE - READERS, **GATE
    ),
    "POST /desk/offers/{number}/clearances/rights": row(
        HOUSE,
        form={
            "holder_name": "失联研究所",
            "basis": "agreement",
            "rank": "2",
            "way": "public",
        },
        number="gated_offer",
    ),
    "GET /desk/rights": row(SIGNED_IN),
    "GET /desk/rights/{right_id}": row(SEEN, stranger=404, unseen=CAST - SEEN, right_id="right"),
    "POST /desk/rights/{right_id}/answer": row(
        HOLDER, form={"takes_part": "no"}, stranger=404, unseen=CAST - SEEN, right_id="right"
    ),
    "POST /desk/rights/{right_id}/waiver": row(
        HOUSE, stranger=404, unseen=CAST - SEEN, right_id="right"
    ),
    "GET /rights/{right_id}": row(EVERYONE, right_id="public_right"),
}


async def build(stage: Stage, world: World) -> None:
    """A transfer of the owner's with an open gate, a holder's right, and a public notice."""
    offer = await world.transfer(stage.owner)
    right = await world.right(stage.owner, offer, stage.foreign.id)
    public = await world.right(
        stage.owner, offer, None, rank=3, name="失联公司", way=ServiceWay.public
    )
    gate = await world.tx.run(
        service.open_clearance,
        actor=stage.owner.head,
        offer_number=offer.number,
        kind=ClearanceKind.preemption,
    )
    stage.examples |= {
        "gated_offer": offer.number,
        "gate": str(gate.id),
        "right": str(right),
        "public_right": str(public),
    }
