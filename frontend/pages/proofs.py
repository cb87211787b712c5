"""Pages where a code comes back: the end of a sign-up, and a forgotten password."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.types import SESSION_COOKIE, ProofPurpose
from app.core.cookies import drop_cookie, read_cookie
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.forms.accounts import HOME, CodeForm, ForgotForm
from frontend.pages.accounts import (
    address_of,
    asking,
    handle_cookie,
    keep_handle,
    keep_session,
    with_retry,
)
from frontend.render import page

router = APIRouter(include_in_schema=False)


@router.get("/signup/code", name="signup_code")
async def show_signup_code(
    request: Request, actor: ActorDep, tx: TxDep, code: str = "", sent: str = ""
) -> Response:
    """The code of a sign-up; a mailed link fills it in, and a person still presses the button."""
    del actor
    form = CodeForm.blank(code=code[:20])
    return await code_page(request, tx, ProofPurpose.sign_up, form, sent=bool(sent))


@router.post("/signup/code", name="signup_code_send")
async def send_signup_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Make the account and log in."""
    del actor
    form = CodeForm.of(await request.form())
    try:
        code, _ = form.parse()
        token = await service.confirm_sign_up(
            tx,
            handle=handle_of(request, ProofPurpose.sign_up),
            code=code,
            address=address_of(request),
            previous_token=read_cookie(request, SESSION_COOKIE),
            browser=request.headers.get("user-agent", ""),
        )
    except DomainError as error:
        form.refuse(error)
        return await code_page(request, tx, ProofPurpose.sign_up, form, refused=error)
    response = RedirectResponse(HOME, 303)
    keep_session(request, response, token)
    drop_cookie(request, response, handle_cookie(ProofPurpose.sign_up))
    return response


@router.post("/signup/code/resend", name="signup_code_resend")
async def resend_signup_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send another code."""
    del actor
    return await resend(request, tx, ProofPurpose.sign_up, "/signup/code")


@router.get("/forgot", name="forgot")
async def show_forgot(request: Request, actor: ActorDep) -> Response:
    """The form for a forgotten password."""
    del actor
    return page(request, "accounts/forgot.html", form=ForgotForm())


@router.post("/forgot", name="forgot_send")
async def forgot(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send a code and a link; the answer is the same when there is no such account."""
    del actor
    form = ForgotForm.of(await request.form())
    try:
        handle = await service.forget_password(tx, identifier=form.parse(), asking=asking(request))
    except DomainError as error:
        form.refuse(error)
        refused = page(request, "accounts/forgot.html", status=error.status, form=form)
        return with_retry(refused, error)
    response = RedirectResponse("/forgot/code", 303)
    keep_handle(request, response, ProofPurpose.reset, handle)
    return response


@router.get("/forgot/code", name="forgot_code")
async def show_forgot_code(
    request: Request, actor: ActorDep, tx: TxDep, token: str = "", sent: str = ""
) -> Response:
    """The code (or the mailed link's token) and a new password."""
    del actor
    form = CodeForm.blank(token=token[:100])
    return await code_page(request, tx, ProofPurpose.reset, form, sent=bool(sent))


@router.post("/forgot/code", name="forgot_code_send")
async def send_forgot_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Set the new password; every session ends, so the way goes over the login."""
    del actor
    form = CodeForm.of(await request.form())
    try:
        code, password = form.parse(with_password=True)
        await service.reset_password(
            tx,
            handle=handle_of(request, ProofPurpose.reset),
            code=code,
            link=form.value("token")[:100],
            password=password,
            address=address_of(request),
            market=request.app.state.settings.name,
        )
    except DomainError as error:
        form.refuse(error)
        return await code_page(request, tx, ProofPurpose.reset, form, refused=error)
    response = RedirectResponse("/login?reset=1", 303)
    for cookie in (SESSION_COOKIE, handle_cookie(ProofPurpose.reset)):
        drop_cookie(request, response, cookie)
    return response


@router.post("/forgot/code/resend", name="forgot_code_resend")
async def resend_forgot_code(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send another code."""
    del actor
    return await resend(request, tx, ProofPurpose.reset, "/forgot/code")


# ---------------------------------------------------------------- shared with one's own account


def handle_of(request: Request, purpose: ProofPurpose) -> str:
    """The handle of this browser's code; empty when it asked for none."""
    return read_cookie(request, handle_cookie(purpose))[:100]


async def resend(request: Request, tx: Tx, purpose: ProofPurpose, back: str) -> Response:
    """Send another code and go back to the page that waits for it."""
    try:
        await tx.run(
            service.send_again,
            handle=handle_of(request, purpose),
            purpose=purpose,
            asking=asking(request),
        )
    except DomainError as error:
        form = CodeForm()
        form.refuse(error)
        return await code_page(request, tx, purpose, form, refused=error)
    response = RedirectResponse(f"{back}?sent=1", 303)
    keep_handle(request, response, purpose, handle_of(request, purpose))  # as long as the new code
    return response


async def code_page(
    request: Request,
    tx: Tx,
    purpose: ProofPurpose,
    form: CodeForm,
    *,
    refused: DomainError | None = None,
    sent: bool = False,
) -> Response:
    """The page that waits for a code, with what was refused."""
    handle = handle_of(request, purpose)
    proof = await tx.run(service.show_proof, handle=handle, purpose=purpose)
    shown = page(
        request,
        f"accounts/code_{purpose.value}.html",
        status=refused.status if refused else 200,
        form=form,
        proof=proof,
        sent=sent,
        token=form.value("token"),
    )
    return with_retry(shown, refused) if refused else shown
