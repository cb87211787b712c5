"""Pages of accounts: sign up, log in and out, choose for whom to act, roles on the platform."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi import Form as FormField
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.types import SESSION_COOKIE, ProofPurpose, Role
from app.core.actor import Actor
from app.core.cookies import drop_cookie, keep_cookie, read_cookie
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend import exports
from frontend.choices import options
from frontend.exports.accounts import ROLE_HOLDERS
from frontend.forms import Form
from frontend.forms.accounts import (
    KIND_LABELS,
    PLATFORM_LABELS,
    ROLE_LABELS,
    LoginForm,
    RoleForm,
    SignUpForm,
    safe_next,
)
from frontend.render import locale_of, page

router = APIRouter(include_in_schema=False)

NextQuery = Annotated[str, Query(alias="next")]
SESSION_SECONDS: Final = 7 * 24 * 3600  # the session's own limits are kept by the database
HANDLE_SECONDS: Final = 10 * 60  # as long as a code


@router.get("/signup", name="signup")
async def show_signup(request: Request, actor: ActorDep) -> Response:
    """The form for a new account."""
    del actor  # read for the page's head
    return _signup_page(request, SignUpForm(), 200)


@router.post("/signup", name="signup_send")
async def signup(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Send a code to the address; the answer is the same when it has an account already."""
    del actor
    form = SignUpForm.of(await request.form())
    try:
        new = form.parse()
        handle = await service.register(
            tx,
            name=new.name,
            identifier=new.identifier,
            password=new.password,
            consent=new.consent,
            asking=asking(request),
        )
    except DomainError as error:
        form.refuse(error)
        return with_retry(_signup_page(request, form, error.status), error)
    response = RedirectResponse("/signup/code", 303)
    keep_handle(request, response, ProofPurpose.sign_up, handle)
    return response


@router.get("/login", name="login")
async def show_login(
    request: Request, actor: ActorDep, back: NextQuery = "", reset: str = "", deleted: str = ""
) -> Response:
    """The form to log in; whoever is signed in already goes on."""
    if actor.signed_in:
        return RedirectResponse(safe_next(back), 303)
    return _login_page(
        request, LoginForm.blank(next=back), 200, reset=bool(reset), deleted=bool(deleted)
    )


