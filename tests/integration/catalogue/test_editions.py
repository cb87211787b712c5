"""Editions and conversion lists on real PostgreSQL."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from app.catalogue import service
from app.catalogue.errors import (
    EditionEmpty,
    EditionMissing,
    EditionStateForbids,
)
from app.catalogue.types import (
    ConversionPlanContent,
    ConversionStatus,
    EditionContent,
    EditionState,
    NationalField,
    PlanRoute,
    Visibility,
)
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, KeyReused, NotFound, StaleVersion
from app.core.tx import Tx, UnitOfWork
from app.reports import service as reports
from app.reports.types import ConversionFilter
from tests.world import World


async def publisher(world: World) -> Actor:
    return await world.person("信息发布员", platform={"publisher"})


async def test_the_publisher_freezes_the_markets_catalogue(world: World, tx: Tx) -> None:
    one, two = await world.organisation(kind="university"), await world.organisation()
    first = await world.achievement(one, field=NationalField.population_health, title="甲")
    second = await world.achievement(two, field=NationalField.information_network, title="乙")
    await world.achievement(two, state="draft", title="草稿不收录")
    await world.imported(two, title="未认领不收录")
    actor = await publisher(world)
    made = await world.edition(actor, market=True)
    assert made.number is not None
    assert made.number.startswith("ML-")
    assert (made.issue, made.size, made.state) == (1, 2, EditionState.published)
    view = await tx.run(service.show_edition, actor=world.stranger, number=made.number)
    assert [section.field for section in view.sections] == [
        NationalField.information_network,
        NationalField.population_health,
    ]
    assert [row.content["number"] for section in view.sections for row in section.rows] == [
        second.number,
        first.number,
    ]
    assert view.intact
    assert view.diff is None
    assert await audited(tx, made.sha256 or "")


async def audited(tx: Tx, sha256: str) -> bool:
    async def verb(uow: UnitOfWork) -> bool:
        found = await uow.session.execute(
            text(
                "SELECT count(*) FROM audit_entry WHERE action = 'catalogue.publish_edition'"
                " AND facts ->> 'sha256' = :sha256"
            ),
            {"sha256": sha256},
        )
        return bool(found.scalar_one())

    return await tx.run(verb)


async def test_a_unit_takes_its_own_only_and_nobody_else_compiles_for_it(
    world: World, tx: Tx
) -> None:
    org, other = await world.organisation(), await world.organisation()
    mine = await world.achievement(org)
    await world.achievement(other)
    made = await world.edition(org.head)
    view = await tx.run(service.show_edition, actor=world.stranger, number=made.number or "")
    assert view.facts.issuer == org.name
    assert [row.achievement_id for s in view.sections for row in s.rows] == [mine.id]
    record = await world.edition(org.head, state="draft")
    for stranger in (other.head, await publisher(world), world.stranger):
        with pytest.raises(EditionMissing):
            await tx.run(service.publish_edition, actor=stranger, edition_id=record.id, version=1)
    with pytest.raises(Forbidden):
        await world.edition(org.head, market=True)
    with pytest.raises(Forbidden):
        await world.edition(await world.inventor(org))
    assert await world.count("catalogue_edition", state="published") == 1


async def test_a_frozen_edition_stays_and_marks_what_was_withdrawn(world: World, tx: Tx) -> None:
    org = await world.organisation()
    record = await world.achievement(org, title="后来撤回的成果")
    kept = await world.achievement(org, title="留下的成果")
    made = await world.edition(org.head)
    await tx.run(
        service.withdraw_achievement,
        actor=org.head,
        number=record.number,
        version=record.version,
    )
    view = await tx.run(service.show_edition, actor=world.stranger, number=made.number or "")
    rows = {row.content["title"]: row.withdrawn for s in view.sections for row in s.rows}
    assert rows == {"后来撤回的成果": True, "留下的成果": False}
    assert view.intact
    again = await world.edition(org.head)
    assert again.issue == 2
    later = await tx.run(service.show_edition, actor=world.stranger, number=again.number or "")
    assert later.diff is not None
    assert later.diff.former_number == made.number
    assert later.diff.removed == ((record.number, "后来撤回的成果"),)
    assert later.diff.added == ()
    mentions = await tx.run(service.list_editions_of_achievement, achievement_id=kept.id)
    assert [one.number for one in mentions] == [again.number, made.number]


async def test_since_last_takes_what_is_new(world: World, tx: Tx) -> None:
    org = await world.organisation()
    await world.achievement(org)
    await world.edition(org.head)
    with pytest.raises(EditionEmpty):
        await world.edition(org.head, since_last=True)
    new = await world.achievement(org, title="新的成果")
    made = await world.edition(org.head, since_last=True)
    view = await tx.run(service.show_edition, actor=org.head, number=made.number or "")
    assert [row.achievement_id for s in view.sections for row in s.rows] == [new.id]
    assert view.diff is not None
    assert view.diff.removed == ()


async def test_rows_are_taken_out_and_put_back(world: World, tx: Tx) -> None:
    org = await world.organisation()
    one, two = await world.achievement(org), await world.achievement(org)
    made = await world.edition(org.head, state="draft")
    left = await tx.run(
        service.choose_rows,
        actor=org.head,
        edition_id=made.id,
        version=made.version,
        shown=[one.id, two.id],
        included=[two.id],
    )
    view = await tx.run(service.show_draft, actor=org.head, edition_id=made.id)
    assert {row.achievement_id: row.excluded for row in view.rows} == {one.id: True, two.id: False}
    with pytest.raises(StaleVersion):
        await tx.run(
            service.publish_edition, actor=org.head, edition_id=made.id, version=made.version
        )
    back = await tx.run(
        service.choose_rows,
        actor=org.head,
        edition_id=made.id,
        version=left.version,
        shown=[one.id],
        included=[one.id],
    )
    out = await tx.run(
        service.choose_rows,
        actor=org.head,
        edition_id=made.id,
        version=back.version,
        shown=[two.id],
        included=[],
    )
    done = await tx.run(
        service.publish_edition, actor=org.head, edition_id=made.id, version=out.version
    )
    assert done.size == 1
    with pytest.raises(EditionStateForbids):
        await tx.run(
            service.discard_edition, actor=org.head, edition_id=made.id, version=done.version
        )
    assert await world.count("catalogue_edition", state="published") == 1


async def test_a_draft_is_made_once_and_discarded(world: World, tx: Tx) -> None:
    org = await world.organisation()
    content = EditionContent(title="目录")
    made = await tx.run(
        service.draft_edition, actor=org.head, content=content, market=False, key="same-key-1"
    )
    again = await tx.run(
        service.draft_edition, actor=org.head, content=content, market=False, key="same-key-1"
    )
    assert made == again
    with pytest.raises(KeyReused):
        await tx.run(
            service.draft_edition,
            actor=org.head,
            content=EditionContent(title="另一目录"),
            market=False,
            key="same-key-1",
        )
    with pytest.raises(Invalid):
        await tx.run(
            service.edit_edition,
            actor=org.head,
            edition_id=made.id,
            version=made.version,
            content=EditionContent(title="  "),
        )
    with pytest.raises(EditionEmpty):
        await tx.run(
            service.publish_edition, actor=org.head, edition_id=made.id, version=made.version
        )
    gone = await tx.run(
        service.discard_edition, actor=org.head, edition_id=made.id, version=made.version
    )
    assert gone.state is EditionState.discarded
    with pytest.raises(EditionMissing):
        await tx.run(service.show_draft, actor=org.head, edition_id=made.id)


async def test_the_serving_role_changes_no_frozen_row(world: World, tx: Tx) -> None:
    org = await world.organisation()
    await world.achievement(org)
    await world.edition(org.head)

    async def tamper(uow: UnitOfWork, *, sql: str) -> None:
        await uow.session.execute(text(sql))

    for sql in (
        "UPDATE catalogue_edition_row SET content = '{}'",
        "DELETE FROM catalogue_edition_row",
        "DELETE FROM catalogue_edition",
    ):
        with pytest.raises(Exception, match="permission denied"):
            await tx.run(tamper, sql=sql)


async def test_a_changed_head_is_noticed(world: World, tx: Tx) -> None:
    org = await world.organisation()
    await world.achievement(org)
    made = await world.edition(org.head)

    async def tamper(uow: UnitOfWork) -> None:
        await uow.session.execute(text("UPDATE catalogue_edition SET foreword = '改过'"))

    await tx.run(tamper)
    view = await tx.run(service.show_edition, actor=org.head, number=made.number or "")
    assert not view.intact


# ---------------------------------------------------------------- conversion


async def test_the_status_follows_what_happens(world: World, tx: Tx) -> None:
    org = await world.organisation()
    idle = await world.achievement(org)
    talked = await world.achievement(org)
    offered = await world.achievement(org)
    await world.offer(org, offered)
    await plan(tx, org.head, talked.number, negotiating=True)
    page = await tx.run(reports.list_conversion, actor=org.head)
    assert {line.number: line.status for line in page.items} == {
        idle.number: ConversionStatus.not_started,
        talked.number: ConversionStatus.negotiating,
        offered.number: ConversionStatus.offered,
    }
    only = await tx.run(
        reports.list_conversion,
        actor=org.head,
        asked=ConversionFilter(status=ConversionStatus.offered),
    )
    assert [line.number for line in only.items] == [offered.number]
    counts = await tx.run(reports.count_conversion, actor=org.head)
    assert counts[ConversionStatus.negotiating] == 1
    assert counts[ConversionStatus.signed] == 0
    first = await tx.run(reports.list_conversion, actor=org.head, limit=2)
    rest = await tx.run(reports.list_conversion, actor=org.head, limit=2, after=first.next)
    assert len({line.number for line in (*first.items, *rest.items)}) == 3
    other = await world.organisation()
    assert (await tx.run(reports.list_conversion, actor=other.head)).items == []
    with pytest.raises(Forbidden):
        await tx.run(reports.list_conversion, actor=await world.inventor(org))


async def plan(tx: Tx, actor: Actor, number: str, version: int = 0, **given: object) -> int:
    content = ConversionPlanContent(**given)  # type: ignore[arg-type]
    return await tx.run(
        service.set_plan, actor=actor, number=number, version=version, content=content
    )


async def test_a_plan_is_set_by_the_manager_in_versions(world: World, tx: Tx) -> None:
    org, other = await world.organisation(), await world.organisation()
    colleague = await world.inventor(org)
    record = await world.achievement(org)
    hidden = await world.achievement(org, state="draft")
    version = await plan(
        tx,
        org.head,
        record.number,
        route=PlanRoute.ordinary,
        responsible_id=colleague.person_id,
        next_step="联系三家企业",
        target_on=date(2026, 1, 1),
    )
    assert version == 1
    with pytest.raises(StaleVersion):
        await plan(tx, org.head, record.number, next_step="另一步")
    with pytest.raises(Invalid):
        await plan(tx, org.head, record.number, 1, responsible_id=other.head.person_id)
    with pytest.raises(Forbidden):
        await plan(tx, other.head, record.number)
    with pytest.raises(Forbidden):
        await plan(tx, colleague, record.number)
    with pytest.raises(NotFound):
        await plan(tx, other.head, hidden.number)
    late = await tx.run(reports.list_conversion, actor=org.head, asked=ConversionFilter(late=True))
    [line] = late.items
    assert (line.responsible, line.next_step, line.late) == (colleague.name, "联系三家企业", True)
    assert await world.count("conversion_plan") == 1


async def test_a_public_list_tells_no_plan_and_no_draft(world: World, tx: Tx) -> None:
    org = await world.organisation()
    colleague = await world.inventor(org, "责任同事")
    record = await world.achievement(org)
    hidden = await world.achievement(org, state="draft", title="未公开的成果")
    await plan(
        tx, org.head, record.number, responsible_id=colleague.person_id, next_step="内部步骤"
    )
    public = await world.conversion_edition(org.head, visibility=Visibility.public)
    inner = await world.conversion_edition(org.head, visibility=Visibility.internal)
    seen = await tx.run(service.show_edition, actor=world.stranger, number=public.number or "")
    told = str(seen)
    assert record.number in told
    for word in ("内部步骤", "责任同事", str(colleague.person_id), hidden.number, "未公开的成果"):
        assert word not in told
    with pytest.raises(EditionMissing):
        await tx.run(service.show_edition, actor=world.stranger, number=inner.number or "")
    with pytest.raises(EditionMissing):
        await tx.run(service.show_edition, actor=await publisher(world), number=inner.number or "")
    mine = str(await tx.run(service.show_edition, actor=org.head, number=inner.number or ""))
    for word in ("内部步骤", "责任同事", hidden.number):
        assert word in mine
    shelf = await tx.run(service.list_editions)
    assert [one.number for one in shelf.items] == [public.number]


async def test_each_title_is_a_series_of_its_own(world: World, tx: Tx) -> None:
    org = await world.organisation()
    await world.achievement(org)
    await world.edition(org.head)
    other = await tx.run(
        service.draft_edition,
        actor=org.head,
        content=EditionContent(title="专题目录"),
        market=False,
        key="another-series",
    )
    made = await tx.run(
        service.publish_edition, actor=org.head, edition_id=other.id, version=other.version
    )
    assert made.issue == 1
    view = await tx.run(service.show_edition, actor=org.head, number=made.number or "")
    assert view.diff is None
