"""Access: achievements, claims and offers."""

from __future__ import annotations

from typing import Final

from app.catalogue import service
from app.catalogue.types import AchievementState, OfferState
from tests.access.rows import (
    ELSEWHERE,
    EVERYONE,
    MEMBERS,
    OPERATOR,
    PUBLIC,
    READERS,
    Row,
    Stage,
    row,
)
from tests.world import World

MANAGER: Final = frozenset({"manager"})
AUTHORS: Final = frozenset({"manager", "inventor"})
PLATFORM: Final = READERS | {"publisher"}
UNSEEING: Final = ELSEWHERE | {"person", "broker"}  # who must not learn of a draft
VERSION: Final = {"version": "1"}
RECORD: Final = {"title": "改过的成果名称", "owner_number": "KJ-ACCESS", "version": "1"}
OFFER: Final = {"disposal": "ordinary", "terms_kind": "negotiable", "version": "1"}


def hidden(number: str) -> Row:
    """What is not public: for the owner's members and the platform."""
    return row(PLATFORM | MEMBERS, stranger=404, others=404, number=number)


def draft(may: frozenset[str], form: dict[str, str], number: str) -> Row:
    """A step on a draft: others of the house are refused, outsiders see nothing."""
    return row(may, stranger=404, unseen=UNSEEING, form=form, number=number)


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /achievements/{number}": [row(EVERYONE, number="achievement"), hidden("draft")],
    "POST /achievements/{number}/claim": row(
        MANAGER | {"foreign"}, form={"evidence": "专利登记簿副本"}, number="import"
    ),
    "GET /desk/achievements": row(MEMBERS | ELSEWHERE),
    "GET /desk/achievements/new": row(AUTHORS | ELSEWHERE),
    "POST /desk/achievements/new": row(AUTHORS | ELSEWHERE),
    "GET /desk/achievements/{number}/edit": draft(AUTHORS, {}, "draft"),
    "POST /desk/achievements/{number}/edit": [
        draft(AUTHORS, RECORD, "draft"),
        row(MANAGER, form=RECORD, number="achievement"),
    ],
    "POST /desk/achievements/{number}/submit": draft(MANAGER, VERSION, "draft"),
    "POST /desk/achievements/{number}/withdraw": draft(MANAGER | OPERATOR, VERSION, "draft"),
    "GET /review/achievements": row(READERS),
    "POST /review/achievements/{number}/publish": draft(OPERATOR, VERSION, "draft"),
    "POST /review/achievements/{number}/return": draft(
        OPERATOR, {**VERSION, "reasons": "vague_title"}, "draft"
    ),
    "GET /review/claims": row(READERS),
    "POST /review/claims/{claim_id}/accept": row(OPERATOR, claim_id="claim"),
    "POST /review/claims/{claim_id}/refuse": row(
        OPERATOR, form={"note": "证明不清晰"}, claim_id="claim"
    ),
    "GET /offers/{number}": [row(EVERYONE, number="offer"), hidden("draft_offer")],
    "GET /desk/offers": row(MEMBERS | ELSEWHERE),
    "GET /desk/achievements/{number}/offer": row(MANAGER, number="achievement"),
    "POST /desk/achievements/{number}/offer": row(MANAGER, form=OFFER, number="achievement"),
    "GET /desk/offers/{number}/edit": draft(MANAGER, {}, "draft_offer"),
    "POST /desk/offers/{number}/edit": draft(MANAGER, OFFER, "draft_offer"),
    "POST /desk/offers/{number}/publish": draft(MANAGER, VERSION, "draft_offer"),
    "POST /desk/offers/{number}/renew": draft(MANAGER, VERSION, "draft_offer"),
    "POST /desk/offers/{number}/withdraw": row(MANAGER | OPERATOR, form=VERSION, number="offer"),
    "GET /api/v1/achievements": PUBLIC,
    "GET /api/v1/achievements/{number}": [row(EVERYONE, number="achievement"), hidden("draft")],
    "POST /api/v1/achievements": row(
        AUTHORS | ELSEWHERE, json={"title": "接口登记的成果", "owner_number": "KJ-API"}
    ),
    "GET /api/v1/offers/{number}": [row(EVERYONE, number="offer"), hidden("draft_offer")],
    "POST /api/v1/offers": row(
        MANAGER, json={"achievement": "@achievement", "disposal": "ordinary"}
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A published achievement and a draft, an import with a claim, an offer and a draft of one."""
    achievement = await world.achievement(stage.owner)
    record = await world.achievement(stage.owner, state=AchievementState.draft)
    imported = await world.imported(stage.foreign)
    claimant = await world.organisation("认领单位")
    claim = await world.tx.run(
        service.claim_imported,
        actor=claimant.head,
        number=imported.number,
        evidence="专利登记簿副本",
        key="access-table-claim",
    )
    offer = await world.offer(stage.owner, achievement)
    draft_offer = await world.offer(stage.owner, achievement, state=OfferState.draft)
    stage.examples |= {
        "achievement": achievement.number,
        "draft": record.number,
        "import": imported.number,
        "claim": str(claim.id),
        "offer": offer.number,
        "draft_offer": draft_offer.number,
    }
