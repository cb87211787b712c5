"""The verbs of uploads as people use them: bring a file, say its columns, confirm, stop, read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.accounts import service as accounts
from app.audit.service import note
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import Forbidden, KeyReused
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.paging import Page, decode_cursor, decode_id, encode_cursor
from app.core.tx import UnitOfWork
from app.files import service as files
from app.files.types import FileView, Staged
from app.imports import access, upload_queries, upload_rules
from app.imports.errors import NothingToImport, UploadMissing, UploadUnderWay
from app.imports.types import (
    UPLOAD_JOB,
    UPLOAD_OWNER,
    ImportKind,
    Layout,
    Phase,
    Refusal,
    Tally,
    UploadState,
    UploadView,
)
from app.imports.upload_models import ImportUpload

PAGE_SIZE: Final = 20
REFUSALS_PAGE: Final = 50


def list_kinds(actor: Actor) -> list[ImportKind]:
    """What this actor may bring in, for his own organisation or for others."""
    return [kind for kind, permission in access.BRING_IN_OF.items() if may(actor, permission)]


def may_choose_care(actor: Actor) -> bool:
    """Whether he brings files in for others than his own organisation."""
    return bool(actor.roles & access.BRING_IN.platform)


def may_see_all(actor: Actor) -> bool:
    """Whether he sees the uploads for every organisation."""
    return bool(actor.roles & access.SEE_UPLOADS.platform)


def refuse_bringing(actor: Actor) -> None:
    """Say why this actor may bring nothing in. Raises Unauthenticated, Forbidden."""
    for permission in access.BRING_IN_OF.values():
        require(actor, permission)


async def open_upload(
    uow: UnitOfWork,
    *,
    actor: Actor,
    kind: ImportKind,
    care_id: UUID,
    staged: Staged,
    name: str,
    key: str,
) -> UUID:
    """Take a file in; the worker reads its columns. The same key answers the same upload.

    Raises Unauthenticated, Forbidden (also for an organisation nobody has vouched for), KeyReused,
    UploadUnderWay (the same file for the same organisation is not over).
    """
    require(actor, access.BRING_IN_OF[kind], owner=care_id)
    seen = await upload_queries.find_by_key(uow, actor.person_id, key)
    if seen is not None:
        if (seen.kind, seen.care_id, seen.file_sha256) != (kind, care_id, staged.sha256):
            raise KeyReused()
        return seen.id
    care = (await accounts.get_organisations(uow, ids=[care_id])).get(care_id)
    if care is None or not care.verified:
        raise Forbidden(_n("托管单位尚未通过认证，认证后才能导入"))
    await upload_queries.lock_file(uow, kind, care_id, staged.sha256)
    if (rival := await upload_queries.find_open(uow, kind, care_id, staged.sha256)) is not None:
        raise UploadUnderWay(upload_id=str(rival.id))
    upload_id = new_id()
    file = await files.attach(
        uow, actor=actor, staged=staged, owner_kind=UPLOAD_OWNER, owner_id=upload_id, key=key
    )
    assert actor.person_id is not None, "a person brings a file"
    uow.session.add(
        ImportUpload(
            id=upload_id,
            kind=kind.value,
            care_id=care_id,
            person_id=actor.person_id,
            organisation_id=actor.organisation_id,
            idempotency_key=key,
            state=UploadState.received.value,
            file_id=file.id,
            file_name=name,
            file_sha256=staged.sha256,
            size=staged.size,
            created_at=uow.now,
            due_at=uow.now + upload_rules.KEEP_WAITING,
        )
    )
    await uow.session.flush()
    await _note(uow, actor, upload_id, "open", kind=kind.value, file_sha256=staged.sha256)
    await uow.enqueue(UPLOAD_JOB, {"upload_id": str(upload_id)})
    return upload_id


async def map_upload(
    uow: UnitOfWork,
    *,
    actor: Actor,
    upload_id: UUID,
    layout: Layout[Any],
    chosen: Mapping[str, str],
) -> None:
    """Say which column holds what, and have every row checked; may be said again after a check.

    Raises UploadMissing, Forbidden, UploadNotReady, Invalid (by column).
    """
    upload = await _lock(uow, actor, upload_id)
    upload_rules.check_ready(upload.state, UploadState.mapping, UploadState.checked)
    columns = upload.shape["columns"] if upload.shape else []
    mapping = upload_rules.check_mapping(columns, chosen, layout)
    await upload_queries.save_mapping(
        uow, upload.care_id, upload.kind, upload_rules.compute_header_hash(columns), mapping
    )
    upload.mapping, upload.checked = mapping, None
    await _start(uow, upload, UploadState.checking)
    await _note(uow, actor, upload_id, "check", columns=len(mapping))


async def reopen_mapping(uow: UnitOfWork, *, actor: Actor, upload_id: UUID) -> None:
    """Go back to the columns after a check. Raises UploadMissing, Forbidden, UploadNotReady."""
    upload = await _lock(uow, actor, upload_id)
    upload_rules.check_ready(upload.state, UploadState.checked, UploadState.mapping)
    upload.state = UploadState.mapping


async def confirm_upload(uow: UnitOfWork, *, actor: Actor, upload_id: UUID) -> None:
    """Have the checked rows brought in; said twice, it happens once.

    Raises UploadMissing, Forbidden, UploadNotReady, NothingToImport.
    """
    upload = await _lock(uow, actor, upload_id)
    if upload.state in (UploadState.running, UploadState.finished):
        return
    upload_rules.check_ready(upload.state, UploadState.checked)
    if upload.checked is None or upload.checked["refused"] >= upload.checked["read"]:
        raise NothingToImport()
    await _start(uow, upload, UploadState.running)
    await _note(uow, actor, upload_id, "confirm")


async def cancel_upload(uow: UnitOfWork, *, actor: Actor, upload_id: UUID) -> None:
    """Stop: at once while nothing is under way, else between two chunks; what was written stays.

    Raises UploadMissing, Forbidden. Of an upload that is over nothing changes.
    """
    upload = await _lock(uow, actor, upload_id)
    state = UploadState(upload.state)
    if state.is_over or upload.stopping:
        return
    if state in (UploadState.checking, UploadState.running):
        upload.stopping = True
    else:
        upload.state, upload.ended_at = UploadState.cancelled, await uow.stamp()
    await _note(uow, actor, upload_id, "cancel", state=state.value)


async def show_upload(uow: UnitOfWork, *, actor: Actor, upload_id: UUID) -> UploadView:
    """One upload. Raises UploadMissing (also for those of others), Unauthenticated."""
    upload = await upload_queries.get_upload(uow, upload_id)
    _require_seen(actor, upload)
    return (await _views(uow, [upload]))[0]


async def list_uploads(
    uow: UnitOfWork, *, actor: Actor, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[UploadView]:
    """The uploads for one's organisation, newest first; all of them for the platform.

    Raises Unauthenticated, Forbidden, Invalid (cursor).
    """
    require(actor, access.SEE_UPLOADS)
    care_id = None if may_see_all(actor) else actor.organisation_id
    rows = await upload_queries.list_uploads(uow, care_id, decode_id(after), limit + 1)
    views = await _views(uow, rows[:limit])
    return Page(views, encode_cursor(views[-1].id) if len(rows) > limit else None)


async def list_refusals(
    uow: UnitOfWork,
    *,
    actor: Actor,
    upload_id: UUID,
    after: str | None = None,
    limit: int = REFUSALS_PAGE,
) -> Page[Refusal]:
    """The refused rows of the last reading, in the order of the file.

    Raises UploadMissing, Unauthenticated, Invalid (cursor).
    """
    upload = await upload_queries.get_upload(uow, upload_id)
    _require_seen(actor, upload)
    line, position = decode_cursor(after, int, int) if after else (-1, -1)
    phase = Phase.run if upload.batch_id else Phase.check
    rows = await upload_queries.list_refusals(uow, upload_id, phase, (line, position), limit + 1)
    items = [Refusal(row.line, row.column, row.reason, row.value) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, encode_cursor(last.line, last.position))


async def note_report(uow: UnitOfWork, *, actor: Actor, upload_id: UUID) -> None:
    """Whoever takes the report away leaves a line: it holds rows of the file."""
    upload = await upload_queries.get_upload(uow, upload_id)
    _require_seen(actor, upload)
    await _note(uow, actor, upload_id, "report")


async def guard_file(uow: UnitOfWork, *, actor: Actor, file: FileView) -> None:
    """The uploaded file itself is for whoever may see the upload. Raises UploadMissing."""
    _require_seen(actor, await upload_queries.get_upload(uow, file.owner_id))


def _require_seen(actor: Actor, upload: ImportUpload) -> None:
    """Others' uploads do not exist; a stranger is asked who he is."""
    if actor.signed_in and not may(actor, access.SEE_UPLOADS, owner=upload.care_id):
        raise UploadMissing()
    require(actor, access.SEE_UPLOADS, owner=upload.care_id)


