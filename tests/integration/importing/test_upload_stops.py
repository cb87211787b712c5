"""Uploaded imports that stop, die, are given up or lose their person, and begin again."""

from __future__ import annotations

from typing import Any

import pytest

from app.accounts import service as accounts
from app.core.tx import Tx, UnitOfWork
from app.imports import jobs, service, upload_rules, working
from app.imports.errors import UploadNotReady, UploadStopped
from app.imports.types import Tally, UploadState
from app.worker import IMPORTERS
from tests.world import World
from tests.worlds.accounts import Org, id_of
from tests.worlds.imports import GOOD, LAYOUTS, ROWS


def many(rows: int) -> str:
    return "编号,名称\n" + "".join(f"N-{n},第 {n} 项技术\n" for n in range(rows))


async def test_a_run_stops_between_chunks_and_may_begin_anew(
    tx: Tx, world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await world.checked(org, many(1200))
    await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    write, written = IMPORTERS[view.kind].write, 0

    async def stopping(uow: UnitOfWork, **arguments: Any) -> Any:
        nonlocal written
        written += 1
        answer = await write(uow, **arguments)
        await service.cancel_upload(uow, actor=org.head, upload_id=view.id)
        return answer

    importers = {view.kind: jobs.Importer(LAYOUTS[view.kind], stopping, IMPORTERS[view.kind].judge)}
    await jobs.work_upload(tx, upload_id=view.id, root=world.files_dir, importers=importers)
    stopped = await world.upload_view(view.id)
    assert (stopped.state, written) == (UploadState.cancelled, 1)
    assert stopped.result == Tally(read=500, inserted=500)
    assert await world.count("achievement") == 500
    again = await world.checked(org, many(1200))
    assert again.checked == Tally(read=1200, inserted=700, unchanged=500)
    done = await world.confirmed(org, again.id)
    assert done.result == Tally(read=1200, inserted=700, unchanged=500)


async def test_a_killed_run_goes_on_after_its_last_chunk(tx: Tx, world: World, org: Org) -> None:
    table = many(1200) + "N-X,\n" + "N-Y,\n"
    table = table.replace("N-3,第 3 项技术", "N-3,")
    view = await world.checked(org, table)
    await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    write, calls = IMPORTERS[view.kind].write, 0

    async def dying(uow: UnitOfWork, **arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise ConnectionError("the database went away")
        return await write(uow, **arguments)

    importers = {view.kind: jobs.Importer(LAYOUTS[view.kind], dying, IMPORTERS[view.kind].judge)}
    with pytest.raises(ConnectionError):
        await jobs.work_upload(tx, upload_id=view.id, root=world.files_dir, importers=importers)
    half = await world.upload_view(view.id)
    assert (half.state, half.done_rows) == (UploadState.running, 500)
    done = await world.work(view.id)
    assert done.result == Tally(read=1202, inserted=1199, refused=3)
    assert done.refusals == 3, "each refusal is told once, those before the death too"
    assert [r.line for r in await world.refusals(org, done.id)] == [5, 1202, 1203]
    assert await world.count("import_chunk") == 3


async def test_a_killed_check_begins_again(world: World, org: Org, tx: Tx) -> None:
    view = await world.work(await world.upload(org, ROWS))
    await world.say_columns(org, view)

    async def dying(uow: UnitOfWork, **arguments: Any) -> Any:
        raise ConnectionError

    importers = {view.kind: jobs.Importer(LAYOUTS[view.kind], dying, dying)}
    with pytest.raises(ConnectionError):
        await jobs.work_upload(tx, upload_id=view.id, root=world.files_dir, importers=importers)
    view = await world.work(view.id)
    assert (view.checked, view.refusals) == (Tally(read=3, inserted=2, refused=1), 1)


async def test_a_file_that_ends_the_worker_each_time_is_given_up(
    tx: Tx, world: World, org: Org
) -> None:
    upload_id = await world.upload(org, GOOD)
    for _ in range(upload_rules.MAX_ATTEMPTS):
        assert await tx.run(working.take_up, upload_id=upload_id) is not None
    assert await tx.run(working.take_up, upload_id=upload_id) is None
    view = await world.upload_view(upload_id)
    assert view.state is UploadState.refused
    assert "多次出错" in view.problem


async def test_who_may_no_longer_bring_in_does_not(tx: Tx, world: World, org: Org) -> None:
    manager = await world.member(org, {"manager"})
    upload_id = await world.upload(org, GOOD, actor=manager)
    await tx.run(
        accounts.remove_member,
        actor=org.head,
        organisation_id=org.id,
        person_id=id_of(manager),
    )
    view = await world.work(upload_id)
    assert view.state is UploadState.refused
    assert "无权" in view.problem


async def test_stopping_is_seen_by_a_check_too(tx: Tx, world: World, org: Org) -> None:
    view = await world.work(await world.upload(org, GOOD))
    await world.say_columns(org, view)
    await tx.run(service.cancel_upload, actor=org.head, upload_id=view.id)
    assert (await world.upload_view(view.id)).stopping
    view = await world.work(view.id)
    assert (view.state, view.result) == (UploadState.cancelled, None)
    with pytest.raises(UploadNotReady):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    assert UploadStopped.status == 409
