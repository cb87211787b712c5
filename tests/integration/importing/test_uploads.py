"""Uploaded imports on a real database: columns, check, run, stop, again, hostile files."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from openpyxl import Workbook

from app.accounts import service as accounts
from app.core import sheets
from app.core.errors import Forbidden, Invalid, KeyReused, Unauthenticated
from app.core.tx import Tx, UnitOfWork
from app.files.service import content_path
from app.imports import jobs, service, upload_rules, working
from app.imports.errors import (
    NothingToImport,
    UploadMissing,
    UploadNotReady,
    UploadStopped,
    UploadUnderWay,
)
from app.imports.types import ImportKind, Refusal, Tally, UploadState, UploadView
from app.worker import IMPORTERS
from tests.conftest import Clock
from tests.world import World
from tests.worlds.accounts import Org, id_of
from tests.worlds.imports import LAYOUTS, ROWS

GOOD = "编号,名称\nB-1,脱硫装置\nB-2,除尘装置\n"


@pytest.fixture
async def org(world: World) -> Org:
    return await world.organisation("示范大学", "university")


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def refusals_of(world: World, org: Org, view: UploadView) -> list[Refusal]:
    found = await world.tx.run(service.list_refusals, actor=org.head, upload_id=view.id)
    return list(found.items)


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
    await tx.run(
        service.map_upload,
        actor=org.head,
        upload_id=upload_id,
        layout=LAYOUTS[view.kind],
        chosen=view.mapping,
    )
    view = await world.work(upload_id)
    assert view.state is UploadState.checked
    assert view.checked == Tally(read=3, inserted=2, refused=1)
    assert await world.count("achievement") == 0, "a check writes nothing"
    assert await refusals_of(world, org, view) == [Refusal(4, "名称", "名称为空", "")]

    view = await world.confirmed(org, upload_id)
    assert view.state is UploadState.finished
    assert view.result == Tally(read=3, inserted=2, refused=1)
    assert view.done_rows == view.total_rows == 3
    assert await refusals_of(world, org, view) == [Refusal(4, "名称", "名称为空", "")]
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
    assert [r.value for r in await refusals_of(world, org, view)] == ["B-1"]
    done = await world.confirmed(org, view.id)
    assert done.result == Tally(read=2, inserted=1, refused=1)
    assert [r.value for r in await refusals_of(world, org, done)] == ["B-1"]
    assert (await world.rows("SELECT version FROM achievement WHERE id = :id", id=own.id)) != []


# ---------------------------------------------------------------- columns


async def test_columns_are_said_by_people_and_remembered(tx: Tx, world: World, org: Org) -> None:
    table = "题目,备注,码\n脱硫装置,好,C-1\n"
    view = await world.work(await world.upload(org, table))
    assert view.mapping == {}, "none of these names is known"
    chosen = {"题目": "title", "码": "owner_number", "备注": "", "没有": "title"}
    await tx.run(
        service.map_upload,
        actor=org.head,
        upload_id=view.id,
        layout=LAYOUTS[view.kind],
        chosen=chosen,
    )
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
        await tx.run(
            service.map_upload,
            actor=org.head,
            upload_id=view.id,
            layout=LAYOUTS[view.kind],
            chosen=chosen,
        )
    assert fault in {error.message for error in refused.value.errors}
    assert await world.upload_view(view.id) == view or (
        (await world.upload_view(view.id)).state is UploadState.mapping
    )


async def test_columns_may_be_said_again_after_a_check(tx: Tx, world: World, org: Org) -> None:
    view = await world.checked(org, GOOD, mapping={"编号": "title"})
    assert view.checked == Tally(read=2, inserted=2)
    await tx.run(service.reopen_mapping, actor=org.head, upload_id=view.id)
    assert (await world.upload_view(view.id)).state is UploadState.mapping
    with pytest.raises(UploadNotReady):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)


# ---------------------------------------------------------------- twice, and at once


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


async def test_two_at_once_make_one_upload(real_tx: Tx, settings: Any) -> None:
    world = World(real_tx, settings.files_dir)
    org = await world.organisation()
    made = await asyncio.gather(
        *(world.upload(org, GOOD) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["UUID", *["UploadUnderWay"] * 3]


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


# ---------------------------------------------------------------- stopping and starting again


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
    assert [r.line for r in await refusals_of(world, org, done)] == [5, 1202, 1203]
    assert await world.count("import_chunk") == 3


async def test_a_killed_check_begins_again(world: World, org: Org, tx: Tx) -> None:
    view = await world.work(await world.upload(org, ROWS))
    await tx.run(
        service.map_upload,
        actor=org.head,
        upload_id=view.id,
        layout=LAYOUTS[view.kind],
        chosen=view.mapping,
    )

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
    await tx.run(
        service.map_upload,
        actor=org.head,
        upload_id=view.id,
        layout=LAYOUTS[view.kind],
        chosen=view.mapping,
    )
    await tx.run(service.cancel_upload, actor=org.head, upload_id=view.id)
    assert (await world.upload_view(view.id)).stopping
    view = await world.work(view.id)
    assert (view.state, view.result) == (UploadState.cancelled, None)
    with pytest.raises(UploadNotReady):
        await tx.run(service.confirm_upload, actor=org.head, upload_id=view.id)
    assert UploadStopped.status == 409


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


# ---------------------------------------------------------------- strange and hostile files


def workbook(sheet: str, strings: str = "<sst/>") -> bytes:
    """A workbook of the parts given, as no office program writes it."""
    book = io.BytesIO(xlsx([["名称"], ["甲"]]))
    out = io.BytesIO()
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                body = sheet.encode()
            made.writestr(entry.filename, body)
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
TITLE = '<row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c></row>'


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (b"\xef\xbb\xbf\n\n", "a.csv", "文件是空的"),
        ("编号,名称\n", "a.csv", "文件只有表头"),
        (",".join(f"c{n}" for n in range(600)) + "\n1,2\n", "a.csv", "表头有 600 列"),
        (xlsx([["某大学专利清单"], ["编号", "名称"], ["1", "甲"]]), "a.xlsx", "第一行不像表头"),
        (xlsx([["名称", "名称"], ["甲", "乙"]]), "a.xlsx", "表头重复"),
        (xlsx([[f"c{n}" for n in range(700)], ["甲"]]), "a.xlsx", "表头有 512 列"),
        (b"[1, 2]", "a.jsonl", "JSON 数组"),
        (workbook("<worksheet><not closed"), "a.xlsx", "XLSX"),
    ],
)
async def test_what_cannot_be_mapped_says_why(
    world: World, org: Org, content: str | bytes, name: str, problem: str
) -> None:
    view = await world.work(await world.upload(org, content, name=name))
    assert view.state is UploadState.refused
    assert problem in view.problem
    assert await world.count("achievement") == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
async def test_encodings_and_separators(
    world: World, org: Org, encoding: str, delimiter: str
) -> None:
    content = GOOD.replace(",", delimiter).encode(encoding)
    view = await world.checked(org, content, name="a.tsv")
    assert view.checked == Tally(read=2, inserted=2)


async def test_formulas_are_text(world: World, org: Org) -> None:
    text = "=CMD|' /C calc'!A0"
    view = await world.checked(org, f'编号,名称\nF-1,"{text}"\n')
    await world.confirmed(org, view.id)
    rows = await world.rows("SELECT title FROM achievement")
    assert [row.title for row in rows] == [text]


async def test_a_line_without_an_end_is_refused_in_pieces(world: World, org: Org) -> None:
    content = "编号,名称\nL-1," + "长" * (5 << 20) + "\nL-2,好\n"
    view = await world.checked(org, content)
    assert view.checked is not None
    assert view.checked.inserted == 1
    assert view.checked.refused >= 1


async def test_a_sheet_that_claims_a_billion_rows_and_columns_ends(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 20_000)
    far = '<row r="2000000000"><c r="A2000000000" t="inlineStr"><is><t>甲</t></is></c></row>'
    text = '<c r="{}2" t="inlineStr"><is><t>甲</t></is></c>'
    wide = f'<row r="2">{text.format("A")}{text.format("ZZZ")}</row>'
    view = await world.checked(org, workbook(SHEET.format(TITLE + wide + far)), name="a.xlsx")
    assert view.checked == Tally(read=1, inserted=1)


async def test_too_many_rows_are_refused(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_rules, "MAX_UPLOAD_ROWS", 2)
    view = await world.checked(org, GOOD + "B-3,第三\n")
    assert view.state is UploadState.refused
    assert "超过 2 行" in view.problem


async def test_no_more_refusals_are_kept_than_can_be_read(
    world: World, org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "MAX_KEPT", 3)
    view = await world.checked(org, "编号,名称\n" + ",\n".join("12345") + ",\n6,好\n")
    assert view.checked == Tally(read=6, inserted=1, refused=5)
    assert view.refusals == 3


async def test_a_file_that_has_gone_is_said(world: World, org: Org) -> None:
    upload_id = await world.upload(org, "名称\n独一无二的内容\n")
    view = await world.upload_view(upload_id)
    content_path(world.files_dir, view.file_sha256).unlink()
    view = await world.work(upload_id)
    assert (view.state, view.problem) == (UploadState.refused, "上传的文件已不存在，请重新上传")
