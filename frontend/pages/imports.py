"""Pages of imports: former ones, a file to bring, its columns, its check, its run, its report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service as accounts
from app.catalogue import import_service as catalogue
from app.core.actor import Actor
from app.core.errors import DomainError, FieldError, Invalid, NotFound, Unauthenticated
from app.core.i18n import Message, _n, translate
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.demands import import_service as demands
from app.files.service import content_path
from app.imports import service
from app.imports.errors import UploadUnderWay
from app.imports.types import MAX_UPLOAD, ImportKind, Layout, UploadView
from frontend import exports
from frontend.choices import options
from frontend.exports.imports import UPLOADS, make_report
from frontend.forms import CLOSED, UNSEEN, Form
from frontend.forms.imports import (
    FIELDS,
    KINDS,
    MappingForm,
    UploadForm,
    allow_table,
    reason_in,
    staged_table,
)
from frontend.pages.organisations import own
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

PATH: Final = "/desk/imports"
LAYOUTS: Final[Mapping[ImportKind, Layout[Any]]] = {
    ImportKind.achievements: catalogue.LAYOUT,
    ImportKind.demands: demands.LAYOUT,
}


@router.get(PATH, name="imports")
async def list_uploads(request: Request, actor: ActorDep, tx: TxDep, after: str = "") -> Response:
    """Former imports, newest first."""
    if exports.asked(request):
        fetch = exports.pages(tx, service.list_uploads, actor=actor)
        return await exports.send(request, tx, actor, UPLOADS, fetch)
    found = await tx.run(service.list_uploads, actor=actor, after=after or None)
    return page(
        request,
        "imports/index.html",
        found=found,
        first=not after,
        kinds=KINDS,
        may_bring=bool(service.list_kinds(actor)),
        whose=service.may_see_all(actor),
    )


@router.get(f"{PATH}/new", name="import_new")
async def show_new(request: Request, actor: ActorDep) -> Response:
    """The form for a file."""
    _kinds_of(actor)
    return _new_page(request, actor, UploadForm(), 200)


@router.post(f"{PATH}/new", name="import_open")
async def open_upload(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Take a file in."""
    _kinds_of(actor)
    allow_table(request)
    async with request.form() as submitted:
        form = UploadForm.of(submitted)
        try:
            brought = form.parse(care=service.may_choose_care(actor))
            care_id = await _find_care(tx, actor, brought.care)
            staged, name = await staged_table(request, "file")
            upload_id = await tx.run(
                service.open_upload,
                actor=actor,
                kind=brought.kind,
                care_id=care_id,
                staged=staged,
                name=name,
                key=form.key(),
            )
        except UploadUnderWay as error:
            return _to(request, UUID(error.facts["upload_id"]), again="1")
        except DomainError as error:
            form.refuse(error, but=UNSEEN)
            return _new_page(request, actor, form, error.status)
    return _to(request, upload_id)


@router.get(PATH + "/{upload_id}", name="import_show")
async def show(
    request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep, again: str = ""
) -> Response:
    """Where an import stands, and what can be done now."""
    return await _show_page(request, tx, actor, upload_id, None, 200, again=bool(again))


