"""The worker's verbs of uploads: take one up, keep what was read, write it down, let it go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.accounts import service as accounts
from app.audit.service import note
from app.core.actor import SYSTEM
from app.core.i18n import _n
from app.core.tx import UnitOfWork
from app.files import service as files
from app.imports import service, upload_queries, upload_rules
from app.imports.errors import UploadStopped
from app.imports.types import (
    CHUNK_ROWS,
    MAX_KEPT,
    UPLOAD_OWNER,
    Chunk,
    ImportKind,
    JudgeChunk,
    Phase,
    Refusal,
    TableShape,
    Tally,
    UploadState,
    UploadWork,
    WriteChunk,
)
from app.imports.upload_models import ImportUpload

_GIVEN_UP = _n("处理该文件时多次出错，已停止。请检查文件后重新上传，或联系平台")


async def take_up(uow: UnitOfWork, *, upload_id: UUID) -> UploadWork | None:
    """What is to be done for an upload, as the person who asked for it; None when nothing is.

    Counts the attempts: a file that ended the worker five times is given up. Whether the person
    may still bring it in is the caller's to ask. Raises UploadMissing.
    """
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    state = UploadState(upload.state)
    if not state.is_working:
        return None
    upload.attempts += 1
    if upload.attempts > upload_rules.MAX_ATTEMPTS:
        await _refuse(uow, upload, _GIVEN_UP)
        return None
    if state is UploadState.checking:
        await upload_queries.delete_refusals(uow, upload_id, Phase.check)
        upload.done_rows, upload.refusals = 0, 0
    actor = await accounts.resolve_person(
        uow, person_id=upload.person_id, organisation_id=upload.organisation_id
    )
    return UploadWork(
        id=upload.id,
        kind=ImportKind(upload.kind),
        care_id=upload.care_id,
        state=state,
        file_name=upload.file_name,
        file_sha256=upload.file_sha256,
        shape=upload_rules.unpack_shape(upload.shape),
        mapping=upload.mapping,
        rows=upload.total_rows,
        actor=actor,
    )


async def keep_shape(
    uow: UnitOfWork,
    *,
    upload_id: UUID,
    shape: TableShape,
    samples: Sequence[Sequence[str]],
    guessed: dict[str, str],
    about_rows: int,
) -> None:
    """The columns were read: the upload waits for somebody to say what they hold.

    What the organisation said of a file with these column names before goes before a guess.
    """
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    if upload.state != UploadState.received:
        return
    remembered = await upload_queries.find_mapping(
        uow, upload.care_id, upload.kind, upload_rules.compute_header_hash(shape.columns)
    )
    upload.shape = upload_rules.pack_shape(shape)
    upload.samples = [list(cells) for cells in samples]
    upload.total_rows = about_rows
    upload.mapping = guessed if remembered is None else remembered
    upload.state, upload.attempts = UploadState.mapping.value, 0


async def judge_chunk(
    uow: UnitOfWork, *, work: UploadWork, chunk: Chunk[Any], judge: JudgeChunk, told: int
) -> Tally:
    """What writing this chunk would do; keeps its refusals and says how far the reading is.

    Raises UploadStopped when somebody asked to stop.
    """
    tally, late = await judge(uow, care_id=work.care_id, chunk=chunk)
    upload = await upload_queries.get_upload(uow, work.id, lock=True)
    if upload.stopping:
        raise UploadStopped()
    await _keep(uow, upload, Phase.check, (*chunk.refusals, *late))
    upload.done_rows = told + tally.read
    upload.total_rows = max(upload.total_rows, upload.done_rows)
    return tally


async def end_check(uow: UnitOfWork, *, upload_id: UUID, tally: Tally) -> None:
    """Every row was checked: somebody may confirm."""
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    if upload.state != UploadState.checking:
        return
    upload.checked, upload.total_rows = asdict(tally), tally.read
    upload.done_rows, upload.ended_at = tally.read, await uow.stamp()
    upload.state, upload.attempts = UploadState.checked.value, 0


def writing(work: UploadWork, write: WriteChunk) -> WriteChunk:
    """A room's verb for one chunk, with the upload's own part in the same transaction."""

    async def write_chunk(uow: UnitOfWork, **arguments: Any) -> Sequence[Refusal]:
        """Raises UploadStopped before anything of the chunk is written."""
        chunk: Chunk[Any] = arguments["chunk"]
        upload = await upload_queries.get_upload(uow, work.id, lock=True)
        if upload.stopping:
            raise UploadStopped()
        late = await write(uow, **arguments)
        if upload.batch_id != arguments["batch_id"]:
            upload.batch_id, upload.refusals = arguments["batch_id"], 0
        await _keep(uow, upload, Phase.run, (*chunk.refusals, *late))
        upload.done_rows = chunk.ordinal * CHUNK_ROWS + chunk.read
        upload.attempts = 0  # why: whatever moves on is not stuck
        return late

    return write_chunk


async def end_run(uow: UnitOfWork, *, upload_id: UUID, refusals: Iterable[Refusal]) -> None:
    """Every row is in, or refused: the report is whole."""
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    if upload.state != UploadState.running:
        return
    # why again: an import that another run had begun left its refusals with that one
    await _keep(uow, upload, Phase.run, refusals)
    upload.done_rows = upload.total_rows
    await _end(uow, upload, UploadState.finished)


async def stop_upload(uow: UnitOfWork, *, upload_id: UUID) -> None:
    """It stopped between two chunks; what was written stays, and a new run begins anew."""
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    if UploadState(upload.state).is_over:
        return
    await _break_off(uow, upload, UploadState.cancelled)


async def refuse_upload(uow: UnitOfWork, *, upload_id: UUID, problem: str) -> None:
    """The file cannot be taken; ``problem`` says why."""
    upload = await upload_queries.get_upload(uow, upload_id, lock=True)
    if not UploadState(upload.state).is_over:
        await _refuse(uow, upload, problem)


async def sweep_uploads(uow: UnitOfWork) -> int:
    """Take one file away whose time is over, with its report and samples; returns how many.

    An upload that nobody went on with is cancelled first.
    """
    upload = await upload_queries.lock_due(uow, uow.now)
    if upload is None:
        return 0
    if not UploadState(upload.state).is_over:
        await _break_off(uow, upload, UploadState.cancelled)
    await upload_queries.delete_refusals(uow, upload.id)
    if upload.file_id is not None:
        await files.detach(uow, owner_kind=UPLOAD_OWNER, owner_id=upload.id, file_id=upload.file_id)
    upload.file_id, upload.due_at, upload.samples, upload.refusals = None, None, [], 0
    await uow.session.flush()
    return 1


async def _keep(
    uow: UnitOfWork, upload: ImportUpload, phase: Phase, refusals: Iterable[Refusal]
) -> None:
    numbered = upload_rules.number_refusals(refusals)[: max(0, MAX_KEPT - upload.refusals)]
    for start in range(0, len(numbered), 1000):
        upload.refusals += await upload_queries.insert_refusals(
            uow, upload.id, phase, numbered[start : start + 1000]
        )


async def _refuse(uow: UnitOfWork, upload: ImportUpload, problem: str) -> None:
    upload.problem = problem
    await _break_off(uow, upload, UploadState.refused)


async def _break_off(uow: UnitOfWork, upload: ImportUpload, state: UploadState) -> None:
    """End an upload before its file's end; what was written of it stays."""
    if upload.batch_id is not None:
        await service.finish_batch(uow, actor=SYSTEM, batch_id=upload.batch_id)
    await _end(uow, upload, state)


async def _end(uow: UnitOfWork, upload: ImportUpload, state: UploadState) -> None:
    upload.state, upload.ended_at = state.value, await uow.stamp()
    upload.due_at = uow.now + upload_rules.KEEP_REPORT
    await note(
        uow,
        actor=SYSTEM,
        action="imports.end_upload",
        subject_kind="import_upload",
        subject_id=upload.id,
        facts={"state": state.value, "rows": upload.done_rows},
    )
