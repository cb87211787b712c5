"""A market backed up and restored: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app import archive
from app.archive import ArchiveError
from app.audit import service as audit
from app.backup import make_backup
from app.core.actor import SYSTEM
from app.core.db import connect_raw, make_sessions
from app.core.ids import new_id
from app.core.settings import Mode, Settings
from app.core.tx import Tx, UnitOfWork
from app.inbox import service as inbox
from app.inbox.types import Contact
from app.operating_cli import prove
from app.restore import NOTE, check_place, check_source, finish, restore
from tests import databases
from tests.world import World
from tests.worlds.accounts import id_of

KEY = "Vq3xN7sJ0wLr5bYt9KdZ2mPf8hCg4eXu6aRn1oTi"
CONTENT = b"a stored content"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def settings_of(database: str, data_dir: Path, key: str = KEY) -> Settings:
    url = databases.server_url(database).render_as_string(hide_password=False)
    return Settings(
        mode=Mode.test,
        secret_key=key,
        data_dir=data_dir,
        database_url=url,
        owner_database_url=url,
    )


@pytest.fixture
async def empty_database() -> AsyncIterator[str]:
    """What a new server has before the first migration."""
    name = f"market_clone_{uuid.uuid4().hex[:12]}"
    async with databases.superuser() as engine, engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} OWNER market_owner"))
    async with databases.superuser(name) as engine, engine.connect() as connection:
        for extension in ("pg_trgm", "vector", "btree_gin"):
            await connection.execute(text(f"CREATE EXTENSION {extension}"))
    yield name
    async with databases.superuser() as engine, engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def market(real_database: str, real_tx: Tx, tmp_path: Path) -> Settings:
    """A market with people, a session, mails on their way, a file and unsealed audit entries."""
    world = World(real_tx)
    person = await world.person()
    await world.token(person)

    async def tell(uow: UnitOfWork) -> None:
        for secret in (False, True):
            await inbox.send(
                uow,
                contact=Contact("person", id_of(person)),
                channel="email",
                subject="subject",
                body="body",
                key=f"test:{secret}",
                secret=secret,
            )

    await real_tx.run(tell)
    await real_tx.run(audit.seal_entries)
    await note(real_tx)
    settings = settings_of(real_database, tmp_path / "first")
    (settings.files_dir / SHA256[:2]).mkdir(parents=True)
    (settings.files_dir / SHA256[:2] / SHA256).write_bytes(CONTENT)
    return settings


async def note(tx: Tx) -> None:
    """One audit line."""

    async def write(uow: UnitOfWork) -> None:
        await audit.note(
            uow, actor=SYSTEM, action="test.note", subject_kind="test", subject_id=new_id()
        )

    await tx.run(write)


async def ask(settings: Settings, query: str) -> Any:
    connection = await connect_raw(settings.database_url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def restore_into(empty: str, backup: Path, tmp_path: Path, *, send: bool = False) -> Settings:
    settings = settings_of(empty, tmp_path / "second")
    manifest = check_source(settings, backup, other_key=False, say=print)
    resumed = check_place(settings, manifest)
    await restore(settings, manifest, backup, resumed=resumed, send=send, say=print)
    finish(settings)
    return settings


async def test_everything_is_there_and_nothing_is_done_twice(
    market: Settings, empty_database: str, tmp_path: Path
) -> None:
    await ask(market, "UPDATE audit_entry SET xid = '4000000000' WHERE action = 'test.note'")
    told: list[str] = []
    backup = await make_backup(market, tmp_path / "backup", say=told.append, check=True)
    assert "备份完成" in told[-2]
    manifest = archive.read_manifest(backup)
    assert manifest.counts["public.login_session"] == 1
    assert manifest.files == 1
    assert KEY not in (backup / archive.MANIFEST).read_text("utf-8")
    restored = await restore_into(empty_database, backup, tmp_path)
    assert (restored.files_dir / SHA256[:2] / SHA256).read_bytes() == CONTENT
    assert not (restored.data_dir / NOTE).exists()
    assert await ask(restored, "SELECT count(*) FROM person") == manifest.counts["public.person"]
    # whoever was logged out since must not be logged in again
    assert await ask(restored, "SELECT count(*) FROM login_session") == 0
    # what was on its way out stays, is not sent, and keeps no secret
    assert await ask(restored, "SELECT count(*) FROM dispatch WHERE due_at IS NOT NULL") == 0
    assert await ask(restored, "SELECT count(*) FROM dispatch WHERE state = 'skipped'") == 2
    assert await ask(restored, "SELECT count(*) FROM dispatch WHERE parts IS NOT NULL") == 1
    await check_order(restored)


async def check_order(restored: Settings) -> None:
    """No row lies in the future of this server's transactions, where it would never be sealed."""
    for table in ("audit_entry", "fact"):
        ahead = f"SELECT count(*) FROM {table} WHERE xid > pg_current_xact_id()"
        assert await ask(restored, ahead) == 0, table
    in_order = "SELECT array_agg(seq ORDER BY xid, seq) = array_agg(seq ORDER BY seq)"
    assert await ask(restored, f"{in_order} FROM audit_entry")


