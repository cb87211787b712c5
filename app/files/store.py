"""The content-addressed store: bytes in, checked and durable, under their SHA-256.

``<root>/incoming`` holds what is being received; ``<root>/ab/abcdef…`` what is stored. A content
is linked into its place after it was written to disk, and its folder after it, so a crash leaves
the whole content or none. The folder is on one file system with its parts, so a link is atomic.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from app.core.errors import DISK_FULL, StorageFull
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.watch import note_event
from app.files.errors import FileTooLarge, UnsupportedType
from app.files.rules import clean_name
from app.files.sniffing import DISALLOWED, inspect
from app.files.types import ATTACHABLE, FileKind, Staged

log = logging.getLogger("market.files")

DAY_S: Final = 24 * 60 * 60.0
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV})


def content_path(root: Path, sha256: str) -> Path:
    """Where a content is, or would be."""
    return root / sha256[:2] / sha256


async def stage(
    root: Path,
    stream: AsyncIterable[bytes],
    *,
    name: str,
    limit: int,
    kinds: frozenset[FileKind] = ATTACHABLE,
) -> Staged:
    """Receive, check and keep one file of at most ``limit`` bytes; no transaction may be open.

    Raises FileTooLarge, UnsupportedType, StorageFull; then nothing is kept. The refusal names the
    file. What is never attached is swept a day later.
    """
    cleaned = clean_name(name)
    incoming = root / "incoming"
    part = incoming / f"{new_id()}.part"
    try:
        await asyncio.to_thread(_make_folder, incoming)
        sha256, size = await _receive(part, stream, limit, cleaned)
        kind = await asyncio.to_thread(_inspect, part, cleaned, kinds)
        path = content_path(root, sha256)
        await asyncio.to_thread(_keep, part, path, size)
    except OSError as error:
        if error.errno in DISK_FULL:
            log.error("no room for a file", extra={"errno": error.errno})
            raise StorageFull() from error
        raise
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return Staged(sha256, size, kind, cleaned, path)


async def _receive(
    part: Path, stream: AsyncIterable[bytes], limit: int, name: str
) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    file = await asyncio.to_thread(part.open, "xb")
    try:
        async for piece in stream:
            size += len(piece)
            if size > limit:
                raise FileTooLarge(
                    Message(
                        _n("文件“%(name)s”超过 %(limit)s MB，请压缩或拆分后上传"),
                        name=name,
                        limit=limit // (1024 * 1024),
                    )
                )
            await asyncio.to_thread(_write, file, digest, piece)
        await asyncio.to_thread(_settle, file)
    finally:
        await asyncio.to_thread(file.close)
    return digest.hexdigest(), size


def _write(file: IO[bytes], digest: hashlib._Hash, piece: bytes) -> None:
    digest.update(piece)
    file.write(piece)


def _settle(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _inspect(part: Path, name: str, kinds: frozenset[FileKind]) -> FileKind:
    try:
        kind = inspect(part, name)
        if kind not in kinds:
            raise UnsupportedType(DISALLOWED)
    except UnsupportedType as error:
        note_event("upload.refused")
        raise UnsupportedType(
            Message(_n("文件“%(name)s”：%(sentence)s。"), name=name, sentence=error.detail)
        ) from None
    return kind


def _keep(part: Path, path: Path, size: int) -> None:
    """Put a received content into its place; one that is there already stays, but looks new."""
    _make_folder(path.parent)
    try:
        os.link(part, path)
    except FileExistsError:
        if path.stat().st_size == size:
            os.utime(path)  # why: the sweep must not take what was just staged again
            return
        # the file system lost part of it, and here it is whole
        log.warning("a stored content was damaged and is mended")
        part.replace(path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        part.replace(path)
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_stale(path: Path) -> bool:
    """Whether a file was last touched more than a day ago, by the file system's clock.

    The machine's clock on purpose: the file was stamped by it, and a market's clock may be moved.
    """
    try:
        return path.stat().st_mtime < time.time() - DAY_S
    except FileNotFoundError:
        return False


def list_stale(root: Path, folder: int) -> list[str]:
    """The contents of one of the 256 folders that were stored more than a day ago."""
    return [path.name for path in _files(root / f"{folder:02x}") if is_stale(path)]


def remove_leftovers(root: Path) -> None:
    """Delete what a crash left half received more than a day ago."""
    for path in _files(root / "incoming"):
        if is_stale(path):
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
