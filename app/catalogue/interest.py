"""Who looked at a record: counted in the web process, written every few seconds, kept a year.

A view is counted where the page is rendered, in memory, so that reading never waits for a write.
What a killed process had not written yet (some seconds of counts) is lost; these are figures for
an owner's orientation, not evidence. Counted are views by people as far as a browser's own name
tells; organisations only when a member of a verified one looks, and never the member.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.accounts.service import get_organisations
from app.catalogue import access, confidential_queries, interest_queries, queries
from app.catalogue.confidential_types import GuestState
from app.catalogue.entry import home_of, is_seen
from app.catalogue.views import InterestView, LayerAsker, Looker
from app.core.access import may, require
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.tx import UnitOfWork

KEEP: Final = timedelta(days=365)
SHOWN_DAYS: Final = 30
MOST_PENDING: Final = 20_000  # (record, organisation) pairs between two writings
MOST_LOOKERS: Final = 100
_ROBOTS = re.compile(
    r"bot|crawl|spider|slurp|preview|monitor|curl|wget|python|java/|go-http", re.IGNORECASE
)

Seen = tuple[UUID, UUID | None]


class ViewCounter:
    """Views counted since the last writing, by record and organisation (None: anybody)."""

    def __init__(self) -> None:
        self._seen: Counter[Seen] = Counter()

    def note(
        self, *, achievement_id: UUID, owner_id: UUID | None, actor: Actor, agent: str
    ) -> None:
        """Count one view of a public record; not the owner's own, the platform's or a robot's."""
        if not agent or _ROBOTS.search(agent):
            return
        if actor.organisation_id is not None and actor.organisation_id == owner_id:
            return
        if actor.signed_in and actor.organisation_id is None and actor.roles:
            return
        known = actor.organisation_id if actor.signed_in and actor.verified else None
        key = (achievement_id, known)
        if key in self._seen or len(self._seen) < MOST_PENDING:
            self._seen[key] += 1

    def take(self) -> dict[Seen, int]:
        """What was counted, and begin anew."""
        taken, self._seen = dict(self._seen), Counter()
        return taken

    def put_back(self, taken: Mapping[Seen, int]) -> None:
        """Count again what could not be written, as far as there is room."""
        for key, count in taken.items():
            if key in self._seen or len(self._seen) < MOST_PENDING:
                self._seen[key] += count


async def add_views(uow: UnitOfWork, *, seen: Mapping[Seen, int]) -> None:
    """Add counts to today's (Shanghai); rows in key order, so that two processes never wait for
    each other in a circle."""
    if not seen:
        return
    today = uow.now.astimezone(SHANGHAI).date()
    totals: Counter[UUID] = Counter()
    for (achievement_id, _), count in seen.items():
        totals[achievement_id] += count
    await interest_queries.add_views(uow, today, sorted(totals.items()))
    named = sorted((a, o, count) for (a, o), count in seen.items() if o is not None)
    if named:
        await interest_queries.add_views_of_organisations(uow, today, named)


async def sweep_old_views(uow: UnitOfWork, *, limit: int = 1000) -> int:
    """Delete what is older than a year; returns how many rows."""
    before = uow.now.astimezone(SHANGHAI).date() - KEEP
    return await interest_queries.delete_views_before(uow, before, limit)


async def show_interest(uow: UnitOfWork, *, actor: Actor, number: str) -> InterestView:
    """How often a record was looked at in the last 30 days and altogether, by which verified
    organisations, and which asked for its confidential layer (for those who keep that layer).

    For the owner's members and the platform. Raises NotFound, Forbidden.
    """
    record = await queries.get_achievement(uow, number)
    require(actor, access.SEE_INTEREST, owner=home_of(record), visible=is_seen(actor, record))
    today = uow.now.astimezone(SHANGHAI).date()
    days = [today - timedelta(days=n) for n in reversed(range(SHOWN_DAYS))]
    found = await interest_queries.load_views_since(uow, record.id, days[0])
    keeps = record.owner_id is not None and may(
        actor, access.KEEP_CONFIDENTIAL, owner=record.owner_id
    )
    return InterestView(
        facts=record.facts(),
        days=tuple((day, found.get(day, 0)) for day in days),
        recent=sum(found.values()),
        total=await interest_queries.count_views(uow, record.id),
        lookers=await _lookers(uow, record.id),
        guests=await _guests(uow, record.id) if keeps else (),
    )


async def _lookers(uow: UnitOfWork, achievement_id: UUID) -> tuple[Looker, ...]:
    rows = await interest_queries.list_lookers(uow, achievement_id, MOST_LOOKERS)
    names = await get_organisations(uow, ids={house for house, _, _ in rows}) if rows else {}
    return tuple(Looker(house, names[house].name, views, on_day) for house, views, on_day in rows)


async def _guests(uow: UnitOfWork, achievement_id: UUID) -> tuple[LayerAsker, ...]:
    rows = await confidential_queries.list_guests(uow, achievement_id)
    names = await get_organisations(uow, ids={row.organisation_id for row in rows})
    return tuple(
        LayerAsker(
            names[row.organisation_id].name, GuestState(row.state), row.asked_at or row.invited_at
        )
        for row in rows
    )
