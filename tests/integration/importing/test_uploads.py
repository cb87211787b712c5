"""Uploaded imports on a real database: from a file over columns and check to its report."""

from __future__ import annotations

import pytest

from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.tx import Tx
from app.imports import service, working
from app.imports.errors import NothingToImport, UploadMissing, UploadNotReady, UploadUnderWay
from app.imports.types import ImportKind, Refusal, Tally, UploadState
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org
from tests.worlds.imports import GOOD, ROWS

# ---------------------------------------------------------------- the whole way


async def test_from_a_file_to_its_report(tx: Tx, world: World, org: Org) -> None:
    upload_id = await world.upload(org, ROWS)
    view = await world.work(upload_id)
    assert view.state is UploadState.mapping
    assert view.shape is not None
    assert view.shape.columns == ("编号", "名称", "申请号", "权利人")
    assert view.mapping == {
        "编号": "owner_number",
        "名称": "title",
        "申请号": "application_number",
        "权利人": "holder",
    }
    assert view.samples[0][1] == "一种高炉煤气净化装置"
    await world.say_columns(org, view)
    view = await world.work(upload_id)
    assert view.state is UploadState.checked
    assert view.checked == Tally(read=3, inserted=2, refused=1)
    assert await world.count("achievement") == 0, "a check writes nothing"
    assert await world.refusals(org, view.id) == [Refusal(4, "名称", "名称为空", "")]

    view = await world.confirmed(org, upload_id)
    assert view.state is UploadState.finished
    assert view.result == Tally(read=3, inserted=2, refused=1)
    assert view.done_rows == view.total_rows == 3
    assert await world.refusals(org, view.id) == [Refusal(4, "名称", "名称为空", "")]
    assert await world.count("achievement", care_id=org.id) == 2
    written = await world.rows(
        "SELECT person_id FROM audit_entry WHERE action = 'imports.write_achievements'"
    )
    assert [row.person_id for row in written] == [org.head.person_id], "he brought them in"


async def test_the_same_file_again_changes_nothing(world: World, org: Org) -> None:
    first = await world.checked(org, GOOD)
    await world.confirmed(org, first.id)
    again = await world.checked(org, GOOD)
    assert again.id != first.id
    assert again.checked == Tally(read=2, unchanged=2)
    done = await world.confirmed(org, again.id)
    assert done.result == Tally(read=2, unchanged=2)
    changed = await world.checked(org, GOOD.replace("除尘", "除尘净化"))
    assert changed.checked == Tally(read=2, updated=1, unchanged=1)


async def test_demands_come_in_the_same_way(world: World, org: Org) -> None:
    table = "需求名称,需求内容\n降低能耗,如何降低高炉能耗\n空,\n"
    view = await world.checked(org, table, kind=ImportKind.demands)
    assert view.checked == Tally(read=2, inserted=1, refused=1)
    assert await world.count("demand") == 0
    done = await world.confirmed(org, view.id)
    assert done.result == Tally(read=2, inserted=1, refused=1)
    again = await world.checked(org, table, kind=ImportKind.demands)
    assert again.checked == Tally(read=2, unchanged=1, refused=1)


async def test_what_its_owner_entered_is_refused_by_the_check_and_by_the_run(
    world: World, org: Org
) -> None:
    own = await world.achievement(org, owner_number="B-1")
    view = await world.checked(org, GOOD)
    assert view.checked == Tally(read=2, inserted=1, refused=1)
    assert [r.value for r in await world.refusals(org, view.id)] == ["B-1"]
    done = await world.confirmed(org, view.id)
    assert done.result == Tally(read=2, inserted=1, refused=1)
    assert [r.value for r in await world.refusals(org, done.id)] == ["B-1"]
    [row] = await world.rows("SELECT version FROM achievement WHERE id = :id", id=own.id)
    assert row.version == own.version, "nobody writes over it"


# ---------------------------------------------------------------- columns


async def test_columns_are_said_by_people_and_remembered(tx: Tx, world: World, org: Org) -> None:
    table = "题目,备注,码\n脱硫装置,好,C-1\n"
    view = await world.work(await world.upload(org, table))
    assert view.mapping == {}, "none of these names is known"
    chosen = {"题目": "title", "码": "owner_number", "备注": "", "没有": "title"}
    await world.say_columns(org, view, chosen)
    view = await world.work(view.id)
    assert view.checked == Tally(read=1, inserted=1)
    await world.confirmed(org, view.id)
    later = await world.work(await world.upload(org, "码,题目,备注\nC-2,除尘装置,\n"))
    assert later.mapping == {"题目": "title", "码": "owner_number"}
    other = await world.organisation()
    theirs = await world.work(await world.upload(other, "码,题目,备注\nC-2,除尘装置,\n"))
    assert theirs.mapping == {}, "each organisation has its own"


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        ({}, "请选择“名称”对应的列。"),
        ({"编号": "title", "名称": "title"}, "“名称”只能对应一列。"),
        ({"编号": "title; DROP", "名称": "no_field"}, "请选择“名称”对应的列。"),
    ],
)
async def test_columns_that_do_not_do(
    tx: Tx, world: World, org: Org, chosen: dict[str, str], fault: str
) -> None:
    view = await world.work(await world.upload(org, GOOD))
    with pytest.raises(Invalid) as refused:
        await world.say_columns(org, view, chosen)
    assert fault in {error.message for error in refused.value.errors}
    assert (await world.upload_view(view.id)).state is UploadState.mapping


