"""What is near in meaning to the thing on a page: one question, and no panel without an answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from search.documents import Kind
from search.finder import Finder
from search.types import Hit

SHOWN: Final = 5
_ASKED: Final = 12  # more than are shown: what belongs to the thing itself is left out


async def find_similar(
    finder: Finder,
    kind: Kind,
    id: UUID,  # noqa: A002 - the document's own word
    *,
    kinds: Sequence[Kind],
    but: Collection[str] = (),
) -> list[Hit]:
    """Public things of these kinds, the nearest first.

    ``but`` are case numbers that are never shown: of the thing and of what it is a part of. An
    achievement and its offers say the same, so of several the first stands for all.
    """
    found = await finder.similar(kind, id, kinds=kinds, limit=_ASKED)
    shown: dict[tuple[str, str], Hit] = {}
    for hit in found:
        if hit.number not in but and hit.id != id:
            shown.setdefault((hit.title, hit.holder), hit)
    return list(shown.values())[:SHOWN]