@router.post(PATH + "/{upload_id}/columns", name="import_map")
async def map_columns(request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Say which column holds what, and have every row checked."""
    view = await tx.run(service.show_upload, actor=actor, upload_id=upload_id)
    form = MappingForm.of(await request.form())
    columns = view.shape.columns if view.shape else ()
    try:
        await tx.run(
            service.map_upload,
            actor=actor,
            upload_id=upload_id,
            layout=LAYOUTS[view.kind],
            chosen=form.chosen_fields(columns),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _show_page(request, tx, actor, upload_id, form, error.status)
    return _to(request, upload_id)


@router.post(PATH + "/{upload_id}/reopen", name="import_reopen")
async def reopen(request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Back to the columns."""
    return await _decide(request, tx, actor, upload_id, service.reopen_mapping)


@router.post(PATH + "/{upload_id}/confirm", name="import_confirm")
async def confirm(request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Bring the checked rows in."""
    return await _decide(request, tx, actor, upload_id, service.confirm_upload)


@router.post(PATH + "/{upload_id}/cancel", name="import_cancel")
async def cancel(request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Stop."""
    return await _decide(request, tx, actor, upload_id, service.cancel_upload)


@router.get(PATH + "/{upload_id}/report", name="import_report")
async def report(request: Request, upload_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """The refused rows as a file, each with what stood in it."""
    view = await tx.run(service.show_upload, actor=actor, upload_id=upload_id)
    if view.shape is None or not view.refusals:
        raise NotFound()
    await tx.run(service.note_report, actor=actor, upload_id=upload_id)
    root = request.app.state.settings.files_dir
    path = content_path(root, view.file_sha256) if view.file_id else None
    fetch = exports.pages(tx, service.list_refusals, actor=actor, upload_id=upload_id)
    refused = service.read_refused(fetch, path, view.shape)
    name = translate(locale_of(request), Message(_n("拒收清单-%(file)s"), file=view.file_name))
    table = make_report(name, view.shape.columns, refused)
    return await exports.export(request, table, exports.asked(request) or "csv")


async def _decide(request: Request, tx: Tx, actor: Actor, upload_id: UUID, verb: Any) -> Response:
    try:
        await tx.run(verb, actor=actor, upload_id=upload_id)
    except DomainError as error:
        form = Form()
        form.refuse(error, but=CLOSED)
        return await _show_page(request, tx, actor, upload_id, form, error.status)
    return _to(request, upload_id)


async def _show_page(
    request: Request,
    tx: Tx,
    actor: Actor,
    upload_id: UUID,
    form: Form | None,
    status: int,
    *,
    again: bool = False,
) -> Response:
    view = await tx.run(service.show_upload, actor=actor, upload_id=upload_id)
    refusals = await tx.run(service.list_refusals, actor=actor, upload_id=upload_id)
    return page(
        request,
        "imports/show.html",
        status=status,
        upload=view,
        refusals=refusals.items,
        reason_in=partial(reason_in, locale_of(request)),
        kinds=KINDS,
        form=form or _columns_form(view),
        fields=_fields(request, view),
        may_write=view.kind in service.list_kinds(actor),
        again=again,
    )


def _columns_form(view: UploadView) -> MappingForm:
    columns = view.shape.columns if view.shape else ()
    return MappingForm.blank(
        **{f"c-{index}": view.mapping.get(column, "") for index, column in enumerate(columns)}
    )


def _fields(request: Request, view: UploadView) -> list[tuple[str, str]]:
    """What a column may hold, required ones marked."""
    locale = locale_of(request)
    layout = LAYOUTS[view.kind]
    options = [("", translate(locale, _n("不导入此列")))]
    for field in layout.headers:
        label = translate(locale, FIELDS[field])
        if field in layout.required:
            label = translate(locale, Message(_n("%(field)s（必需）"), field=label))
        options.append((field, label))
    return options


def _new_page(request: Request, actor: Actor, form: UploadForm, status: int) -> Response:
    kinds = options(request, {kind: KINDS[kind] for kind in _kinds_of(actor)})
    return page(
        request,
        "imports/new.html",
        status=status,
        form=form,
        kinds=kinds,
        choose_care=service.may_choose_care(actor),
        limit_mb=MAX_UPLOAD >> 20,
    )


def _kinds_of(actor: Actor) -> list[ImportKind]:
    """What the actor may bring in. Raises Unauthenticated, Forbidden."""
    if not actor.signed_in:
        raise Unauthenticated()
    if not (kinds := service.list_kinds(actor)):
        service.refuse_bringing(actor)
    return kinds


async def _find_care(tx: Tx, actor: Actor, word: str) -> UUID:
    """Whose care the rows come into. Raises Invalid, Forbidden."""
    if not service.may_choose_care(actor):
        return own(actor)
    found = await tx.run(accounts.find_organisations, word=word)
    if len(found) > 1:
        sentence = _n("有多个单位叫这个名称，请改填统一社会信用代码。")
        raise Invalid([FieldError("care", sentence)])
    if not found:
        sentence = _n("没有找到已认证的单位，请填写统一社会信用代码或单位全称。")
        raise Invalid([FieldError("care", sentence)])
    return found[0].id


def _to(request: Request, upload_id: UUID, **query: str) -> Response:
    url = request.app.url_path_for("import_show", upload_id=upload_id)
    tail = "&".join(f"{name}={value}" for name, value in query.items())
    return RedirectResponse(f"{url}?{tail}" if tail else str(url), 303)
