"""Downloads. Always an attachment, never shown by the browser, whatever is in it."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from app.core.web import ActorDep, TxDep
from app.files import service
from app.files.errors import ContentGone
from app.files.types import FileView

router = APIRouter(include_in_schema=False)
log = logging.getLogger("market.files")

PUBLIC: Final = "public"  # the layer that caches may keep, after asking


@router.get("/files/{file_id}", name="file")
async def download(request: Request, file_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Stream a file to who may read it; the transaction has ended before the first byte."""
    file = await tx.run(
        service.open_file, actor=actor, file_id=file_id, guards=request.app.state.file_guards
    )
    headers = _headers(file)
    if file.layer == PUBLIC and request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    path = service.content_path(request.app.state.settings.files_dir, file.sha256)
    if not path.is_file():
        log.error("a stored content is missing", extra={"file_id": str(file.id)})
        raise ContentGone()
    return FileResponse(path, media_type=file.kind.media_type, headers=headers)


def _headers(file: FileView) -> dict[str, str]:
    plain = file.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return {
        # RFC 6266: old readers take the plain name, all others the one in RFC 5987's form
        "Content-Disposition": (
            f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": f'"{file.sha256}"',
        "Cache-Control": "private, no-cache" if file.layer == PUBLIC else "private, no-store",
    }
