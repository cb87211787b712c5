"""Pages of one's own account: identity, ways in, password, sessions, one's own data; and what the
market says about personal information."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import access, service
from app.accounts.errors import StillObliged
from app.accounts.types import SESSION_COOKIE, ProofPurpose
from app.core.access import may
from app.core.actor import Actor
from app.core.cookies import drop_cookie, read_cookie
from app.core.errors import DomainError
from app.core.i18n import _n
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.forms import Form
from frontend.forms.accounts import CodeForm, ConfirmForm, NewLoginForm, PasswordForm
from frontend.pages.accounts import (
    address_of,
    asking,
    handle_cookie,
    keep_handle,
    parse_uuid,
    with_retry,
)
from frontend.pages.proofs import code_page, handle_of, resend
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

# What was just done, said once on the page of the account.
DONE: Final = {
    "name": _n("姓名已更改"),
    "password": _n("密码已更改，其他浏览器上的登录已全部退出"),
    "login": _n("登录方式已添加"),
    "removed": _n("登录方式已移除"),
    "session": _n("已退出该浏览器上的登录"),
    "sessions": _n("其他浏览器上的登录已全部退出"),
}


@router.get("/privacy", name="privacy")
async def privacy(request: Request, actor: ActorDep) -> Response:
    """What is kept about people, for how long, who sees it, and what they may ask for."""
    del actor
    settings = request.app.state.settings
    return page(
        request,
        "accounts/privacy.html",
        version=service.PRIVACY_VERSION,
        contact=settings.contact,
        operator=settings.name,
    )


@router.get("/desk/account", name="account")
async def show_account(request: Request, actor: ActorDep, tx: TxDep, done: str = "") -> Response:
    """One's own account."""
    account = await tx.run(service.show_account, actor=actor, token=_token(request))
    return page(
        request,
        "accounts/account.html",
        account=account,
        done=DONE.get(done, ""),
        may_verify=may(actor, access.VERIFY_SELF),
        may_bank=may(actor, access.MANAGE_OWN_BANK),
    )


