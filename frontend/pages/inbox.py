"""Pages of the inbox: messages, preferences, webhooks, and a demonstration's outgoing mail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.settings import Mode
from app.core.tx import Tx
from app.core.web import ActorDep, TxDep
from app.inbox import service
from frontend import exports
from frontend.choices import options
from frontend.exports.standing import MESSAGES
from frontend.forms import CLOSED, Form
from frontend.forms.inbox import (
    LANGUAGE_LABELS,
    MAIL_LABELS,
    SEND_LABELS,
    EndpointForm,
    PreferenceForm,
)
from frontend.pages.home import safe_path
from frontend.render import page

router = APIRouter(include_in_schema=False)

INBOX = "/desk/inbox"
PREFERENCES = f"{INBOX}/preferences"
WEBHOOKS = "/desk/webhooks"


# ---------------------------------------------------------------- messages


@router.get(INBOX, name="inbox")
async def show_inbox(
    request: Request, actor: ActorDep, tx: TxDep, after: str | None = None, only: str = ""
) -> Response:
    """One's own messages, newest first."""
    unread = only == "unread"
    if exports.asked(request):
        fetch = exports.short_pages(tx, service.list_messages, actor=actor, unread=unread)
        return await exports.send(request, tx, actor, MESSAGES, fetch)
    messages = await tx.run(service.list_messages, actor=actor, after=after, unread=unread)
    return page(request, "inbox/index.html", messages=messages, first=not after, unread=unread)


@router.post(f"{INBOX}/read", name="inbox_read_all")
async def read_all(actor: ActorDep, tx: TxDep) -> Response:
    """Mark every message as read."""
    await tx.run(service.read_all, actor=actor)
    return RedirectResponse(INBOX, 303)


