"""A backup on disk: one folder, whole or not there at all.

    manifest.json     what it is, of which versions, with the counts and the SHA-256 of each part
    database.dump     pg_dump's custom format; pg_restore reads it
    files.sha256      one line a stored content, as ``sha256sum -c`` reads it
    files/ab/ab12…    the contents themselves, under their SHA-256

It is written under another name beside its place, each part fsynced, the manifest last, and renamed
when it is whole: a backup that was killed has no manifest and not the name. Neither the secret key
nor a password of the database is in it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from app.core.errors import DISK_FULL

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"
FILES: Final = "files"
LISTING: Final = "files.sha256"

_HALF: Final = ".market-backup-"
_LOCK: Final = ".writing"
_PIECE: Final = 1 << 20
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "maxmem": 2**26}


class ArchiveError(Exception):
    """A reason, in one Chinese sentence, why a backup cannot be made, read or restored."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Part:
    """One file of a backup: its size in bytes and its SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. Instants are ISO 8601 in UTC; money is in minor units."""

    format: int
    made_at: str
    market: str
    mode: str
    program: str
    postgres: str
    revision: str
    clock_offset_s: float
    key_salt: str
    key_check: str
    audit: Mapping[str, Any]
    ledger: Mapping[str, int]
    counts: Mapping[str, int]
    files: int
    files_bytes: int
    files_missing: tuple[str, ...]
    parts: Mapping[str, Part]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it durably."""
    body = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_durably(folder / MANIFEST, body.encode())


def read_manifest(folder: Path) -> Manifest:
    """Read what a backup says of itself. Raises ArchiveError."""
    try:
        told = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise ArchiveError(f"{folder} 不是完整的备份：没有 {MANIFEST}。") from None
    except (OSError, ValueError) as error:
        raise ArchiveError(f"读不懂 {folder / MANIFEST}：{error}") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ArchiveError(f"{folder} 的备份格式不是 {FORMAT}，请用做备份时的程序版本恢复。")
    try:
        parts = {name: Part(**part) for name, part in told.pop("parts").items()}
        missing = tuple(told.pop("files_missing"))
        return Manifest(**told, parts=parts, files_missing=missing)
    except (TypeError, KeyError, AttributeError, ValueError):
        raise ArchiveError(f"{folder / MANIFEST} 缺少内容。") from None


def compute_key_check(secret_key: str, salt: str) -> str:
    """What tells whether a secret key is the one of the backup, costly to try keys against."""
    made = hashlib.scrypt(secret_key.encode(), salt=bytes.fromhex(salt), dklen=32, **_SCRYPT)
    return made.hex()


def is_same_key(manifest: Manifest, secret_key: str) -> bool:
    """Whether sealed values of the backup open under this secret key."""
    return hmac.compare_digest(compute_key_check(secret_key, manifest.key_salt), manifest.key_check)


def hash_file(path: Path) -> Part:
    """Read a file through."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Part(size, digest.hexdigest())


def copy_durably(source: Path, target: Path) -> Part:
    """Copy a file and fsync it; what was read, as it was read."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as read, target.open("xb") as written:
        while piece := read.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            written.write(piece)
        written.flush()
        os.fsync(written.fileno())
    return Part(size, digest.hexdigest())


def write_durably(path: Path, body: bytes) -> None:
    """Write a new file and fsync it."""
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def settle(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def list_contents(store: Path) -> Iterator[tuple[str, Path]]:
    """The contents of a store in order, (sha256, path); what is being received is none."""
    for folder in sorted(store.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(folder.iterdir()):
            if len(path.name) == 64 and path.name.startswith(folder.name) and path.is_file():
                yield path.name, path


@contextmanager
def half_made(target: Path) -> Iterator[Path]:
    """A folder beside ``target`` to write into; it becomes ``target`` when the block ends well.

    What earlier runs that were killed left there is removed first. Raises ArchiveError when the
    target exists, its parent does not, or the disk is full; then nothing is left.
    """
    parent = target.parent
    if target.exists():
        raise ArchiveError(f"{target} 已存在，不会覆盖；请换一个名字。")
    if not parent.is_dir():
        raise ArchiveError(f"没有文件夹 {parent}。")
    half: Path | None = None
    try:
        remove_leftovers(parent)
        half = parent / f"{_HALF}{secrets.token_hex(6)}"
        half.mkdir(mode=0o700)
        descriptor = os.open(half / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield half
            (half / _LOCK).unlink()
            settle(half)
            _take_place(half, target)
        finally:
            os.close(descriptor)
        settle(parent)
    except OSError as error:
        raise ArchiveError(explain(error, parent)) from error
    finally:
        if half is not None and half.exists():
            shutil.rmtree(half, ignore_errors=True)


def _take_place(half: Path, target: Path) -> None:
    """Rename; a folder that somebody made meanwhile is not replaced, not even an empty one."""
    if target.exists():
        raise ArchiveError(f"{target} 已存在，不会覆盖；请换一个名字。")
    half.rename(target)


def remove_leftovers(parent: Path) -> int:
    """Remove what killed runs left half made; a run that still writes holds its lock."""
    removed = 0
    for half in parent.glob(f"{_HALF}*"):
        with suppress(OSError):
            descriptor = os.open(half / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(half)
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def explain(error: OSError, folder: Path) -> str:
    """One sentence on what the disk said."""
    if error.errno in DISK_FULL:
        free = shutil.disk_usage(folder).free
        return f"磁盘已满：{folder} 只剩 {show_bytes(free)}。没有留下半个备份，请腾出空间后重试。"
    return f"读写 {error.filename or folder} 失败：{error.strerror or error}。"


def check_parts(folder: Path, manifest: Manifest) -> list[str]:
    """Read everything again; the faults as sentences, none when the backup is whole."""
    faults = []
    for name, part in sorted(manifest.parts.items()):
        path = folder / name
        if not path.is_file():
            faults.append(f"缺少 {name}。")
        elif hash_file(path) != part:
            faults.append(f"{name} 与清单不符。")
    if faults:
        return faults
    listed = [line.split("  ", 1)[0] for line in (folder / LISTING).read_text().splitlines()]
    for sha256 in listed:
        path = folder / FILES / sha256[:2] / sha256
        if not path.is_file():
            faults.append(f"缺少文件 {sha256}。")
        elif hash_file(path).sha256 != sha256:
            faults.append(f"文件 {sha256} 已损坏。")
    return faults


def show_bytes(count: float) -> str:
    """A size for people, in binary units."""
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"
