"""A backup on disk is whole or not there, and says what is wrong with it."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from app import archive
from app.archive import ArchiveError, Manifest
from app.backup import choose_place, copy_files, need_room
from app.dumping import explain, find_program

CONTENT = b"content of a file"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def stored(root: Path, content: bytes = CONTENT) -> Path:
    sha256 = hashlib.sha256(content).hexdigest()
    (root / "incoming").mkdir(parents=True, exist_ok=True)
    (root / "incoming" / "half.part").write_bytes(b"?")
    folder = root / sha256[:2]
    folder.mkdir(exist_ok=True)
    (folder / sha256).write_bytes(content)
    return root


def made(folder: Path) -> Manifest:
    """A whole backup of nothing but one file."""
    store = stored(folder / "store")
    target = folder / "backup"
    with archive.half_made(target) as half:
        (half / archive.DATABASE).write_bytes(b"dump")
        count, size, missing = copy_files(store, half, frozenset({SHA256}), print)
        assert (count, size, missing) == (1, len(CONTENT), ())
        parts = {
            name: archive.hash_file(half / name) for name in (archive.DATABASE, archive.LISTING)
        }
        manifest = Manifest(
            format=1, made_at="2026-11-22T06:00:00+00:00", market="", mode="test", program="",
            postgres="18", revision="0019", clock_offset_s=0.0, key_salt="00" * 16,
            key_check=archive.compute_key_check("key", "00" * 16), audit={}, ledger={}, counts={},
            files=1, files_bytes=size, files_missing=(), parts=parts,
        )  # fmt: skip
        archive.write_manifest(half, manifest)
    return manifest


def test_a_backup_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    assert archive.read_manifest(tmp_path / "backup") == manifest
    assert archive.check_parts(tmp_path / "backup", manifest) == []
    assert archive.is_same_key(manifest, "key")
    assert not archive.is_same_key(manifest, "other key")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "store"]


@pytest.mark.parametrize(
    "name", [archive.DATABASE, archive.LISTING, f"files/{SHA256[:2]}/{SHA256}"]
)
def test_each_part_that_changed_or_went_is_named(tmp_path: Path, name: str) -> None:
    manifest = made(tmp_path)
    path = tmp_path / "backup" / name
    path.write_bytes(path.read_bytes() + b"!")
    assert len(archive.check_parts(tmp_path / "backup", manifest)) == 1
    path.unlink()
    assert len(archive.check_parts(tmp_path / "backup", manifest)) == 1


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made(tmp_path)
    before = (tmp_path / "backup" / archive.MANIFEST).read_bytes()
    with pytest.raises(ArchiveError, match="已存在"), archive.half_made(tmp_path / "backup"):
        raise AssertionError("never reached")
    with (
        pytest.raises(ArchiveError, match="没有文件夹"),
        archive.half_made(tmp_path / "no" / "way"),
    ):
        raise AssertionError("never reached")
    assert choose_place(tmp_path / "backup") == tmp_path / "backup"
    assert choose_place(tmp_path).parent == tmp_path
    assert (tmp_path / "backup" / archive.MANIFEST).read_bytes() == before


def give_up(folder: Path, fault: BaseException) -> None:
    """A backup that comes to an end in the middle."""
    with archive.half_made(folder / "new") as half:
        (half / archive.DATABASE).write_bytes(b"half of it")
        raise fault


def test_a_full_disk_leaves_nothing_and_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="磁盘已满"):
        give_up(tmp_path, OSError(errno.ENOSPC, "No space left on device"))
    assert list(tmp_path.iterdir()) == []
    told = [b"pg_dump: error: could not write to output file: No space left on device\n"]
    assert "磁盘已满" in explain("pg_dump", 1, told)


def test_an_interrupted_backup_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        give_up(tmp_path, KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_is_removed_and_one_under_way_is_not(tmp_path: Path) -> None:
    killed = tmp_path / ".market-backup-dead"
    killed.mkdir()
    (killed / archive.DATABASE).write_bytes(b"half of it")
    with archive.half_made(tmp_path / "new") as half:
        assert not killed.exists()
        assert archive.remove_leftovers(tmp_path) == 0
        assert half.exists()
    with pytest.raises(ArchiveError, match="没有 manifest"):
        archive.read_manifest(tmp_path / "new")


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    free = os.statvfs(tmp_path)
    with pytest.raises(ArchiveError, match="磁盘空间不够"):
        need_room(tmp_path, free.f_frsize * free.f_bavail * 8, tmp_path / "store")


def test_a_file_that_is_not_what_its_name_says_ends_the_backup(tmp_path: Path) -> None:
    store = stored(tmp_path / "store")
    (store / SHA256[:2] / SHA256).write_bytes(b"rotten")
    with (
        pytest.raises(ArchiveError, match="内容与它的名字不符"),
        archive.half_made(tmp_path / "new") as half,
    ):
        copy_files(store, half, frozenset(), print)
    assert not (tmp_path / "new").exists()


def test_a_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with archive.half_made(tmp_path / "new") as half:
        count, _, missing = copy_files(tmp_path / "nowhere", half, frozenset({SHA256}), print)
    assert (count, missing) == (0, (SHA256,))


def test_an_older_client_is_refused_in_one_sentence() -> None:
    with pytest.raises(ArchiveError, match="PostgreSQL 99"):
        find_program("pg_dump", 99)
