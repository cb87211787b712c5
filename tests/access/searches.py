"""Access: saved searches are one's own, and nobody else's."""

from __future__ import annotations

from typing import Final

from app.searches import service
from search.types import SearchRequest
from tests.access.rows import CAST, SIGNED_IN, Row, Stage, row
from tests.world import World

QUESTION: Final = {"question": "q=隔膜&kind=offer", "name": "隔膜"}
OWN: Final = frozenset({"manager"})


def own(form: dict[str, str] | None = None, search_id: str = "saved_search") -> Row:
    """The manager's own; for all others it does not exist."""
    return row(OWN, unseen=CAST - OWN - {"stranger"}, form=form, search_id=search_id)


ROWS: Final[dict[str, Row | list[Row]]] = {
    "GET /desk/searches": row(SIGNED_IN),
    "POST /desk/searches": row(SIGNED_IN, form=QUESTION),
    "GET /desk/searches/new": row(SIGNED_IN),
    "GET /desk/searches/{search_id}": own(),
    "POST /desk/searches/{search_id}": own({"name": "新名称"}),
    "POST /desk/searches/{search_id}/look": own({"show": "new"}),
    "POST /desk/searches/{search_id}/delete": own(search_id="saved_search_to_delete"),
}


async def build(stage: Stage, world: World) -> None:
    """Two of the manager's."""
    for name in ("saved_search", "saved_search_to_delete"):
        kept = await world.tx.run(
            service.save_search,
            actor=stage.cast["manager"],
            question=SearchRequest(name),
            name=name,
        )
        stage.examples[name] = str(kept.id)
