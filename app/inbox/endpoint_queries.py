"""Every SELECT and lock of webhook endpoints and their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from app.core.tx import UnitOfWork
from app.inbox.errors import DeliveryMissing, EndpointMissing
from app.inbox.models import WebhookDelivery, WebhookEndpoint


async def lock_webhooks_of(uow: UnitOfWork, organisation_id: UUID) -> None:
    """One registration of an organisation at a time, so that their number holds."""
    await uow.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('inbox.webhooks:' || :id, 0))"),
        {"id": str(organisation_id)},
    )


async def lock_endpoint(uow: UnitOfWork, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint, locked. Raises EndpointMissing."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise EndpointMissing()
    return found


async def get_endpoint(uow: UnitOfWork, endpoint_id: UUID) -> WebhookEndpoint:
    """An endpoint that was not removed. Raises EndpointMissing."""
    found = await uow.session.get(WebhookEndpoint, endpoint_id)
    if found is None or found.state == "removed":
        raise EndpointMissing()
    return found


async def find_made(uow: UnitOfWork, organisation_id: UUID, key: str) -> WebhookEndpoint | None:
    """What this form has made already."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.idempotency_key == key
    )
    return (await uow.session.scalars(query)).one_or_none()


async def list_endpoints(uow: UnitOfWork, organisation_id: UUID) -> Sequence[WebhookEndpoint]:
    """An organisation's endpoints, oldest first; at most ten are kept."""
    query = (
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.organisation_id == organisation_id,
            WebhookEndpoint.state != "removed",
        )
        .order_by(WebhookEndpoint.created_at, WebhookEndpoint.id)
    )
    return (await uow.session.scalars(query)).all()


async def count_endpoints(uow: UnitOfWork, organisation_id: UUID) -> int:
    """How many endpoints an organisation keeps."""
    query = select(func.count()).where(
        WebhookEndpoint.organisation_id == organisation_id, WebhookEndpoint.state != "removed"
    )
    return (await uow.session.execute(query)).scalar_one()


async def clear_failing(uow: UnitOfWork, endpoint_id: UUID) -> None:
    """The endpoint answers; writes nothing when it did before."""
    await uow.session.execute(
        update(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failing_since.is_not(None))
        .values(failing_since=None)
    )


async def list_subscribed(
    uow: UnitOfWork, kind: str, organisation_id: UUID | None
) -> Sequence[UUID]:
    """Active endpoints that want this kind: of one organisation, or of everyone for None."""
    query = select(WebhookEndpoint.id).where(
        WebhookEndpoint.state == "active", WebhookEndpoint.kinds.contains([kind])
    )
    if organisation_id is not None:
        query = query.where(WebhookEndpoint.organisation_id == organisation_id)
    return (await uow.session.scalars(query.order_by(WebhookEndpoint.id))).all()


async def insert_deliveries(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> int:
    """Add deliveries, however many; returns how many were not there already."""
    # why not values(rows): PostgreSQL takes 32,767 values in one statement
    added = await uow.session.scalars(
        insert(WebhookDelivery).on_conflict_do_nothing().returning(WebhookDelivery.id), rows
    )
    return len(added.all())


async def list_deliveries(
    uow: UnitOfWork, endpoint_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[WebhookDelivery]:
    """An endpoint's deliveries, newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if before is not None:
        query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < before)
    query = query.order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    return (await uow.session.scalars(query.limit(limit))).all()


async def lock_delivery(uow: UnitOfWork, endpoint_id: UUID, item: UUID) -> WebhookDelivery:
    """A delivery of this endpoint, locked. Raises DeliveryMissing."""
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.id == item, WebhookDelivery.endpoint_id == endpoint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = (await uow.session.scalars(query)).one_or_none()
    if found is None:
        raise DeliveryMissing()
    return found
