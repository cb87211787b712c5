"""Webhook deliveries: queued by the sweep, signed and posted in a job, written down afterwards."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.i18n import Message, _n
from app.core.sealing import Sealer, Unsealable
from app.core.tx import Tx, UnitOfWork
from app.inbox import endpoint_queries, outgoing, rules
from app.inbox.events import EndpointDisabled
from app.inbox.models import WebhookDelivery, WebhookEndpoint
from app.inbox.outgoing import Undelivered
from app.inbox.reaching import Reach
from app.inbox.signing import PURPOSE, sign
from app.inbox.texts import unpack
from app.inbox.types import EndpointState, SendState

log = logging.getLogger("market.inbox")

JOB: Final = "inbox.deliver"
BATCH: Final = 20
GONE: Final = 410

_UNANSWERED = _n("对方答复 %(status)s")
_REDIRECTED = _n("对方答复 %(status)s 重定向，回调不跟随重定向")
_SWITCHED_OFF = _n("回调地址已停用或删除")
_KEY_CHANGED = _n("签名密钥已失效，请重新生成密钥")
DISABLED_FAILING: Final = _n("连续一天以上投递失败，已自动停用")
DISABLED_GONE: Final = _n("对方答复 410（不再接收），已自动停用")


@dataclass(frozen=True)
class Webhooks:
    """What it takes to deliver: the way to others' servers, the sealer, our own address."""

    reach: Reach
    sealer: Sealer
    public_url: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery taken in hand, with nothing left to ask the database."""

    id: UUID
    endpoint_id: UUID
    url: str
    sealed_secret: bytes
    body: dict[str, Any]
    at: datetime


async def sweep_deliveries(uow: UnitOfWork, *, limit: int = BATCH) -> int:
    """Put a job into the queue for every delivery that is due; returns how many."""
    return await outgoing.queue_due(uow, WebhookDelivery, job=JOB, limit=limit)


async def deliver(tx: Tx, webhooks: Webhooks, *, item: UUID, attempt: int) -> SendState | None:
    """One try at one delivery; None when the try is somebody else's or past."""
    parcel = await tx.run(take_parcel, item=item, attempt=attempt)
    if parcel is None:
        return None
    status: int | None = None
    try:
        body, headers = pack_parcel(parcel, webhooks)
        answer = await webhooks.reach.post(parcel.url, body=body, headers=headers)
        status = answer.status
        check_answer(status)
    except Unsealable:
        failure = Undelivered(_KEY_CHANGED, final=True)
    except Undelivered as error:
        failure = error
    else:
        return await tx.run(settle_success, item=item, attempt=attempt, status=status)
    return await tx.run(settle_failure, item=item, attempt=attempt, failure=failure, status=status)


def check_answer(status: int) -> None:
    """Any 2xx is a delivery. Raises Undelivered."""
    if 300 <= status < 400:
        raise Undelivered(Message(_REDIRECTED, status=status))
    if not 200 <= status < 300:
        raise Undelivered(Message(_UNANSWERED, status=status), final=status == GONE)


def pack_parcel(parcel: Parcel, webhooks: Webhooks) -> tuple[bytes, dict[str, str]]:
    """Body and headers, signed now. The body is the same at every try. Raises Unsealable."""
    href = parcel.body["url"]
    body = json.dumps(
        parcel.body | {"url": webhooks.public_url + href},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    secret = webhooks.sealer.open(PURPOSE, parcel.sealed_secret, owner=parcel.endpoint_id)
    message_id, timestamp = f"msg_{parcel.id.hex}", int(parcel.at.timestamp())
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "keji-market-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id=message_id, timestamp=timestamp, body=body),
    }


async def take_parcel(uow: UnitOfWork, *, item: UUID, attempt: int) -> Parcel | None:
    """Take a delivery in hand; one whose endpoint is switched off is over."""
    row = await outgoing.take(uow, WebhookDelivery, item, attempt)
    if row is None:
        return None
    endpoint = await uow.session.get_one(WebhookEndpoint, row.endpoint_id)
    if endpoint.state != EndpointState.active:
        outgoing.give_up(row, _SWITCHED_OFF, SendState.skipped)
        return None
    return Parcel(
        id=row.id,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        sealed_secret=endpoint.sealed_secret,
        body={
            "id": str(row.id),
            "kind": row.kind,
            "occurred_at": row.occurred_at.isoformat(),
            "title": str(unpack(row.title)),
            "url": row.href,
            "facts": row.facts,
        },
        at=uow.now,
    )


async def settle_success(
    uow: UnitOfWork, *, item: UUID, attempt: int, status: int
) -> SendState | None:
    """Write down that the other side has it; its endpoint works."""
    row = await outgoing.lock_taken(uow, WebhookDelivery, item, attempt, SendState.sending)
    if row is None:
        return None
    outgoing.succeed(row)
    row.response_status, row.delivered_at = status, uow.now
    await endpoint_queries.clear_failing(uow, row.endpoint_id)
    return SendState.sent


async def settle_failure(
    uow: UnitOfWork, *, item: UUID, attempt: int, failure: Undelivered, status: int | None
) -> SendState | None:
    """Write down a failed try: wait for the next one, or give up; perhaps disable the endpoint."""
    row = await outgoing.lock_taken(uow, WebhookDelivery, item, attempt, SendState.sending)
    if row is None:
        return None
    row.response_status = status
    endpoint = await endpoint_queries.lock_endpoint(uow, row.endpoint_id)
    if endpoint.failing_since is None:
        endpoint.failing_since = uow.now
    again = outgoing.fail(uow, row, failure)
    if status == GONE:
        _disable(uow, endpoint, DISABLED_GONE)
    elif not again and rules.is_failing_too_long(endpoint.failing_since, uow.now):
        _disable(uow, endpoint, DISABLED_FAILING)
    return SendState(row.state)


def _disable(uow: UnitOfWork, endpoint: WebhookEndpoint, reason: str) -> None:
    if endpoint.state == EndpointState.active:
        endpoint.state, endpoint.reason = EndpointState.disabled.value, reason
        uow.record(EndpointDisabled(endpoint.id, endpoint.organisation_id))
        log.warning("webhook endpoint disabled", extra={"endpoint": str(endpoint.id)})
