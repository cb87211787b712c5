"""Access: auctions and deals."""

from __future__ import annotations

from typing import Any, Final

from app.auctions import service
from tests.access.rows import ELSEWHERE, EVERYONE, MEMBERS, PUBLIC, Row, Stage, row
from tests.world import World

SELLERS: Final = frozenset({"manager", "head"})
# in the examples ``foreign`` is the bidder; members of ``owner`` sell
BIDDER: Final = frozenset({"foreign"})
STEERERS: Final = SELLERS | {"operator"}
JUDGES: Final = frozenset({"operator"})
# a statement that is too short: refused after access was asked
SHORT: Final = {"statement": "短"}
PARTIES: Final = MEMBERS | {"operator", "supervisor"}
NEW_LOT: Final[dict[str, Any]] = {
    "offer_number": "@free_offer",
    "start_minor": 100,
    "step_minor": 100,
    "free_ends_at": "2099-01-01T00:00:00+08:00",
    "window_s": 300,
}

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /lots": PUBLIC,
    "GET /lots/{number}": row(EVERYONE, number="lot"),
    "GET /lots/{number}/events": row(EVERYONE, stream=True, number="lot"),
    "GET /lots/rules/{version}": row(EVERYONE, version="rulebook"),
    "POST /lots/{number}/join": row(BIDDER, number="lot"),
    "POST /lots/{number}/bids": row(BIDDER, form={"amount": "100000"}, number="lot"),
    "POST /lots/{number}/maximum": row(BIDDER, form={"amount": "100000"}, number="lot"),
    "POST /lots/{number}/maximum/remove": row(BIDDER, number="lot"),
    "POST /lots/{number}/match": row(BIDDER, form={"amount": "100000"}, number="lot"),
    "POST /lots/{number}/confirm": row(BIDDER, number="lot"),
    "POST /lots/{number}/accept": row(
        BIDDER, form={"amount": "100000", "agree": "1"}, number="lot"
    ),
    "POST /lots/{number}/seal": row(
        BIDDER, form={"amount": "100000", "amount_again": "100000"}, number="lot"
    ),
    "POST /lots/{number}/exercise": row(
        BIDDER, form={"amount": "100000", "agree": "1"}, number="lot"
    ),
    "POST /lots/{number}/waive": row(BIDDER, form={"agree": "1"}, number="lot"),
    "POST /lots/{number}/raise": row(BIDDER, form={"amount": "100000"}, number="lot"),
    "GET /lots/calendar": PUBLIC,
    "GET /lots/calendar.ics": PUBLIC,
    "GET /lots/{number}/manage": row(STEERERS, number="lot"),
    "POST /lots/{number}/manage/amend": row(STEERERS, number="lot"),
    "POST /lots/{number}/manage/relist": row(SELLERS, number="lot"),
    "POST /lots/{number}/manage/{step}": row(STEERERS, number="lot", step="lot_step"),
    "GET /review/lots": row(frozenset({"operator", "supervisor"})),
    "GET /desk/lots/drafts/{draft_id}": row(
        SELLERS, others=403, unseen=ELSEWHERE, draft_id="lot_draft"
    ),
    "POST /desk/lots/drafts/{draft_id}": row(
        SELLERS, others=403, unseen=ELSEWHERE, draft_id="lot_draft"
    ),
    "GET /desk/lots/drafts/{draft_id}/preview": row(
        SELLERS, others=403, unseen=ELSEWHERE, draft_id="lot_draft"
    ),
    "POST /desk/lots/drafts/{draft_id}/publish": row(
        SELLERS, others=403, unseen=ELSEWHERE, draft_id="lot_draft"
    ),
    "POST /desk/lots/drafts/{draft_id}/drop": row(
        SELLERS, others=403, unseen=ELSEWHERE, draft_id="other_lot_draft"
    ),
    "GET /desk/lots": row(MEMBERS | ELSEWHERE),
    "GET /desk/bids": row(MEMBERS | ELSEWHERE),
    "GET /desk/lots/new": row(SELLERS | BIDDER),  # each for his own organisation
    "POST /desk/lots/new": row(SELLERS | BIDDER),
    "GET /api/v1/lots": PUBLIC,
    "POST /api/v1/lots": row(SELLERS, json=NEW_LOT),
    "GET /api/v1/lots/{number}": row(EVERYONE, number="lot"),
    "GET /api/v1/lots/{number}/bids": row(EVERYONE, number="lot"),
    "GET /api/v1/lots/{number}/announcements": row(EVERYONE, number="lot"),
    "POST /api/v1/lots/{number}/amendment": row(SELLERS, json=SHORT, number="lot"),
    "POST /api/v1/lots/{number}/negotiation-end": row(SELLERS, json=SHORT, number="lot"),
    "POST /api/v1/lots/{number}/suspension": row(
        STEERERS, json=SHORT | {"reason": "complaint"}, number="lot"
    ),
    "POST /api/v1/lots/{number}/cause-ended": row(JUDGES, json=SHORT, number="lot"),
    "POST /api/v1/lots/{number}/resumption": row(STEERERS, json=SHORT, number="lot"),
    "POST /api/v1/lots/{number}/termination": row(
        STEERERS, json=SHORT | {"reason": "authority"}, number="lot"
    ),
    "POST /api/v1/lots/{number}/failure": row(
        JUDGES, json=SHORT | {"reason": "collusion"}, number="lot"
    ),
    "POST /api/v1/lots/{number}/annulment": row(
        JUDGES, json=SHORT | {"ground": "collusion"}, number="lot"
    ),
    "POST /api/v1/lots/{number}/join": row(BIDDER, number="lot"),
    "POST /api/v1/lots/{number}/bids": row(BIDDER, json={"amount_minor": 100_000_00}, number="lot"),
    "POST /api/v1/lots/{number}/maximum": row(
        BIDDER, json={"amount_minor": 100_000_00}, number="lot"
    ),
    "POST /api/v1/lots/{number}/match": row(
        BIDDER, json={"amount_minor": 100_000_00}, number="lot"
    ),
    "POST /api/v1/lots/{number}/accept": row(
        BIDDER, json={"amount_minor": 100_000_00}, number="lot"
    ),
    "POST /api/v1/lots/{number}/seal": row(BIDDER, json={"amount_minor": 100_000_00}, number="lot"),
    "POST /api/v1/lots/{number}/confirm": row(BIDDER, number="lot"),
    "POST /api/v1/lots/{number}/exercise": row(
        BIDDER, json={"amount_minor": 100_000_00}, number="lot"
    ),
    "POST /api/v1/lots/{number}/waive": row(BIDDER, number="lot"),
    "POST /api/v1/lots/{number}/raise": row(
        BIDDER, json={"amount_minor": 100_000_00}, number="lot"
    ),
    "GET /api/v1/rulebooks/{version}": row(EVERYONE, version="rulebook"),
    "GET /deals/{number}": row(PARTIES, stranger=404, others=404, number="deal"),
    "GET /desk/deals": row(PARTIES | ELSEWHERE),
    "GET /api/v1/deals": row(PARTIES | ELSEWHERE),
    "GET /api/v1/deals/{number}": row(PARTIES, stranger=404, others=404, number="deal"),
}


async def build(stage: Stage, world: World) -> None:
    """A running lot of the owner that ``foreign`` has joined, a free offer, and a deal."""
    sale = await world.lot(stage.owner)
    await world.tx.run(service.join_lot, actor=stage.cast["foreign"], number=sale.number)
    free = await world.offer(stage.owner)
    drafts = [
        await world.tx.run(
            service.draft_lot,
            actor=stage.owner.head,
            offer_number=free.number,
            form={"offer": [free.number], "mode": ["DYNAMIC"]},
            key=f"access-draft-{n}",
        )
        for n in range(2)
    ]
    stage.examples |= {
        "lot": sale.number,
        "lot_step": "suspend",
        "lot_draft": str(drafts[0].id),
        "other_lot_draft": str(drafts[1].id),
        "rulebook": "2026-1",
        "free_offer": free.number,
        "deal": await world.deal(stage.owner, await world.organisation()),
    }
