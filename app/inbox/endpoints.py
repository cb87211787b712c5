"""The verbs of webhooks: register, test, switch on, remove, send again. For heads alone.

A target is looked up and checked before the verb (``reaching.Reach.check``), outside of the
transaction, and again at every delivery.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from app.audit.service import note
from app.core.access import may, require
from app.core.actor import Actor
from app.core.errors import FieldError, Forbidden, Invalid, KeyReused
from app.core.i18n import _n
from app.core.ids import new_id
from app.core.paging import Page, decode_place
from app.core.sealing import Sealer
from app.core.tx import UnitOfWork
from app.inbox import access, endpoint_queries, rules
from app.inbox.cursors import cut_page
from app.inbox.errors import DeliveryUnderWay, EndpointMissing, TooManyEndpoints
from app.inbox.models import WebhookEndpoint
from app.inbox.signing import PURPOSE, make_secret
from app.inbox.telling import delivery_row
from app.inbox.types import (
    OVER,
    DeliveryView,
    EndpointState,
    EndpointView,
    Notice,
    SendState,
)

TEST_KIND = "webhook.test"
_TEST_TITLE = _n("测试事件")
PAGE_SIZE = 30


async def list_endpoints(uow: UnitOfWork, *, actor: Actor) -> list[EndpointView]:
    """The endpoints of the organisation one acts for. Raises Forbidden for whoever is no head."""
    require(actor, access.SEE_WEBHOOKS)
    return [e.view() for e in await endpoint_queries.list_endpoints(uow, _own(actor))]


async def register_endpoint(
    uow: UnitOfWork,
    *,
    actor: Actor,
    sealer: Sealer,
    url: str,
    kinds: Collection[str],
    known: Collection[str],
    key: str,
) -> tuple[EndpointView, str]:
    """Register a checked target for some of the ``known`` kinds; returns it and its secret.

    The secret is told this once: a repeated form gets an empty one. Raises Forbidden, Invalid,
    TooManyEndpoints, KeyReused.
    """
    require(actor, access.MANAGE_WEBHOOKS)
    organisation_id = _own(actor)
    await endpoint_queries.lock_webhooks_of(uow, organisation_id)
    made = await endpoint_queries.find_made(uow, organisation_id, key)
    if made is not None:
        if (made.url, set(made.kinds)) != (url, set(kinds)):
            raise KeyReused()
        return made.view(), ""
    chosen = _check_kinds(kinds, known)
    if await endpoint_queries.count_endpoints(uow, organisation_id) >= rules.MAX_ENDPOINTS:
        raise TooManyEndpoints()
    secret, endpoint_id = make_secret(), new_id()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        organisation_id=organisation_id,
        url=url,
        sealed_secret=sealer.seal(PURPOSE, secret, owner=endpoint_id),
        kinds=chosen,
        state=EndpointState.active.value,
        reason="",
        created_by=actor.person_id,
        created_at=uow.now,
        idempotency_key=key,
    )
    uow.session.add(endpoint)
    await _note(uow, actor, "register_webhook", endpoint, kinds=chosen)
    return endpoint.view(), secret


async def change_kinds(
    uow: UnitOfWork,
    *,
    actor: Actor,
    endpoint_id: UUID,
    kinds: Collection[str],
    known: Collection[str],
) -> None:
    """Subscribe an endpoint to other kinds. Raises EndpointMissing, Invalid."""
    endpoint = await _lock_own(uow, actor, endpoint_id)
    chosen = _check_kinds(kinds, known)
    if set(chosen) != set(endpoint.kinds):
        endpoint.kinds = chosen
        await _note(uow, actor, "change_webhook", endpoint, kinds=chosen)


async def renew_secret(uow: UnitOfWork, *, actor: Actor, sealer: Sealer, endpoint_id: UUID) -> str:
    """Make a new signing secret; the old one is worthless at once. Raises EndpointMissing."""
    endpoint = await _lock_own(uow, actor, endpoint_id)
    secret = make_secret()
    endpoint.sealed_secret = sealer.seal(PURPOSE, secret, owner=endpoint.id)
    await _note(uow, actor, "renew_webhook_secret", endpoint)
    return secret


async def enable_endpoint(uow: UnitOfWork, *, actor: Actor, endpoint_id: UUID) -> None:
    """Switch a disabled endpoint on again. Raises EndpointMissing."""
    endpoint = await _lock_own(uow, actor, endpoint_id)
    if endpoint.state != EndpointState.active:
        endpoint.state, endpoint.reason = EndpointState.active.value, ""
        endpoint.failing_since = None
        await _note(uow, actor, "enable_webhook", endpoint)


async def remove_endpoint(uow: UnitOfWork, *, actor: Actor, endpoint_id: UUID) -> None:
    """Remove an endpoint; what still waited for it is not sent. Raises EndpointMissing."""
    endpoint = await _lock_own(uow, actor, endpoint_id)
    endpoint.state, endpoint.reason = EndpointState.removed.value, ""
    # why: whoever gets hold of an old backup shall not sign for a removed endpoint
    endpoint.sealed_secret = b""
    await _note(uow, actor, "remove_webhook", endpoint)


async def send_test(uow: UnitOfWork, *, actor: Actor, endpoint_id: UUID, key: str) -> None:
    """Send a test event to one endpoint; once per ``key``. Raises EndpointMissing."""
    endpoint = await _lock_own(uow, actor, endpoint_id)
    notice = Notice(TEST_KIND, _TEST_TITLE, "", f"/desk/webhooks/{endpoint.id}")
    row = delivery_row(uow, endpoint.id, notice, f"test:{key}")
    await endpoint_queries.insert_deliveries(uow, [row])


async def show_endpoint(
    uow: UnitOfWork, *, actor: Actor, endpoint_id: UUID, after: str | None = None
) -> tuple[EndpointView, Page[DeliveryView]]:
    """An endpoint and what was sent to it, newest first. Raises EndpointMissing."""
    endpoint = await endpoint_queries.get_endpoint(uow, endpoint_id)
    _require_own(actor, endpoint, seeing=True)
    rows = await endpoint_queries.list_deliveries(
        uow, endpoint_id, decode_place(after), PAGE_SIZE + 1
    )
    return endpoint.view(), cut_page(rows, PAGE_SIZE)


async def resend(uow: UnitOfWork, *, actor: Actor, endpoint_id: UUID, item: UUID) -> None:
    """Try a delivery once more from the beginning, under the same webhook-id.

    One that waits for its next try is tried now. Raises EndpointMissing, DeliveryMissing,
    DeliveryUnderWay.
    """
    endpoint = await endpoint_queries.get_endpoint(uow, endpoint_id)
    _require_own(actor, endpoint)
    row = await endpoint_queries.lock_delivery(uow, endpoint_id, item)
    if row.state not in OVER and row.state != SendState.waiting:
        raise DeliveryUnderWay()
    row.state, row.due_at = SendState.waiting.value, uow.now
    row.attempts = 0
    await _note(uow, actor, "resend_webhook", endpoint, delivery=str(item))


def _own(actor: Actor) -> UUID:
    if actor.organisation_id is None:
        raise Forbidden("请先选择要代表的单位")
    return actor.organisation_id


def _require_own(actor: Actor, endpoint: WebhookEndpoint, *, seeing: bool = False) -> None:
    """Strangers to an endpoint do not learn that it is there."""
    known = may(actor, access.SEE_WEBHOOKS, owner=endpoint.organisation_id)
    permission = access.SEE_WEBHOOKS if seeing else access.MANAGE_WEBHOOKS
    require(actor, permission, owner=endpoint.organisation_id, visible=known)


async def _lock_own(uow: UnitOfWork, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = await endpoint_queries.get_endpoint(uow, endpoint_id)
    _require_own(actor, endpoint)
    endpoint = await endpoint_queries.lock_endpoint(uow, endpoint_id)
    if endpoint.state == EndpointState.removed:
        raise EndpointMissing()
    return endpoint


def _check_kinds(kinds: Collection[str], known: Collection[str]) -> list[str]:
    chosen = sorted(set(kinds))
    if not chosen:
        raise Invalid([FieldError("kinds", "请至少选择一种事件")])
    if not set(chosen) <= set(known):
        raise Invalid([FieldError("kinds", "请从列出的选项中选择。")])
    return chosen


async def _note(
    uow: UnitOfWork, actor: Actor, verb: str, endpoint: WebhookEndpoint, **facts: object
) -> None:
    await note(
        uow,
        actor=actor,
        action=f"inbox.{verb}",
        subject_kind="webhook_endpoint",
        subject_id=endpoint.id,
        facts=facts,
    )
