"""A marker is put into the confidential text, a file's name and a file's content; then every page,
feed, API answer, table and log line is looked through, and it is nowhere but where it belongs."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.routing import Mount

from app.accounts.types import SESSION_COOKIE
from app.catalogue import service
from app.core.settings import Settings
from tests.world import World

TEXT_MARK, NAME_MARK, CONTENT_MARK = "机密甲烷七三九", "机密乙烯七三九", "JIMI-BINGWAN-739"
MARKS = (TEXT_MARK, NAME_MARK, CONTENT_MARK)
# the only places: the layer's own tables, and the name on its file
BELONGS = {"confidential_layer", "attachment"}


def found_in(answer: str) -> list[str]:
    return [mark for mark in MARKS if mark in answer]


@pytest.fixture
async def number(world: World) -> str:
    """A public achievement with a marked layer, an offer and everything that follows from it."""
    owner = await world.organisation("示范大学", "university")
    buyer = await world.organisation("受邀公司")
    record = await world.achievement(owner)
    run = world.tx.run
    await run(
        service.keep_confidential,
        actor=owner.head,
        number=record.number,
        text=f"配方：{TEXT_MARK}",
        announced=True,
        version=0,
    )
    await run(
        service.attach_confidential,
        actor=owner.head,
        number=record.number,
        staged=[await world.staged(f"内容 {CONTENT_MARK}".encode(), f"{NAME_MARK}.txt")],
        key="marker-files",
    )
    await run(service.write_nda, actor=owner.head, number=record.number, text="不外传。", version=0)
    until = (await run(_today)).replace(year=2027)
    await run(
        service.invite_guest,
        actor=owner.head,
        number=record.number,
        organisation_id=buyer.id,
        until=until,
    )
    await run(service.accept_nda, actor=buyer.head, number=record.number, nda_version=1)
    await run(service.open_confidential, actor=buyer.head, number=record.number)
    # what happens to a public record afterwards: an edit with its version, an offer
    await run(_edit, actor=owner.head, number=record.number)
    await world.offer(owner, record)
    return record.number


async def _today(uow: Any) -> Any:
    return uow.now.date()


async def _edit(uow: Any, *, actor: Any, number: str) -> None:
    view = await service.show_achievement(uow, actor=actor, number=number)
    await service.edit_achievement(
        uow, actor=actor, number=number, content=view.content, version=view.facts.version
    )


def paths(app: FastAPI, number: str) -> list[str]:
    """Every address that is read, with this achievement's number where one is asked for."""
    out = {"/search?q=" + mark for mark in MARKS} | {"/search/suggest?q=机密", "/feeds/lots.atom"}
    out |= {"/feeds/achievements.atom", "/feeds/demands.atom"}
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount) or "GET" not in (route.methods or set()):
            continue
        path = str(route.path)
        if "live" in path or "stream" in path or "events" in path:
            continue  # endless answers
        out.add(re.sub(r"\{\w+(?::\w+)?\}", number, path))
    return sorted(out)


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "administrator", "other"])
async def test_no_page_shows_it_to_outsiders(
    client: httpx2.AsyncClient, application: FastAPI, world: World, number: str, who: str
) -> None:
    if who == "other":
        actor = (await world.organisation("别的公司")).head
        client.cookies.set(SESSION_COOKIE, await world.token(actor))
    elif who != "stranger":
        client.cookies.set(SESSION_COOKIE, await world.token(await world.person(platform={who})))
    leaks = []
    seen = 0
    for path in paths(application, number):
        answer = await client.get(path)
        seen += answer.status_code == 200
        if path.startswith("/search?q="):
            # it repeats what was typed; it must not find it
            assert number not in answer.text, f"{path} finds it"
        else:
            leaks += [f"{path}: {mark}" for mark in found_in(answer.text)]
    assert leaks == []
    assert seen > 15, "the walk met real pages"


async def test_no_table_but_its_own_holds_it(
    connection: AsyncConnection, number: str, settings: Settings
) -> None:
    del number
    tables = await connection.execute(
        text("SELECT schemaname || '.' || tablename FROM pg_tables"
             " WHERE schemaname IN ('public', 'queue')")
    )  # fmt: skip
    holding = set()
    for (table,) in tables.all():
        rows = await connection.execute(text(f"SELECT t::text FROM {table} AS t"))
        if any(found_in(row or "") for (row,) in rows):
            holding.add(table.partition(".")[2])
    assert holding == BELONGS
    outbox = settings.data_dir / "outbox"
    written = [path.read_text("utf-8") for path in _files(outbox)]
    assert [one for one in written if found_in(one)] == []


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


async def test_no_log_line_holds_it(
    client: httpx2.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    world: World,
    number: str,
) -> None:
    """Also when the page is refused, and when the database refuses what is written."""
    caplog.set_level(logging.DEBUG)
    owner = await world.organisation("记录单位")
    record = await world.achievement(owner)
    client.cookies.set(SESSION_COOKIE, await world.token(owner.head))
    own = f"/desk/achievements/{record.number}/confidential"
    typed = {"text": TEXT_MARK, "version": "0"}
    assert (await client.post(own, data=typed)).status_code == 303
    assert (await client.post(own, data=typed | {"version": "9"})).status_code in (303, 412)
    assert (
        await client.post(own, data={"text": f"{TEXT_MARK}\0", "version": "1"})
    ).status_code < 500
    form = {"text": f"{TEXT_MARK}\0", "version": "7"}
    await client.post(f"/desk/achievements/{number}/confidential", data=form)
    await client.get(f"/achievements/{number}/confidential")
    assert found_in(caplog.text) == []
    out, err = capfd.readouterr()
    assert found_in(out + err) == []
