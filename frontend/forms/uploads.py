"""Files that came with a form.

A page that takes files:

    allow_upload(request)                        # after the asker is known
    async with request.form() as submitted:      # closes what was received
        form = ClaimForm.of(submitted)
        try:
            words = form.parse()
            files = await staged_files(request, "files")
            await tx.run(verb, …, files=files, key=form.key())
        except DomainError as error:
            form.refuse(error)                   # a file must be chosen again: the field says so

The form says ``enctype="multipart/form-data"`` and holds ``ui.file_field``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request
from starlette.datastructures import UploadFile

from app.core.bodies import allow_body
from app.core.errors import FieldError, Invalid
from app.core.i18n import Message, _n
from app.files.service import stage
from app.files.types import ATTACHABLE, PIECE, Staged

__all__ = ["TEXT_PARTS", "allow_upload", "staged_files"]

MOST_FILES: Final = 10
TEXT_PARTS: Final = 1024 * 1024  # what a form with files may say beside them


def allow_upload(request: Request) -> None:
    """Let this request send as much as two files of the largest size, and the form's text."""
    allow_body(request, 2 * request.app.state.settings.upload_limit + TEXT_PARTS)


async def staged_files(
    request: Request, field: str, *, most: int = MOST_FILES, required: bool = False
) -> list[Staged]:
    """Check and keep the files of one field, in order; an empty choice is no file.

    Raises Invalid (a sentence for the field), FileTooLarge (413), UnsupportedType (415),
    StorageFull (507).
    """
    settings = request.app.state.settings
    submitted = await request.form()
    chosen = [
        item for item in submitted.getlist(field) if isinstance(item, UploadFile) and item.filename
    ]
    if len(chosen) > most:
        sentence = Message(_n("一次最多上传 %(most)s 个文件。"), most=most)
        raise Invalid([FieldError(field, sentence)])
    if required and not chosen:
        raise Invalid([FieldError(field, _n("请选择文件。"))])
    return [
        await stage(
            settings.files_dir,
            _pieces(item),
            name=item.filename or "",
            limit=settings.upload_limit,
            kinds=ATTACHABLE,
        )
        for item in chosen
    ]


async def _pieces(item: UploadFile) -> AsyncIterator[bytes]:
    await item.seek(0)
    while piece := await item.read(PIECE):
        yield piece