@router.post(f"{INBOX}/messages/{{message_id}}", name="inbox_open")
async def open_message(message_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Mark a message as read and go where it leads."""
    href = await tx.run(service.open_message, actor=actor, message_id=message_id)
    return RedirectResponse(safe_path(href), 303)


@router.get(PREFERENCES, name="inbox_preferences")
async def show_preferences(
    request: Request, actor: ActorDep, tx: TxDep, saved: str = ""
) -> Response:
    """How one wants to be told."""
    chosen = await tx.run(service.show_preferences, actor=actor)
    form = PreferenceForm.blank(mail=chosen.mail, language=chosen.language)
    return _preference_page(request, form, saved=bool(saved))


@router.post(PREFERENCES, name="inbox_prefer")
async def prefer(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Keep how one wants to be told."""
    form = PreferenceForm.of(await request.form())
    try:
        # who may not be here at all is told so before his choices are read
        await tx.run(service.show_preferences, actor=actor)
        mail, language = form.parse()
        await tx.run(service.choose_preferences, actor=actor, mail=mail, language=language)
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return _preference_page(request, form, status=error.status)
    return RedirectResponse(f"{PREFERENCES}?saved=1", 303)


def _preference_page(
    request: Request, form: PreferenceForm, *, saved: bool = False, status: int = 200
) -> Response:
    return page(
        request,
        "inbox/preferences.html",
        status=status,
        form=form,
        saved=saved,
        mails=options(request, MAIL_LABELS),
        languages=list(LANGUAGE_LABELS.items()),
    )


# ---------------------------------------------------------------- webhooks


@router.get(WEBHOOKS, name="webhooks")
async def show_webhooks(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """The organisation's webhooks."""
    return await _webhooks_page(request, actor, tx)


@router.post(WEBHOOKS, name="webhook_register")
async def register(request: Request, actor: ActorDep, tx: TxDep) -> Response:
    """Register a webhook; its secret is shown on the answer to this very request."""
    form = EndpointForm.of(await request.form())
    try:
        # who may not is told so before his target is looked up
        await tx.run(service.list_endpoints, actor=actor)
        typed = form.parse()
        await _reach(request).check(typed.url)
        endpoint, secret = await tx.run(
            service.register_endpoint,
            actor=actor,
            sealer=request.app.state.sealer,
            url=typed.url,
            kinds=typed.kinds,
            known=_kinds(request),
            key=form.key(),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _webhooks_page(request, actor, tx, form, error.status)
    if not secret:
        return RedirectResponse(f"{WEBHOOKS}/{endpoint.id}", 303)
    return _secret_page(request, endpoint.id, endpoint.url, secret)


@router.get(f"{WEBHOOKS}/{{endpoint_id}}", name="webhook_show")
async def show_webhook(
    request: Request, endpoint_id: UUID, actor: ActorDep, tx: TxDep, after: str | None = None
) -> Response:
    """A webhook and what was sent to it."""
    return await _webhook_page(request, endpoint_id, actor, tx, after=after)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/kinds", name="webhook_kinds")
async def change_kinds(request: Request, endpoint_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Subscribe to other kinds."""
    form = EndpointForm.of(await request.form())
    try:
        await tx.run(
            service.change_kinds,
            actor=actor,
            endpoint_id=endpoint_id,
            kinds=form.chosen("kinds"),
            known=_kinds(request),
        )
    except DomainError as error:
        form.refuse(error, but=CLOSED)
        return await _webhook_page(request, endpoint_id, actor, tx, form, error.status)
    return RedirectResponse(f"{WEBHOOKS}/{endpoint_id}", 303)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/test", name="webhook_test")
async def test(request: Request, endpoint_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Send a test event."""
    form = Form.of(await request.form())
    await tx.run(service.send_test, actor=actor, endpoint_id=endpoint_id, key=form.key())
    return RedirectResponse(f"{WEBHOOKS}/{endpoint_id}#log", 303)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/secret", name="webhook_secret")
async def renew_secret(request: Request, endpoint_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Make a new secret; it is shown on the answer to this very request."""
    secret = await tx.run(
        service.renew_secret,
        actor=actor,
        sealer=request.app.state.sealer,
        endpoint_id=endpoint_id,
    )
    endpoint, _ = await tx.run(service.show_endpoint, actor=actor, endpoint_id=endpoint_id)
    return _secret_page(request, endpoint.id, endpoint.url, secret)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/enable", name="webhook_enable")
async def enable(endpoint_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Switch a disabled webhook on again."""
    await tx.run(service.enable_endpoint, actor=actor, endpoint_id=endpoint_id)
    return RedirectResponse(f"{WEBHOOKS}/{endpoint_id}", 303)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/remove", name="webhook_remove")
async def remove(endpoint_id: UUID, actor: ActorDep, tx: TxDep) -> Response:
    """Remove a webhook."""
    await tx.run(service.remove_endpoint, actor=actor, endpoint_id=endpoint_id)
    return RedirectResponse(WEBHOOKS, 303)


@router.post(f"{WEBHOOKS}/{{endpoint_id}}/deliveries/{{item}}", name="webhook_resend")
async def resend(
    request: Request, endpoint_id: UUID, item: UUID, actor: ActorDep, tx: TxDep
) -> Response:
    """Send an event once more."""
    try:
        await tx.run(service.resend, actor=actor, endpoint_id=endpoint_id, item=item)
    except DomainError as error:
        form = EndpointForm()
        form.refuse(error, but=CLOSED)
        return await _webhook_page(request, endpoint_id, actor, tx, form, error.status)
    return RedirectResponse(f"{WEBHOOKS}/{endpoint_id}#log", 303)


def _kinds(request: Request) -> Mapping[str, str]:
    """Every kind of event there is, with its Chinese name; wired by the application."""
    kinds: Mapping[str, str] = request.app.state.webhook_kinds
    # one's own affairs first, then what is public
    return dict(sorted(kinds.items(), key=lambda kind: kind[0].startswith("market.")))


def _reach(request: Request) -> service.Reach:
    reach: service.Reach = request.app.state.webhook_reach
    return reach


def _secret_page(request: Request, endpoint_id: UUID, url: str, secret: str) -> Response:
    answer = page(request, "inbox/secret.html", endpoint_id=endpoint_id, url=url, secret=secret)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def _webhooks_page(
    request: Request,
    actor: Actor,
    tx: Tx,
    form: EndpointForm | None = None,
    status: int = 200,
) -> Response:
    endpoints = await tx.run(service.list_endpoints, actor=actor)
    return page(
        request,
        "inbox/webhooks.html",
        status=status,
        endpoints=endpoints,
        form=form or EndpointForm(),
        kinds=options(request, _kinds(request)),
    )


async def _webhook_page(
    request: Request,
    endpoint_id: UUID,
    actor: Actor,
    tx: Tx,
    form: EndpointForm | None = None,
    status: int = 200,
    *,
    after: str | None = None,
) -> Response:
    endpoint, deliveries = await tx.run(
        service.show_endpoint, actor=actor, endpoint_id=endpoint_id, after=after
    )
    return page(
        request,
        "inbox/webhook.html",
        status=status,
        endpoint=endpoint,
        deliveries=deliveries,
        first=not after,
        form=form or EndpointForm.blank(kinds=endpoint.kinds),
        kinds=options(request, _kinds(request)),
        kind_labels=_kinds(request),
        send_labels=SEND_LABELS,
    )


# ---------------------------------------------------------------- demonstration


@router.get("/demo/outbox", name="demo_outbox")
async def demo_outbox(request: Request, actor: ActorDep) -> Response:
    """What a demonstration would have mailed or texted; there is no such page elsewhere."""
    del actor
    settings = request.app.state.settings
    if settings.mode is not Mode.demo:
        raise NotFound()
    kept = await asyncio.to_thread(service.list_kept, service.outbox_of(settings))
    return page(request, "inbox/outbox.html", kept=kept)
