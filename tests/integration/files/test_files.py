"""Receiving, attaching, sweeping and downloading."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.actor import Actor
from app.core.errors import Forbidden, KeyReused, StorageFull
from app.core.ids import new_id
from app.core.tx import Tx, UnitOfWork
from app.files import jobs, service, store
from app.files.errors import (
    ContentGone,
    FileMissing,
    FileTooLarge,
    UnsupportedType,
)
from app.files.types import FileKind, FileView, Staged
from tests.unit.files.samples import PDF, SVG, stream

PERSON = Actor(person_id=new_id())
THING = new_id()


async def staged(root: Path, content: bytes = PDF, name: str = "检测报告.pdf") -> Staged:
    return await service.stage(root, stream(content), name=name, limit=1024 * 1024)


async def attached(tx: Tx, one: Staged, **given: Any) -> FileView:
    return await tx.run(
        service.attach,
        **{
            "actor": PERSON,
            "staged": one,
            "owner_kind": "test.thing",
            "owner_id": THING,
            "key": "attach-key",
            **given,
        },
    )


def kept(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def age(path: Path) -> None:
    """Make a file two days old."""
    two_days_ago = time.time() - 2 * store.DAY_S
    os.utime(path, (two_days_ago, two_days_ago))


async def test_a_content_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    first = await staged(tmp_path)
    inode = first.path.stat().st_ino
    second = await staged(tmp_path, name="../另一个名字.pdf")
    assert first.sha256 == second.sha256 == hashlib.sha256(PDF).hexdigest()
    assert second.name == "另一个名字.pdf"
    assert kept(tmp_path) == [first.sha256]
    assert second.path.stat().st_ino == inode, "never overwritten"
    assert first.path.read_bytes() == PDF


async def test_a_damaged_content_is_mended_by_the_next_upload(tmp_path: Path) -> None:
    first = await staged(tmp_path)
    first.path.write_bytes(PDF[:5])
    await staged(tmp_path)
    assert first.path.read_bytes() == PDF


async def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedType) as refused:
        await staged(tmp_path, SVG, "图.svg")
    assert refused.value.detail == "文件“图.svg”：不接受网页、SVG 等可包含脚本的文件。"
    with pytest.raises(UnsupportedType):
        await staged(tmp_path, b"", "空.pdf")
    with pytest.raises(FileTooLarge) as large:
        await staged(tmp_path, PDF + b"\0" * 1024 * 1024)
    assert "1 MB" in large.value.detail
    assert kept(tmp_path) == []


async def test_a_kind_that_is_not_wanted_here_is_a_refusal_like_any(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "market.security"), pytest.raises(UnsupportedType):
        await service.stage(
            tmp_path, stream(PDF), name="a.pdf", limit=10_000, kinds=frozenset({FileKind.csv})
        )
    assert caplog.messages == ["upload.refused"]
    assert kept(tmp_path) == []


async def test_a_stream_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield PDF
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await service.stage(tmp_path, broken(), name="a.pdf", limit=10_000)
    assert kept(tmp_path) == []


async def test_a_full_disk_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(store, "_settle", full)
    with pytest.raises(StorageFull) as refused:
        await staged(tmp_path)
    assert refused.value.status == 507
    assert kept(tmp_path) == []


async def test_the_same_key_attaches_once(tx: Tx, tmp_path: Path) -> None:
    one = await staged(tmp_path)
    first = await attached(tx, one)
    assert await attached(tx, one) == first
    with pytest.raises(KeyReused):
        await attached(tx, await staged(tmp_path, PDF + b"\n"))
    listed = await tx.run(service.list_attached, owner_kind="test.thing", owner_id=THING)
    assert listed == [first]
    assert (first.name, first.size, first.kind) == ("检测报告.pdf", len(PDF), "pdf")


async def test_what_was_swept_cannot_be_attached(tx: Tx, tmp_path: Path) -> None:
    one = await staged(tmp_path)
    one.path.unlink()
    with pytest.raises(ContentGone):
        await attached(tx, one)
    assert await tx.run(service.list_attached, owner_kind="test.thing", owner_id=THING) == []


async def test_detaching_forgets_the_name(
    tx: Tx, tmp_path: Path, connection: AsyncConnection
) -> None:
    file = await attached(tx, await staged(tmp_path))
    with pytest.raises(FileMissing):
        await tx.run(service.detach, owner_kind="test.thing", owner_id=new_id(), file_id=file.id)
    gone = await tx.run(service.detach, owner_kind="test.thing", owner_id=THING, file_id=file.id)
    assert gone == file
    row = (await connection.execute(text("SELECT name, detached_at FROM attachment"))).one()
    assert row.name == ""
    assert row.detached_at is not None
    assert await tx.run(service.list_attached, owner_kind="test.thing", owner_id=THING) == []


@pytest.fixture
def sweep(tx: Tx, tmp_path: Path, connection: AsyncConnection) -> Callable[[str], Any]:
    async def run(sha256: str) -> None:
        """Sweep the folder of one content now."""
        await connection.execute(
            text("UPDATE content_sweep SET folder = :folder, due_at = market_now()"),
            {"folder": int(sha256[:2], 16)},
        )
        assert await tx.run(jobs.sweep_contents, root=tmp_path) == 0

    return run


async def test_the_sweep_takes_only_what_is_old_and_unnamed(
    tx: Tx, tmp_path: Path, sweep: Callable[[str], Any]
) -> None:
    one = await staged(tmp_path)
    half = tmp_path / "incoming" / "half.part"
    half.write_bytes(b"half")
    await sweep(one.sha256)
    assert kept(tmp_path) == sorted([one.sha256, "half.part"]), "both are young"
    age(one.path)
    age(half)
    file = await attached(tx, one)
    await sweep(one.sha256)
    assert kept(tmp_path) == [one.sha256], "a row names it"
    await tx.run(service.detach, owner_kind="test.thing", owner_id=THING, file_id=file.id)
    await sweep(one.sha256)
    assert kept(tmp_path) == []


async def test_a_content_that_the_disk_keeps_does_not_stop_the_sweep(
    tmp_path: Path,
    sweep: Callable[[str], Any],
    connection: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = await staged(tmp_path)
    age(one.path)

    def kept_by_the_disk(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(f"{path} stays ({missing_ok})")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", kept_by_the_disk)
        await sweep(one.sha256)
    assert kept(tmp_path) == [one.sha256]
    later = text("SELECT folder = :next AND due_at > market_now() FROM content_sweep")
    following = {"next": (int(one.sha256[:2], 16) + 1) % 256}
    assert (await connection.execute(later, following)).scalar_one()
    await sweep(one.sha256)
    assert kept(tmp_path) == []


async def test_staging_again_saves_a_content_from_the_sweep(
    tmp_path: Path, sweep: Callable[[str], Any]
) -> None:
    one = await staged(tmp_path)
    age(one.path)
    await staged(tmp_path)
    await sweep(one.sha256)
    assert kept(tmp_path) == [one.sha256]


async def test_what_was_staged_again_after_the_look_stays(
    tmp_path: Path, sweep: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await staged(tmp_path)
    monkeypatch.setattr(store, "list_stale", lambda _root, _folder: [one.sha256])
    await sweep(one.sha256)
    assert kept(tmp_path) == [one.sha256]


async def test_the_sweep_waits_until_it_is_due_again(
    tx: Tx, tmp_path: Path, connection: AsyncConnection
) -> None:
    await connection.execute(text("UPDATE content_sweep SET folder = 255, due_at = market_now()"))
    await tx.run(jobs.sweep_contents, root=tmp_path)
    await tx.run(jobs.sweep_contents, root=tmp_path)
    query = text("SELECT folder, due_at > market_now() AS later FROM content_sweep")
    assert tuple((await connection.execute(query)).one()) == (0, True)


# ---------------------------------------------------------------- downloads


@pytest.fixture
def served(
    application: FastAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Exception | None], None]:
    """The application with a store of its own, and a guard that answers as told."""

    def with_guard(answer: Exception | None) -> None:
        async def guard(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
            if answer is not None:
                raise answer

        monkeypatch.setitem(application.state._state, "file_guards", {"test.thing": guard})

    settings = application.state.settings.model_copy(update={"data_dir": tmp_path})
    monkeypatch.setitem(application.state._state, "settings", settings)
    with_guard(None)
    return with_guard


async def test_a_download_is_an_attachment_that_runs_nothing(
    client: httpx2.AsyncClient, tx: Tx, tmp_path: Path, served: Callable[..., None]
) -> None:
    file = await attached(tx, await staged(tmp_path / "files"))
    answer = await client.get(f"/files/{file.id}")
    assert answer.status_code == 200
    assert answer.content == PDF
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith('attachment; filename="____.pdf"')
    assert "filename*=UTF-8''%E6%A3%80%E6%B5%8B" in headers["content-disposition"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["etag"] == f'"{file.sha256}"'
    assert headers["cache-control"] == "private, no-store"
    assert headers["content-length"] == str(len(PDF))


async def test_a_public_file_is_asked_for_again_and_not_sent_twice(
    client: httpx2.AsyncClient, tx: Tx, tmp_path: Path, served: Callable[..., None]
) -> None:
    file = await attached(tx, await staged(tmp_path / "files"), layer="public")
    first = await client.get(f"/files/{file.id}")
    assert first.headers["cache-control"] == "private, no-cache"
    again = await client.get(f"/files/{file.id}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_owning_room_is_asked_each_time(
    client: httpx2.AsyncClient, tx: Tx, tmp_path: Path, served: Callable[..., None]
) -> None:
    file = await attached(tx, await staged(tmp_path / "files"))
    for answer, status in ((FileMissing(), 404), (Forbidden(), 403)):
        served(answer)
        assert (await client.get(f"/files/{file.id}")).status_code == status
    served(None)
    orphan = await attached(
        tx, await staged(tmp_path / "files"), owner_kind="test.unknown", key="another-key"
    )
    assert (await client.get(f"/files/{orphan.id}")).status_code == 404, "nobody vouches for it"
    assert (await client.get(f"/files/{new_id()}")).status_code == 404
    assert (await client.get("/files/no-id")).status_code == 404


async def test_a_lost_content_is_said(
    client: httpx2.AsyncClient, tx: Tx, tmp_path: Path, served: Callable[..., None]
) -> None:
    one = await staged(tmp_path / "files")
    file = await attached(tx, one)
    one.path.unlink()
    answer = await client.get(f"/files/{file.id}")
    assert answer.status_code == 503
    assert "文件暂时无法读取" in answer.text