async def test_pending_mails_go_out_when_they_are_meant_to(
    market: Settings, empty_database: str, tmp_path: Path
) -> None:
    backup = await make_backup(market, tmp_path / "backup", say=print)
    restored = await restore_into(empty_database, backup, tmp_path, send=True)
    assert await ask(restored, "SELECT count(*) FROM dispatch WHERE due_at IS NOT NULL") == 2


async def test_rights_are_as_after_a_migration(
    market: Settings, empty_database: str, tmp_path: Path
) -> None:
    backup = await make_backup(market, tmp_path / "backup", say=print)
    restored = await restore_into(empty_database, backup, tmp_path)
    rights = (
        "SELECT string_agg(concat_ws(' ', table_schema, table_name, privilege_type), ','"
        " ORDER BY table_schema, table_name, privilege_type)"
        " FROM information_schema.role_table_grants WHERE grantee = 'market_app'"
    )
    assert await ask(restored, rights) == await ask(market, rights)


async def test_only_an_empty_place_is_restored_into(market: Settings, tmp_path: Path) -> None:
    backup = await make_backup(market, tmp_path / "backup", say=print)
    manifest = archive.read_manifest(backup)
    with pytest.raises(ArchiveError, match="已有文件"):
        check_place(market, manifest)
    before = await ask(market, "SELECT count(*) FROM login_session")
    elsewhere = market.model_copy(update={"data_dir": tmp_path / "third"})
    resumed = check_place(elsewhere, manifest)
    with pytest.raises(ArchiveError, match="已有数据表"):
        await restore(elsewhere, manifest, backup, resumed=resumed, send=False, say=print)
    assert await ask(market, "SELECT count(*) FROM login_session") == before
    # why: a market that refuses to start would be a worse answer than the refusal
    assert not (elsewhere.data_dir / NOTE).exists()
    assert not any(archive.list_contents(elsewhere.files_dir))


async def test_a_restore_that_was_killed_is_gone_on_with(
    market: Settings, empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await make_backup(market, tmp_path / "backup", say=print)
    settings = settings_of(empty_database, tmp_path / "second")
    manifest = archive.read_manifest(backup)

    async def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    assert not check_place(settings, manifest)
    monkeypatch.setattr("app.restore.restore_database", killed)
    with pytest.raises(KeyboardInterrupt):
        await restore(settings, manifest, backup, resumed=False, send=False, say=print)
    monkeypatch.undo()
    assert (settings.data_dir / NOTE).exists()
    for _ in range(2):  # killed again between the database and the end of the note
        assert check_place(settings, manifest)
        await restore(settings, manifest, backup, resumed=True, send=False, say=print)
    engine = databases.connect(empty_database, role="market_app", pool=2)
    await prove(Tx(make_sessions(engine)), manifest)
    await engine.dispose()
    finish(settings)
    assert not (settings.data_dir / NOTE).exists()


async def test_another_key_a_changed_part_and_an_unknown_revision_are_refused(
    market: Settings, tmp_path: Path
) -> None:
    backup = await make_backup(market, tmp_path / "backup", say=print)
    other = market.model_copy(update={"secret_key": KEY[::-1]})
    with pytest.raises(ArchiveError, match="MARKET_SECRET_KEY"):
        check_source(other, backup, other_key=False, say=print)
    check_source(other, backup, other_key=True, say=print)
    path = backup / archive.MANIFEST
    told = json.loads(path.read_bytes())
    path.write_text(json.dumps({**told, "revision": "9999"}), "utf-8")
    with pytest.raises(ArchiveError, match="较新的程序"):
        check_source(market, backup, other_key=False, say=print)
    path.write_text(json.dumps(told), "utf-8")
    (backup / archive.DATABASE).write_bytes(b"rotten")
    with pytest.raises(ArchiveError, match="备份不完整"):
        check_source(market, backup, other_key=False, say=print)