async def _lock(uow: UnitOfWork, actor: Actor, upload_id: UUID) -> ImportUpload:
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    _require_seen(actor, upload)
    require(actor, access.BRING_IN_OF[ImportKind(upload.kind)], owner=upload.care_id)
    return upload


async def _start(uow: UnitOfWork, upload: ImportUpload, state: UploadState) -> None:
    """Hand an upload to the worker."""
    upload.state, upload.began_at, upload.ended_at = state.value, await uow.stamp(), None
    upload.done_rows, upload.attempts, upload.refusals = 0, 0, 0
    upload.due_at = uow.now + upload_rules.KEEP_WAITING
    await uow.enqueue(UPLOAD_JOB, {"upload_id": str(upload.id)})


async def _note(uow: UnitOfWork, actor: Actor, upload_id: UUID, what: str, **facts: Any) -> None:
    await note(
        uow,
        actor=actor,
        action=f"imports.{what}_upload",
        subject_kind="import_upload",
        subject_id=upload_id,
        facts=facts,
    )


async def _views(uow: UnitOfWork, uploads: Sequence[ImportUpload]) -> list[UploadView]:
    names = await accounts.get_organisations(uow, ids={upload.care_id for upload in uploads})
    people = await accounts.get_person_names(uow, ids={upload.person_id for upload in uploads})
    batches = await upload_queries.list_batches(
        uow, [upload.batch_id for upload in uploads if upload.batch_id]
    )
    return [
        UploadView(
            id=upload.id,
            kind=ImportKind(upload.kind),
            care_id=upload.care_id,
            care_name=names[upload.care_id].name if upload.care_id in names else "",
            person_name=people.get(upload.person_id, ""),
            state=UploadState(upload.state),
            file_id=upload.file_id,
            file_name=upload.file_name,
            file_sha256=upload.file_sha256,
            size=upload.size,
            shape=upload_rules.unpack_shape(upload.shape),
            samples=tuple(tuple(cells) for cells in upload.samples),
            mapping=upload.mapping,
            done_rows=upload.done_rows,
            total_rows=upload.total_rows,
            checked=Tally(**upload.checked) if upload.checked else None,
            result=batches[upload.batch_id].tally() if upload.batch_id in batches else None,
            refusals=upload.refusals,
            problem=upload.problem,
            stopping=upload.stopping,
            created_at=upload.created_at,
            began_at=upload.began_at,
            ended_at=upload.ended_at,
            purge_at=upload.due_at,
            now=uow.now,
        )
        for upload in uploads
    ]
