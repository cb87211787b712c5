"""Access: demands."""

from __future__ import annotations

from typing import Final

from app.demands.types import DemandState
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

AUTHORS: Final = frozenset({"manager", "agent", "head"})
WRITERS: Final = AUTHORS | ELSEWHERE  # each for his own organisation
PLATFORM: Final = READERS | {"publisher"}
UNSEEING: Final = ELSEWHERE | {"person", "broker"}  # who must not learn of a draft
VERSION: Final = {"version": "@demand_version", "reason": "请补充参数"}
EDITED: Final = VERSION | {"title": "改过的题目", "need": "challenge", "confidentiality": "open"}

ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /demands": PUBLIC,
    "GET /demands/{number}": [
        row(EVERYONE, number="demand"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft_demand"),
    ],
    "GET /api/v1/demands": PUBLIC,
    "GET /api/v1/demands/{number}": [
        row(EVERYONE, number="demand"),
        row(PLATFORM | MEMBERS, stranger=404, others=404, number="draft_demand"),
    ],
    "POST /api/v1/demands": row(WRITERS, json={"title": "高温合金粉末国产替代"}),
    "GET /desk/demands": row(PLATFORM | MEMBERS | ELSEWHERE),
    "GET /desk/demands/new": row(WRITERS),
    "POST /desk/demands/new": row(WRITERS),
    "GET /desk/demands/{number}/edit": row(
        AUTHORS, stranger=404, unseen=UNSEEING, number="draft_demand"
    ),
    "POST /desk/demands/{number}/edit": row(
        AUTHORS, stranger=404, unseen=UNSEEING, form=EDITED, number="draft_demand"
    ),
    "POST /desk/demands/{number}/submit": row(
        AUTHORS, stranger=404, unseen=UNSEEING, form=VERSION, number="draft_demand"
    ),
    "POST /desk/demands/{number}/close": row(
        AUTHORS | OPERATOR, form={"version": "@open_version"}, number="demand"
    ),
    "GET /review/demands": row(READERS),
    "POST /review/demands/{number}/publish": row(
        OPERATOR, stranger=404, unseen=UNSEEING, form=VERSION, number="draft_demand"
    ),
    "POST /review/demands/{number}/return": row(
        OPERATOR, stranger=404, unseen=UNSEEING, form=VERSION, number="draft_demand"
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A published demand and a draft."""
    published = await world.demand(stage.owner.head)
    draft = await world.demand(stage.owner.head, state=DemandState.draft)
    stage.examples |= {
        "demand": published.number,
        "open_version": str(published.version),
        "draft_demand": draft.number,
        "demand_version": str(draft.version),
    }
