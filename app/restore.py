"""`market restore`: a backup into an empty data folder and an empty database.

Everything is checked before anything is written: the backup read through, the place empty, the
key the same, the revision known, room on the disk. Files come first, then the database in one
transaction; a note in the data folder says that a restore is under way until it is whole, so one
that was killed is gone on with, and no half restored market is ever served.

What a restored market must not do is decided in ADR 0016: it ends all sessions, sends nothing
again that was on its way out, and takes up its jobs.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from app import archive
from app.archive import ArchiveError, Manifest
from app.backup import PATIENCE_S, count_rows, read_audit, read_ledger
from app.core.db import connect_raw
from app.core.facts import FACT_JOB
from app.core.i18n import _n
from app.core.settings import Settings
from app.dumping import find_program, run_program
from app.embedded import EXTENSIONS
from app.inbox.texts import pack
from app.migrate import known_revisions

Say = Callable[[str], None]

NOTE: Final = "restore.json"
_SKIPPED: Final = _n("恢复备份时停止发送")
_WAS_MADE_FIT: Final = "SELECT 1 FROM sign_of_life WHERE name = 'restore' AND facts ->> 'dump' = $1"
_SIGN: Final = (
    "INSERT INTO sign_of_life (name, seen_at, facts) VALUES ('restore', market_now(), $1)"
    " ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, facts = excluded.facts"
)
_MARGIN: Final = 6
"""A database is at most about this many times its dump."""
_NEW_CLUSTER: Final = 256 * 2**20
"""Bytes of a cluster before anything is in it, with the log of its first writes."""


def read_note(data_dir: Path) -> dict[str, str] | None:
    """The restore that is under way in a data folder; None when there is none."""
    try:
        told: dict[str, str] = json.loads((data_dir / NOTE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        return {}
    return told


def check_source(settings: Settings, source: Path, *, other_key: bool, say: Say) -> Manifest:
    """Read the backup through; ArchiveError unless it is whole and program and key fit it."""
    manifest = archive.read_manifest(source)
    say(f"正在校验备份 {source}（{manifest.made_at[:19]}，{manifest.files} 个文件）……")
    if manifest.revision not in known_revisions():
        raise ArchiveError(
            f"备份的数据库版本是 {manifest.revision}，本程序不认识，请用较新的程序恢复。"
        )
    if not other_key and not archive.is_same_key(manifest, settings.secret_key):
        raise ArchiveError(
            "MARKET_SECRET_KEY 与备份时不同，密封的银行账号与回调密钥将打不开。"
            "请设置原来的密钥；确实找不回来时加 --other-key。"
        )
    faults = archive.check_parts(source, manifest)
    if faults:
        raise ArchiveError("备份不完整，没有恢复任何内容：" + " ".join(faults[:5]))
    return manifest


def check_place(settings: Settings, manifest: Manifest) -> bool:
    """Refuse a data folder that is in use or too small; True when a restore is gone on with."""
    data_dir, note = settings.data_dir, read_note(settings.data_dir)
    if note is not None and note.get("dump") != manifest.parts[archive.DATABASE].sha256:
        raise ArchiveError(f"{data_dir} 里另有一次没有完成的恢复（{note.get('source', '?')}）。")
    if note is None and any(archive.list_contents(settings.files_dir)):
        raise ArchiveError(f"{settings.files_dir} 里已有文件；只能恢复到空的数据目录。")
    if note is not None:
        return True
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    usage = shutil.disk_usage(data_dir)
    needed = manifest.files_bytes
    if settings.embedded:
        needed += manifest.parts[archive.DATABASE].bytes * _MARGIN + _NEW_CLUSTER
    if usage.free < needed:
        raise ArchiveError(
            f"磁盘空间不够：约需 {archive.show_bytes(needed)}，"
            f"{data_dir} 只剩 {archive.show_bytes(usage.free)}。没有恢复任何内容。"
        )
    return False


def begin(settings: Settings, manifest: Manifest, source: Path) -> None:
    """Note that a restore is under way: from here on something is written."""
    told = {"dump": manifest.parts[archive.DATABASE].sha256, "source": str(source.absolute())}
    body = json.dumps(told, ensure_ascii=False).encode()
    half = settings.data_dir / f"{NOTE}.half"
    half.unlink(missing_ok=True)
    archive.write_durably(half, body)
    half.rename(settings.data_dir / NOTE)
    archive.settle(settings.data_dir)


def restore_files(settings: Settings, manifest: Manifest, source: Path, say: Say) -> None:
    """Copy the contents; one that is there already is left as it is."""
    try:
        for count, (sha256, path) in enumerate(archive.list_contents(source / archive.FILES), 1):
            folder = settings.files_dir / sha256[:2]
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = folder / sha256
            if not place.exists():
                half = folder / f".{sha256}.restoring"
                half.unlink(missing_ok=True)
                archive.copy_durably(path, half)
                half.rename(place)
            if count % 1000 == 0:
                say(f"  文件：已恢复 {count} / {manifest.files} 个")
        for folder in (settings.files_dir, *settings.files_dir.glob("??")):
            if folder.is_dir():
                archive.settle(folder)
    except OSError as error:
        raise ArchiveError(archive.explain(error, settings.data_dir)) from error


async def restore_database(
    settings: Settings, manifest: Manifest, source: Path, *, send: bool, say: Say
) -> None:
    """Fill the empty database, compare it with the manifest, and make it fit to go on."""
    connection = await connect_raw(settings.owner_database_url, patience_s=PATIENCE_S)
    try:
        if not await look_at(connection):
            major = int(await connection.fetchval("SHOW server_version_num")) // 10000
            program = find_program("pg_restore", major)
            say("正在恢复数据库……")
            database = await connection.fetchval("SELECT current_database()")
            words = [program, "--single-transaction", "--exit-on-error", "--no-owner"]
            words += ["--no-password", f"--dbname={database}", str(source / archive.DATABASE)]
            await run_program(words, settings.owner_database_url)
        async with connection.transaction():
            done = manifest.parts[archive.DATABASE].sha256
            if not await connection.fetchval(_WAS_MADE_FIT, done):
                await compare(connection, manifest)
                await make_fit(connection, send=send)
                await connection.execute(_SIGN, json.dumps({"dump": done}))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def look_at(connection: Any) -> bool:
    """Whether there are tables already. Raises ArchiveError when it cannot be filled."""
    missing = [
        name
        for name in EXTENSIONS
        if not await connection.fetchval("SELECT 1 FROM pg_extension WHERE extname = $1", name)
    ]
    if missing:
        raise ArchiveError(
            f"数据库缺少扩展 {'、'.join(missing)}，请由管理员执行 CREATE EXTENSION。"
        )
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = 'market_app'"):
        raise ArchiveError("数据库服务器上没有角色 market_app，请先建立它。")
    return bool(
        await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'queue')"
        )
    )


async def compare(connection: Any, manifest: Manifest) -> None:
    """ArchiveError unless every count, the chain's head and the sums are the manifest's."""
    found = await count_rows(connection)
    wrong = sorted(
        name for name in {*found, *manifest.counts} if found.get(name) != manifest.counts.get(name)
    )
    if wrong:
        raise ArchiveError(f"恢复后的行数与清单不符：{'、'.join(wrong[:5])}。")
    if await read_audit(connection) != dict(manifest.audit):
        raise ArchiveError("恢复后的审计链首与清单不符。")
    if await read_ledger(connection) != dict(manifest.ledger):
        raise ArchiveError("恢复后的账本合计与清单不符。")


async def make_fit(connection: Any, *, send: bool) -> None:
    """What must not be as it was; in one transaction with the comparison, so done once."""
    await number_transactions(connection)
    # Whoever was logged out after the backup must not be logged in again.
    await connection.execute("DELETE FROM login_session")
    # Their workers are gone; the listeners of facts know by themselves what they have done.
    await connection.execute(
        "UPDATE queue.pgqueuer SET status = 'queued', queue_manager_id = NULL"
        " WHERE status = 'picked'"
    )
    if not send:
        # Jobs that reach out have been done since; ``market jobs --retry`` runs them all the same.
        await connection.execute(
            "UPDATE queue.pgqueuer SET status = 'failed'"
            " WHERE status = 'queued' AND entrypoint <> $1",
            FACT_JOB,
        )
        await hold_back(connection)


async def number_transactions(connection: Any) -> None:
    """Bring stored transaction numbers below those of this server.

    They order what was written, and an audit entry is sealed once every earlier transaction has
    ended. A new server counts from the beginning: a number from the old one would lie in its
    future, and nothing would be sealed for years. Rows above get this transaction's number, and
    keep their order by ``seq``.
    """
    tables = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND udt_name = 'xid8'"
    )
    for row in tables:
        table, column = f'"{row["table_name"]}"', f'"{row["column_name"]}"'
        await connection.execute(
            f"UPDATE {table} SET {column} = pg_current_xact_id()"  # noqa: S608
            f" WHERE {column} >= pg_current_xact_id()"
        )


async def hold_back(connection: Any) -> None:
    """Nothing that was on its way out at the backup goes out again: it has gone since.

    Messages stay in the inbox; a digest that is overdue waits for the next day.
    """
    for table in ("dispatch", "webhook_delivery"):
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
            continue
        wiped = ", parts = CASE WHEN secret THEN NULL ELSE parts END" if table == "dispatch" else ""
        await connection.execute(
            f"UPDATE {table} SET state = 'skipped', due_at = NULL, last_error = $1{wiped}"  # noqa: S608
            " WHERE due_at IS NOT NULL",
            json.dumps(pack(_SKIPPED)),
        )
    if await connection.fetchval("SELECT to_regclass('inbox_preference') IS NOT NULL"):
        await connection.execute(
            "UPDATE inbox_preference SET digest_due_at = digest_due_at + interval '1 day' *"
            " ceil(extract(epoch FROM market_now() - digest_due_at) / 86400)"
            " WHERE digest_due_at <= market_now()"
        )


def finish(settings: Settings) -> None:
    """The restore is whole: the market may be served."""
    (settings.data_dir / NOTE).unlink()
    archive.settle(settings.data_dir)


async def restore(
    settings: Settings, manifest: Manifest, source: Path, *, resumed: bool, send: bool, say: Say
) -> None:
    """Files, then the database. ``settings`` name both addresses. Raises ArchiveError."""
    if not resumed:
        connection = await connect_raw(settings.owner_database_url, patience_s=PATIENCE_S)
        try:
            if await look_at(connection):
                raise ArchiveError("数据库里已有数据表；只能恢复到空的数据库。没有改动任何内容。")
        finally:
            await connection.close()
        begin(settings, manifest, source)
    await asyncio.to_thread(restore_files, settings, manifest, source, say)
    await restore_database(settings, manifest, source, send=send, say=say)
