"""Who looked: counted without a person, written later, kept a year."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from app.accounts.models import Party
from app.catalogue import service
from app.catalogue.jobs import write_views
from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from tests.conftest import Clock
from tests.world import World

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120"


async def test_views_are_counted_and_organisations_named(world: World, tx: Tx) -> None:
    owner, buyer = await world.organisation(), await world.organisation("求购公司")
    unverified = await world.organisation(verified=False)
    record = await world.achievement(owner)
    counter = service.ViewCounter()
    for actor, agent in (
        (world.stranger, BROWSER),
        (buyer.head, BROWSER),
        (buyer.head, BROWSER),
        (unverified.head, BROWSER),
        (owner.head, BROWSER),  # one's own
        (await world.operator(), BROWSER),  # the platform's
        (world.stranger, "Googlebot/2.1"),
        (world.stranger, ""),
    ):
        counter.note(achievement_id=record.id, owner_id=record.owner_id, actor=actor, agent=agent)
    await write_views(counter, tx)
    await write_views(counter, tx)
    assert await world.count("achievement_views", views=4) == 1
    assert await world.count("achievement_organisation_views") == 1
    view = await tx.run(service.show_interest, actor=owner.head, number=record.number)
    assert (view.recent, view.total, view.days[-1][1]) == (4, 4, 4)
    assert [(one.name, one.views) for one in view.lookers] == [("求购公司", 2)]
    assert not {"王负责", "张成员"} & set(str(view).split("'"))
    with pytest.raises(Forbidden):
        await tx.run(service.show_interest, actor=buyer.head, number=record.number)


async def test_counts_add_up_and_survive_a_fault(world: World, tx: Tx) -> None:
    record = await world.achievement(await world.organisation())
    counter = service.ViewCounter()
    for _ in range(2):
        counter.note(achievement_id=record.id, owner_id=None, actor=world.stranger, agent=BROWSER)
        await write_views(counter, tx)
    assert await world.count("achievement_views", views=2) == 1
    counter.note(achievement_id=new_id(), owner_id=None, actor=world.stranger, agent=BROWSER)
    with pytest.raises(Exception, match="foreign key"):
        await write_views(counter, tx)
    assert len(counter.take()) == 1


async def test_what_a_long_outage_gathered_is_written(world: World, tx: Tx) -> None:
    """More than one statement takes: PostgreSQL numbers the values of one up to 32,767."""
    record = await world.achievement(await world.organisation())
    houses = [new_id() for _ in range(8_200)]

    async def parties(uow: UnitOfWork) -> None:
        rows = [{"id": house, "kind": "organisation", "created_at": uow.now} for house in houses]
        await uow.session.execute(insert(Party), rows)

    await tx.run(parties)
    await tx.run(service.add_views, seen={(record.id, house): 2 for house in houses})
    assert await world.count("achievement_organisation_views", views=2) == 8_200
    assert await world.count("achievement_views", views=16_400) == 1


async def test_a_year_is_kept(world: World, tx: Tx, clock: Clock) -> None:
    record = await world.achievement(await world.organisation())
    buyer = await world.organisation()
    await tx.run(service.add_views, seen={(record.id, buyer.id): 1})
    await clock.advance(days=365)
    assert await tx.run(service.sweep_old_views) == 0
    await clock.advance(days=1)
    assert await tx.run(service.sweep_old_views) == 2
    assert await tx.run(service.sweep_old_views) == 0
