"""Builders of stored files and of a confidential layer."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

from app.catalogue import service
from app.core.actor import Actor
from app.core.clock import SHANGHAI
from app.core.tx import Tx, UnitOfWork
from app.files import service as files
from app.files.types import Staged
from tests.unit.files.samples import PDF, stream

_serial = count(1)


class FilesBuilders:
    """Contents on disk, and what they belong to."""

    tx: Tx
    files_dir: Path

    async def staged(self, content: bytes = PDF, name: str = "检测报告.pdf") -> Staged:
        """A checked content on disk."""
        return await files.stage(self.files_dir, stream(content), name=name, limit=10_000_000)

    async def confidential(
        self,
        keeper: Actor,
        number: str,
        *,
        text: str = "烧结温度 1,420 ℃，保温 6 小时。",
        announced: bool = True,
        guest: UUID | None = None,
        reader: Actor | None = None,
        days: int = 30,
    ) -> UUID:
        """A layer with an NDA and one file; a guest invited, and by its reader accepted.

        Returns the file's id.
        """
        run = self.tx.run
        await run(
            service.keep_confidential,
            actor=keeper,
            number=number,
            text=text,
            announced=announced,
            version=0,
        )
        attached = await run(
            service.attach_confidential,
            actor=keeper,
            number=number,
            staged=[await self.staged()],
            key=f"confidential-{next(_serial)}",
        )
        await run(
            service.write_nda, actor=keeper, number=number, text="保密承诺书：不外传。", version=0
        )
        if guest is not None:
            await run(_invite, keeper=keeper, number=number, guest=guest, days=days)
        if reader is not None:
            await run(service.accept_nda, actor=reader, number=number, nda_version=1)
        return attached[0].id


async def _invite(uow: UnitOfWork, *, keeper: Actor, number: str, guest: UUID, days: int) -> None:
    until = uow.now.astimezone(SHANGHAI).date() + timedelta(days=days)
    await service.invite_guest(uow, actor=keeper, number=number, organisation_id=guest, until=until)
