"""What the feeds announce: the newest published things, by what is public of them only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from app.core.errors import NotFound
from app.core.tx import UnitOfWork
from app.reports import queries
from app.reports.types import FeedEntry

MOST: Final = 50


async def list_feed(uow: UnitOfWork, *, name: str) -> Sequence[FeedEntry]:
    """The 50 newest of achievements, demands or lots. Raises NotFound for another name."""
    found = _FEEDS.get(name)
    if found is None:
        raise NotFound()
    return await found(uow)


async def _achievements(uow: UnitOfWork) -> list[FeedEntry]:
    return [
        FeedEntry(
            path=f"/achievements/{row['number']}",
            title=row["title"],
            summary=row["abstract"],
            author=row["holder_name"],
            published_at=row["published_at"],
            updated_at=max(row["published_at"], row["updated_at"]),
        )
        for row in await queries.list_achievement_news(uow, MOST)
    ]


async def _demands(uow: UnitOfWork) -> list[FeedEntry]:
    """By the query of the public list, which masks who asks not to be named."""
    return [
        FeedEntry(
            path=f"/demands/{row['number']}",
            title=row["title"],
            summary="",
            author=row["holder"],
            published_at=row["published_at"],
            updated_at=row["published_at"],
        )
        for row in await queries.list_newest_demands(uow, MOST)
    ]


async def _lots(uow: UnitOfWork) -> list[FeedEntry]:
    return [
        FeedEntry(
            path=f"/lots/{row['number']}",
            title=row["title"],
            summary="",
            author="",
            published_at=row["announced_at"],
            updated_at=row["announced_at"],
        )
        for row in await queries.list_lot_news(uow, MOST)
    ]


_FEEDS: Final[Mapping[str, Callable[[UnitOfWork], Awaitable[list[FeedEntry]]]]] = {
    "achievements": _achievements,
    "demands": _demands,
    "lots": _lots,
}
