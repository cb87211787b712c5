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
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.accounts.service import get_organisations
from app.catalogue import access, confidential_queries, queries
from app.catalogue.confidential_types import GuestState
from app.catalogue.entry import home_of, is_seen
from app.catalogue.interest_models import AchievementViews, OrganisationViews
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
    each other in a circle.

    why row by row: after an outage there may be more than the values of one statement
    """
    if not seen:
        return
    today = uow.now.astimezone(SHANGHAI).date()
    totals: Counter[UUID] = Counter()
    for (achievement_id, _), count in seen.items():
        totals[achievement_id] += count
    views = insert(AchievementViews)
    await uow.session.execute(
        views.on_conflict_do_update(
            index_elements=["achievement_id", "on_day"],
            set_={"views": AchievementViews.views + views.excluded.views},
        ),
        [
            {"achievement_id": achievement_id, "on_day": today, "views": count}
            for achievement_id, count in sorted(totals.items())
        ],
    )
    named = sorted((a, o, count) for (a, o), count in seen.items() if o is not None)
    if not named:
        return
    rows = insert(OrganisationViews)
    await uow.session.execute(
        rows.on_conflict_do_update(
            index_elements=["achievement_id", "organisation_id", "on_day"],
            set_={"views": OrganisationViews.views + rows.excluded.views},
        ),
        [
            {"achievement_id": a, "organisation_id": o, "on_day": today, "views": count}
            for a, o, count in named
        ],
    )


async def sweep_old_views(uow: UnitOfWork, *, limit: int = 1000) -> int:
    """Delete what is older than a year; returns how many rows."""
    before = uow.now.astimezone(SHANGHAI).date() - KEEP
    total = 0
    for table, key in (
        (AchievementViews, (AchievementViews.achievement_id, AchievementViews.on_day)),
        (
            OrganisationViews,
            (
                OrganisationViews.achievement_id,
                OrganisationViews.organisation_id,
                OrganisationViews.on_day,
            ),
        ),
    ):
        old = select(*key).where(table.on_day < before).limit(limit)
        gone = await uow.session.execute(
            delete(table).where(tuple_(*key).in_(old)).returning(table.on_day)
        )
        total += len(gone.all())
    return total


async def show_interest(uow: UnitOfWork, *, actor: Actor, number: str) -> InterestView:
    """How often a record was looked at in the last 30 days and altogether, by which verified
    organisations, and which asked for its confidential layer (for those who keep that layer).

    For the owner's members and the platform. Raises NotFound, Forbidden.
    """
    record = await queries.get_achievement(uow, number)
    require(actor, access.SEE_INTEREST, owner=home_of(record), visible=is_seen(actor, record))
    today = uow.now.astimezone(SHANGHAI).date()
    days = [today - timedelta(days=n) for n in reversed(range(SHOWN_DAYS))]
    found = await _views_since(uow, record.id, days[0])
    total = select(func.coalesce(func.sum(AchievementViews.views), 0)).where(
        AchievementViews.achievement_id == record.id
    )
    keeps = record.owner_id is not None and may(
        actor, access.KEEP_CONFIDENTIAL, owner=record.owner_id
    )
    return InterestView(
        facts=record.facts(),
        days=tuple((day, found.get(day, 0)) for day in days),
        recent=sum(found.values()),
        total=int((await uow.session.execute(total)).scalar_one()),
        lookers=await _lookers(uow, record.id),
        guests=await _guests(uow, record.id) if keeps else (),
    )


async def _views_since(uow: UnitOfWork, achievement_id: UUID, first: date) -> dict[date, int]:
    query = select(AchievementViews).where(
        AchievementViews.achievement_id == achievement_id, AchievementViews.on_day >= first
    )
    return {row.on_day: row.views for row in await uow.session.scalars(query)}


async def _lookers(uow: UnitOfWork, achievement_id: UUID) -> tuple[Looker, ...]:
    last = func.max(OrganisationViews.on_day)
    query = (
        select(OrganisationViews.organisation_id, func.sum(OrganisationViews.views), last)
        .where(OrganisationViews.achievement_id == achievement_id)
        .group_by(OrganisationViews.organisation_id)
        .order_by(last.desc(), OrganisationViews.organisation_id)
        .limit(MOST_LOOKERS)
    )
    rows = (await uow.session.execute(query)).all()
    names = await get_organisations(uow, ids={house for house, _, _ in rows}) if rows else {}
    return tuple(
        Looker(house, names[house].name, int(views), on_day) for house, views, on_day in rows
    )


async def _guests(uow: UnitOfWork, achievement_id: UUID) -> tuple[LayerAsker, ...]:
    rows = await confidential_queries.list_guests(uow, achievement_id)
    names = await get_organisations(uow, ids={row.organisation_id for row in rows})
    return tuple(
        LayerAsker(
            names[row.organisation_id].name, GuestState(row.state), row.asked_at or row.invited_at
        )
        for row in rows
    )
