"""`market backup`: one consistent copy of database and files, made while the market serves.

A transaction reads the counts, the audit chain's head and the ledger's sums, and lends its
snapshot to pg_dump, so that manifest and dump are of one instant. The files are copied after it:
contents are only ever added while something names them, so whatever the snapshot names is there,
and what came later does no harm. Nothing is locked that serving waits for.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from app import archive
from app.archive import ArchiveError, Manifest, Part
from app.core.db import connect_raw
from app.core.settings import Settings
from app.dumping import find_program, run_program

Say = Callable[[str], None]

TELL_EVERY_S: Final = 2.0
PATIENCE_S: Final = 20.0
"""How long the database may take to let a backup or a restore in."""
_COMPRESSION: Final = "gzip:4"  # what every build of PostgreSQL can read
_LOCK_PATIENCE: Final = "60s"
_COMPRESSED_TO: Final = 4
"""A dump is at most about a quarter of its database: no indexes, and compressed."""


@dataclass(frozen=True)
class Snapshot:
    """What the database held at one instant, and the name by which pg_dump reads the same."""

    name: str
    server_major: int
    server_version: str
    revision: str
    at: datetime
    offset_s: float
    audit: dict[str, Any]
    ledger: dict[str, int]
    counts: dict[str, int]
    named: frozenset[str]  # contents that something names
    size: int


async def make_backup(settings: Settings, target: Path, *, say: Say, check: bool = False) -> Path:
    """Make a backup at ``target``, or inside it when it is a folder that is no backup.

    ``settings`` name both addresses of the database. Raises ArchiveError; then nothing is left.
    """
    place = choose_place(target)
    with archive.half_made(place) as half:
        connection = await connect_raw(settings.owner_database_url, patience_s=PATIENCE_S)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                snapshot = await read_snapshot(connection)
                need_room(half, snapshot.size, settings.files_dir)
                say(f"正在备份到 {place}……")
                await dump(settings.owner_database_url, snapshot, half, say)
        finally:
            await connection.close()
        files, files_bytes, missing = await asyncio.to_thread(
            copy_files, settings.files_dir, half, snapshot.named, say
        )
        manifest = await asyncio.to_thread(
            describe, settings, snapshot, half, files, files_bytes, missing
        )
        archive.write_manifest(half, manifest)
        if check and (faults := await asyncio.to_thread(archive.check_parts, half, manifest)):
            raise ArchiveError("备份写下后读回不一致：" + " ".join(faults))
    tell(say, place, manifest, checked=check)
    return place


def choose_place(target: Path) -> Path:
    """Where the backup will be. Raises ArchiveError when something is there already."""
    target = target.absolute()
    if target.is_dir() and not (target / archive.MANIFEST).exists():
        return target / time.strftime("market-%Y%m%dT%H%M%SZ", time.gmtime())
    return target


def need_room(folder: Path, database_bytes: int, store: Path) -> None:
    """Refuse before anything is written when the disk cannot hold it."""
    files = sum(path.stat().st_size for _, path in archive.list_contents(store))
    needed = database_bytes // _COMPRESSED_TO + files
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ArchiveError(
            f"磁盘空间不够：约需 {archive.show_bytes(needed)}，"
            f"{folder.parent} 只剩 {archive.show_bytes(free)}。没有写入任何内容。"
        )


async def read_snapshot(connection: Any) -> Snapshot:
    """Read what the manifest tells, in the transaction that lends its snapshot."""
    name = await connection.fetchval("SELECT pg_export_snapshot()")
    revision = await connection.fetchval(
        "SELECT to_regclass('alembic_version') IS NOT NULL"
    ) and await connection.fetchval("SELECT version_num FROM alembic_version")
    if not revision:
        raise ArchiveError("数据库里没有市场的数据表，没有什么可备份。")
    number = await connection.fetchval("SHOW server_version_num")
    return Snapshot(
        name=name,
        server_major=int(number) // 10000,
        server_version=await connection.fetchval("SHOW server_version"),
        revision=revision,
        at=await connection.fetchval("SELECT market_now()"),
        offset_s=float(
            await connection.fetchval("SELECT extract(epoch FROM offset_by) FROM market_clock")
        ),
        audit=await read_audit(connection),
        ledger=await read_ledger(connection),
        counts=await count_rows(connection),
        named=frozenset(await list_named(connection)),
        size=await connection.fetchval("SELECT pg_database_size(current_database())"),
    )


async def read_audit(connection: Any) -> dict[str, Any]:
    """Position and hash of the audit chain's head."""
    head = await connection.fetchrow(
        "SELECT position, encode(chain_hash, 'hex') AS head FROM audit_seal"
        " ORDER BY position DESC LIMIT 1"
    )
    return dict(head) if head else {"position": 0, "head": ""}


