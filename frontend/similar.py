"""What is near in meaning to the thing on a page: one question, and no panel without an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from search.bounds import TooCostly
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
    itself: tuple[str, str] = ("", ""),
) -> list[Hit]:
    """Public things of these kinds, the nearest first.

    An achievement and its offers say the same, so of several with one title and holder the first
    stands for all; ``itself`` is what the thing itself says, and is never shown.
    """
    try:
        found = await finder.similar(kind, id, kinds=kinds, limit=_ASKED)
    except TooCostly:  # the page is about something else
        return []
    shown: dict[tuple[str, str], Hit] = {}
    for hit in found:
        if hit.id != id and (hit.title, hit.holder) != itself:
            shown.setdefault((hit.title, hit.holder), hit)
    return list(shown.values())[:SHOWN]
