"""The door of files: stage outside a transaction, attach inside the owning room's verb.

Permission is the owning room's: its verb decides who may attach and detach, its guard who may
read. A guard is ``async def guard(uow, *, actor, file) -> None`` and raises NotFound or
Forbidden; ``app.main`` wires them by ``owner_kind``. It may note an audit line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, KeyReused
from app.core.i18n import Message, _n
from app.core.ids import new_id
from app.core.tx import UnitOfWork
from app.files import queries
from app.files.errors import ContentGone, FileMissing
from app.files.models import Attachment
from app.files.store import content_path, stage
from app.files.types import FileView, Staged

__all__ = [
    "Guard",
    "attach",
    "attach_all",
    "content_path",
    "detach",
    "list_attached",
    "list_attached_many",
    "open_file",
    "stage",
]

MAX_ATTACHED = 50  # files of one layer of one thing; our own rule (本平台规则)


class Guard(Protocol):
    """The owning room's answer: returns when the actor may, else raises."""

    def __call__(self, uow: UnitOfWork, *, actor: Actor, file: FileView) -> Awaitable[None]: ...


async def attach(
    uow: UnitOfWork,
    *,
    actor: Actor,
    staged: Staged,
    owner_kind: str,
    owner_id: UUID,
    layer: str = "",
    key: str,
) -> FileView:
    """Attach a staged content; the caller has decided that the actor may, and holds the lock of
    the thing. The same key returns the same attachment.

    Raises KeyReused, ContentGone (staged more than a day ago), Invalid (50 files are enough).
    """
    seen = await queries.find_attached(uow, actor.person_id, owner_id, key)
    if seen is not None:
        if (seen.sha256, seen.owner_kind, seen.layer) != (staged.sha256, owner_kind, layer):
            raise KeyReused()
        return seen.view()
    await queries.lock_content(uow, staged.sha256)
    # why: under the lock no sweep can take it any more
    if not staged.path.is_file():
        raise ContentGone()
    if await queries.count_attached(uow, owner_kind, owner_id, layer) >= MAX_ATTACHED:
        raise Invalid([FieldError("files", Message(_n("最多 %(n)s 个文件。"), n=MAX_ATTACHED))])
    row = Attachment(
        id=new_id(),
        owner_kind=owner_kind,
        owner_id=owner_id,
        layer=layer,
        name=staged.name,
        kind=staged.kind.value,
        size=staged.size,
        sha256=staged.sha256,
        attached_by=actor.person_id,
        idempotency_key=key,
        attached_at=uow.now,
        detached_at=None,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row.view()


async def attach_all(
    uow: UnitOfWork,
    *,
    actor: Actor,
    staged: Sequence[Staged],
    owner_kind: str,
    owner_id: UUID,
    layer: str = "",
    key: str,
) -> list[FileView]:
    """Attach the files of one form, in order; see ``attach``."""
    return [
        await attach(
            uow,
            actor=actor,
            staged=one,
            owner_kind=owner_kind,
            owner_id=owner_id,
            layer=layer,
            key=f"{key}-{i}",
        )
        for i, one in enumerate(staged)
    ]


async def list_attached(
    uow: UnitOfWork, *, owner_kind: str, owner_id: UUID, layer: str = ""
) -> list[FileView]:
    """The files of one layer of a thing, oldest first; asks no permission."""
    rows = await queries.list_attached(uow, owner_kind, [owner_id], layer)
    return [row.view() for row in rows]


async def list_attached_many(
    uow: UnitOfWork, *, owner_kind: str, owner_ids: Collection[UUID], layer: str = ""
) -> Mapping[UUID, list[FileView]]:
    """The files of several things of one kind, for a list of them; asks no permission."""
    found: dict[UUID, list[FileView]] = {owner_id: [] for owner_id in owner_ids}
    for row in await queries.list_attached(uow, owner_kind, list(owner_ids), layer):
        found[row.owner_id].append(row.view())
    return found


async def detach(uow: UnitOfWork, *, owner_kind: str, owner_id: UUID, file_id: UUID) -> FileView:
    """Take a file off a thing; the caller has decided that the actor may. The row stays without
    the name; the content goes a day after nothing names it. Raises FileMissing."""
    row = await queries.get_attachment(uow, file_id, lock=True)
    if (row.owner_kind, row.owner_id) != (owner_kind, owner_id):
        raise FileMissing()
    view = row.view()
    row.detached_at, row.name = await uow.stamp(), ""
    await uow.session.flush()
    return view


async def open_file(
    uow: UnitOfWork, *, actor: Actor, file_id: UUID, guards: Mapping[str, Guard]
) -> FileView:
    """What a download needs, after the owning room's guard let it pass. Raises FileMissing, and
    whatever the guard raises."""
    file = (await queries.get_attachment(uow, file_id)).view()
    guard = guards.get(file.owner_kind)
    if guard is None:
        raise FileMissing()
    await guard(uow, actor=actor, file=file)
    return file
