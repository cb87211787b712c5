"""Pages of a sale's proof: its record and certificates, and where anybody may check either."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from app.auctions import service
from app.auctions.types import Finding, RecordView
from app.core.actor import Actor
from app.core.bodies import allow_body
from app.core.errors import DomainError
from app.core.i18n import _n
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.forms import CLOSED, Form
from frontend.forms.uploads import TEXT_PARTS
from frontend.render import page

router = APIRouter(include_in_schema=False)

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_PIECE: Final = 1024 * 1024
_LONGEST: Final = 200
_NO_FILE: Final = _n("请选择文件。")


@router.get("/lots/{number}/record", name="lot_record")
async def show_record(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """What there is of a sale's proof, and how to check it."""
    return await _record_page(request, tx, actor, number, Form(), 200)


async def _record_page(
    request: Request, tx: Tx, actor: Actor, number: str, form: Form, status: int
) -> Response:
    lot = await tx.run(service.show_lot, number=number)
    proof = await tx.run(service.show_records, actor=actor, number=number)
    return page(request, "auctions/record.html", status=status, lot=lot, proof=proof, form=form)


@router.get("/lots/{number}/record.json", name="lot_record_file")
async def download_record(
    number: str, tx: TxDep, revision: Annotated[int | None, Query(ge=1, le=10_000)] = None
) -> Response:
    """The public file of a finished sale."""
    view, content = await tx.run(service.read_record, number=number, revision=revision)
    name = f"{number}-{view.revision}.json"
    # why short: a further revision may come at any time
    return _file(content, "application/json", name, view, caching="public, max-age=60")


@router.post("/lots/{number}/openings", name="lot_openings")
async def open_sale(request: Request, number: str, actor: ActorDep, tx: TxDep) -> Response:
    """The openings of a finished sale, for a supervisor who says why.

    The file is the answer itself: kept at no address, it cannot be fetched again without a reason.
    """
    async with request.form() as submitted:
        form = Form.of(submitted)
    try:
        lot, content = await tx.run(
            service.open_secrets_of, actor=actor, number=number, reason=form.value("reason")
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _record_page(request, tx, actor, number, form, error.status)
    return _file(content, "application/json", f"{lot}-openings.json", None, caching="no-store")


@router.get("/certificates/{number}.pdf", name="certificate_file")
async def download_certificate(number: str, actor: ActorDep, tx: TxDep) -> Response:
    """A certificate, for whom it concerns."""
    view, content = await tx.run(service.read_certificate, actor=actor, number=number)
    return _file(content, "application/pdf", f"{number}.pdf", view, caching="private, no-store")


def _file(
    content: bytes, media_type: str, name: str, view: RecordView | None, *, caching: str
) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": caching,
        "X-Content-Type-Options": "nosniff",
    }
    if view is not None:
        headers["ETag"] = f'"{view.sha256}"'
    return Response(content, media_type=media_type, headers=headers)


# ---------------------------------------------------------------- checking


@router.get("/verify", name="verify")
async def show_verify(
    request: Request,
    actor: ActorDep,
    tx: TxDep,
    asked: Annotated[str, Query(max_length=_LONGEST)] = "",
) -> Response:
    """Check a certificate's number or a file's hash; ``asked`` is either."""
    del actor  # read for the page's head
    if not asked.strip():
        return page(request, "auctions/verify.html", form=Form(), asked="", found=None)
    return await _verify_page(request, tx, asked)


@router.post("/verify", name="verify_file")
async def verify_file(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Take a file's hash, and lead to what is known of it; the file is not kept."""
    del actor, tx
    allow_body(request, request.app.state.settings.upload_limit + TEXT_PARTS)
    async with request.form() as submitted:
        given = submitted.get("file")
        if isinstance(given, UploadFile) and given.filename:
            asked = await _hash(given)
            return RedirectResponse(f"/verify?asked={asked}", 303)
    form = Form()
    form.add("file", _NO_FILE)
    return page(request, "auctions/verify.html", status=422, form=form, asked="", found=None)


async def _hash(given: UploadFile) -> str:
    digest = hashlib.sha256()
    while piece := await given.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


@router.get("/verify/{code}", name="verify_code")
async def show_certificate(request: Request, code: str, actor: ActorDep, tx: TxDep) -> Response:
    """What a certificate's number stands for; the address that is printed on it."""
    del actor
    return await _verify_page(request, tx, code)


async def _verify_page(request: Request, tx: Tx, asked: str) -> Response:
    """What the market knows of a number or a hash; a page that says so when it knows nothing."""
    word = unicodedata.normalize("NFKC", asked).strip()
    found: Finding | None
    if _HASH.fullmatch(word.lower()):
        found = await tx.run(service.find_file, sha256=word.lower())
    else:
        found = await tx.run(service.find_certificate, number=word.upper()[:32])
    form = Form.blank(asked=word)
    status = 200 if found is not None else 404
    return page(request, "auctions/verify.html", status=status, form=form, asked=word, found=found)