@router.get("/desk/account/name", name="account_name")
async def show_name(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The form to correct one's name."""
    account = await tx.run(service.show_account, actor=actor, token=_token(request))
    return page(request, "accounts/account_name.html", form=Form.blank(name=account.name))


@router.post("/desk/account/name", name="account_name_send")
async def rename(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Correct one's name."""
    form = Form.of(await request.form())
    try:
        await tx.run(service.rename, actor=actor, name=form.value("name"))
    except DomainError as error:
        return _refuse(request, actor, "accounts/account_name.html", form, error)
    return _done("name")


@router.get("/desk/account/password", name="password")
async def show_password(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The form to change one's password."""
    await tx.run(service.show_account, actor=actor, token=_token(request))
    return page(request, "accounts/account_password.html", form=PasswordForm())


@router.post("/desk/account/password", name="password_send")
async def change_password(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Change one's password; other sessions end."""
    form = PasswordForm.of(await request.form())
    try:
        old, new = form.parse()
        await service.change_password(
            tx,
            actor=actor,
            token=_token(request),
            password=old,
            new_password=new,
            market=request.app.state.settings.name,
        )
    except DomainError as error:
        return _refuse(request, actor, "accounts/account_password.html", form, error)
    return _done("password")


@router.get("/desk/account/logins", name="login_add")
async def show_login(request: Request, actor: ActorDep, tx: TxDep, replaces: str = "") -> Response:
    """The form to add a way in, or to put one in another's place."""
    form = NewLoginForm.blank(replaces=replaces)
    return await _login_form(request, actor, tx, form)


@router.post("/desk/account/logins", name="login_add_send")
async def add_login(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send a code to the new address."""
    form = NewLoginForm.of(await request.form())
    try:
        identifier, password = form.parse()
        handle = await service.ask_login(
            tx,
            actor=actor,
            identifier=identifier,
            password=password,
            asking=asking(request),
            replaces_id=parse_uuid(form.value("replaces")),
        )
    except DomainError as error:
        if not actor.signed_in:
            raise
        form.refuse(error)
        return with_retry(await _login_form(request, actor, tx, form, error.status), error)
    response = RedirectResponse("/desk/account/logins/code", 303)
    keep_handle(request, response, ProofPurpose.add_login, handle)
    return response


@router.get("/desk/account/logins/code", name="login_code")
async def show_login_code(request: Request, actor: ActorDep, tx: TxDep, sent: str = "") -> Response:
    """The code that was sent to the new address."""
    await tx.run(service.show_account, actor=actor, token=_token(request))
    return await code_page(request, tx, ProofPurpose.add_login, CodeForm(), sent=bool(sent))


@router.post("/desk/account/logins/code", name="login_code_send")
async def send_login_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Add the proved address."""
    form = CodeForm.of(await request.form())
    try:
        code, _ = form.parse()
        await service.confirm_login(
            tx,
            actor=actor,
            handle=handle_of(request, ProofPurpose.add_login),
            code=code,
            address=address_of(request),
        )
    except DomainError as error:
        if not actor.signed_in:
            raise
        form.refuse(error)
        return await code_page(request, tx, ProofPurpose.add_login, form, refused=error)
    response = _done("login")
    drop_cookie(request, response, handle_cookie(ProofPurpose.add_login))
    return response


@router.post("/desk/account/logins/code/resend", name="login_code_resend")
async def resend_login_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send another code to the new address."""
    await tx.run(service.show_account, actor=actor, token=_token(request))
    return await resend(request, tx, ProofPurpose.add_login, "/desk/account/logins/code")


@router.get("/desk/account/logins/{login_id}/remove", name="login_remove")
async def show_removal(request: Request, login_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Ask for the password before a way in is removed."""
    return await _removal_form(request, actor, tx, login_id, ConfirmForm())


@router.post("/desk/account/logins/{login_id}/remove", name="login_remove_send")
async def remove_login(request: Request, login_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Remove a way in, never the last."""
    form = ConfirmForm.of(await request.form())
    try:
        await service.drop_login(
            tx,
            actor=actor,
            login_id=login_id,
            password=form.parse(),
            locale=locale_of(request),
        )
    except DomainError as error:
        if not actor.signed_in:
            raise
        form.refuse(error)
        refused = await _removal_form(request, actor, tx, login_id, form, error.status)
        return with_retry(refused, error)
    return _done("removed")


@router.post("/desk/account/sessions/{session_id}/end", name="session_end")
async def end_session(session_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Sign one of one's browsers out."""
    await tx.run(service.end_session, actor=actor, session_id=session_id)
    return _done("session")


@router.post("/desk/account/sessions/end-others", name="sessions_end")
async def end_other_sessions(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Sign all browsers out but this one."""
    await tx.run(service.end_other_sessions, actor=actor, token=_token(request))
    return _done("sessions")


@router.get("/desk/account/data", name="own_data")
async def download_data(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """A copy of everything the market knows of the asker, as a JSON file."""
    copy = await tx.run(service.export_own, actor=actor, rooms=_rooms(request))
    return Response(
        json.dumps(copy, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={
            "Content-Disposition": 'attachment; filename="my-data.json"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/desk/account/delete", name="account_delete")
async def show_deletion(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """What a deletion does, and what keeps it from being done."""
    return await _deletion_form(request, actor, tx, ConfirmForm())


@router.post("/desk/account/delete", name="account_delete_send")
async def delete_account(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Delete one's own account."""
    form = ConfirmForm.of(await request.form())
    try:
        await service.delete_own_account(
            tx,
            actor=actor,
            password=form.parse(),
            rooms=_rooms(request),
            locale=locale_of(request),
        )
    except DomainError as error:
        if not actor.signed_in:
            raise
        form.refuse(error)
        refused = await _deletion_form(request, actor, tx, form, error)
        return with_retry(refused, error)
    response = RedirectResponse("/login?deleted=1", 303)
    drop_cookie(request, response, SESSION_COOKIE)
    return response


def _token(request: Request) -> str:
    return read_cookie(request, SESSION_COOKIE)


def _rooms(request: Request) -> Sequence[service.PersonalRoom]:
    rooms: Sequence[service.PersonalRoom] = request.app.state.personal
    return rooms


def _done(what: str) -> Response:
    return RedirectResponse(f"/desk/account?done={what}", 303)


def _refuse(
    request: Request, actor: Actor, template: str, form: Form, error: DomainError
) -> Response:
    """The form again with what was refused; whoever is nobody is led to the login instead."""
    if not actor.signed_in:
        raise error
    form.refuse(error)
    return with_retry(page(request, template, status=error.status, form=form), error)


async def _login_form(
    request: Request, actor: Actor, tx: Tx, form: NewLoginForm, status: int = 200
) -> Response:
    account = await tx.run(service.show_account, actor=actor, token=_token(request))
    replaces = parse_uuid(form.value("replaces"))
    replaced = next((one for one in account.logins if one.id == replaces), None)
    return page(request, "accounts/login_add.html", status=status, form=form, replaced=replaced)


async def _removal_form(
    request: Request,
    actor: Actor,
    tx: Tx,
    login_id: UUID,
    form: ConfirmForm,
    status: int = 200,
) -> Response:
    login = await tx.run(service.show_login, actor=actor, login_id=login_id)
    return page(request, "accounts/login_remove.html", status=status, form=form, login=login)


async def _deletion_form(
    request: Request,
    actor: Actor,
    tx: Tx,
    form: ConfirmForm,
    refused: DomainError | None = None,
) -> Response:
    if isinstance(refused, StillObliged):
        obligations: Sequence[str] = refused.obligations
    else:
        obligations = await tx.run(service.list_own_obligations, actor=actor, rooms=_rooms(request))
    return page(
        request,
        "accounts/account_delete.html",
        status=refused.status if refused else 200,
        form=form,
        obligations=obligations,
    )
