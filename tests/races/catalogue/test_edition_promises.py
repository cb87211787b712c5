"""Promises of editions under rivals: one publication, one issue, nothing withdrawn frozen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.catalogue import service
from app.catalogue.errors import EditionEmpty, EditionStateForbids
from app.core.tx import Tx, UnitOfWork
from tests.races.rivals import together, wait_for_waiters
from tests.world import World


@pytest.fixture
def world(real_tx: Tx) -> World:
    return World(real_tx)


async def test_an_edition_is_published_once(world: World, real_tx: Tx) -> None:
    org = await world.organisation()
    await world.achievement(org)
    made = await world.edition(org.head, state="draft")
    done, refused = await together(
        *(
            real_tx.run(
                service.publish_edition,
                actor=org.head,
                edition_id=made.id,
                version=made.version,
            )
            for _ in range(4)
        )
    )
    assert len(done) == 1
    assert {type(error) for error in refused} == {EditionStateForbids}
    assert await world.count("catalogue_edition_row") == 1
    assert await world.count("fact", topic="catalogue.edition_published.v1") == 1


async def test_issues_of_one_issuer_are_counted_without_gap_or_twin(
    world: World, real_tx: Tx
) -> None:
    org = await world.organisation()
    await world.achievement(org)
    drafts = [await world.edition(org.head, state="draft") for _ in range(4)]
    done, refused = await together(
        *(
            real_tx.run(
                service.publish_edition, actor=org.head, edition_id=one.id, version=one.version
            )
            for one in drafts
        )
    )
    assert refused == []
    assert sorted(one.issue for one in done) == [1, 2, 3, 4]


async def test_what_is_withdrawn_first_is_not_frozen(
    world: World, real_tx: Tx, real_database: str
) -> None:
    """The withdrawal holds the achievement; the edition waits for it and leaves it out."""
    org = await world.organisation()
    record = await world.achievement(org)
    made = await world.edition(org.head, state="draft")
    withdrawn, go_on = asyncio.Event(), asyncio.Event()

    async def withdraw_slowly(uow: UnitOfWork) -> None:
        await service.withdraw_achievement(
            uow, actor=org.head, number=record.number, version=record.version
        )
        await uow.session.flush()
        withdrawn.set()
        await go_on.wait()

    slow = asyncio.create_task(real_tx.run(withdraw_slowly))
    await withdrawn.wait()
    publishing: Any = asyncio.create_task(
        real_tx.run(
            service.publish_edition, actor=org.head, edition_id=made.id, version=made.version
        )
    )
    await wait_for_waiters(real_database, 1)
    go_on.set()
    await slow
    with pytest.raises(EditionEmpty):
        await publishing
    assert await world.count("catalogue_edition_row") == 0


async def test_a_withdrawal_waits_for_the_edition_that_is_being_frozen(
    world: World, real_tx: Tx, real_database: str
) -> None:
    org = await world.organisation()
    record = await world.achievement(org)
    made = await world.edition(org.head, state="draft")
    frozen, go_on = asyncio.Event(), asyncio.Event()

    async def publish_slowly(uow: UnitOfWork) -> None:
        await service.publish_edition(uow, actor=org.head, edition_id=made.id, version=made.version)
        frozen.set()
        await go_on.wait()

    slow = asyncio.create_task(real_tx.run(publish_slowly))
    await frozen.wait()
    withdrawing: Any = asyncio.create_task(
        real_tx.run(
            service.withdraw_achievement,
            actor=org.head,
            number=record.number,
            version=record.version,
        )
    )
    await wait_for_waiters(real_database, 1)
    go_on.set()
    await slow
    await withdrawing

    async def order(uow: UnitOfWork) -> bool:
        found = await uow.session.execute(
            text(
                "SELECT e.published_at <= a.updated_at FROM catalogue_edition AS e,"
                " achievement AS a WHERE a.state = 'withdrawn' AND e.state = 'published'"
            )
        )
        return bool(found.scalar_one())

    assert await world.count("catalogue_edition_row") == 1
    assert await real_tx.run(order)
