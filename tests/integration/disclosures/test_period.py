"""The period in which a unit decides: its own rule, and the reminders before and at its end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.core.errors import Forbidden, Invalid
from app.core.tx import Tx, UnitOfWork
from app.disclosures import service
from tests.conftest import Clock
from tests.integration.disclosures.watching import show, told
from tests.world import World


async def test_the_unit_sets_its_own_period(world: World, tx: Tx) -> None:
    org, other = await world.organisation(), await world.organisation()
    author = await world.inventor(org)
    before = await world.disclosure(author)
    manager = await world.member(org, {"manager"})
    with pytest.raises(Forbidden):
        await tx.run(service.set_period, actor=manager, days=5, source="校科〔2026〕1号")
    with pytest.raises(Invalid):
        await tx.run(service.set_period, actor=org.head, days=0, source="")
    await tx.run(service.set_period, actor=org.head, days=5, source="校科〔2026〕1号")
    await tx.run(service.set_period, actor=org.head, days=7, source="校科〔2026〕2号")
    rule = await tx.run(service.get_period, organisation_id=org.id)
    assert (rule.days, rule.source) == (7, "校科〔2026〕2号")
    assert (await tx.run(service.get_period, organisation_id=other.id)).days == 15
    kept = await show(tx, author, before.id)
    assert kept.due_rule is not None
    assert kept.due_rule.days == 15  # the rules it was born under
    after = await show(tx, author, (await world.disclosure(author)).id)
    assert after.due_rule is not None
    assert after.due_rule.days == 7


async def test_the_unit_is_reminded_before_the_end_and_at_the_end_once_each(
    world: World, tx: Tx, clock: Clock
) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    made = await world.disclosure(author)
    assert await tx.run(service.sweep_reminders) == 0
    due = (await show(tx, org.head, made.id)).due_at
    assert due is not None
    await move_to(tx, clock, due - timedelta(days=1))
    assert await tx.run(service.sweep_reminders) == 1
    assert await tx.run(service.sweep_reminders) == 0
    assert await told(tx, org.head, "disclosures.due_soon") == 1
    await move_to(tx, clock, due)
    assert await tx.run(service.sweep_reminders) == 1
    assert await tx.run(service.sweep_reminders) == 0
    assert await told(tx, org.head, "disclosures.overdue") == 1
    assert (await show(tx, org.head, made.id)).overdue
    assert (await tx.run(service.show_unit, actor=org.head)).overdue == 1


async def move_to(tx: Tx, clock: Clock, instant: datetime) -> None:
    async def now(uow: UnitOfWork) -> datetime:
        return uow.now

    by = instant - await tx.run(now)
    await clock.advance(seconds=by.total_seconds() + 1)
