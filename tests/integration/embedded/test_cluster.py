"""What initdb and the folders must be, whatever the machine's own locale and habits."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.embedded import EmbeddedError, EmbeddedPostgres

Make = Callable[..., EmbeddedPostgres]


def plain(dsn: str) -> str:
    return dsn.replace("postgresql+asyncpg", "postgresql")


async def ask(dsn: str, query: str) -> Any:
    connection = await asyncpg.connect(plain(dsn))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_new_cluster_knows_chinese_under_a_posix_locale(
    outside: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    before = mode(outside)
    interrupted = outside / "posix" / "deep" / "cluster.new"
    interrupted.mkdir(parents=True)
    interrupted.parent.chmod(0o711)
    (interrupted / "PG_VERSION").write_text("18\n")
    server = make(outside / "posix" / "deep")
    server.start()
    server.ensure_roles_and_database("market")
    server.ensure_roles_and_database("market")
    dsn = server.superuser_dsn("market")

    assert await ask(dsn, "SELECT cardinality(show_trgm('锂电池隔膜'))") == 6
    assert await ask(dsn, "SELECT similarity('锂电池隔膜', '锂电池')") > 0.3
    assert await ask(dsn, "SHOW server_encoding") == "UTF8"
    provider = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname='market'"
    assert await ask(dsn, provider) == "bC.UTF-8"
    assert await ask(dsn, "SELECT upper('äö')") == "ÄÖ"
    assert mode(outside) == before
    assert not interrupted.exists(), "an initdb that was interrupted is begun anew"


async def test_everybody_needs_a_password_and_nobody_comes_by_network(
    folder: Path, make: Make
) -> None:
    server = make(folder)
    server.start()
    passwords = folder / "passwords.json"
    assert mode(passwords) == 0o600
    assert len(set(json.loads(passwords.read_text()).values())) == 3
    run = folder / "run"
    assert mode(run) == 0o700
    assert mode(folder) == (0o711 if os.geteuid() == 0 else 0o700)
    for role in ("postgres", "market_owner", "market_app"):
        for password in ("", "postgres", "wrong"):
            with pytest.raises(asyncpg.PostgresError):
                await asyncpg.connect(
                    host=str(run), user=role, password=password, database="market", ssl=False
                )
    dsn = server.superuser_dsn("market")
    assert await ask(dsn, "SHOW listen_addresses") == ""
    rules = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
    assert await ask(dsn, rules) == "scram-sha-256"


async def test_the_two_roles_are_as_weak_as_they_should_be(folder: Path, make: Make) -> None:
    server = make(folder)
    server.start()
    strong = (
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'market_%' AND"
        " (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)"
    )
    assert await ask(server.superuser_dsn("market"), strong) == 0
    owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'market'"
    assert await ask(server.app_dsn("market"), owner) == "market_owner"
    await ask(server.owner_dsn("market"), "CREATE TABLE public.mine (a int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(server.app_dsn("market"), "CREATE TABLE public.yours (a int)")
    found = "SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension"
    assert await ask(server.app_dsn("market"), found) == "btree_gin,pg_trgm,plpgsql,vector"


@pytest.mark.parametrize("place", [".", "cluster"])
def test_data_of_another_version_is_refused_and_left_alone(
    outside: Path, make: Make, place: str
) -> None:
    folder = outside / f"old-{place.strip('.')}"
    (folder / place).mkdir(parents=True)
    (folder / place / "PG_VERSION").write_text("16\n")
    before = sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))
    with pytest.raises(EmbeddedError, match="由 PostgreSQL 16 建立，本程序使用 18"):
        make(folder).start()
    assert sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*")) == before


def test_a_folder_that_is_no_cluster_is_refused(outside: Path, make: Make) -> None:
    (outside / "odd" / "cluster").mkdir(parents=True)
    (outside / "odd" / "cluster" / "thesis.docx").write_text("years of work")
    with pytest.raises(EmbeddedError, match="不是 PostgreSQL 的数据目录"):
        make(outside / "odd").start()
    assert (outside / "odd" / "cluster" / "thesis.docx").read_text() == "years of work"


def test_a_long_path_gets_a_short_socket(spoilt: Path, make: Make) -> None:
    server = make(spoilt.rename(spoilt.with_name("很长的目录名" * 6)))
    server.start()
    places = server._places
    assert len(os.fsencode(places.socket_dir)) < 60
    assert mode(places.socket_dir) == 0o700
    server.stop()
    places.socket_dir.rmdir()


def test_a_lost_password_file_is_said(spoilt: Path, make: Make) -> None:
    (spoilt / "passwords.json").unlink()
    with pytest.raises(EmbeddedError, match="读不到数据库密码文件"):
        make(spoilt).start()


def test_a_password_file_of_another_market_is_said(spoilt: Path, make: Make) -> None:
    path = spoilt / "passwords.json"
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), "another")))
    with pytest.raises(EmbeddedError, match="不是同一次建立的"):
        make(spoilt).start()


def test_what_postgresql_says_is_passed_on(folder: Path, make: Make) -> None:
    server = make(folder, shared_buffers="a lot")
    with pytest.raises(EmbeddedError, match=r"没有启动：.*日志在 .*server\.log"):
        server.start()
    assert not server.alive()