@router.post("/login", name="login_send")
async def login(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Log in with a new session; the browser's old one ends."""
    del actor
    form = LoginForm.of(await request.form())
    try:
        entry = form.parse()
        token = await service.enter(
            tx,
            identifier=entry.identifier,
            password=entry.password,
            address=address_of(request),
            previous_token=read_cookie(request, SESSION_COOKIE),
            browser=request.headers.get("user-agent", ""),
        )
    except DomainError as error:
        form.refuse(error)
        return with_retry(_login_page(request, form, error.status), error)
    response = RedirectResponse(safe_next(form.value("next")), 303)
    keep_session(request, response, token)
    return response


@router.post("/logout", name="logout")
async def logout(request: Request, tx: TxDep) -> Response:
    """End the session, here and in the database."""
    if token := read_cookie(request, SESSION_COOKIE):
        await tx.run(service.log_out, token=token)
    response = RedirectResponse("/", 303)
    drop_cookie(request, response, SESSION_COOKIE)
    # what the browser has kept of the pages goes with the session
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/act-for", name="act_for")
async def show_act_for(
    request: Request, actor: ActorDep, tx: TxDep, back: NextQuery = ""
) -> Response:
    """The organisations a person may act for."""
    return await _act_for_page(request, actor, tx, Form.blank(next=back))


@router.post("/act-for", name="act_for_send")
async def act_for(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Act for one organisation, or (empty) for oneself."""
    form = Form.of(await request.form())
    chosen = parse_uuid(form.value("organisation"))
    try:
        await tx.run(
            service.act_for,
            actor=actor,
            token=read_cookie(request, SESSION_COOKIE),
            organisation_id=chosen,
        )
    except DomainError as error:
        if not actor.signed_in:
            raise
        form.refuse(error)
        return await _act_for_page(request, actor, tx, form, error.status)
    return RedirectResponse(safe_next(form.value("next")), 303)


@router.get("/desk/roles", name="roles")
async def show_roles(request: Request, actor: ActorDep, tx: TxDep, done: str = "") -> Response:
    """Who holds which role on the platform; for administrators."""
    if exports.asked(request):
        holders = await tx.run(service.list_role_holders, actor=actor)
        return await exports.send(request, tx, actor, ROLE_HOLDERS, exports.whole(holders))
    return await _roles_page(request, actor, tx, RoleForm(), 200, done=done == "sign-out")


@router.post("/desk/roles", name="roles_grant")
async def grant_role(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Give the person behind an identifier a role."""
    form = RoleForm.of(await request.form())
    try:
        identifier, role = form.parse()
        person_id = await tx.run(service.find_person, actor=actor, identifier=identifier)
        await tx.run(service.grant_platform_role, actor=actor, person_id=person_id, role=role)
    except DomainError as error:
        form.refuse(error)
        return await _roles_page(request, actor, tx, form, error.status)
    return RedirectResponse("/desk/roles", 303)


@router.post("/desk/roles/sign-out", name="roles_sign_out")
async def sign_out(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """End every session and token of the person behind an identifier."""
    form = Form.of(await request.form())
    try:
        person_id = await tx.run(service.find_person, actor=actor, identifier=form.value("whom"))
        await tx.run(service.end_access, actor=actor, person_id=person_id)
    except DomainError as error:
        form.refuse(error)
        if "identifier" in form.errors:  # why: the page has a field of that name for roles
            form.errors["whom"] = form.errors.pop("identifier")
        return await _roles_page(request, actor, tx, form, error.status)
    return RedirectResponse("/desk/roles?done=sign-out", 303)


@router.post("/desk/roles/{person_id}/revoke", name="roles_revoke")
async def revoke_role(
    person_id: UUID, actor: ActorDep, tx: TxDep, role: Annotated[Role, FormField()]
) -> Response:
    """Take a role away."""
    await tx.run(service.revoke_platform_role, actor=actor, person_id=person_id, role=role)
    return RedirectResponse("/desk/roles", 303)


# ---------------------------------------------------------------- parts shared with organisations


def address_of(request: Request) -> str:
    """The address a request came from; the server has put a trusted proxy's word in its place."""
    return request.client.host if request.client else ""


def asking(request: Request) -> service.Asking:
    """Who asks for a code: his address, his language, and where links in a mail lead."""
    settings = request.app.state.settings
    site = settings.public_url.rstrip("/")
    return service.Asking(address_of(request), locale_of(request), site, settings.name)


def handle_cookie(purpose: ProofPurpose) -> str:
    """Name of the cookie that ties a code to the browser which asked for it."""
    return f"market_{purpose.value}"


def keep_handle(request: Request, response: Response, purpose: ProofPurpose, handle: str) -> None:
    """Give the browser the handle of its code, for as long as the code lives."""
    keep_cookie(request, response, handle_cookie(purpose), handle, HANDLE_SECONDS)


def keep_session(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    keep_cookie(request, response, SESSION_COOKIE, token, SESSION_SECONDS)


def parse_uuid(raw: str) -> UUID | None:
    """An id from a form; empty for none. What is no id is nobody's (the nil id)."""
    if not raw:
        return None
    try:
        return UUID(raw)
    except ValueError:
        return UUID(int=0)


def with_retry(response: Response, error: DomainError) -> Response:
    """Tell programs, too, when to come back."""
    if "retry_after_s" in error.facts:
        response.headers["Retry-After"] = str(error.facts["retry_after_s"])
    return response


def _signup_page(request: Request, form: SignUpForm, status: int) -> Response:
    return page(request, "accounts/signup.html", status=status, form=form)


def _login_page(
    request: Request,
    form: LoginForm,
    status: int,
    *,
    reset: bool = False,
    deleted: bool = False,
) -> Response:
    return page(
        request,
        "accounts/login.html",
        status=status,
        form=form,
        reset=reset,
        deleted=deleted,
        demo_logins=getattr(request.app.state, "demo_logins", ()),
    )


async def _act_for_page(
    request: Request, actor: Actor, tx: Tx, form: Form, status: int = 200
) -> Response:
    memberships = await tx.run(service.list_memberships, actor=actor)
    return page(
        request,
        "accounts/act_for.html",
        status=status,
        form=form,
        memberships=memberships,
        role_labels=ROLE_LABELS,
        kind_labels=KIND_LABELS,
    )


async def _roles_page(
    request: Request, actor: Actor, tx: Tx, form: Form, status: int, *, done: bool = False
) -> Response:
    holders = await tx.run(service.list_role_holders, actor=actor)
    return page(
        request,
        "accounts/roles.html",
        status=status,
        form=form,
        done=done,
        holders=holders,
        role_labels=PLATFORM_LABELS,
        roles=options(request, PLATFORM_LABELS),
    )
