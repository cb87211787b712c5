"""Builders of imports: a file brought by somebody, and the worker's work on it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from app.catalogue import import_service as catalogue
from app.core.actor import SYSTEM, Actor
from app.core.tx import Tx
from app.demands import import_service as demands
from app.files import service as files
from app.files.types import FileKind, Staged
from app.imports import service
from app.imports.jobs import work_upload
from app.imports.types import ImportKind, Layout, Refusal, UploadView
from app.worker import IMPORTERS
from tests.unit.files.samples import stream
from tests.worlds.accounts import Org

ROWS = (
    "编号,名称,申请号,权利人\n"
    "A-1,一种高炉煤气净化装置,CN201220249767.4,北京某大学\n"
    "A-2,污水脱氮工艺,,某某公司\n"
    "A-3,,,没有名称\n"
)
GOOD = "编号,名称\nB-1,脱硫装置\nB-2,除尘装置\n"
LAYOUTS: Mapping[ImportKind, Layout[Any]] = {
    ImportKind.achievements: catalogue.LAYOUT,
    ImportKind.demands: demands.LAYOUT,
}
_serial = count(1)


class ImportsBuilders:
    """Uploads at any point of their life; the worker is called, never waited for."""

    tx: Tx
    files_dir: Path

    async def upload(
        self,
        care: Org,
        content: str | bytes = ROWS,
        *,
        actor: Actor | None = None,
        kind: ImportKind = ImportKind.achievements,
        name: str = "rows.csv",
        key: str | None = None,
    ) -> UUID:
        """A file that waits for the worker to read its columns."""
        body = content if isinstance(content, bytes) else content.encode()
        suffix = name.rpartition(".")[2]
        kept = name if suffix in {"xlsx", "jsonl"} else f"{name}.csv"
        return await self.tx.run(
            service.open_upload,
            actor=actor or care.head,
            kind=kind,
            care_id=care.id,
            staged=await self.staged_table(body, kept),
            name=name,
            key=key or f"world-upload-{next(_serial):06d}",
        )

    async def staged_table(self, body: bytes, name: str) -> Staged:
        """A table on disk, of the kind its name says."""
        return await files.stage(
            self.files_dir, stream(body), name=name, limit=1 << 30, kinds=frozenset(FileKind)
        )

    async def work(self, upload_id: UUID) -> UploadView:
        """The worker's job for an upload, once; returns how the upload stands then."""
        await work_upload(self.tx, upload_id=upload_id, root=self.files_dir, importers=IMPORTERS)
        return await self.upload_view(upload_id)

    async def upload_view(self, upload_id: UUID) -> UploadView:
        return await self.tx.run(service.show_upload, actor=SYSTEM, upload_id=upload_id)

    async def checked(
        self,
        care: Org,
        content: str | bytes = ROWS,
        *,
        mapping: Mapping[str, str] | None = None,
        kind: ImportKind = ImportKind.achievements,
        **options: Any,
    ) -> UploadView:
        """An upload whose rows were checked, its columns as guessed or as said."""
        upload_id = await self.upload(care, content, kind=kind, **options)
        view = await self.work(upload_id)
        await self.say_columns(care, view, mapping)
        return await self.work(upload_id)

    async def say_columns(
        self, care: Org, view: UploadView, chosen: Mapping[str, str] | None = None
    ) -> None:
        """The columns of an upload, as guessed or as said; its check waits for the worker then."""
        await self.tx.run(
            service.map_upload,
            actor=care.head,
            upload_id=view.id,
            layout=LAYOUTS[view.kind],
            chosen=view.mapping if chosen is None else chosen,
        )

    async def refusals(self, care: Org, upload_id: UUID) -> list[Refusal]:
        """The refused rows of an upload's last reading."""
        found = await self.tx.run(service.list_refusals, actor=care.head, upload_id=upload_id)
        return list(found.items)

    async def confirmed(self, care: Org, upload_id: UUID) -> UploadView:
        """Confirmed, and worked on."""
        await self.tx.run(service.confirm_upload, actor=care.head, upload_id=upload_id)
        return await self.work(upload_id)
