"""What is shown of disclosures: to each reader his own, to the world outside the unit nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.actor import Actor
from app.core.errors import Forbidden
from app.core.tx import Tx, UnitOfWork
from app.disclosures import service
from app.disclosures.types import Completer
from tests.world import World
from tests.worlds.disclosures import decision


async def test_lists_show_each_reader_his_own(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author, colleague = await world.inventor(org), await world.inventor(org, "王同事")
    shared = await world.disclosure(
        author,
        completers=(
            Completer(person_id=author.person_id, share_bp=5000),
            Completer(person_id=colleague.person_id, share_bp=5000),
        ),
    )
    await world.disclosure(author, state="draft")
    await world.disclosure(author)

    async def numbers(verb: Any, actor: Actor, **more: Any) -> tuple[list[UUID], str | None]:
        page = await tx.run(verb, actor=actor, **more)
        return [line.facts.id for line in page.items], page.next

    own, _ = await numbers(service.list_own_disclosures, author)
    assert len(own) == 3
    assert (await numbers(service.list_own_disclosures, colleague))[0] == [shared.id]
    first, after = await numbers(service.list_waiting_disclosures, org.head, limit=1)
    rest, end = await numbers(service.list_waiting_disclosures, org.head, limit=1, after=after)
    assert len({*first, *rest}) == 2
    assert end is None
    assert (await numbers(service.list_settled_disclosures, org.head))[0] == []
    with pytest.raises(Forbidden):
        await tx.run(service.list_waiting_disclosures, actor=author)
    unit = await tx.run(service.show_unit, actor=org.head)
    assert (unit.waiting, unit.overdue, unit.accepted) == (2, 0, 0)


async def test_a_public_unit_is_advised_to_disclose_first(world: World, tx: Tx) -> None:
    school, firm = await world.organisation(kind="university"), await world.organisation()
    for org, advised in ((school, True), (firm, False)):
        record = await world.achievement(org)
        link = await tx.run(service.link_of_achievement, actor=org.head, achievement_id=record.id)
        assert link.advise is advised
        seen = await tx.run(
            service.link_of_achievement, actor=world.stranger, achievement_id=record.id
        )
        assert not seen.advise


async def test_no_word_of_it_leaves_the_unit(world: World, tx: Tx) -> None:
    org = await world.organisation()
    author = await world.inventor(org)
    marker = "独一无二的标记词朱鹮"
    waiting = await world.disclosure(author, title=f"{marker}名称", summary=marker)
    await tx.run(
        service.decide_disclosure,
        actor=org.head,
        disclosure_id=waiting.id,
        version=waiting.version,
        decision=decision(),
    )

    async def dump(uow: UnitOfWork) -> str:
        tables = await uow.session.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind = 'r' AND relname NOT LIKE 'disclosure%'"
                " AND has_table_privilege(oid, 'SELECT')"
            )
        )
        found = ""
        for table in tables.scalars().all():
            rows = await uow.session.execute(text(f'SELECT x::text FROM "{table}" AS x'))
            found += "\n".join(rows.scalars())
        return found

    assert marker not in await tx.run(dump)
