"""Types of files: what may be stored, and what is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID


class FileKind(StrEnum):
    """Every type that can be stored."""

    pdf = "pdf"
    docx = "docx"
    xlsx = "xlsx"
    pptx = "pptx"
    doc = "doc"
    xls = "xls"
    ppt = "ppt"
    png = "png"
    jpeg = "jpeg"
    webp = "webp"
    txt = "txt"
    csv = "csv"
    zip = "zip"
    jsonl = "jsonl"  # imports only

    @property
    def media_type(self) -> str:
        """The Content-Type of a download."""
        return _MEDIA[self]


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_MEDIA: Final[Mapping[FileKind, str]] = {
    FileKind.pdf: "application/pdf",
    FileKind.docx: f"{_OFFICE}.wordprocessingml.document",
    FileKind.xlsx: f"{_OFFICE}.spreadsheetml.sheet",
    FileKind.pptx: f"{_OFFICE}.presentationml.presentation",
    FileKind.doc: "application/msword",
    FileKind.xls: "application/vnd.ms-excel",
    FileKind.ppt: "application/vnd.ms-powerpoint",
    FileKind.png: "image/png",
    FileKind.jpeg: "image/jpeg",
    FileKind.webp: "image/webp",
    FileKind.txt: "text/plain; charset=utf-8",
    FileKind.csv: "text/csv; charset=utf-8",
    FileKind.zip: "application/zip",
    FileKind.jsonl: "application/x-ndjson",
}

PIECE: Final = 64 * 1024  # bytes that pass through memory at once

# What people attach; an import's list is its own.
ATTACHABLE: Final = frozenset(FileKind) - {FileKind.jsonl}


@dataclass(frozen=True, slots=True)
class Staged:
    """A content that is checked and durable on disk, and attached to nothing yet."""

    sha256: str  # 64 hex digits
    size: int  # bytes
    kind: FileKind
    name: str  # cleaned
    path: Path


@dataclass(frozen=True, slots=True)
class FileView:
    """An attachment as other rooms and pages see it."""

    id: UUID
    owner_kind: str  # "catalogue.claim": the room and its word
    owner_id: UUID
    layer: str
    name: str
    kind: FileKind
    size: int  # bytes
    sha256: str
    attached_at: datetime
    attached_by: UUID | None