async def read_ledger(connection: Any) -> dict[str, int]:
    """The totals of all purses, in minor units."""
    return dict(
        await connection.fetchrow(
            "SELECT coalesce(sum(debits_pending), 0)::bigint AS debits_pending,"
            " coalesce(sum(debits_posted), 0)::bigint AS debits_posted,"
            " coalesce(sum(credits_pending), 0)::bigint AS credits_pending,"
            " coalesce(sum(credits_posted), 0)::bigint AS credits_posted FROM ledger_account"
        )
    )


async def count_rows(connection: Any) -> dict[str, int]:
    """Rows of every table."""
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('public', 'queue') ORDER BY 1"
    )
    return {
        row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['name']}")  # noqa: S608
        for row in tables
    }


async def list_named(connection: Any) -> list[str]:
    """Contents that an attachment names."""
    if await connection.fetchval("SELECT to_regclass('attachment') IS NULL"):
        return []
    rows = await connection.fetch(
        "SELECT DISTINCT sha256 FROM attachment WHERE detached_at IS NULL"
    )
    return [row["sha256"] for row in rows]


async def dump(database_url: str, snapshot: Snapshot, half: Path, say: Say) -> None:
    """Have pg_dump write the snapshot, with a line every two seconds."""
    program = find_program("pg_dump", snapshot.server_major)
    path, told = half / archive.DATABASE, time.monotonic()

    def watch() -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY_S and path.exists():
            told = time.monotonic()
            say(f"  数据库：已写 {archive.show_bytes(path.stat().st_size)}")

    words = [program, "--format=custom", f"--compress={_COMPRESSION}", f"--file={path}"]
    words += [f"--snapshot={snapshot.name}", f"--lock-wait-timeout={_LOCK_PATIENCE}", "--no-owner"]
    # Extensions belong to the server; making them needs a stronger role than ours.
    words += ["--exclude-extension=*", "--no-password"]
    await run_program(words, database_url, watch=watch)
    archive.settle(path)


def copy_files(
    store: Path, half: Path, named: frozenset[str], say: Say
) -> tuple[int, int, tuple[str, ...]]:
    """Copy the store; returns how many, how many bytes, and which named ones are not there."""
    count, size, told = 0, 0, time.monotonic()
    (half / archive.FILES).mkdir(mode=0o700)
    found: list[str] = []
    for sha256, path in archive.list_contents(store):
        folder = half / archive.FILES / sha256[:2]
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            part = archive.copy_durably(path, folder / sha256)
        except FileNotFoundError:
            continue  # named by nothing any more, and swept meanwhile
        if part.sha256 != sha256:
            raise ArchiveError(f"文件 {path} 的内容与它的名字不符，磁盘可能有损坏；没有做成备份。")
        found.append(sha256)
        count, size = count + 1, size + part.bytes
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            say(f"  文件：已复制 {count} 个，{archive.show_bytes(size)}")
    for folder in (half / archive.FILES).iterdir():
        archive.settle(folder)
    archive.settle(half / archive.FILES)
    lines = "".join(f"{one}  {archive.FILES}/{one[:2]}/{one}\n" for one in found)
    archive.write_durably(half / archive.LISTING, lines.encode())
    return count, size, tuple(sorted(named - set(found)))


def describe(
    settings: Settings,
    snapshot: Snapshot,
    half: Path,
    files: int,
    files_bytes: int,
    missing: tuple[str, ...],
) -> Manifest:
    """The manifest of what was just written; each part is read again for its hash."""
    salt = secrets.token_hex(16)
    parts: dict[str, Part] = {
        name: archive.hash_file(half / name) for name in (archive.DATABASE, archive.LISTING)
    }
    return Manifest(
        format=archive.FORMAT,
        made_at=snapshot.at.isoformat(),
        market=settings.name,
        mode=settings.mode.value,
        program=version("keji-market"),
        postgres=snapshot.server_version,
        revision=snapshot.revision,
        clock_offset_s=snapshot.offset_s,
        key_salt=salt,
        key_check=archive.compute_key_check(settings.secret_key, salt),
        audit=snapshot.audit,
        ledger=snapshot.ledger,
        counts=snapshot.counts,
        files=files,
        files_bytes=files_bytes,
        files_missing=missing,
        parts=parts,
    )


def tell(say: Say, place: Path, manifest: Manifest, *, checked: bool) -> None:
    """What was made, in a few lines."""
    database = manifest.parts[archive.DATABASE].bytes
    rows = sum(manifest.counts.values())
    say(
        f"备份完成：{place}；数据库 {archive.show_bytes(database)}（{rows} 行），"
        f"文件 {manifest.files} 个（{archive.show_bytes(manifest.files_bytes)}），"
        f"审计链首第 {manifest.audit['position']} 条{'，已读回校验' if checked else ''}。"
    )
    if manifest.files_missing:
        say(f"注意：有 {len(manifest.files_missing)} 个文件在磁盘上找不到，清单里记有它们的编号。")
    say("备份里没有 MARKET_SECRET_KEY，请另行保管；没有它，密封的银行账号与回调密钥打不开。")
