"""Pages of API tokens: make one, see which there are, take one back; and what programs may do."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts import service
from app.accounts.types import NewToken
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from frontend.choices import options
from frontend.forms import BARRED
from frontend.forms.tokens import DAYS, TokenForm
from frontend.render import page

router = APIRouter(include_in_schema=False)

TOKENS: Final = "/desk/tokens"


@router.get(TOKENS, name="tokens")
async def show(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """One's own tokens, and the form for another."""
    form = TokenForm.blank(days=90, organisation=actor.organisation_id)
    return await _tokens_page(request, actor, tx, form)


@router.post(TOKENS, name="token_create")
async def create(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Make a token.

    Answers with the page itself and not with a redirect: no address may hold the secret, and it is
    shown this once.
    """
    form = TokenForm.of(await request.form())
    try:
        typed = form.parse()
        made = await tx.run(
            service.create_token,
            actor=actor,
            name=typed.name,
            organisation_id=typed.organisation_id,
            scopes=typed.scopes,
            days=typed.days,
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=BARRED)
        return await _tokens_page(request, actor, tx, form, status=error.status)
    blank = TokenForm.blank(days=90, organisation=actor.organisation_id)
    response = await _tokens_page(request, actor, tx, blank, made=made)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post(f"{TOKENS}/{{token_id}}/revoke", name="token_revoke")
async def revoke(token_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Take a token back; it opens nothing from now on."""
    await tx.run(service.revoke_token, actor=actor, token_id=token_id)
    return RedirectResponse(TOKENS, 303)


@router.get("/help/api", name="help_api")
async def help_api(request: Request, _actor: ActorDep) -> Response:
    """What a programmer needs to know before his first call."""
    return page(
        request,
        "help/api.html",
        scopes=service.SCOPES,
        base=request.app.state.settings.public_url.rstrip("/"),
    )


async def _tokens_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    form: TokenForm,
    *,
    status: int = 200,
    made: NewToken | None = None,
) -> Response:
    tokens = await tx.run(service.list_tokens, actor=actor)
    memberships = await tx.run(service.list_memberships, actor=actor)
    return page(
        request,
        "accounts/tokens.html",
        status=status,
        form=form,
        tokens=tokens,
        made=made,
        organisations=[(one.organisation.id, one.organisation.name) for one in memberships],
        scopes=options(request, service.SCOPES),
        scope_labels=service.SCOPES,
        days=options(request, DAYS),
    )
