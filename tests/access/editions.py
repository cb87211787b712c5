"""Access: editions of the catalogue and the conversion list."""

from __future__ import annotations

from typing import Final

from app.catalogue.types import Visibility
from tests.access.rows import CAST, ELSEWHERE, EVERYONE, PUBLIC, Row, Stage, row
from tests.world import World

MANAGER: Final = frozenset({"manager"})
READERS: Final = frozenset({"manager", "head"})
COMPILERS: Final = frozenset({"manager", "foreign", "publisher"})
VERSION: Final = {"version": "1"}
WORDS: Final = {"title": "成果目录", "visibility": "public", "sort": "newest"}


def draft(form: dict[str, str] | None = None) -> Row:
    """A unit's draft: its head reads it, its manager compiles it, for others it is not there."""
    return row(MANAGER, stranger=404, unseen=CAST - READERS, form=form, edition_id="edition_draft")


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /catalogues": PUBLIC,
    "GET /catalogues/{number}": [
        row(EVERYONE, number="edition"),
        row(READERS, stranger=404, others=404, number="internal_list"),
    ],
    "GET /desk/catalogues": row(READERS | ELSEWHERE | {"publisher"}),
    "GET /desk/catalogues/new": row(COMPILERS),
    "POST /desk/catalogues/new": row(COMPILERS, form=WORDS),
    "GET /desk/catalogues/{edition_id}": [
        row(READERS, stranger=404, others=404, edition_id="edition_draft"),
        row(frozenset({"publisher"}), stranger=404, others=404, edition_id="market_draft"),
    ],
    "GET /desk/catalogues/{edition_id}/edit": draft(),
    "POST /desk/catalogues/{edition_id}/edit": draft({**WORDS, **VERSION}),
    "POST /desk/catalogues/{edition_id}/rows": draft(VERSION),
    "POST /desk/catalogues/{edition_id}/publish": draft(VERSION),
    "POST /desk/catalogues/{edition_id}/discard": draft(VERSION),
    "GET /desk/conversion": row(READERS | ELSEWHERE),
    "GET /desk/conversion/{number}": row(MANAGER, unseen=ELSEWHERE, number="achievement"),
    "POST /desk/conversion/{number}": row(
        MANAGER, unseen=ELSEWHERE, form={"version": "0"}, number="achievement"
    ),
    "POST /desk/conversion-editions": row(
        frozenset({"manager", "foreign"}), form={"title": "清单", "visibility": "internal"}
    ),
}


async def build(stage: Stage, world: World) -> None:
    """A published edition and a draft of the owner, a draft of the market, an internal list."""
    edition = await world.edition(stage.owner.head)
    record = await world.edition(stage.owner.head, state="draft")
    market = await world.edition(stage.cast["publisher"], market=True, state="draft")
    inner = await world.conversion_edition(stage.owner.head, visibility=Visibility.internal)
    assert edition.number is not None
    assert inner.number is not None
    stage.examples |= {
        "edition": edition.number,
        "edition_draft": str(record.id),
        "market_draft": str(market.id),
        "internal_list": inner.number,
    }