async def test_columns_may_be_said_again_after_a_check(tx: Tx, world: World, org: Org) -> None:
    view = await world.checked(org, GOOD, mapping={"编号": "title"})
    assert view.checked == Tally(read=2, inserted=2)
    await tx.run(service.reopen_mapping, actor=org.head, upload_id=view.id)
    assert (await world.upload_view(view.id)).state is UploadState.mapping
    with pytest.raises(UploadNotReady):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)


# ---------------------------------------------------------------- twice


async def test_one_key_is_one_upload(world: World, org: Org) -> None:
    first = await world.upload(org, GOOD, key="one-key-0001")
    assert await world.upload(org, GOOD, key="one-key-0001") == first
    with pytest.raises(KeyReused):
        await world.upload(org, ROWS, key="one-key-0001")
    assert await world.count("import_upload") == 1


async def test_a_file_under_way_is_pointed_at(tx: Tx, world: World, org: Org) -> None:
    first = await world.upload(org, GOOD)
    with pytest.raises(UploadUnderWay) as refused:
        await world.upload(org, GOOD)
    assert refused.value.facts["upload_id"] == str(first)
    assert await world.count("import_upload") == 1
    await world.upload(await world.organisation(), GOOD)  # for others it is another matter
    await tx.run(service.cancel_upload, actor=org.head, upload_id=first)
    assert await world.upload(org, GOOD) != first


async def test_confirming_twice_brings_in_once(tx: Tx, world: World, org: Org) -> None:
    view = await world.checked(org, GOOD)
    for _ in range(2):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    done = await world.work(view.id)
    await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    assert (await world.work(view.id)).result == done.result == Tally(read=2, inserted=2)
    assert await world.count("audit_entry", action="imports.confirm_upload") == 1


async def test_nothing_to_import_is_not_imported(tx: Tx, world: World, org: Org) -> None:
    view = await world.checked(org, "名称,申请号\n,CN1\n坏,CN1\n")
    assert view.checked == Tally(read=2, refused=2)
    with pytest.raises(NothingToImport):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    assert (await world.upload_view(view.id)).state is UploadState.checked


# ---------------------------------------------------------------- who


async def test_others_uploads_do_not_exist(tx: Tx, world: World, org: Org) -> None:
    upload_id = await world.upload(org, GOOD)
    stranger, other = world.stranger, (await world.organisation()).head
    with pytest.raises(UploadMissing):
        await tx.run(service.show_upload, actor=other, upload_id=upload_id)
    with pytest.raises(UploadMissing):
        await tx.run(service.cancel_upload, actor=other, upload_id=upload_id)
    with pytest.raises(Unauthenticated):
        await tx.run(service.show_upload, actor=stranger, upload_id=upload_id)
    assert (await tx.run(service.list_uploads, actor=other)).items == []
    operator = await world.operator()
    assert [one.id for one in (await tx.run(service.list_uploads, actor=operator)).items] == [
        upload_id
    ]


async def test_an_agent_brings_in_demands_and_no_achievements(world: World, org: Org) -> None:
    agent = await world.member(org, {"agent"})
    with pytest.raises(Forbidden):
        await world.upload(org, GOOD, actor=agent)
    assert service.list_kinds(agent) == [ImportKind.demands]
    await world.upload(org, GOOD, actor=agent, kind=ImportKind.demands)


async def test_nothing_comes_into_an_unverified_care(world: World) -> None:
    org = await world.organisation(verified=False)
    with pytest.raises(Forbidden):
        await world.upload(org, GOOD)
    with pytest.raises(Forbidden):
        await world.upload(org, GOOD, actor=await world.operator())
    assert await world.count("import_upload") == 0


# ---------------------------------------------------------------- what is kept, and how long


async def test_files_and_reports_go_after_their_time(
    tx: Tx, world: World, org: Org, clock: Clock
) -> None:
    done = await world.confirmed(org, (await world.checked(org, ROWS)).id)
    waiting = await world.upload(org, GOOD)
    await clock.advance(days=8)
    assert await tx.run(working.sweep_uploads) == 1
    left = await world.upload_view(waiting)
    assert (left.state, left.file_id) == (UploadState.cancelled, None)
    assert (await world.upload_view(done.id)).refusals == 1
    await clock.advance(days=23)
    assert await tx.run(working.sweep_uploads) == 1
    view = await world.upload_view(done.id)
    assert (view.file_id, view.purge_at, view.refusals) == (None, None, 0)
    assert view.result == done.result, "what it did stays known"
    assert await world.count("import_refusal") == 0
    assert await tx.run(working.sweep_uploads) == 0
